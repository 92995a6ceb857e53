"""Kinds of repair that are switched off: the first such defect is an error, all others are read around."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pydantic_flow.errors import JsonError, MalformedError, UnfinishedError
from pydantic_flow.json import Limits, Parser, loads, repair

from .compare import same
from .test_tables import TABLE

TEXTS = [row["input"] for table in TABLE.values() for row in table]
AT_THE_END = {"truncated", "missing_closer"}


def _chunkings(text: str) -> Iterator[list[str]]:
    yield [text]
    yield list(text)
    yield [text[: len(text) // 2], text[len(text) // 2 :]]


def _read(text: list[str], **options: Any) -> tuple[Any, Parser]:
    parser = Parser(**options)
    for chunk in text:
        parser.feed(chunk)
    return parser.finish(), parser


@pytest.mark.parametrize("text", TEXTS[::3])
def test_a_refused_defect_is_an_error_at_its_place(text: str) -> None:
    """For each kind that a text has: the error is where the first repair of that kind was."""
    _, parser = _read([text])
    first = {one.kind: one for one in reversed(parser.repairs)}
    for kind, one in first.items():
        for chunks in _chunkings(text):
            with pytest.raises(
                UnfinishedError if kind in AT_THE_END else MalformedError, match=kind
            ) as refused:
                _read(chunks, refuse=[kind])
            assert (refused.value.offset, refused.value.path) == (one.offset, one.path)
        with pytest.raises(JsonError, match=kind):
            repair(text, refuse={kind})


@pytest.mark.parametrize("text", TEXTS[1::7])
def test_what_is_not_there_can_be_refused_freely(text: str) -> None:
    """Refusing kinds that a text does not have changes nothing of how it is read."""
    value, parser = _read([text])
    kinds = {"comment", "inner_quote", "unquoted_text", "prose", "extra_comma"} - {
        one.kind for one in parser.repairs
    }
    again, other = _read(list(text), refuse=kinds)
    assert same(again, value)
    assert other.repairs == parser.repairs


def test_an_unknown_kind_is_named_with_those_there_are() -> None:
    """A slip in a name is told, not passed over."""
    with pytest.raises(MalformedError):
        loads("[1 2]", refuse="missing_comma")  # one name may stand alone
    with pytest.raises(ValueError, match="no repair is called 'comments'; the kinds are prose, fence, "):
        loads("{}", refuse=["comments"])


# `repair` tells an error as `loads` does, with its place.
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("{'1': {}}", {"limits": Limits(depth=1)}),
        ('{"a": {"b": [1, 2', {"refuse": ["missing_closer"]}),
        ('{"a": {"b": x}}', {"refuse": ["unquoted_text"]}),
    ],
)
def test_repair_tells_errors_as_loads_does(text: str, options: dict[str, Any]) -> None:
    told = []
    for read in (loads, repair):
        with pytest.raises(JsonError) as caught:
            read(text, **options)
        told.append((type(caught.value), caught.value.kind, caught.value.offset, caught.value.path))
    assert told[0] == told[1]


# A single call keeps no places of defects, and reads and refuses as a parser does.
def test_a_single_call_reads_as_a_parser_does() -> None:
    for text in ("{'a': True, 'b': [1,, 2]", '{"a": {b: .5}} and more', "[[1}, {'c': 'd'}", '"x'):
        parser = Parser()
        parser.feed(text)
        assert loads(text) == parser.finish() == json.loads(repair(text))
