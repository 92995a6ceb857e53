"""Every kind of type, streamed at every cut: results and errors are those of ``validate_json``."""

from collections.abc import Callable
from typing import Any

import pytest

from .conftest import cuts, pieces, said_by_pydantic, said_by_us
from .kinds import KINDS, Kind

Way = Callable[..., tuple[list[Any], Exception | None]]

GOOD = [(name, text) for name, kind in KINDS.items() for text in kind.good]
BAD = [(name, text) for name, kind in KINDS.items() for text in kind.bad]


def expected(kind: Kind, text: str | bytes) -> Any:
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
    for data in (text, text.encode()):
        wanted = expected(kind, data)
        for chunks in cuts(data):
            result = said_by_us(kind.type, chunks, **kind.options)
            assert (type(result), result) == (type(wanted), wanted)


# The error, wherever the text is cut: the same title, places, messages and inputs.
@pytest.mark.parametrize(("name", "text"), BAD)
def test_the_error_equals_validate_json_at_every_cut(name: str, text: str) -> None:
    kind = KINDS[name]
    wanted = expected(kind, text)
    for chunks in cuts(text):
        assert said_by_us(kind.type, chunks, **kind.options) == wanted


# Whichever way the parser is driven.
@pytest.mark.parametrize(("name", "text"), GOOD + BAD)
def test_every_way_says_what_validate_json_says(way: Way, name: str, text: str) -> None:
    kind = KINDS[name]
    said = said_by_us(kind.type, pieces(text, 3), way, **kind.options)
    assert (type(said), said) == (type(expected(kind, text)), expected(kind, text))
