"""Values and texts in the room there is: bounded work, and nothing that acts on a terminal."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_flow.cli.excerpt import Flow, brief, harmless, reason, visible, where
from pydantic_flow.cli.places import BLOCK, Places
from pydantic_flow.errors import JsonError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(max_size=9), parts, max_size=5),
    max_leaves=20,
)


def acts(text: str) -> bool:
    """Whether a terminal does something else with it than showing it."""
    return any(unicodedata.category(c) == "Cc" or c in "\u202e\u2066\u200f\u2028" for c in text)


# One line, never wider than asked, JSON where it fits.
@given(JSON, st.integers(2, 200))
def test_brief_fits_and_is_json_where_it_fits(value: Any, room: int) -> None:
    text = brief(value, room)
    assert len(text) <= room and not acts(text)
    whole = json.dumps(value, ensure_ascii=False)
    assert text == visible(whole) if len(whole) <= room else text.endswith("…")


# The work is bounded by the room.
def test_brief_looks_no_further_than_the_room() -> None:
    class Watched(list[Any]):
        def __iter__(self) -> Any:
            for number, item in enumerate(super().__iter__()):
                assert number < 50, "looked too far"
                yield item

    assert brief(Watched(range(1000)), 20).endswith("…")
    deep: list[Any] = []
    for _ in range(900):
        deep = [deep]
    assert brief(deep, 20) == "[" * 19 + "…"


# Terminals get the same value in other words.
@given(JSON)
def test_harmless_json_is_the_same_value(value: Any) -> None:
    text = harmless(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert not acts(text)


# `visible` keeps the places of characters, which wrapping counts on.
@given(st.text())
def test_visible_keeps_the_length(text: str) -> None:
    assert len(visible(text)) == len(text) and not acts(visible(text))


# However a text grows: its lines fit, and together they are its end.
@given(st.lists(st.text("ab \n", min_size=1, max_size=30), min_size=1, max_size=30), st.integers(4, 20))
def test_the_flow_shows_the_end_of_the_text(pieces: list[str], width: int) -> None:
    flow, text = Flow(), ""
    for piece in pieces:
        text += piece
        lines = flow.lines(text, width=width, count=3)
        assert 1 <= len(lines) <= 3
        assert all(len(line.rstrip()) <= width for line in lines)
        assert text.split() == [] or "".join(text.split()).endswith("".join("".join(lines).split()))


# A line that stands goes on standing until it leaves at the top: the lines are always those of the
# whole text, wrapped from its beginning.
def test_lines_of_a_flow_stay_where_they_are() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 10
    growing = Flow()
    for end in range(1, len(text)):
        lines = growing.lines(text[:end], width=20, count=4)
        assert lines == Flow().lines(text[:end], width=20, count=99)[-4:]


# Ten megabytes at once, twice: it jumps to the end instead of wrapping everything.
def test_a_flow_skips_what_nobody_could_read() -> None:
    flow = Flow()
    flow.lines("x" * 5_000_000, width=80, count=5)
    assert flow.lines("y" * 10_000_000 + " the end", width=80, count=5)[-1].endswith("the end")


# Two columns are two columns, also for characters that take both.
def test_wide_characters_count_twice() -> None:
    assert Flow().lines("流れる文字", width=6, count=9) == ["流れる", "文字"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), "the whole value"),
        (("a",), "a"),
        (("a", 0, "b"), "a[0].b"),
        ((0, "a"), "[0].a"),
        (("due date", "x"), '["due date"].x'),
        (("\x1b[2J",), '["\\u001b[2J"]'),
    ],
)
def test_paths_are_written_as_people_write_them(path: tuple[str | int, ...], text: str) -> None:
    assert where(path) == text


def test_a_long_reason_keeps_its_beginning_and_its_end() -> None:
    text = reason("[" + "1, " * 1000 + "] is not of type 'object'")
    assert text.startswith("[1, 1,") and text.endswith("is not of type 'object'") and len(text) < 170


# Many offsets in one text, in any order: what `JsonError.position` says for each.
@given(
    st.lists(st.sampled_from(["a", "é", "\n", "日本", "x" * 700]), max_size=40),
    st.lists(st.integers(0, 9000)),
)
def test_places_are_those_of_the_errors(pieces: list[str], offsets: list[int]) -> None:
    text = "".join(pieces).encode()
    places = Places()
    for start in range(0, len(text), 1000):
        places.feed(text[start : start + 1000])
    for offset in (min(offset, len(text)) for offset in offsets):
        assert places.at(offset) == JsonError("", kind="", offset=offset).position(text)


# Also where a character or a line lies across a block, and behind the end.
def test_places_at_the_edges_of_blocks() -> None:
    text = ("é" * BLOCK + "\n" + "ab\n" * BLOCK).encode()
    places = Places()
    places.feed(text)
    for offset in [0, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1, 3 * BLOCK, len(text)]:
        assert places.at(offset) == JsonError("", kind="", offset=offset).position(text)
    assert places.at(len(text) + 99) == places.at(len(text))
