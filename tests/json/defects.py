"""Defects for valid documents. Comes in: an object. Goes out: its text with one defect, and its reading.

Each defect is something with one clear reading wherever it stands among the members of an object
(the conventions of the case files); what is only readable by guessing is not here.
"""

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from .texts import written

KEY = "victim"


@dataclass(frozen=True)
class Defect:
    """A member as text, how it is separated, and how it reads (None: not a member at all)."""

    name: str
    text: str
    value: Any = 7
    key: str = KEY
    comma: str = ","
    is_member: bool = True


def value(name: str, text: str, reads: Any) -> Defect:
    return Defect(name, f'"{KEY}": {text}', reads)


def key(name: str, text: str) -> Defect:
    return Defect(name, text)


def noise(name: str, text: str, comma: str = ",") -> Defect:
    return Defect(name, text, comma=comma, is_member=False)


DEFECTS = [
    value("python literal", "True", True),
    value("none", "None", None),
    value("undefined", "undefined", None),
    value("hex", "0x1F", 31),
    value("plus", "+5", 5),
    value("bare fraction", ".5", 0.5),
    value("bare point", "5.", 5.0),
    value("underscores", "1_000", 1000),
    value("thousands", "1,234,567", 1234567),
    value("fraction text", "1/3", "1/3"),
    value("unit", "5 km", "5 km"),
    value("date", "2031-05-06", "2031-05-06"),
    value("bare word", "word", "word"),
    value("bare words", "blue sky", "blue sky"),
    value("single quotes", "'it is'", "it is"),
    value("apostrophe", "'it's'", "it's"),
    value("curly quotes", "“soft”", "soft"),
    value("raw newline", '"a\nb"', "a\nb"),
    value("raw tab", '"a\tb"', "a\tb"),
    value("bad escape", '"\\d+"', "\\d+"),
    value("hex escape", '"caf\\xe9"', "café"),
    value("escaped apostrophe", '"it\\\'s"', "it's"),
    value("lone surrogate", '"a\\ud83dz"', "a\ufffdz"),
    value("inner quotes", '"the "odd" one"', 'the "odd" one'),
    value("trailing comma in list", "[1, 2,]", [1, 2]),
    value("hole in list", "[1,, 2]", [1, 2]),
    value("missing comma in list", "[1 2]", [1, 2]),
    value("ellipsis in list", "[1, ...]", [1]),
    value("trailing comma in object", '{"x": 1,}', {"x": 1}),
    value("tuple", "(1, 2)", [1, 2]),
    value("set", "{'p', 'q'}", ["p", "q"]),
    value("triple quotes", '"""say "hi" now"""', 'say "hi" now'),
    value("concatenation", '"x" + "y"', "xy"),
    value("mongo", 'ObjectId("64a1")', "64a1"),
    value("comment before", "/* c */ 7", 7),
    value("comment after", "7 // c, d: e\n", 7),
    value("extra closer", '{"x": 1}]', {"x": 1}),
    value("full-width comma inside", "[1，2]", [1, 2]),
    key("bare key", "victim: 7"),
    key("single quoted key", "'victim': 7"),
    key("curly quoted key", "“victim”: 7"),
    key("equals", '"victim" = 7'),
    key("arrow", '"victim" => 7'),
    key("double colon", '"victim":: 7'),
    key("no colon", '"victim" 7'),
    key("full-width colon", '"victim"：7'),
    Defect("no comma after", '"victim": 7', comma="\n"),
    Defect("semicolon after", '"victim": 7', comma=";"),
    Defect("two commas after", '"victim": 7', comma=",,"),
    noise("block comment", '/* "x": 1, */', comma=""),
    noise("line comment", '// "x": 1\n', comma=""),
    noise("hash comment", "# note\n", comma=""),
    noise("xml comment", "<!-- note -->", comma=""),
    noise("ellipsis", "..."),
    noise("extra comma", ""),
]

members = st.sampled_from(DEFECTS)

# In an array commas always separate, and so do blanks between complete tokens.
NOT_ITEMS = {"thousands", "unit", "extra closer"}
items = st.sampled_from([d for d in DEFECTS if d.text.startswith(f'"{KEY}": ') and d.name not in NOT_ITEMS])


def injected(others: dict[str, Any], defect: Defect, seed: int) -> tuple[str, dict[str, Any]]:
    """The object with the defect somewhere among its members, as text, and as it should read."""
    chance = random.Random(seed)
    names = list(others)
    at = chance.randint(0, len(names))
    parts = [f"{written(name, seed)}:{written(others[name], seed)}" for name in names]
    before, after = parts[:at], parts[at:]
    text = "{" + "".join(part + "," for part in before) + gap(chance) + defect.text
    text += (defect.comma + gap(chance) if after or not defect.is_member else "") + ",".join(after) + "}"
    reads = dict(others)
    if defect.is_member:
        reads = (
            {n: others[n] for n in names[:at]}
            | {defect.key: defect.value}
            | {n: others[n] for n in names[at:]}
        )
    return text, reads


def gap(chance: random.Random) -> str:
    return chance.choice(["", " ", "\n  "])


def injected_item(others: list[Any], defect: Defect, seed: int) -> tuple[str, list[Any]]:
    """The list with the defect somewhere among its items, as text, and as it should read."""
    chance = random.Random(seed)
    at = chance.randint(0, len(others))
    parts = [written(item, seed) for item in others]
    text = defect.text.removeprefix(f'"{KEY}": ')
    comma = defect.comma if at < len(others) else ""
    before, after = "".join(part + "," for part in parts[:at]), ",".join(parts[at:])
    whole = "[" + before + gap(chance) + text + comma + gap(chance) + after + "]"
    return whole, [*others[:at], defect.value, *others[at:]]
