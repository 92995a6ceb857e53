"""`loads`: one call, tolerant by default, exact on valid JSON."""

import gc
import json
import sys
from typing import Any

import pytest

from pydantic_flow.errors import JsonError, LimitError, MalformedError, PydanticFlowError, UnfinishedError
from pydantic_flow.json import Limits, loads

from .compare import same


# Text and UTF-8 are the same input.
@pytest.mark.parametrize("text", ['{"é": "🚀", "n": [1, 2.5, true, null]}', "[]", '"x"', "12", " null "])
def test_str_and_bytes_read_alike(text: str) -> None:
    assert same(loads(text), json.loads(text))
    assert same(loads(text.encode()), json.loads(text))


# With nothing read there is no value: None, or what the caller wants instead.
@pytest.mark.parametrize("nothing", ["", " \n", "\ufeff", "// only a comment", b""])
def test_nothing_read_gives_the_default(nothing: str | bytes) -> None:
    assert loads(nothing) is None
    mark = object()
    assert loads(nothing, default=mark) is mark


# The default is for nothing, not for null.
def test_null_is_a_value_and_not_nothing() -> None:
    assert loads("null", default="nothing") is None


# Truncated text is salvaged.
def test_truncated_text_gives_what_was_there() -> None:
    assert loads('{"title": "Half a sen') == {"title": "Half a sen"}


# Strict is RFC 8259: what is not finished and what is wrong are different errors of one family.
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", UnfinishedError),
        ("  ", UnfinishedError),
        ('{"a": ', UnfinishedError),
        ('["open', UnfinishedError),
        ("tru", UnfinishedError),
        ("-", UnfinishedError),
        ("[1,]", MalformedError),
        ("{'a': 1}", MalformedError),
        ("[1] 2", MalformedError),
        ("NaN", MalformedError),
        ("1e999", MalformedError),
        ('["\\ud83d"]', MalformedError),
        ("\ufeff{}", MalformedError),
        ("[" * 201, LimitError),
    ],
)
def test_strict_tells_unfinished_malformed_and_limit_apart(text: str, error: type[JsonError]) -> None:
    with pytest.raises(error) as caught:
        loads(text, strict=True)
    assert type(caught.value) is error
    assert isinstance(caught.value, ValueError) and isinstance(caught.value, PydanticFlowError)
    assert isinstance(caught.value.kind, str) and caught.value.kind
    assert 0 <= caught.value.offset <= len(text.encode())
    assert isinstance(caught.value.path, tuple)


# An error says where: bytes of UTF-8, and the path of the node it is in.
def test_an_error_has_offset_and_path() -> None:
    with pytest.raises(MalformedError) as caught:
        loads('{"é": [1, {"k": oops}]}', strict=True)
    assert caught.value.offset == len('{"é": [1, {"k": '.encode())
    assert caught.value.path == ("é", 1, "k")


# The caller gets a tree of its own.
def test_the_value_is_owned() -> None:
    text = '{"a": [1], "b": [1], "c": {}}'
    value = loads(text)
    value["a"].append(2)
    assert value["b"] == [1]
    assert loads(text) == {"a": [1], "b": [1], "c": {}}


# Integers are integers at any size the interpreter allows, floats keep every bit.
@pytest.mark.parametrize(
    "text",
    [
        "0",
        "-0",
        "-0.0",
        "1e5",
        "9223372036854775808",
        "-" + "9" * 300,
        "0.1",
        "1e-400",
        "5e-324",
        "2.2250738585072011e-308",
        "123456789012345678901234567890.5",
        "1.7976931348623157e308",
        "9007199254740993.0",
        "1E+2",
        "0e999999999999",
    ],
)
def test_numbers_are_those_of_json_loads(text: str) -> None:
    assert same(loads(text), json.loads(text))
    assert same(loads(f"[{text}]", strict=True), [json.loads(text)])


# Members keep their order; a repeated key keeps the last value.
def test_member_order_and_repeated_keys() -> None:
    assert list(loads('{"b": 1, "a": 2, "c": 3}')) == ["b", "a", "c"]
    assert loads('{"a": 1, "b": 2, "a": 3}') == {"a": 3, "b": 2}
    assert loads('{"a": 1, "b": 2, "a": 3}', strict=True) == {"a": 3, "b": 2}


# Anything that is neither text nor bytes is a TypeError.
@pytest.mark.parametrize("data", [None, 1, [], {}, object(), 1.5])
def test_other_types_are_refused(data: Any) -> None:
    with pytest.raises(TypeError):
        loads(data)


# Options are keywords, and unknown ones are refused.
def test_options_are_keywords() -> None:
    with pytest.raises(TypeError):
        loads("1", True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        loads("1", strikt=True)  # type: ignore[call-arg]


# Reading a large document leaves the collector as it was.
def test_the_garbage_collector_is_left_as_it_was() -> None:
    text = json.dumps([{"k": [i]} for i in range(5000)])
    for enabled in (True, False):
        gc.enable() if enabled else gc.disable()
        try:
            loads(text)
            assert gc.isenabled() is enabled
        finally:
            gc.enable()


# A subclass of str or bytes is text all the same.
def test_subclasses_of_str_and_bytes_are_text() -> None:
    class Text(str):
        pass

    class Data(bytes):
        pass

    assert loads(Text('{"a": 1}')) == {"a": 1}
    assert loads(Data(b'{"a": 1}')) == {"a": 1}


# Keys and values are plain str, int, float, list, dict: nothing of ours leaks into them.
def test_values_are_plain_python() -> None:
    value = loads('{"a": [1, 1.5, "s", true, null, {}]}')
    assert type(value) is dict and [type(x) for x in value["a"]] == [int, float, str, bool, type(None), dict]


# The input is not kept alive.
def test_the_input_is_not_kept() -> None:
    data = b'["' + b"x" * 1000 + b'"]'
    before = sys.getrefcount(data)
    value = loads(data, limits=Limits())
    assert sys.getrefcount(data) == before and len(value[0]) == 1000


# The head of an ASCII string is a copy of another's: it must be the one that this version of CPython makes.
@pytest.mark.parametrize("length", [*range(20), 33, 200])
def test_strings_are_as_python_makes_them(length: int) -> None:
    text = "abcdefghijklmnopqrstuvwxyz"[: length % 26] + "0" * (length - length % 26)
    read, made = loads(json.dumps([text]))[0], "".join(list(text))
    assert read == made and hash(read) == hash(made) and {made: 1}[read] == 1
    assert sys.getsizeof(read) == sys.getsizeof(made) and read.isascii() and read.encode() == made.encode()
    assert (sys.intern(read), read + "\u00e9", read[1:]) == (made, made + "\u00e9", made[1:])
