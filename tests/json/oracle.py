"""What the contracts say, in few lines and slowly. Comes in: text. Goes out: the right reading.

`prefix_reading` reads valid JSON cut anywhere; `rfc8259` is strict reading; `first_offence` finds the
byte from which on no continuation is valid. None of them knows the core.
"""

import codecs
import json
import math
import re
from typing import Any

NOTHING: Any = object()

DEPTH = 200
NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
SCALAR = re.compile(r"[^\s,\]}]*")
# One complete character of a string: raw, escaped, or a pair of surrogate escapes.
UNIT = re.compile(
    r'[^"\\]|\\["\\/bfnrt]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}'
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
)
CLOSER = {"[": "]", "{": "}"}


def prefix_reading(text: str) -> Any:
    """The value of valid JSON text cut anywhere: the cut part dropped or completed, then `json.loads`.

    NOTHING where nothing can be read yet.

    >>> prefix_reading('{"a": [1, 2.')
    {'a': [1, 2]}
    """
    at, stack, best = 0, "", NOTHING
    key_comes = False
    while at < len(text):
        char = text[at]
        if char in "[{":
            stack += char
            at, key_comes, best = at + 1, char == "{", (text[: at + 1], stack)
        elif char in "]}":
            stack = stack[:-1]
            at, key_comes, best = at + 1, False, (text[: at + 1], stack)
        elif char == '"':
            end, whole = string_end(text, at + 1)
            if not key_comes:
                best = (text[:end] if whole else text[:end] + '"', stack)
            at, key_comes = end if whole else len(text), False
        elif char in " \t\r\n,:":
            key_comes = (char == "," and stack[-1] == "{") or (char not in ",:" and key_comes)
            at += 1
        else:
            token = SCALAR.match(text, at).group()  # type: ignore[union-attr]
            shown = finished_scalar(token)
            best = (text[:at] + shown, stack) if shown else best
            at += len(token)
    if best is NOTHING:
        return NOTHING
    shown, still_open = best
    return json.loads(shown + "".join(CLOSER[c] for c in reversed(still_open)))


def string_end(text: str, at: int) -> tuple[int, bool]:
    """Where the complete part of a string ends, and whether its closing quote was there."""
    while at < len(text) and text[at] != '"':
        unit = UNIT.match(text, at)
        if unit is None:
            return at, False
        at = unit.end()
    return (at + 1, True) if at < len(text) else (at, False)


def finished_scalar(token: str) -> str:
    """A literal completed, a number's longest valid prefix, or nothing."""
    for literal in ("true", "false", "null"):
        if literal.startswith(token):
            return literal
    number = NUMBER.match(token)
    return number.group() if number else ""


def rfc8259(data: bytes) -> Any:
    """The value of strictly valid JSON; ValueError for anything else (DESIGN I6), a 201st level too."""
    value = json.loads(data.decode("utf-8"), parse_constant=refused, parse_float=finite)
    check(value, 0)
    return value


def refused(name: str) -> Any:
    raise ValueError(name)


def finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def check(value: Any, depth: int) -> None:
    """No lone surrogate anywhere, no level too deep."""
    if isinstance(value, str):
        value.encode("utf-8")
    elif isinstance(value, (dict, list)):
        if depth == DEPTH:
            raise ValueError("too deep")
        if isinstance(value, dict):
            for key in value:
                check(key, depth)
        for item in value.values() if isinstance(value, dict) else value:
            check(item, depth + 1)


class Strict:
    """RFC 8259 as an automaton over characters: `step` says whether some continuation is still valid."""

    def __init__(self) -> None:
        self.stack = ""
        self.expects = "value"
        self.token = ""

    def step(self, char: str) -> bool:
        """Take one character; False when no continuation is valid any more."""
        if self.token:
            return self.in_token(char)
        return char in " \t\r\n" or self.between(char)

    def between(self, char: str) -> bool:
        """A character that begins or separates tokens."""
        expects = self.expects
        if char in "]}":
            closes = expects == "comma" or expects == {"]": "first item", "}": "first key"}[char]
            return closes and self.stack[-1:] == {"]": "[", "}": "{"}[char] and self.close()
        if char == ":":
            self.expects = "value"
            return expects == "colon"
        if char == ",":
            self.expects = "key" if self.stack[-1:] == "{" else "value"
            return expects == "comma" and self.stack != ""
        if char in "[{":
            self.stack += char
            self.expects = "first item" if char == "[" else "first key"
            return expects in {"value", "first item"}
        begins = char == '"' and expects in {"key", "first key"}
        self.token = char
        return begins or (expects in {"value", "first item"} and (char in '"-tfn' or char in "0123456789"))

    def close(self) -> bool:
        self.stack = self.stack[:-1]
        self.expects = "comma"
        return True

    def in_token(self, char: str) -> bool:
        if self.token[0] == '"':
            return self.in_string(char)
        if self.token[0] in "tfn":
            self.token += char
            if self.token in {"true", "false", "null"}:
                self.end_token()
                return True
            return any(literal.startswith(self.token) for literal in ("true", "false", "null"))
        return self.in_number(char)

    def in_string(self, char: str) -> bool:
        body = self.token[1:] + char
        if char == '"' and UNIT_RUN.fullmatch(self.token[1:]):
            self.end_token()
            return True
        self.token += char
        return char >= " " and PARTIAL.fullmatch(body) is not None

    def in_number(self, char: str) -> bool:
        if char in "0123456789+-.eE":
            self.token += char
            return PARTIAL_NUMBER.fullmatch(self.token) is not None
        if NUMBER.fullmatch(self.token) is None:
            return False
        self.end_token()
        return self.step(char)

    def end_token(self) -> None:
        self.token = ""
        self.expects = "colon" if self.expects in {"key", "first key"} else "comma"

    def takes_any_character(self) -> bool:
        """Whether this is a place in a string where a character that is not ASCII may stand."""
        return self.token[:1] == '"' and UNIT_RUN.fullmatch(self.token[1:]) is not None

    def finished(self) -> bool:
        """Whether the text so far is a whole document."""
        number = self.token != "" and NUMBER.fullmatch(self.token) is not None
        return self.stack == "" and (number or (self.token == "" and self.expects == "comma"))


HIGH, LOW, HEX = r"\\u[dD][89abAB][0-9a-fA-F]{2}", r"\\u[dD][c-fC-F][0-9a-fA-F]{2}", "[0-9a-fA-F]"
PLAIN = rf'[^"\\]|\\["\\/bfnrt]|{HIGH}{LOW}|\\u(?:[0-9a-ce-fA-CE-F]{HEX}|[dD][0-7]){HEX}{{2}}'
UNIT_RUN = re.compile(f"(?:{PLAIN})*", re.DOTALL)
PARTIAL = re.compile(
    rf"(?:{PLAIN})*(?:|\\|\\u|\\u[0-9a-ce-fA-CE-F]{HEX}{{0,2}}|\\u[dD](?:[0-7]{HEX}?)?"
    rf"|\\u[dD][89abAB]{HEX}?|{HIGH}(?:|\\|\\u|\\u[dD]|\\u[dD][c-fC-F]{HEX}?))",
    re.DOTALL,
)
PARTIAL_NUMBER = re.compile(
    r"-?(?:|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|(?:0|[1-9][0-9]*)(?:\.[0-9]+)?[eE][+-]?[0-9]*)"
)


def first_offence(data: bytes) -> int | None:
    """The offset of the first byte after which no continuation is valid JSON; None where there is none.

    Depth and the range of doubles are not looked at.

    >>> first_offence(b'[1, ]'), first_offence(b'[1, ')
    (4, None)
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    machine = Strict()
    start = 0
    for offset in range(len(data)):
        try:
            chars = decoder.decode(data[offset : offset + 1])
        except UnicodeDecodeError:
            return offset
        waiting = decoder.getstate()[0]
        if waiting[:1] == b"\xed" and waiting[1:2] >= b"\xa0":  # half of a pair: CPython waits for more
            return offset
        if not chars and not machine.takes_any_character():
            return start
        for char in chars:
            if not machine.step(char):
                return start
        start = offset + 1 if chars else start
    return None


def is_whole(data: bytes) -> bool:
    """Whether text without an offence is a whole document (and not one that goes on)."""
    machine = Strict()
    return all(machine.step(char) for char in data.decode("utf-8", "ignore")) and machine.finished()
