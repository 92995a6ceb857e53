"""Strategies for text. Comes in: nothing. Goes out: valid JSON, damaged JSON, wrapped JSON, soup, bytes.

A document is drawn as a value and a seed; `written` turns both into text with all the freedom RFC 8259
gives (blanks, escapes, number notations). So hypothesis shrinks values and not characters.
"""

import json
import random
from typing import Any

from hypothesis import strategies as st

# Content that a reader who guesses would trip over.
NASTY = [
    '"', "\\", "/", "\n", "\t", "\r\n", "'", "`", "“", "”", "„", "«", "it's", "\\n", "\\u", "\\ud83d",
    "\x00", "\x7f", "\u2028", "\ufeff", "\u200b", "é", "中文", "🚀", "👩‍👧", "e\u0301", ", ", ": ", '", "',
    '": ', "{", "}", "[", "]", "},{", '{"a": 1}', "[1, 2,]", "//", "/* x */", "# x", "<!-- -->", "```",
    "```json\n", "~~~", "<think>", "</think>", "<tool_call>", "</tool_call>", "...", "…", "null", "true",
    "NaN", "None", "0x1F", "1,234", "-", ".5", "&quot;", "data: ", "cb(", ");", " + ", "=", "=>", ";",
    "：", "，", " ", "  ", "a", "word ", "The end.",
]  # fmt: skip

characters = st.characters(exclude_categories=["Cs"])
strings = st.one_of(
    st.text(characters, max_size=8),
    st.lists(st.sampled_from(NASTY), max_size=5).map("".join),
)
numbers = st.one_of(
    st.integers(-100, 100),
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e22, 123456789.125, 2**53 + 1]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, strings)


def containers(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.lists(children, max_size=4), st.dictionaries(strings, children, max_size=4))


values = st.recursive(scalars, containers, max_leaves=12)
objects = st.dictionaries(strings, values, min_size=1, max_size=5)
seeds = st.integers(0, 2**16)


def written(value: Any, seed: int) -> str:
    """The value as JSON text, in one of its many notations."""
    return Writer(random.Random(seed)).text(value)


class Writer:
    """Writes JSON with blanks, escapes and notations chosen by chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.blanks = chance.choice([[""], ["", " "], ["", " ", "\n", "\t", "\r\n", "  "]])
        self.escapes = chance.choice([0.0, 0.1, 0.9])

    def gap(self) -> str:
        return self.chance.choice(self.blanks)

    def text(self, value: Any) -> str:
        return self.gap() + self.value(value) + self.gap()

    def value(self, value: Any) -> str:
        if isinstance(value, dict):
            inner = ",".join(f"{self.text(k)}:{self.text(v)}" for k, v in value.items())
            return "{" + (inner or self.gap()) + "}"
        if isinstance(value, list):
            return "[" + (",".join(map(self.text, value)) or self.gap()) + "]"
        if isinstance(value, str):
            return '"' + "".join(map(self.character, value)) + '"'
        if isinstance(value, float):
            return self.number(value)
        return json.dumps(value)

    def character(self, char: str) -> str:
        if char in '"\\' or char < " " or self.chance.random() < self.escapes:
            short = json.dumps(char)[1:-1]
            full = "".join(f"\\u{unit:04x}" for unit in utf16(char))
            return self.chance.choice([short, full, full.upper().replace("\\U", "\\u")])
        return char

    def number(self, value: float) -> str:
        plain = json.dumps(value)
        return self.chance.choice([plain, plain.replace("e", "E"), f"{value:.17e}"])


def utf16(char: str) -> list[int]:
    data = char.encode("utf-16-be")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


documents = st.builds(written, values, seeds)
object_documents = st.builds(written, objects, seeds)

# What structure is made of, and what looks like it.
STRUCTURE = "{}[]\",:\\'tf1-.e \n“”‘’«»`/*#<>()=;+…：，0xNnul_ab"
TOKENS = [
    "true", "false", "null", "None", "True", "NaN", "-Infinity", "undefined", "```json\n", "```",
    "<think>", "</think>", "<tool_call>", "</tool_call>", "//", "/*", "*/", "#", "...", '"""', "'''",
    '\\"', "&quot;", '""', "{{", "}}", "0x1F", "1,234", "5 km", "1e", "-", '"a"', '"a":', "a:", '"a": 1',
    ", ", ",", ": ", "=>", "::", "+", "\n", "data: ", "cb(", ")", "[1]", "{}", "[]", "\\u12", "\\ud83d",
    "\\ude00", "\\x4", "r'", "b\"", "word", "it's", "“x”", "：", "，", "｛", "｝",
]  # fmt: skip

soup = st.one_of(
    st.text(st.sampled_from(STRUCTURE), max_size=40),
    st.lists(st.sampled_from(TOKENS), max_size=16).map("".join),
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Valid JSON with a few characters deleted, inserted, repeated or cut off."""
    text = draw(documents)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text)))
        to = min(len(text), at + draw(st.integers(0, 4)))
        put = draw(st.one_of(st.just(""), st.sampled_from(TOKENS), st.sampled_from(STRUCTURE)))
        text = text[:at] + put + text[to:]
    return text


def spliced(originals: list[str]) -> st.SearchStrategy[str]:
    """Texts with pieces of another in them, or of the tokens above: defects that meet each other."""

    @st.composite
    def texts(draw: st.DrawFn) -> str:
        text = draw(st.sampled_from(originals))[:200]
        for _ in range(draw(st.integers(0, 3))):
            at = draw(st.integers(0, len(text)))
            to = min(len(text), at + draw(st.integers(0, 6)))
            other = draw(st.sampled_from(originals))[:200]
            start = draw(st.integers(0, len(other)))
            put = draw(st.one_of(st.sampled_from(TOKENS), st.just(other[start : start + 20]), st.just("")))
            text = text[:at] + put + text[to:]
        return text

    return texts()


WRAPPINGS = [
    ("```json\n", "\n```"), ("```\n", "\n```\n"),
    ("Sure, here it is:\n\n```json\n", "\n```\nAnything else?"), ("Here you go: ", " Done."),
    ("<think>Let me see {x}.</think>\n", ""), ("hm, [1]?\n</think>\n", ""),
    ("<tool_call>\n", "\n</tool_call>"), ("data: ", "\n\n"), ("const x = ", ";"), ("cb(", ");"),
    ("<output>", "</output>"), ("[TOOL_CALLS] ", ""), (")]}',\n", ""), ("", "\n\nNote: that is all."),
    ("\ufeff", ""),
]  # fmt: skip

wrapped = st.builds(
    lambda wrapping, text: wrapping[0] + text + wrapping[1],
    st.sampled_from(WRAPPINGS),
    st.one_of(st.builds(written, st.one_of(objects, st.lists(objects, max_size=3)), seeds), damaged()),
)

broken = st.one_of(damaged(), wrapped, soup)
texts = st.one_of(documents, damaged(), wrapped, soup, st.text(characters, max_size=30))


@st.composite
def byte_soups(draw: st.DrawFn) -> bytes:
    """Text as UTF-8 with a few bytes damaged, or any bytes at all."""
    data = bytearray(draw(st.one_of(texts.map(str.encode), st.binary(max_size=30))))
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 2))] = draw(
            st.sampled_from(
                [
                    b"",
                    b"\xff",
                    b"\xed\xa0\xbd",
                    b"\xf0\x9f",
                    b"\xc0\xaf",
                    b"\xe2\x80",
                    b"\xef\xbb\xbf",
                    b"\x80",
                ]
            )
        )
    return bytes(data)


def places(size: int = 8) -> st.SearchStrategy[list[int]]:
    """Where to cut: few places, anywhere in a text of moderate length."""
    return st.lists(st.integers(0, 120), max_size=size)
