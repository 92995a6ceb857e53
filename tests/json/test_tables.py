"""Our tables of broken JSON and of its reading (`tests/data/*.jsonl`), each row through every way in.

Each table has a floor: how many of its rows are read right. A row read wrong is printed, not excused;
raise the floor when it is mended.
"""

import json
from typing import Any

import pytest

from pydantic_flow.json import loads, repair

from .compare import floats_read, non_finite_as_null, reads_as, same
from .drive import alike, one_by_one, read
from .shared import DATA, Row, rows

FLOORS = {
    "valid": 56,
    "truncation": 97,
    "separators": 71,
    "quotes": 83,
    "bare": 62,
    "text": 71,
    "wrapping": 101,
    "structure": 85,
    "mixtures": 10,
    "readings": 18,
    "everyday": 172,
    "inner_marks": 141,
    "slips": 251,
    "second": 179,
}

TABLE = {name: rows(DATA / f"{name}.jsonl") for name in FLOORS}
ALL = [pytest.param(row, id=row["id"]) for table in TABLE.values() for row in table]


def right(row: Row, value: Any) -> bool:
    """Whether the value is the row's reading, or one of its readings."""
    readings = row["readings"] if "readings" in row else [row["expected"]]
    return any(reads_as(value, floats_read(reading)) for reading in readings)


# Every table is complete: no table without a floor, no id twice.
def test_every_table_has_a_floor() -> None:
    assert {path.stem for path in DATA.glob("*.jsonl")} == FLOORS.keys()
    ids = [row["id"] for table in TABLE.values() for row in table]
    assert len(ids) == len(set(ids))


# The readings themselves. The failing rows are in the message.
@pytest.mark.parametrize("name", FLOORS)
def test_a_table_is_read_right(name: str) -> None:
    wrong = [row for row in TABLE[name] if not right(row, loads(row["input"]))]
    said = "\n".join(f"{row['id']}: {row['input']!r} read as {loads(row['input'])!r}" for row in wrong)
    print(said)
    assert len(TABLE[name]) - len(wrong) >= FLOORS[name], said


# Text and bytes, in one call, whole, and cut after every character and byte: one reading.
@pytest.mark.parametrize("row", ALL)
def test_a_row_reads_the_same_through_every_way_in(row: Row) -> None:
    text = row["input"]
    whole = read([text])
    assert whole.error is None
    assert same(loads(text), whole.value)
    assert same(loads(text.encode()), whole.value)
    assert alike(read(one_by_one(text)), whole)
    assert alike(read(one_by_one(text.encode())), whole)


# What `repair` writes is the reading, in strictly valid JSON.
@pytest.mark.parametrize("row", ALL)
def test_a_row_is_repaired_to_its_reading(row: Row) -> None:
    written = repair(row["input"])
    assert same(loads(written, strict=True), json.loads(written))
    assert reads_as(json.loads(written), non_finite_as_null(loads(row["input"])))


# A row that needed no repair is valid JSON, and the other way round.
@pytest.mark.parametrize("row", TABLE["valid"], ids=lambda row: row["id"])
def test_a_valid_row_needs_no_repair(row: Row) -> None:
    assert read([row["input"]]).repairs == ()
    assert same(loads(row["input"]), json.loads(row["input"]))
    assert same(loads(row["input"], strict=True), json.loads(row["input"]))
