"""`dropin.jiter` beside jiter itself: same answers and same words, but for what docs/dropin.md names."""

import json
import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import jiter
import pytest

from pydantic_flow.dropin import jiter as ours
from pydantic_flow.errors import JsonError, LimitError, MalformedError, UnfinishedError

TEXTS = [
    b'{"a": 1, "b": [true, false, null, -1.5e3], "c": {"d": "x\\n\\u00e9 \\ud83d\\ude00 y", "e": []}}',
    '["héé", "中文", 12.50, -0, 0.1, {"k": {}}]'.encode(),
    b'[NaN, Infinity, -Infinity, {"x": NaN}, "NaN"]',
    b' "just text \\" quoted" ',
    b'\n{"a":1,\n"a":"x",\n"b":[[1,2],[3]]}\n',
    b"-12.5e+3",
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"partial_mode": True},
    {"partial_mode": "trailing-strings"},
    {"allow_inf_nan": False},
    {"allow_inf_nan": False, "partial_mode": "on"},
    {"float_mode": "decimal"},
    {"float_mode": "lossless-float", "partial_mode": "trailing-strings"},
    {"catch_duplicate_keys": True},
    {"catch_duplicate_keys": True, "partial_mode": "on", "cache_mode": "keys"},
]


def outcome(reader: Any, data: bytes, options: dict[str, Any]) -> Any:
    """What a reader gives or says, comparable: `repr` tells types, float bits and NaN."""
    try:
        return repr(reader.from_json(data, **options))
    except ValueError as error:
        return error.args


def prefixes() -> Iterator[bytes]:
    for text in TEXTS:
        yield from (text[:end] for end in range(len(text) + 1))


def edge_is_shown(data: bytes) -> bool:
    """Whether the text ends in a number or literal that ours shows and jiter holds back."""
    tail = data[max(map(data.rfind, [b" ", b",", b"[", b":", b"\n"])) + 1 :]
    cut_number = tail[:1].isdigit() or tail[:1] == b"-"
    return (cut_number and tail[-1:] in b".eE+-") or any(
        tail and word.startswith(tail) and tail != word for word in [b"true", b"false", b"null"]
    )


# Every prefix of valid JSON under every option: the value, or the words with line and column, is jiter's.
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_prefix_reads_as_jiter_reads_it(options: dict[str, Any]) -> None:
    partial = options.get("partial_mode", False) is not False
    compared = 0
    for data in prefixes():
        if partial and edge_is_shown(data):
            continue
        if "catch_duplicate_keys" in options and data.endswith(b'"a":'):
            continue  # jiter counts the key, ours the member, which is not there yet
        compared += 1
        assert outcome(ours, data, options) == outcome(jiter, data, options), data
    assert compared > 200


# The one difference in values: what has come of a number or literal is shown, as everywhere in this package.
@pytest.mark.parametrize(
    ("data", "value"),
    [(b"[1, 12.", [1, 12]), (b"[3e", [3]), (b'{"a": tr', {"a": True}), (b"[nul", [None]), (b"[-", [])],
)
def test_the_edge_of_a_number_or_literal_is_shown(data: bytes, value: Any) -> None:
    assert ours.from_json(data, partial_mode=True) == value
    assert len(jiter.from_json(data, partial_mode=True)) <= len(value)


BROKEN = [
    *[
        b"",
        b" ",
        b"xx",
        b"1wrong",
        b"[x]",
        b"[1 2]",
        b"[1:2]",
        b"[,1]",
        b"[1,]",
        b"[1,,",
        b"[}",
        b"[1}",
        b"[1]]",
    ],
    *[
        b"}",
        b'{"a" 1}',
        b'{"a":1 "b"',
        b'{"a":1,}',
        b'{"a":1,,',
        b"{,",
        b"{]",
        b"{a:1}",
        b'{"a":}',
        b'{"a":1]',
    ],
    *[b"[01]", b"[00", b"[1.]", b"[1e]", b"[1e+x]", b"[-]", b"[-x", b"[+1]", b"[.5]", b"[nulx]", b"['a']"],
    *[b'["\\q"]', b'["\\u12x"]', b'["a\x01"]', b'["\xff"]', b"[\xff]", b"\xef\xbb\xbf[1]", b"[1\n,\n\n x]"],
    *[b"[" * 202, b"[" * 10_000, b'{"a":' * 5_000],
]


# What is wrong is said in jiter's words, at its line and column, by a ValueError with our facts besides.
@pytest.mark.parametrize("data", BROKEN, ids=lambda data: repr(data[:20]))
def test_errors_are_said_in_jiters_words(data: bytes) -> None:
    assert outcome(ours, data, {}) == outcome(jiter, data, {})
    with pytest.raises(JsonError) as error:
        ours.from_json(data)
    assert 0 <= error.value.offset <= len(data)


# After a whole value a partial reading ends where jiter's ends, without an error; elsewhere it refuses.
@pytest.mark.parametrize("data", BROKEN, ids=lambda data: repr(data[:20]))
@pytest.mark.parametrize("mode", ["on", "trailing-strings"])
def test_partial_readings_end_where_jiters_end(data: bytes, mode: str) -> None:
    options = {"partial_mode": mode}
    assert outcome(ours, data, options) == outcome(jiter, data, options)


# Each kind of error of ours.
def test_errors_keep_their_kind() -> None:
    for data, kind in [(b"[1", UnfinishedError), (b"[x", MalformedError), (b"[" * 202, LimitError)]:
        with pytest.raises(kind):
            ours.from_json(data)


# 201 levels, as jiter counts them.
def test_as_deep_as_jiter() -> None:
    data = b"[" * 201 + b"]" * 201
    assert ours.from_json(data) == jiter.from_json(data)


# Floats beyond double range: read as jiter reads them.
def test_numbers_beyond_double_range_are_infinite() -> None:
    data = b'[1e400, -1e999, 1e-400, "1e400"]'
    for options in OPTIONS[:5]:
        assert outcome(ours, data, options) == outcome(jiter, data, options)
    assert ours.from_json(data, float_mode="decimal")[0] == Decimal("1e400")
    assert math.isinf(ours.from_json(data, partial_mode=True)[0])


# Modes that are none of those named, in jiter's words.
@pytest.mark.parametrize("option", ["partial_mode", "cache_mode", "float_mode"])
@pytest.mark.parametrize("mode", ["wrong", 1, None, b"on"])
def test_unknown_modes_are_refused(option: str, mode: Any) -> None:
    for reader in [jiter, ours]:
        with pytest.raises(ValueError if isinstance(mode, str) else TypeError, match="Invalid"):
            reader.from_json(b"[1]", **{option: mode})


# Bytes and nothing else.
@pytest.mark.parametrize("data", ["[1]", bytearray(b"[1]"), 1])
def test_other_types_are_refused(data: Any) -> None:
    for reader in [jiter, ours]:
        with pytest.raises(TypeError, match=f"'{type(data).__name__}' object is not an instance of 'bytes'"):
            reader.from_json(data)


# A string full of escaped quotes, cut anywhere: dropped or kept as jiter does, at a cost that stays small.
def test_a_cut_string_of_escaped_quotes() -> None:
    whole = b'["a", "' + b'\\"' * 40 + b"\\\\" * 3
    for end in range(6, len(whole) + 1):
        for mode in ["on", "trailing-strings"]:
            options = {"partial_mode": mode}
            assert outcome(ours, whole[:end], options) == outcome(jiter, whole[:end], options)
    long = b'["a", "' + b'\\"' * 500_000
    assert ours.from_json(long, partial_mode=True) == ["a"]


# Twice the same key, in an inner object, in unfinished text, and after an escape that spells it the same.
@pytest.mark.parametrize(
    "data",
    [
        b'{"foo": 1, "foo": 2}',
        b'[{"a": {"b": 1, "c": "a:b", "b": [2]}}]',
        b'{"a": [1, 2], "x": {"y": 1}, "a": "tex',
        b'{"a": 1, "\\u0061": 2}',
        b'{"a": NaN, "a": 1}',
    ],
)
def test_repeated_keys_are_caught(data: bytes) -> None:
    options = {"catch_duplicate_keys": True, "partial_mode": "trailing-strings"}
    assert "duplicate key" in str(outcome(ours, data, options))
    assert outcome(ours, data, options) == outcome(jiter, data, options)


# A number as it was written.
def test_lossless_floats() -> None:
    written = [b"123.45", b"1", b"-0.0", b"1e400", b"123.456789123456789e45", b"NaN"]
    for text in written:
        mine, theirs = ours.LosslessFloat(text), jiter.LosslessFloat(text)
        for view in [str, repr, bytes]:
            assert view(mine) == view(theirs)
        assert repr(float(mine)) == repr(float(theirs))
        assert repr(mine.as_decimal()) == repr(theirs.as_decimal())
    for text in [b"", b"x", b"1.2x", b"[1]", b'"1"', b"{}", b"null"]:
        with pytest.raises(ValueError) as error:
            ours.LosslessFloat(text)
        with pytest.raises(ValueError) as theirs_error:
            jiter.LosslessFloat(text)
        assert str(error.value) == str(theirs_error.value)


# Nothing is kept between calls, and what is handed over is the caller's own.
def test_answers_are_the_callers_own() -> None:
    ours.cache_clear()
    data = b'{"a": [{"b": "x"}], "c": "unfin'
    for mode in ["on", "trailing-strings"]:
        first = ours.from_json(data, partial_mode=mode)  # type: ignore[arg-type]
        first["a"][0]["b"] = "changed"
        first["a"].append(1)
        assert ours.from_json(data, partial_mode=mode)["a"] == [{"b": "x"}]  # type: ignore[arg-type]
    assert ours.cache_usage() == 0


# Whole documents of some size: equal to json.loads.
def test_whole_documents() -> None:
    document = {
        "rows": [{"id": n, "name": f"n{n}", "score": n / 7, "tags": ["x", None, True]} for n in range(500)]
    }
    data = json.dumps(document).encode()
    assert ours.from_json(data) == document
    assert ours.from_json(data, partial_mode=True) == document
    assert ours.from_json(data[:-2], partial_mode="on") == document
