"""Every kind of type, streamed at every cut: results and errors are those of ``validate_json``."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from pydantic_flow.json import repair

from .conftest import cuts, pieces, said_by_pydantic, said_by_us, some_cuts
from .kinds import KINDS, Kind

Way = Callable[..., tuple[list[Any], Exception | None]]

GOOD = [(name, text) for name, kind in KINDS.items() for text in kind.good]
BAD = [(name, text) for name, kind in KINDS.items() for text in kind.bad]


def expected(kind: Kind, text: str) -> Any:
    return said_by_pydantic(kind.type, text, **kind.options)


# The table says the truth: a text that nothing refuses would prove nothing about errors.
def test_the_table_is_right() -> None:
    refused = [isinstance(expected(KINDS[name], text), tuple) for name, text in BAD]
    assert all(refused)
    said = [expected(KINDS[name], text) for name, text in GOOD]
    assert not any(isinstance(value, tuple) and isinstance(value[0], str) for value in said)


# The result, wherever the text is cut: the same object by type and by value.
@pytest.mark.parametrize(("name", "text"), GOOD)
def test_the_result_equals_validate_json_at_every_cut(name: str, text: str) -> None:
    kind = KINDS[name]
    wanted = expected(kind, text)
    for chunks in (*cuts(text), *some_cuts(text.encode())):
        result = said_by_us(kind.type, chunks, **kind.options)
        assert (type(result), result) == (type(wanted), wanted)


# The error, wherever the text is cut: the same title, places, messages and inputs.
@pytest.mark.parametrize(("name", "text"), BAD)
def test_the_error_equals_validate_json_at_every_cut(name: str, text: str) -> None:
    kind = KINDS[name]
    wanted = expected(kind, text)
    for chunks in cuts(text):
        assert said_by_us(kind.type, chunks, **kind.options) == wanted


def fenced(text: str) -> str:
    """Thought about, announced, and fenced."""
    return f"<think>[1, {{}} is it?]</think>Here you are:\n```json\n{text}\n```\nMore?"


def commented(text: str) -> str:
    """A comment after the first bracket, and a comma before the last one."""
    comma = "," if text[1:-1].strip() else ""
    return f"{text[0]} // so\n{text[1:-1]}{comma}{text[-1]}"


def unclosed(text: str) -> str:
    """Without its last bracket."""
    return text[:-1] + " "


# The same for an answer that is not only bare JSON, or broken: as validate_json of the text as repaired,
# which is the text that was broken.
@pytest.mark.parametrize("damage", [fenced, commented, unclosed])
@pytest.mark.parametrize(("name", "text"), [row for row in GOOD + BAD if row[1][0] in "[{"])
def test_a_broken_text_equals_validate_json_of_the_text_as_repaired(
    damage: Callable[[str], str], name: str, text: str
) -> None:
    kind, broken = KINDS[name], damage(text)
    assert json.loads(repair(broken)) == json.loads(text)
    wanted = expected(kind, text)
    for chunks in some_cuts(broken):
        said = said_by_us(kind.type, chunks, **kind.options)
        assert (type(said), said) == (type(wanted), wanted)


# Whichever way the parser is driven.
@pytest.mark.parametrize(("name", "text"), GOOD + BAD)
def test_every_way_says_what_validate_json_says(way: Way, name: str, text: str) -> None:
    kind = KINDS[name]
    said = said_by_us(kind.type, pieces(text, 3), way, **kind.options)
    assert (type(said), said) == (type(expected(kind, text)), expected(kind, text))
