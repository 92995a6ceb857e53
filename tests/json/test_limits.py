"""Limits: what a text may cost. Each is an error of its own kind, at the first byte too many."""

import sys
from typing import Any

import pytest

from pydantic_flow.errors import LimitError
from pydantic_flow.json import Limits, Parser, loads, repair

from .drive import one_by_one, read


def crossed(text: str | bytes, limits: Limits | None = None, **options: Any) -> LimitError:
    """The limit error of a text; the same whole, in single characters, through every way in."""
    with pytest.raises(LimitError) as caught:
        loads(text, limits=limits, **options)
    whole = read([text], limits=limits, **options).error
    assert whole is not None and whole.type is LimitError
    assert (whole.kind, whole.offset, whole.path) == (
        caught.value.kind,
        caught.value.offset,
        caught.value.path,
    )
    assert read(one_by_one(text), limits=limits, **options).error == whole
    return caught.value


# 200 levels are read, in every mixture of containers.
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"k":', "}"), ('[{"k":', "}]")])
def test_two_hundred_levels_are_read(opening: str, closing: str, strict: bool) -> None:
    times = 200 // opening.count("[") if opening == "[" else 200 // len(closing)
    value = loads(opening * times + "1" + closing * times, strict=strict)
    for _ in range(200):
        value = value[0] if isinstance(value, list) else value["k"]
    assert value == 1


# The 201st level is the error: its bracket is the offset, its place the path.
@pytest.mark.parametrize("strict", [False, True])
def test_the_201st_level_is_the_error(strict: bool) -> None:
    error = crossed("[" * 201, strict=strict)
    assert error.offset == 200 and error.path == (0,) * 200 and error.kind
    error = crossed('{"k":' * 201, strict=strict)
    assert error.offset == 200 * len('{"k":') and error.path == ("k",) * 200


# Siblings are not depth.
def test_depth_counts_open_levels_only() -> None:
    assert len(loads("[" + "[[]]," * 500 + "[]]", limits=Limits(depth=3))) == 501
    assert crossed("[[[]]]", Limits(depth=2)).offset == 2


# Depth goes up to 1,024, and no recursion limit of Python or of the machine's stack is in the way.
def test_the_deepest_depth() -> None:
    deep = "[" * 1024
    value = loads(deep, limits=Limits(depth=1024))
    for _ in range(1023):
        (value,) = value
    assert value == []
    assert crossed(deep + "[", Limits(depth=1024)).offset == 1024
    for depth in (0, 1025, -1):
        with pytest.raises((ValueError, OverflowError)):
            Limits(depth=depth)


# Bytes of the text, not characters.
def test_input_bytes() -> None:
    assert loads('["éé"]', limits=Limits(input_bytes=8)) == ["éé"]
    assert crossed('["éé"] ', Limits(input_bytes=8)).offset == 8
    parser = Parser(limits=Limits(input_bytes=4))
    parser.feed("[1, ")
    with pytest.raises(LimitError):
        parser.feed("2")


# Objects, arrays and scalars all count; keys do not.
def test_values() -> None:
    assert loads('{"a": [1, 2], "b": {}}', limits=Limits(values=5)) == {"a": [1, 2], "b": {}}
    error = crossed("[1, 2, 3]", Limits(values=3))
    assert error.offset == len("[1, 2, ") and error.path == (2,)


# UTF-8 bytes of one key.
def test_key_bytes() -> None:
    assert loads('{"éé": 1, "abcd": 2}', limits=Limits(key_bytes=4)) == {"éé": 1, "abcd": 2}
    assert crossed('{"abcd": 1, "abcde": 2}', Limits(key_bytes=4)).offset == len('{"abcd": 1, "abcd')


# UTF-8 bytes of one string value; the whole text may be longer.
def test_string_bytes() -> None:
    assert loads('["abcd", "efgh", "éé"]', limits=Limits(string_bytes=4)) == ["abcd", "efgh", "éé"]
    error = crossed('["abcd", "efghi"]', Limits(string_bytes=4))
    assert error.offset == len('["abcd", "efgh') and error.path == (1,)


# Digits of one integer, by choice.
def test_digits() -> None:
    assert loads("[12345, -12345]", limits=Limits(digits=5)) == [12345, -12345]
    error = crossed("[1, 123456]", Limits(digits=5))
    assert error.path == (1,) and len("[1, ") <= error.offset <= len("[1, 12345")


# Otherwise the interpreter's own limit, as it stands when the number is read.
def test_digits_follow_the_interpreter() -> None:
    before = sys.get_int_max_str_digits()
    try:
        sys.set_int_max_str_digits(640)
        assert loads("9" * 640) == 10**640 - 1
        crossed("[" + "9" * 641 + "]")
        crossed("[-" + "9" * 641 + "]", strict=True)
        sys.set_int_max_str_digits(0)
        assert loads("9" * 10_000) == 10**10_000 - 1
    finally:
        sys.set_int_max_str_digits(before)


# A float is no integer: its digits are free.
def test_digits_of_floats_are_free() -> None:
    assert loads("0." + "1" * 10_000) == float("0." + "1" * 10_000)
    assert loads("1" * 5_000 + "e-5000") == float("1" * 5_000 + "e-5000")


# By default only depth and the interpreter's digits are limited.
def test_the_defaults() -> None:
    limits = Limits()
    assert limits.depth == 200
    assert (limits.input_bytes, limits.values, limits.key_bytes, limits.string_bytes, limits.digits) == (
        None,
    ) * 5


# For text from strangers.
def test_the_limits_for_strangers() -> None:
    limits = Limits.hostile()
    assert (limits.depth, limits.input_bytes, limits.values, limits.key_bytes) == (
        200,
        8 * 2**20,
        1_000_000,
        64 * 1024,
    )
    with pytest.raises(LimitError) as caught:
        loads("[" + "1," * 1_000_000, limits=limits)
    assert caught.value.offset == 1 + 2 * 999_999
    with pytest.raises(LimitError):
        loads(b'["' + b"x" * (8 * 2**20), limits=limits)
    with pytest.raises(LimitError):
        loads('{"' + "k" * (64 * 1024 + 1), limits=limits)


# Limits are values: equal, hashable, shown, not to be changed.
def test_limits_are_frozen_values() -> None:
    assert Limits(depth=5, values=7) == Limits(values=7, depth=5) != Limits(depth=5)
    assert hash(Limits(depth=5)) == hash(Limits(depth=5))
    assert "5" in repr(Limits(depth=5))
    with pytest.raises(AttributeError):
        Limits().depth = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        Limits(5)  # type: ignore[call-arg]


# `repair` knows the same limits.
def test_repair_is_limited_too() -> None:
    with pytest.raises(LimitError):
        repair("[" * 201)
    with pytest.raises(LimitError):
        repair("[1, 2, 3]", limits=Limits(input_bytes=4))


# Text around the value counts as input, and nothing else.
def test_prose_is_input_and_not_values() -> None:
    text = "Here are [a] few {words} (and more):\n" * 20 + '{"a": 1}'
    assert loads(text, limits=Limits(values=2)) == {"a": 1}
