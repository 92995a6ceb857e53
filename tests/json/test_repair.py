"""`repair`: valid JSON text out of anything; what was valid stays as it was, byte for byte."""

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_flow.json import Limits, repair

from . import checks, texts
from .budget import examples
from .shared import DATA, rows


# A valid document comes back as it is, blanks and notations included.
@examples(2)
@given(texts.documents)
def test_a_valid_document_comes_back_byte_for_byte(text: str) -> None:
    assert repair(text) == text
    assert repair(text.encode()) == text


# The same for the table of valid documents.
@pytest.mark.parametrize("text", [row["input"] for row in rows(DATA / "valid.jsonl")])
def test_a_valid_row_comes_back_byte_for_byte(text: str) -> None:
    assert repair(text) == text


# Whatever goes in, what comes out is JSON of the same reading; repairing it again changes nothing.
@examples(4)
@given(st.one_of(texts.texts, texts.byte_soups()))
def test_the_output_is_valid_json_of_the_same_value(data: str | bytes) -> None:
    checks.repair_writes_the_reading(data)


# Numbers that are valid JSON keep their text even where something else was repaired.
@pytest.mark.parametrize(
    "number",
    [
        "1.0",
        "1.50",
        "1E5",
        "1e+05",
        "0.10",
        "-0",
        "-0.0",
        "12345678901234567890123",
        "1.000000000000000000001",
    ],
)
def test_numbers_keep_their_text(number: str) -> None:
    assert number in repair(f"{{'n': {number},}}")
    assert number in repair(f"[{number}")


# Numbers that are not valid JSON are written as what they are.
@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("0x1F", 31),
        ("+5", 5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1_000", 1000),
        ("0b11", 3),
        ("0o17", 15),
        ("1,234,567", 1234567),
    ],
)
def test_other_notations_are_written_as_numbers(number: str, value: float) -> None:
    assert json.loads(repair(f'{{"n": {number}, "m": 1}}')) == {"n": value, "m": 1}


# JSON has no word for them.
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999"])
def test_non_finite_numbers_become_null(number: str) -> None:
    assert json.loads(repair(f'{{"n": {number}}}')) == {"n": None}
    assert json.loads(repair(number)) is None


# With nothing read there is still JSON.
@pytest.mark.parametrize("nothing", ["", "  \n", b"", "\ufeff", "```json\n```", "# nothing"])
def test_nothing_read_gives_null(nothing: str | bytes) -> None:
    assert repair(nothing).strip() == "null"


# Lone surrogates and invalid UTF-8 do not get out.
@pytest.mark.parametrize("data", ['["\\ud83d"]', b'["\xff"]', b'{"\xed\xa0\xbd": 1}', "['\udc00']"])
def test_the_output_is_clean_text(data: str | bytes) -> None:
    assert "\ufffd" in json.loads(repair(data)) or "\ufffd" in repair(data)
    repair(data).encode("utf-8")


# A repeated key: the output reads as its last value.
def test_a_repeated_key_reads_as_its_last_value() -> None:
    assert json.loads(repair("{'a': 1, 'b': 2, 'a': 3}")) == {"a": 3, "b": 2}


# Valid JSON with a repeated key is valid JSON, and is not touched.
def test_a_valid_repeated_key_is_not_touched() -> None:
    assert repair('{"a": 1, "a": 2}') == '{"a": 1, "a": 2}'


# Limits hold here too.
def test_limits_hold() -> None:
    with pytest.raises(ValueError, match=r".+"):
        repair("[" * 201)
    with pytest.raises(ValueError, match=r".+"):
        repair("[1, 2, 3]", limits=Limits(values=2))


# Integers longer than the interpreter converts are a limit here as in `loads`, or keep their text.
def test_a_huge_integer_is_text_or_a_limit() -> None:
    digits = "9" * (sys.get_int_max_str_digits() + 1)
    try:
        assert digits in repair(f"[{digits}]")
    except ValueError as error:
        assert getattr(error, "kind", "")
