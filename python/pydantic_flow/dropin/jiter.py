r"""The Python API of ``jiter`` on this engine.

Coming in: the bytes and options that ``jiter.from_json`` takes. Going out: what it returns or raises (our
errors are ``ValueError``s too, in its words, with ``offset`` and ``path`` besides). Decided elsewhere: how
JSON is read (the core); the differences, with reasons, are in ``docs/dropin.md``.

>>> from_json(b'{"a": [1, 2.5, "x"]}')
{'a': [1, 2.5, 'x']}
>>> from_json(b'{"title": "Pride", "author": "Jane A', partial_mode="trailing-strings")
{'title': 'Pride', 'author': 'Jane A'}
>>> from_json(b'{"title": "Pride", "author": "Jane A', partial_mode=True)
{'title': 'Pride'}
>>> from_json(b'["string"')
Traceback (most recent call last):
...
pydantic_flow.errors.UnfinishedError: EOF while parsing a list at line 1 column 9

A stream is better read with ``pydantic_flow.json.Parser``, which does not begin again with every chunk.
"""

import contextlib
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from ..errors import JsonError, LimitError, MalformedError, UnfinishedError
from ..json import Parser, loads, repair
from .wording import ENDS, LIMITS, in_string, last_before, position, probe, reworded, sentence

__all__ = ["LosslessFloat", "cache_clear", "cache_usage", "from_json"]

_Partial = Literal["off", "on", "trailing-strings"]

_NOTHING: Any = object()
# Numbers that strict JSON does not have or no double holds, and the beginnings of the words for them.
_NON_FINITE = re.compile(rb"-?(?:NaN|Infinity|[0-9][0-9.eE+-]*)")
_WORD = re.compile(rb"-?(?:NaN|Infinity)")
_HALF_WORD = re.compile(rb"(?:N|Na|I|In|Inf|Infi|Infin|Infini|Infinit)\Z")


def from_json(
    json_data: bytes,
    /,
    *,
    allow_inf_nan: bool = True,
    cache_mode: Literal[True, False, "all", "keys", "none"] = "all",
    partial_mode: Literal[True, False, "off", "on", "trailing-strings"] = False,
    catch_duplicate_keys: bool = False,
    float_mode: Literal["float", "decimal", "lossless-float"] = "float",
) -> Any:
    r"""Reads JSON, or as much of it as has come.

    Args:
        json_data: UTF-8 bytes.
        allow_inf_nan: read ``NaN``, ``Infinity`` and ``-Infinity`` as floats.
        cache_mode: checked, and without effect: this reader keeps no strings between calls.
        partial_mode: ``False`` or ``"off"`` refuses unfinished text; ``True`` or ``"on"`` gives what has
            come and drops a string that is not closed; ``"trailing-strings"`` keeps it.
        catch_duplicate_keys: refuse an object that has a key twice; else the last one wins.
        float_mode: what numbers with a fraction or an exponent become: ``float``, ``Decimal`` or
            ``LosslessFloat``.

    Returns:
        Plain Python values of the caller's own.

    Raises:
        JsonError: (a ``ValueError``) for text that is not JSON, or unfinished without ``partial_mode``.
        ValueError: for a mode that is none of those named (``TypeError`` where it is not even a string).
        TypeError: for anything but ``bytes``.

    >>> from_json(b'[1.10, NaN]', float_mode="decimal")
    [Decimal('1.10'), Decimal('NaN')]
    >>> from_json(b'{"foo": 1, "foo": 2}', catch_duplicate_keys=True)
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.MalformedError: Detected duplicate key "foo" at line 1 column 18
    """
    if not isinstance(json_data, bytes):
        raise TypeError(f"{type(json_data).__name__!r} object is not an instance of 'bytes'")
    # The usual call is short of time: its checks are these comparisons.
    usual = partial_mode is False and float_mode == "float" and cache_mode == "all"
    partial = "off" if usual else _partial(partial_mode)
    number = None if usual else _float_type(float_mode)
    if not usual:
        _check_cache(cache_mode)
    if catch_duplicate_keys:
        _refuse_duplicates(_plain(json_data, allow_inf_nan))
    try:
        if partial == "off" and number is None:
            return _whole(json_data, allow_inf_nan)
        value, text = _reading(json_data, partial, allow_inf_nan)
    except JsonError as error:
        raise reworded(error, _plain(json_data, allow_inf_nan)) from None
    if number is None:
        return value
    # A character of which only some bytes have come is not there yet.
    written = text.decode(errors="ignore")
    if partial != "off":
        written = repair(written, non_finite="literal", limits=LIMITS)
    return json.loads(written, parse_float=number, parse_constant=number)


def cache_clear() -> None:
    """Does nothing: this reader keeps no strings between calls."""


def cache_usage() -> int:
    """Bytes of strings kept between calls: none.

    >>> cache_usage()
    0
    """
    return 0


class LosslessFloat:
    """A number as it was written.

    Args:
        json_float: a JSON number in UTF-8. ``ValueError`` for anything else.

    >>> third = LosslessFloat(b"123.456789123456789e45")
    >>> third, float(third), third.as_decimal()
    (LosslessFloat(123.456789123456789e45), 1.2345678912345678e+47, Decimal('1.23456789123456789E+47'))
    """

    __slots__ = ("_written",)

    def __init__(self, json_float: bytes) -> None:
        value = from_json(json_float)
        if isinstance(value, bool) or not isinstance(value, int | float):
            line, column = position(json_float, 0)
            names = {dict: "object", list: "array", str: "string", bool: "bool", type(None): "null"}
            found = names[type(value)]
            raise ValueError(f"expected float but found {found} at line {line} column {column}")
        self._written = bytes(json_float)

    @classmethod
    def _of(cls, written: str) -> "LosslessFloat":
        """One of a number that has been read before."""
        number = cls.__new__(cls)
        number._written = written.encode()
        return number

    def as_decimal(self) -> Decimal:
        """The same number as a ``Decimal``, digit for digit."""
        return Decimal(str(self))

    def __float__(self) -> float:
        return float(self._written)

    def __bytes__(self) -> bytes:
        return self._written

    def __str__(self) -> str:
        return self._written.decode()

    def __repr__(self) -> str:
        return f"LosslessFloat({self})"


def _partial(mode: object) -> _Partial:
    if mode is False or mode == "off":
        return "off"
    if mode is True or mode == "on":
        return "on"
    if mode == "trailing-strings":
        return "trailing-strings"
    message = "Invalid partial mode, should be `'off'`, `'on'`, `'trailing-strings'` or a `bool`"
    raise _wrong(mode, message)


def _check_cache(mode: object) -> None:
    if not isinstance(mode, bool) and mode not in ("all", "keys", "none"):
        raise _wrong(mode, "Invalid string cache mode, should be `'all'`, `'keys`', `'none`' or a `bool`")


def _float_type(mode: object) -> Callable[[str], Any] | None:
    """What makes a float of its text; None where the reader's own floats are wanted."""
    if mode == "float":
        return None
    if mode == "decimal":
        return Decimal
    if mode == "lossless-float":
        return LosslessFloat._of
    raise _wrong(mode, "Invalid float mode, should be `'float'`, `'decimal'` or `'lossless-float'`")


def _wrong(mode: object, message: str) -> Exception:
    return ValueError(message) if isinstance(mode, str) else TypeError(message)


def _whole(data: bytes, allow_inf_nan: bool) -> Any:
    """The fast way: a whole text, floats as floats."""
    try:
        return loads(data, strict=True, limits=LIMITS)
    except MalformedError as error:
        if not _is_non_finite(data, error, allow_inf_nan):
            raise
        return _reading(data, "off", allow_inf_nan)[0]


def _reading(data: bytes, partial: _Partial, allow_inf_nan: bool) -> tuple[Any, bytes]:
    """The value, and the part of the text that it was read from."""
    try:
        return _strict(data, partial, allow_inf_nan)
    except MalformedError as error:
        if not _is_non_finite(data, error, allow_inf_nan):
            raise
    # The tolerant reader knows these numbers. That nothing else is wrong, the strict one says about plain
    # numbers in their place.
    _, text = _strict(_plain(data, allow_inf_nan), partial, allow_inf_nan)
    text = data[: len(text)]
    parser = Parser(limits=LIMITS)
    parser.feed(text)
    return parser.finish() if partial == "off" else parser.snapshot(), text


def _plain(data: bytes, allow_inf_nan: bool) -> bytes:
    """The text with a plain number of the same length for each that strict JSON does not have."""
    parser = Parser(limits=LIMITS)
    with contextlib.suppress(LimitError):  # the strict reader will say so
        parser.feed(data)
        parser.finish()
    plain = bytearray(data)
    for repair_made in parser.repairs:
        at = repair_made.offset
        token = _NON_FINITE.match(data, at) if repair_made.kind == "non_finite" else None
        if token and (allow_inf_nan or not _WORD.match(data, at)):
            plain[at : token.end()] = b"0." + b"0" * (len(token[0]) - 2)
    return bytes(plain)


def _strict(data: bytes, partial: _Partial, allow_inf_nan: bool) -> tuple[Any, bytes]:
    """The same for text without such numbers."""
    # A snapshot is the caller's own once its parser is gone.
    parser = Parser(strict=True, limits=LIMITS, default=_NOTHING)
    before = _NOTHING
    quote = _last_quote(data) if partial == "on" else 0
    try:
        if quote:
            parser.feed(data[:quote])
            before = parser.snapshot()
        parser.feed(data[quote:])
        if partial == "off":
            return parser.finish(), data
    except MalformedError as error:
        half_word = allow_inf_nan and _is_half_word(data, error.offset)
        if partial == "off" and half_word:
            raise UnfinishedError(sentence(error), kind="unfinished", offset=len(data)) from None
        if partial == "off" or not (half_word or _ends(error, data)):
            raise
        return _something(parser.snapshot(), data), data[: error.offset]
    value = parser.snapshot()
    if partial == "on" and in_string(probe(parser)):
        # The last quote opened a string that is not closed.
        return _something(before, data), data[:quote]
    return _something(value, data), data


def _ends(error: MalformedError, data: bytes) -> bool:
    """Whether a partial reading ends here without an error: after a whole value."""
    at = error.offset
    in_number = data[at - 1 : at + 1].isdigit()
    return sentence(error) in ENDS and not in_number and last_before(data, at) not in b"[{,:"


def _is_half_word(data: bytes, at: int) -> bool:
    """Whether the text ends in a word for a number, begun where a value may begin."""
    sign = data[at - 1 : at] == b"-"
    return last_before(data, at - sign) in b"[,:" and bool(_HALF_WORD.match(data, at))


def _something(value: Any, data: bytes) -> Any:
    if value is _NOTHING:
        raise UnfinishedError("there is no value", kind="unfinished", offset=len(data))
    return value


def _is_non_finite(data: bytes, error: MalformedError, allow_inf_nan: bool) -> bool:
    at = error.offset
    word = _WORD.match(data, at - 1 if data[at - 1 : at] == b"-" else at) or _is_half_word(data, at)
    return bool(word and allow_inf_nan) or "double-precision" in str(error)


def _last_quote(data: bytes) -> int:
    """Where the last quote stands that is not escaped; 0 where there is none."""
    at = data.rfind(b'"')
    while at > 0:
        before = at
        while before and data[before - 1] == ord("\\"):
            before -= 1
        if (at - before) % 2 == 0:
            return at
        at = data.rfind(b'"', 0, before)
    return 0


def _refuse_duplicates(text: bytes) -> None:
    """Raises where an object has a key twice, as far as the text is JSON."""
    parser = Parser(strict=True, changes=True, limits=LIMITS)
    with contextlib.suppress(JsonError):  # the reading that follows will say so
        parser.feed(text)
    if not any(reason == "duplicate_key" for *_, reason in parser.changes()):
        return
    parser = Parser(changes=True, limits=LIMITS)
    for at in range(len(text)):
        parser.feed(text[at : at + 1])
        for path, _, _, reason in parser.changes():
            if reason == "duplicate_key":
                after_colon = text.rindex(b":", 0, at) + 1
                line, column = position(text, after_colon)
                message = f'Detected duplicate key "{path[-1]}" at line {line} column {column}'
                raise MalformedError(message, kind="malformed", offset=after_colon, path=path)
