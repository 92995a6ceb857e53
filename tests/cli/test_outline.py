"""The outline: every finished part is said once and in order, whatever the chunks; work is bounded."""

import json
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_flow.cli.outline import Outline, Row
from pydantic_flow.cli.reading import Reading
from pydantic_flow.cli.settled import Settled
from pydantic_flow.streaming import StreamingParser

KEYS = st.text("abc", max_size=2)
VALUES = st.recursive(
    st.none() | st.integers(-9, 9) | st.text("ab", max_size=3),
    lambda parts: st.lists(parts, max_size=6) | st.dictionaries(KEYS, parts, max_size=6),
    max_leaves=30,
)
CONTAINERS = st.lists(VALUES, max_size=9) | st.dictionaries(KEYS, VALUES, max_size=9)


def read(text: str, cuts: list[int], room: int) -> tuple[list[Row], list[list[Row]], Any]:
    """All finished rows, and after each chunk and at the end the open ones."""
    reading, outline = Reading(StreamingParser(Any, on_truncated="accept")), Outline()
    finished: list[Row] = []
    frames = []
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        restarts = reading.restarts
        reading.feed(text[start:end])
        if reading.restarts != restarts:
            outline.restart()
            finished.clear()
        finished += outline.finished(reading.value, reading.settled, room=room, most=1000).rows
        frames.append(outline.open(reading.value, reading.settled, room=room))
    reading.finish()
    finished += outline.finished(reading.value, reading.settled, room=room, most=1000).rows
    frames.append(outline.open(reading.value, reading.settled, room=room))
    return finished, frames, reading.value


def node(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


# However it is cut and however little room there is: each child of the root is said settled or closed
# exactly once, in order; what was said open is closed; and what was said is how it is in the end.
@given(CONTAINERS, st.lists(st.integers(0, 1000)), st.integers(1, 5))
def test_every_part_is_said_once_and_right(value: Any, cuts: list[int], room: int) -> None:
    finished, frames, final = read(json.dumps(value), cuts, room)
    assert final == value
    said = [row for row in finished if row.mark != "open"]
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    assert [row.path[0] for row in said if len(row.path) == 1] == keys
    assert len({row.path for row in said}) == len(said)
    assert {row.path for row in finished if row.mark == "open"} == {
        r.path for r in said if r.mark == "closed"
    }
    for row in said:
        assert node(value, row.path) == row.value
    assert all(len(frame) <= room for frame in frames)


# The set of settled paths that is kept answers as the parser's own, which keeps all.
@given(CONTAINERS, st.lists(st.integers(0, 1000)))
def test_the_settled_are_the_parsers(value: Any, cuts: list[int]) -> None:
    text = json.dumps(value)
    parser = StreamingParser(Any)
    settled = Settled()
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in pairwise(edges):
        for item in parser.feed(text[start:end]):
            settled.add(item.complete)
        # What settles with a chunk that changes nothing comes with the next item.
        assert all(path in parser.complete for path in every_path(value) if path in settled)
    parser.finish()
    settled.finish()
    assert all(path in settled for path in every_path(value))


def every_path(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    paths = [path]
    if isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, child in children:
            paths += every_path(child, (*path, key))
    return paths


# Memory: a number for each child of what is open, nothing below what has settled.
def test_little_is_kept_of_what_has_settled() -> None:
    reading = Reading(StreamingParser(Any))
    record = json.dumps({"a": [1, 2, {"b": [3, 4]}], "c": {"d": "e"}})
    reading.feed("[" + ",".join([record] * 500))
    kept = reading.settled._below
    assert set(kept) <= {(), (499,)}
    assert len(kept[()]) == 499


class Counted(list[Any]):
    """A list that counts how often an item of it is looked at."""

    looks = 0

    def __getitem__(self, index: Any) -> Any:
        Counted.looks += 1
        return super().__getitem__(index)


# A frame of a long list costs as much as one of a short list.
@pytest.mark.parametrize("length", [100, 100_000])
def test_a_frame_costs_what_it_shows(length: int) -> None:
    outline, settled = Outline(), Settled()
    value = Counted([{"n": number} for number in range(length)])
    settled.add(frozenset((index,) for index in range(length)))
    assert outline.finished(value, settled, room=10, most=20).count == length
    Counted.looks = 0
    value.append({"n": 0})
    assert outline.finished(value, settled, room=10, most=20).count == 0
    assert [row.path for row in outline.open(value, settled, room=10)] == [(length,), (length, "n")]
    assert Counted.looks < 40


# The value may start over: what was said stands, and everything is said anew.
def test_a_value_that_starts_over_is_said_anew() -> None:
    outline, settled = Outline(), Settled()
    settled.add(frozenset({("a",)}))
    assert outline.finished({"a": 1, "b": []}, settled, room=3, most=9).count == 1
    settled.clear()
    outline.restart()
    settled.add(frozenset({("x",)}))
    assert [row.path for row in outline.finished({"x": 1}, settled, room=3, most=9).rows] == [("x",)]


# Whatever is fed, defects and all, nothing raises and the last rows are the root's members.
@pytest.mark.parametrize("seed", range(60))
def test_any_soup_can_be_shown(seed: int) -> None:
    random = Random(seed)
    pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"',
        "x",
        " 7",
        "true",
        "\n",
        "'b'",
        "//c\n",
        "<think>",
        "```",
    ]
    text = "".join(random.choices(pieces, k=80))
    finished, frames, value = read(text, [random.randrange(200) for _ in range(12)], random.randint(1, 4))
    if isinstance(value, dict | list):
        # The soup is mostly cut: then the last one is open, and its parts may fill the room.
        last = [row.path[0] for row in [*finished, *frames[-1]]]
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        assert last[-1:] == keys[-1:]
