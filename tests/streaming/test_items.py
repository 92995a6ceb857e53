"""One by one: the items of a list, and the values of a text that holds several."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError

from pydantic_flow.errors import LimitError, TerminalStateError, TruncatedError
from pydantic_flow.json import Limits
from pydantic_flow.streaming import NonFatalError, StreamingParser

from .conftest import arriving, cuts, drain, pieces, said_by_pydantic
from .kinds import Address, Cat, Dog, Nothing, Numbers, Owner, Point, Report, Section, Sections
from .test_stream import SOURCES, WAYS_OUT, Source

Ways = pytest.mark.parametrize("way", ["sync", "async"])


def items(parser: StreamingParser[Any], way: str, chunks: Any, *path: Any, **options: Any) -> Any:
    """The items, and the exception that ended them."""
    if way == "sync":
        return drain(parser.iter_items(chunks, *path, **options))
    return drain(parser.aiter_items(arriving(chunks), *path, **options))


def values(parser: StreamingParser[Any], way: str, chunks: Any, **options: Any) -> Any:
    if way == "sync":
        return drain(parser.iter_values(chunks, **options))
    return drain(parser.aiter_values(arriving(chunks), **options))


class Place(NamedTuple):
    """A type, a path to a list in it, a text, and what the items are."""

    type: Any
    path: Any
    text: str
    items: list[Any]


PLACES: dict[str, Place] = {
    "a root list": Place(list[int], (), '[1, "2", 3]', [1, 2, 3]),
    "a root list of models": Place(
        list[Address], (), '[{"street": "s", "number": "1"}]', [Address(street="s", number=1)]
    ),
    "a root model of a list": Place(Sections, (), '[{"title": "a"}]', [Section(title="a")]),
    "a field": Place(Report, "scores", '{"title": "", "scores": [1, 2.5]}', [1.0, 2.5]),
    "a path in dots": Place(
        Report, "appendix.paragraphs", '{"title": "", "appendix": {"title": "", "paragraphs": []}}', []
    ),
    "a path of steps": Place(
        Report,
        ("index", "a.b"),
        '{"index": {"x": [3], "a.b": [{"street": "s", "number": 1}]}}',
        [Address(street="s", number=1)],
    ),
    "through an item": Place(
        Report,
        ("sections", 1, "paragraphs"),
        '{"sections": [{"paragraphs": [{"text": "no"}]}, {"paragraphs": [{"text": "yes"}]}]}',
        [Section.model_fields["paragraphs"].annotation.__args__[0](text="yes")],
    ),  # type: ignore[union-attr]
    "a map of lists": Place(Numbers, "b", '{"a": ["x"], "b": [1, 2]}', [1, 2]),
    "a tuple": Place(tuple[int, str, list[int]], (), '["1", "a", [2]]', [1, "a", [2]]),
    "an open tuple": Place(tuple[int, ...], (), '["1", 2]', [1, 2]),
    "a set": Place(set[int], (), "[1, 1]", [1, 1]),
    "anything": Place(Any, "a.b", '{"a": {"b": [1, {"c": []}, null]}}', [1, {"c": []}, None]),
    "tagged": Place(
        Owner,
        "others",
        '{"others": [{"lives": 1, "kind": "cat"}, {"kind": "dog", "tricks": []}]}',
        [Cat(kind="cat", lives=1), Dog(kind="dog", tricks=[])],
    ),
    "not there": Place(Report, "scores", '{"title": ""}', []),
    "not a list": Place(Report, "scores", '{"scores": {"a": 1}}', []),
    "optional": Place(list[int] | None, (), "[1]", [1]),
    "a default": Place(Nothing, "rows", '{"rows": []}', []),
}


# Each item of the list at the path, validated by its own part of the type, however the text is cut.
@pytest.mark.parametrize("name", PLACES)
def test_items_are_validated_one_by_one(name: str) -> None:
    place = PLACES[name]
    for chunks in cuts(place.text):
        seen, error = items(StreamingParser(place.type), "sync", chunks, place.path)
        assert error is None
        assert seen == place.items
        assert [type(item) for item in seen] == [type(item) for item in place.items]


# The same with and without async.
@pytest.mark.parametrize("name", PLACES)
def test_aiter_items_gives_the_same(name: str) -> None:
    place = PLACES[name]
    assert items(StreamingParser(place.type), "async", pieces(place.text, 2), place.path) == (
        place.items,
        None,
    )


# A path is in keys of JSON: a field with an alias is found by it, and by its name where pydantic does.
def test_paths_are_keys_of_json() -> None:
    class Aliased(BaseModel):
        rows: list[int] = Field(alias="theRows")

    text = '{"theRows": [1], "rows": [2]}'
    assert items(StreamingParser(Aliased), "sync", [text], "theRows") == ([1], None)
    assert items(StreamingParser(Aliased, by_name=True), "sync", [text], "rows") == ([2], None)
    with pytest.raises(ValueError, match="no list"):
        StreamingParser(Aliased).iter_items([text], "rows")


# An item comes as soon as it has settled, while the model still talks.
def test_an_item_comes_when_it_has_settled() -> None:
    read = []

    def chunks() -> Iterator[str]:
        for letter in '{"title": "", "scores": [1, 2, 3]}':
            read.append(letter)
            yield letter

    came = [("".join(read)[24:], item) for item in StreamingParser(Report).iter_items(chunks(), "scores")]
    assert came == [("[1, 2", 1.0), ("[1, 2, 3", 2.0), ("[1, 2, 3]}", 3.0)]


# Only the items are validated, each once, and not the value around them.
def test_only_the_items_are_validated_each_once() -> None:
    calls: list[int] = []
    kind = dict[str, list[Annotated[int, AfterValidator(lambda value: calls.append(value) or value)]]]
    for chunks in cuts('{"x": 3, "a": [1, 2, 3], "b": [4]}'):
        calls.clear()
        assert items(StreamingParser(kind), "sync", chunks, "a") == ([1, 2, 3], None)
        assert calls == [1, 2, 3]


BAD = '{"scores": [1, "x", 3, null, 5]}'


# A bad one raises pydantic's exception, with the place in the whole value; the items before have come.
@Ways
def test_a_bad_item_raises(way: str) -> None:
    seen, error = items(StreamingParser(Report), way, pieces(BAD, 3), "scores")
    assert seen == [1.0]
    assert isinstance(error, ValidationError)
    assert [line["loc"] for line in error.errors()] == [("scores", 1)]
    assert error.title == "Report"


# Or is skipped.
@Ways
def test_a_bad_item_is_skipped_on_request(way: str) -> None:
    assert items(StreamingParser(Report), way, pieces(BAD, 3), "scores", on_error="skip") == (
        [1.0, 3.0, 5.0],
        None,
    )


# Or yields an event in its place, with the path and the reason.
@Ways
def test_a_bad_item_yields_an_error_on_request(way: str) -> None:
    seen, error = items(StreamingParser(Report), way, pieces(BAD, 3), "scores", on_error="yield")
    assert error is None
    assert [item for item in seen if not isinstance(item, NonFatalError)] == [1.0, 3.0, 5.0]
    bad = [
        (place, item.path, item.kind, item.recoverable)
        for place, item in enumerate(seen)
        if isinstance(item, NonFatalError)
    ]
    assert bad == [(1, ("scores", 1), "validation", True), (3, ("scores", 3), "validation", True)]
    assert "valid number" in seen[1].message


# What is wrong inside an item is named with the way to it.
def test_the_error_of_an_item_names_the_places_in_it() -> None:
    seen, _ = items(StreamingParser(list[Address]), "sync", ['[{"street": 1}]'], on_error="yield")
    assert seen[0].path == (0,)
    assert seen[0].message == "street: Input should be a valid string; number: Field required"


# A text that ends too early raises after the items that are whole. The one that was cut is none.
@Ways
@pytest.mark.parametrize(
    ("text", "whole"),
    [("[1, 2", [1]), ("[1, 2,", [1, 2]), ('["1", "2', [1]), ("[", []), ("", []), ("[1 ", [1])],
)
def test_a_cut_text_gives_the_items_that_are_whole(way: str, text: str, whole: list[int]) -> None:
    parser = StreamingParser(list[int], on_missing_closers="raise")
    seen, error = items(parser, way, pieces(text, 1))
    assert seen == whole
    assert isinstance(error, TruncatedError)


# Where cuts are accepted, the one that was cut counts, too.
def test_an_accepted_cut_gives_what_there_is() -> None:
    seen, error = items(StreamingParser(list[str], on_truncated="accept"), "sync", ['["a", "b'])
    assert (seen, error) == (["a", "b"], None)


# With events asked for, the exception at the end is announced by one, too.
def test_with_on_error_yield_the_last_exception_is_announced() -> None:
    seen, error = items(StreamingParser(list[int]), "sync", ['[1, "x", 2'], on_error="yield")
    assert isinstance(error, TruncatedError)
    assert [item.recoverable for item in seen if isinstance(item, NonFatalError)] == [True, False]
    seen, error = items(StreamingParser(list[int]), "sync", ['[1, "x", 2'], on_error="skip")
    assert seen == [1]


# Broken JSON is read as everywhere.
@Ways
def test_items_of_broken_json(way: str) -> None:
    text = "Sure:\n```json\n{'scores': [1, 2,, 3}\n```"
    assert items(StreamingParser(Report), way, pieces(text, 3), "scores") == ([1.0, 2.0, 3.0], None)


# Limits end it.
def test_limits_hold_for_items() -> None:
    seen, error = items(StreamingParser(list[Any], limits=Limits(depth=2)), "sync", list("[1, 2, [[3]]]"))
    assert seen == [1, 2]
    assert isinstance(error, LimitError)


# Paths that lead to no list of the type, or to more than one, are refused at once, as are options.
@pytest.mark.parametrize(
    ("kind", "path"),
    [
        (Report, "title"),
        (Report, "nothing"),
        (Report, "sections.paragraphs"),
        (int, ()),
        (Report, ()),
        (Point, "x"),
    ],
)
def test_a_path_without_a_list_is_refused_at_once(kind: Any, path: Any) -> None:
    parser = StreamingParser(kind)
    with pytest.raises(ValueError, match="no list"):
        parser.iter_items("[]", path)
    assert parser.feed("") == []  # nothing has begun


def test_unknown_options_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="'raise', 'skip' or 'yield'"):
        StreamingParser(list[int]).iter_items("[]", on_error="ignore")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="more than one list"):
        StreamingParser(list[int] | list[str]).iter_items("[]")


# A parser reads one stream.
def test_a_second_stream_is_refused() -> None:
    parser = StreamingParser(list[int])
    assert list(parser.iter_items("[1]")) == [1]
    for use in (lambda: parser.iter_items("[2]"), lambda: parser.feed("[3]"), lambda: parser.result):
        with pytest.raises(TerminalStateError, match="one by one"):
            use()


# Leaving closes the source, however one leaves.
@pytest.mark.parametrize("way_out", WAYS_OUT)
@pytest.mark.parametrize("what", ["items", "values"])
@pytest.mark.parametrize("source_type", SOURCES)
def test_leaving_closes_the_source(source_type: type[Source], what: str, way_out: Any) -> None:
    source = source_type(['["a"', *[', "a"'] * 1000])
    kind: Any = list[str]
    if what == "values":
        source, kind = source_type(['["a"]\n'] * 1000), list[str]

    async def main() -> None:
        parser = StreamingParser(kind)
        await way_out(parser.aiter_items(source) if what == "items" else parser.aiter_values(source))
        assert source.closed >= 1

    asyncio.run(main())


def test_leaving_a_sync_one_closes_the_source() -> None:
    class Lines:
        closed = False

        def __iter__(self) -> Iterator[str]:
            return iter(["[1, 2", ", 3]"])

        def close(self) -> None:
            self.closed = True

    lines = Lines()
    stream = StreamingParser(list[int]).iter_items(lines)
    assert next(stream) == 1
    stream.close()
    assert lines.closed


# Texts with several values.
SEVERAL: dict[str, tuple[str, list[Any]]] = {
    "lines": ('{"a": 1}\n{"a": 2}\n{"a": 3}\n', [{"a": 1}, {"a": 2}, {"a": 3}]),
    "lines without a last break": ('{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
    "one line": ('{"a": 1}\n', [{"a": 1}]),
    "side by side": ('{"a": 1}{"a": 2}', [{"a": 1}, {"a": 2}]),
    "tool calls in tags": (
        'I call two.\n<tool_call>\n{"a": 1}\n</tool_call>\n<tool_call>\n{"a": 2}\n</tool_call>',
        [{"a": 1}, {"a": 2}],
    ),
    "one tool call in tags": ('<tool_call>{"a": 1}</tool_call>', [{"a": 1}]),
    "after thinking": ('<think>{"a": 0}? No.</think>\n{"a": 1}\n{"a": 2}', [{"a": 1}, {"a": 2}]),
    "nothing": ("", []),
}


# Each value once, in order, however the text is cut.
@pytest.mark.parametrize("name", SEVERAL)
def test_iter_values_gives_each_value(name: str) -> None:
    text, expected = SEVERAL[name]
    for chunks in cuts(text):
        parser = StreamingParser(dict[str, int], on_truncated="accept")
        assert values(parser, "sync", chunks) == (expected, None)


# `on_value` is called with each one, and the result is the list of all.
@Ways
@pytest.mark.parametrize("name", SEVERAL)
def test_on_value_is_called_with_each_value(way: str, name: str) -> None:
    text, expected = SEVERAL[name]
    got: list[Any] = []
    parser = StreamingParser(dict[str, int], on_value=got.append, on_truncated="accept")
    stream = parser.stream_parse(pieces(text, 3)) if way == "sync" else parser.astream_parse(pieces(text, 3))
    seen, error = drain(stream)
    assert error is None
    assert got == expected == seen[-1] == parser.result


# A value comes when the next one begins; a brace alone may be that of `{word}` in a text.
def test_a_value_comes_when_the_next_one_begins() -> None:
    got: list[Any] = []
    parser = StreamingParser(Point, on_value=got.append)
    parser.feed('{"x": 1}\n')
    assert got == []
    parser.feed('{"x": 2}\n{"')
    assert got == [Point(1), Point(2)]
    parser.feed('x": 3}\n')
    assert parser.finish()[-1] == got == [Point(1), Point(2), Point(3)]


LINES = '{"x": 1}\n{"x": "b"}\n{"x": 3}\n'


# What pydantic refuses raises, is skipped, or yields an event.
@Ways
def test_a_bad_value(way: str) -> None:
    seen, error = values(StreamingParser(Point), way, pieces(LINES, 4))
    assert (seen, type(error)) == ([Point(1)], ValidationError)
    assert error.errors()[0]["loc"] == ("x",)
    assert values(StreamingParser(Point), way, pieces(LINES, 4), on_error="skip") == (
        [Point(1), Point(3)],
        None,
    )
    seen, error = values(StreamingParser(Point), way, pieces(LINES, 4), on_error="yield")
    assert error is None
    assert (seen[0], seen[2], seen[1].path) == (Point(1), Point(3), (1,))


# The last of several may be cut: those before have come.
@Ways
def test_a_cut_value_raises_after_those_before(way: str) -> None:
    seen, error = values(StreamingParser(Point), way, ['{"x": 1}\n{"x": 2}\n{"x": 3, "y'])
    assert seen == [Point(1), Point(2)]
    assert isinstance(error, TruncatedError)


# Values are validated as pydantic does: in JSON mode, with the options.
def test_values_are_validated_in_json_mode() -> None:
    text = '{"x": 1.0}\n{"x": 2}'
    seen, _ = values(StreamingParser(Point, strict=True), "sync", [text], on_error="yield")
    assert isinstance(said_by_pydantic(Point, '{"x": 1.0}', strict=True), tuple)
    assert isinstance(seen[0], NonFatalError)
    assert seen[1] == Point(2)


# Lists are values like any other, also one that is alone.
def test_lists_may_be_values() -> None:
    assert values(StreamingParser(list[int]), "sync", ["[1, 2]\n[3]\n"]) == ([[1, 2], [3]], None)
    assert values(StreamingParser(list[int]), "sync", ["[1, 2]"]) == ([[1, 2]], None)
