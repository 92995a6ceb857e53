"""Strict mode: exactly RFC 8259, in one call and in chunks cut anywhere (DESIGN I6).

The public suite is read from `../shared/jsontestsuite`; what we do with its `i_` files (either answer is
allowed) and with its transform files is pinned in `tests/data`.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pydantic_flow.errors import JsonError, LimitError, MalformedError, UnfinishedError
from pydantic_flow.json import loads

from . import oracle, texts
from .budget import examples
from .compare import same
from .drive import Chunk, Reading, cut, one_by_one, read
from .shared import DATA, SHARED, beside

PARSING = SHARED / "jsontestsuite" / "test_parsing"
I_FILES: dict[str, str] = json.loads((DATA / "i_files.json").read_text())
TRANSFORM: dict[str, dict[str, Any]] = json.loads((DATA / "transform_files.json").read_text(encoding="utf-8"))

SMALL = 4096


def files(kind: str) -> list[Path]:
    return sorted(PARSING.glob(f"{kind}_*.json"))


def verdict(reading: Reading) -> str:
    """`accept`, or the class of the error."""
    names = {UnfinishedError: "unfinished", MalformedError: "malformed", LimitError: "limit"}
    return "accept" if reading.error is None else names[reading.error.type]


def ways(data: bytes) -> list[list[Chunk]]:
    """Cut a file: byte by byte and every two-way split up to 4 KB, samples beyond."""
    if len(data) <= SMALL:
        return [list(one_by_one(data)), *(cut(data, [at]) for at in range(len(data) + 1))]
    places = [1, 2, 3, SMALL, len(data) // 2, len(data) - 1]
    return [cut(data, [at]) for at in places] + [cut(data, range(0, len(data), 997))]


def pieces_read_alike(data: bytes) -> Reading:
    """The strict reading of a file, after checking that every way of cutting gives the same."""
    whole = read([data], strict=True)
    for chunks in ways(data):
        pieces = read(chunks, strict=True)
        assert same(pieces.value, whole.value) and pieces.error == whole.error and pieces.repairs == ()
    return whole


# All 95 files that must be read.
def test_the_suite_has_the_files_that_are_counted() -> None:
    beside("jsontestsuite")
    assert (len(files("y")), len(files("n")), len(files("i"))) == (95, 188, 35)
    assert {file.name for file in files("i")} == I_FILES.keys()


# Accepted, with the value that json.loads gives, however they are cut.
@pytest.mark.parametrize("file", files("y"), ids=lambda file: file.name)
def test_a_y_file_is_accepted(file: Path) -> None:
    data = file.read_bytes()
    assert same(loads(data, strict=True), json.loads(data))
    reading = pieces_read_alike(data)
    assert verdict(reading) == "accept" and same(reading.value, json.loads(data))


# Refused, with the same error however they are cut; unfinished only where something could still follow.
@pytest.mark.parametrize("file", files("n"), ids=lambda file: file.name)
def test_an_n_file_is_rejected(file: Path) -> None:
    data = file.read_bytes()
    with pytest.raises((UnfinishedError, MalformedError, LimitError)):
        loads(data, strict=True)
    reading = pieces_read_alike(data)
    if len(data) > SMALL:
        assert verdict(reading) == "limit"
        return
    expected = "unfinished" if oracle.first_offence(data) is None else "malformed"
    assert verdict(reading) == expected


# Either way is allowed; ours is pinned.
@pytest.mark.parametrize("file", files("i"), ids=lambda file: file.name)
def test_an_i_file_reads_as_pinned(file: Path) -> None:
    assert verdict(pieces_read_alike(file.read_bytes())) == I_FILES[file.name]


# Files whose value differs between parsers: ours is pinned, in both modes.
@pytest.mark.parametrize("name", TRANSFORM)
def test_a_transform_file_reads_as_pinned(name: str) -> None:
    data = beside("jsontestsuite", "test_transform", name).read_bytes()
    assert verdict(pieces_read_alike(data)) == TRANSFORM[name]["strict"]
    assert same(read([data]).value, TRANSFORM[name]["tolerant"])
    assert same(read(one_by_one(data)).value, TRANSFORM[name]["tolerant"])


# A file cut anywhere is unfinished, or (a number, trailing blanks) whole already: never malformed.
@pytest.mark.parametrize("file", files("y"), ids=lambda file: file.name)
def test_a_cut_y_file_is_unfinished(file: Path) -> None:
    data = file.read_bytes()
    for at in range(len(data)):
        reading = read([data[:at]], strict=True)
        assert verdict(reading) == ("accept" if oracle.is_whole(data[:at]) else "unfinished"), data[:at]


# Any text: accepted exactly when it is RFC 8259, with the same value.
@examples(4)
@given(st.one_of(texts.texts.map(str.encode), texts.byte_soups()))
def test_strict_accepts_exactly_rfc_8259(data: bytes) -> None:
    try:
        expected = oracle.rfc8259(data)
    except ValueError:
        with pytest.raises(JsonError):
            loads(data, strict=True)
    else:
        assert same(loads(data, strict=True), expected)


# Malformed is said as soon as nothing can make the text right, and points there or at the start of the
# token, escape or separator that turned out wrong; before that the text is only unfinished.
@examples(4)
@given(st.one_of(texts.texts.map(str.encode), texts.byte_soups()))
def test_malformed_is_said_at_the_first_wrong_byte(data: bytes) -> None:
    offence = oracle.first_offence(data)
    assume(not out_of_range(data))
    if offence is None:
        error = read([data], strict=True).error
        assert error is None or (error.type is UnfinishedError and error.offset == len(data))
        assert (error is None) == oracle.is_whole(data)
        return
    before, there = (read([data[:end]], strict=True).error for end in (offence, offence + 1))
    assert before is None or before.type is UnfinishedError
    assert there is not None and there.type is MalformedError and there.offset <= offence
    assert read([data], strict=True).error == there


def out_of_range(data: bytes) -> bool:
    """Whether a float beyond double range may be the offence, which the automaton does not see."""
    return any(abs(float(n)) == float("inf") for n in oracle.NUMBER.findall(data.decode("utf-8", "replace")))


# Any cut of any text: the same verdict.
@examples(2)
@given(texts.byte_soups(), texts.places())
def test_strict_does_not_see_the_cuts(data: bytes, places: list[int]) -> None:
    whole, pieces = read([data], strict=True), read(cut(data, places), strict=True)
    assert same(whole.value, pieces.value) and whole.error == pieces.error


# Strict mode repairs nothing.
@examples(1)
@given(texts.texts)
def test_strict_records_no_repair(text: str) -> None:
    assert read([text], strict=True).repairs == ()


# Proves that strict mode waits for the rest of a key, where tolerant mode would look for a member in it.
@pytest.mark.parametrize("text", ['{"G:{}', '{"a": 1, "b: []}', '{"a": "x}'])
def test_a_key_or_text_that_may_have_swallowed_the_end_is_unfinished(text: str) -> None:
    with pytest.raises(UnfinishedError):
        loads(text, strict=True)
