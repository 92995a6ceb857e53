"""How a stream ends: whole, without closers, cut off, or with an exception."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from pydantic_flow.errors import LimitError, TruncatedError, UnfinishedError
from pydantic_flow.json import Limits
from pydantic_flow.streaming import NonFatalError, PartialFields, StreamingParser, check_grammar

from .conftest import drain, pieces

Way = Callable[..., tuple[list[Any], Exception | None]]

# Where the text is cut, the text, and what there is by then.
TRUNCATED: list[tuple[str, str, Any]] = [
    ("inside a string", '{"a": "val', {"a": "val"}),
    ("inside a string of a list", '["a", "b', ["a", "b"]),
    ("inside an escape", '{"a": "val\\u00', {"a": "val"}),
    ("inside a root string", '"val', "val"),
    ("inside a number", '{"a": 12', {"a": 12}),
    ("inside a fraction", "[1, 2.", [1, 2]),
    ("inside a literal", '{"a": tr', {"a": True}),
    ("inside a key", '{"a": "x", "b', {"a": "x"}),
    ("after a key", '{"a": "x", "b"', {"a": "x"}),
    ("after a colon", '{"a": "x", "b":', {"a": "x"}),
    ("after a comma", '{"a": "x",', {"a": "x"}),
    ("after a comma of a list", "[[1], ", [[1]]),
    ("before anything", "", None),
    ("after blanks", " \n ", None),
]
# Only closers are missing.
UNCLOSED: list[tuple[str, Any]] = [
    ('{"a": "x"', {"a": "x"}),
    ("[", []),
    ('{"a": true', {"a": True}),
    ('{"a": {', {"a": {}}),
    ('{"a": ["x", {"b": []}', {"a": ["x", {"b": []}]}),
    ('[["x"], ["y"]', [["x"], ["y"]]),
]


def fatal(items: list[Any]) -> NonFatalError:
    """The last item, which announces the exception; no other one does."""
    errors = [item for item in items if isinstance(item, NonFatalError) and not item.recoverable]
    assert errors == items[-1:]
    return errors[0]


# A cut text raises, after saying so; the error has what was read, where, and is a ValueError.
@pytest.mark.parametrize(("where", "text", "value"), TRUNCATED)
def test_a_truncated_stream_raises_with_value_path_and_offset(
    way: Way, where: str, text: str, value: Any
) -> None:
    items, error = way(StreamingParser(Any), pieces(text, 3))
    assert isinstance(error, TruncatedError) and isinstance(error, UnfinishedError | ValueError)
    assert (error.value, error.kind, error.offset) == (value, "truncated", len(text.encode()))
    announced = fatal(items)
    assert (announced.kind, announced.exception_type) == ("truncated", "TruncatedError")
    assert (announced.path, announced.offset, announced.message) == (error.path, error.offset, str(error))
    check_grammar(items, bare=True)


# The path is where the cut is.
@pytest.mark.parametrize(
    ("text", "path"),
    [('{"a": "val', ("a",)), ('{"a": [1, {"b": "', ("a", 1, "b")), ("[[1], [2", (1, 0)), ("", ())],
)
def test_the_path_of_a_truncation_is_where_the_cut_is(text: str, path: Any) -> None:
    _, error = drain(StreamingParser(Any).stream_parse([text]))
    assert isinstance(error, TruncatedError)
    assert error.path == path


# What the last characters brought is shown before the error.
def test_what_the_end_of_input_decides_is_shown_before_the_error(way: Way) -> None:
    items, _ = way(StreamingParser(Any), ['{"a": 12'])
    assert [item.value for item in items if isinstance(item, PartialFields)] == [{}, {"a": 12}]


# The value of the error is the caller's own: nothing that was shown hangs on it.
def test_the_value_of_a_truncation_is_the_callers_own(way: Way) -> None:
    items, error = way(StreamingParser(Any), ['{"a": ["x", "y'])
    assert isinstance(error, TruncatedError)
    error.value["a"].clear()
    assert items[0].value == {"a": ["x", "y"]}


# Accepted, it is a recoverable error, and pydantic has the last word on what there is.
@pytest.mark.parametrize(("where", "text", "value"), TRUNCATED)
def test_an_accepted_truncation_is_reported_and_validated(
    way: Way, where: str, text: str, value: Any
) -> None:
    items, error = way(StreamingParser(Any, on_truncated="accept"), pieces(text, 3))
    assert error is None
    assert items[-1] == value
    reported = [item for item in items if isinstance(item, NonFatalError) and item.kind == "truncated"]
    assert [item.recoverable for item in reported] == [True]
    check_grammar(items, bare=True)


# Accepting a cut does not accept an invalid value.
@pytest.mark.parametrize("text", ['{"a": "x", "b', "", '{"a": 1'])
def test_an_accepted_truncation_may_still_not_validate(way: Way, text: str) -> None:
    class Model(BaseModel):
        a: str
        b: str

    items, error = way(StreamingParser(Model, on_truncated="accept"), [text])
    assert isinstance(error, ValidationError)
    assert fatal(items).kind == "validation"


# Closers alone are repaired and reported.
@pytest.mark.parametrize(("text", "value"), UNCLOSED)
def test_missing_closers_alone_are_repaired_and_reported(way: Way, text: str, value: Any) -> None:
    items, error = way(StreamingParser(Any), pieces(text, 2))
    assert error is None
    assert items[-1] == value
    errors = [item for item in items if isinstance(item, NonFatalError)]
    assert {item.kind for item in errors} == {"missing_closer"}
    assert all(item.recoverable for item in errors)


# Who must know about a cut between two items asks for it.
@pytest.mark.parametrize(("text", "value"), UNCLOSED)
@pytest.mark.parametrize("on_truncated", ["raise", "accept"])
def test_missing_closers_raise_on_request(way: Way, text: str, value: Any, on_truncated: Any) -> None:
    parser = StreamingParser(Any, on_missing_closers="raise", on_truncated=on_truncated)
    items, error = way(parser, pieces(text, 2))
    assert isinstance(error, TruncatedError)
    assert (error.value, error.kind) == (value, "missing_closer")
    assert fatal(items).kind == "missing_closer"
    assert [item.kind for item in items if isinstance(item, NonFatalError)] == ["missing_closer"]


# A whole text is not affected.
@pytest.mark.parametrize("text", ['{"a": [1]}', "12", "null", '"x"', " [] "])
def test_a_whole_text_ends_well_under_the_strictest_options(way: Way, text: str) -> None:
    items, error = way(StreamingParser(Any, on_missing_closers="raise"), pieces(text, 1))
    assert error is None
    assert not any(isinstance(item, NonFatalError) for item in items)


# The example of the seed: an incomplete text is an error at the end.
def test_incomplete_json_is_a_value_error_at_the_end() -> None:
    class Model(BaseModel):
        field: str

    async def bad_stream() -> AsyncIterator[str]:
        yield '{"field": "value'

    items, error = drain(StreamingParser(Model).astream_parse(bad_stream()))
    assert isinstance(error, ValueError)
    assert items[0].fields == {"field": "value"}


class Broken(Exception):
    """A source gives up."""


def breaking() -> Iterator[Any]:
    yield '{"a": "x'
    raise Broken("connection lost")


# Every exception that ends a stream follows an event that is not recoverable: limits, wrong chunks,
# validation, truncation (above), and what the source raises.
@pytest.mark.parametrize(
    ("chunks", "options", "exception", "kind"),
    [
        (["[[", "[[1]]]]"], {"limits": Limits(depth=3)}, LimitError, "limit"),
        (['["ab', 'c"]'], {"limits": Limits(input_bytes=5)}, LimitError, "limit"),
        (['{"a": ', 7], {}, TypeError, "exception"),
        (['{"a": ', "null}"], {}, ValidationError, "validation"),
        (["[1, "], {}, TruncatedError, "truncated"),
    ],
)
def test_every_exception_that_ends_a_stream_follows_a_fatal_error(
    way: Way, chunks: list[Any], options: Any, exception: type[Exception], kind: str
) -> None:
    class Model(BaseModel):
        a: int

    items, error = way(StreamingParser(Model, **options), chunks)
    assert type(error) is exception
    announced = fatal(items)
    assert announced.message.endswith(str(error))
    assert (announced.exception_type, announced.kind) == (exception.__name__, kind)
    check_grammar(items, bare=True)


# The source's own exception comes through as it is.
@pytest.mark.parametrize("drive", ["stream_parse", "astream_parse"])
def test_an_exception_of_the_source_is_announced_and_comes_through(drive: str) -> None:
    items, error = drain(getattr(StreamingParser(Any), drive)(breaking()))
    assert isinstance(error, Broken)
    assert items[0].value == {"a": "x"}
    announced = fatal(items)
    assert (announced.kind, announced.exception_type, announced.message) == (
        "exception",
        "Broken",
        "connection lost",
    )


# Where a limit is crossed does not depend on the chunks.
@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_limit_has_kind_offset_and_path(size: int) -> None:
    items, error = drain(
        StreamingParser(Any, limits=Limits(depth=2)).stream_parse(pieces('{"a": [[1]]}', size))
    )
    assert isinstance(error, LimitError)
    assert (error.kind, error.offset, error.path) == ("limit", 7, ("a", 0))
    assert (fatal(items).kind, fatal(items).offset, fatal(items).path) == ("limit", 7, ("a", 0))


# Push style: what came before the exception is not lost.
def test_last_items_has_what_came_before_the_exception() -> None:
    parser = StreamingParser(Any)
    assert parser.last_items == []
    given = parser.feed('{"a": 1')
    assert parser.last_items == given
    with pytest.raises(TruncatedError):
        parser.finish()
    shown, announced = parser.last_items
    assert (shown.value, announced.recoverable) == ({"a": 1}, False)
