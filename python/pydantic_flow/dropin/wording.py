"""The strict reader's errors in the words of ``jiter``, for callers and tests that match them.

Coming in: an error of the strict reader and its text. Going out: the same error, saying what jiter says,
with line and column. Decided elsewhere: what is an error, and where (the core).
"""

import re

from ..errors import JsonError, LimitError, MalformedError, UnfinishedError
from ..json import Limits, Parser

LIMITS = Limits(depth=201)
"""jiter's 200 levels are counted below the outermost one."""

_COMMA = "a comma is missing"
_AFTER = "something follows the value"
_CLOSER = "this closing bracket has no opening one"
_VALUE = "this is no JSON value"
_KEY = "a key must be in double quotes"
_NOT_ASCII = "outside of strings, JSON is ASCII"

# What may follow a whole value and ends a partial reading there, without an error, as in the original.
ENDS = frozenset({_COMMA, _AFTER, _CLOSER, _NOT_ASCII})

_ESCAPE = "this escape is not JSON"
_LONE_COMMA = "a comma with nothing before or after it"

_WORDS = {
    _AFTER: "trailing characters",
    _VALUE: "expected value",
    "a value is missing": "expected value",
    _KEY: "key must be a string",
    "a colon is missing": "expected `:`",
    "a control character in a string must be escaped": (
        "control character (\\u0000-\\u001F) found while parsing a string"
    ),
    _ESCAPE: "invalid escape",
    "half of a surrogate pair": "lone leading surrogate in hex escape",
    "this is not UTF-8": "invalid unicode code point",
}
_NUMBER = re.compile(rb"(?:-|[0-9][.eE+-]*)\Z")
_HALF_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]*)?")
_BLANKS = b" \t\r\n"
_IN_STRING = frozenset(
    {
        "a control character in a string must be escaped",
        _ESCAPE,
        "half of a surrogate pair",
        "this is not UTF-8",
    }
)


def sentence(error: JsonError) -> str:
    """The error's message without the place behind it."""
    return str(error).rsplit(" (byte ", 1)[0]


def reworded(error: JsonError, data: bytes) -> JsonError:
    """The same kind of error at the same place, in jiter's words."""
    words = _words(error, data)
    offset = error.offset
    if words == "trailing comma":
        # jiter complains where it sees the closing bracket.
        offset += 1 + len(data[offset + 1 :]) - len(data[offset + 1 :].lstrip(_BLANKS))
    elif words == "invalid escape" and (escape := _HALF_ESCAPE.match(data, offset)):
        # And where it sees the character that does not fit.
        offset = escape.end()
    line, column = position(data, offset)
    message = f"{words} at line {line} column {column}"
    return type(error)(message, kind=error.kind, offset=error.offset, path=error.path)


def last_before(data: bytes, offset: int) -> bytes:
    """The last byte before the place that is no blank; empty at the beginning."""
    return data[:offset].rstrip(_BLANKS)[-1:]


def position(data: bytes, offset: int) -> tuple[int, int]:
    """Line and column as jiter counts them: from 1, in bytes, the last byte where the text has ended."""
    line_start = data.rfind(b"\n", 0, offset) + 1
    return data.count(b"\n", 0, offset) + 1, min(offset + 1, len(data)) - line_start


def probe(parser: Parser) -> MalformedError:
    """Where a reader stands: the error of a character that fits nowhere. The reader is used up by it."""
    try:
        parser.feed(b"\0")
    except MalformedError as error:
        return error
    raise AssertionError("a NUL is legal nowhere in JSON")


def in_string(place: MalformedError) -> bool:
    """Whether the character that fits nowhere stood in a string or key."""
    return sentence(place) in _IN_STRING


def _words(error: JsonError, data: bytes) -> str:
    message = sentence(error)
    before = last_before(data, error.offset)
    if isinstance(error, UnfinishedError):
        return _end(data)
    if isinstance(error, LimitError):
        return "number out of range" if "digits" in message else "recursion limit exceeded"
    if message in (_COMMA, _CLOSER, _LONE_COMMA, _NOT_ASCII) and before in (b"", b"[", b"{", b",", b":"):
        return "expected value" if _in_array(error) or before in (b"", b":") else "key must be a string"
    if message in (_COMMA, _CLOSER, _NOT_ASCII):
        if data[error.offset - 1 : error.offset + 1].isdigit():
            return "invalid number"
        return f"expected `,` or `{']' if _in_array(error) else '}'}`"
    if message == _LONE_COMMA:
        return "trailing comma"
    if message == _VALUE and (before.isalnum() or before in (b"-", b"+", b".")):
        return "invalid number" if _NUMBER.search(data[: error.offset]) else "expected ident"
    return _WORDS.get(message, message)


def _end(data: bytes) -> str:
    """What jiter says where a text ends too early: it names what was being read."""
    parser = Parser(strict=True, limits=LIMITS)
    try:
        parser.feed(data)
    except MalformedError:  # in a word such as NaN
        return "EOF while parsing a value"
    place = probe(parser)
    message, before = sentence(place), last_before(data, len(data))
    if in_string(place):
        what = "a string"
    elif message == _COMMA:
        what = "a list" if _in_array(place) else "an object"
    elif before == b"[":
        what = "a list"
    elif before == b"{" or message == "a colon is missing":
        what = "an object"
    else:
        what = "a value"
    return f"EOF while parsing {what}"


def _in_array(error: JsonError) -> bool:
    return bool(error.path) and isinstance(error.path[-1], int)
