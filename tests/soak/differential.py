"""Millions of documents and numbers against the standard library, to the bit.

Values are compared by `repr`: it tells 1, 1.0 and True apart, floats by their bits, and the order of keys.
"""

import json
import random
from collections.abc import Callable

from pydantic_flow.json import Parser, loads

DOCUMENTS = 2_000_000
DECIMALS = 1_000_000
FRESH_TOKENS = 2_000


def number(chance: random.Random) -> str:
    """A JSON number: short and long, with and without fraction and exponent, to the ends of the range."""
    sign, kind = chance.choice(["", "", "-"]), chance.randrange(7)
    if kind == 0:
        return sign + str(chance.randrange(10 ** chance.randrange(1, 5)))
    if kind == 1:
        return sign + str(chance.randrange(10 ** chance.randrange(5, 60)))
    if kind == 2:
        return repr(chance.uniform(-1, 1) * 10 ** chance.randrange(-300, 300))
    digits = str(chance.randrange(10 ** chance.randrange(1, 25)))
    fraction = "." + str(chance.randrange(10 ** chance.randrange(1, 30))) if kind < 6 else ""
    # 10**400 is beyond the range, which strict JSON refuses: exponents leave room for the digits.
    exponent = (
        f"{chance.choice('eE')}{chance.choice(['', '+', '-'])}{chance.randrange(280)}" if kind > 3 else ""
    )
    return sign + digits + fraction + exponent


def string(chance: random.Random) -> str:
    """A JSON string: plain, escaped, wide, with pairs of surrogates and with what looks like JSON."""
    text = "".join(chance.choices(PIECES, k=chance.randrange(8)))
    return json.dumps(text, ensure_ascii=chance.random() < 0.5)


PIECES = [
    "a",
    "key",
    " ",
    '"',
    "\\",
    "/",
    "\n",
    "\t",
    "\x00",
    "\x1f",
    "\x7f",
    "é",
    "я",
    "中",
    "😀",
    "\u2028",
    "\ufeff",
]
PIECES += ["{", "}", "[", "]", ",", ":", "'", "```", "//", "null", "1.5", "\ufffd", "<think>"]


def tokens(chance: random.Random) -> tuple[list[str], list[str]]:
    """Scalars, and keys, to build documents of."""
    literals = ["true", "false", "null", "0", "-0", "-0.0", "{}", "[]", '""']
    scalars = [chance.choice([number, string])(chance) for _ in range(FRESH_TOKENS)] + literals * 20
    return scalars, [string(chance) for _ in range(200)]


def document(chance: random.Random, scalars: list[str], keys: list[str], depth: int = 0) -> str:
    """A document: a few tokens, nested, with blanks here and there and repeated keys now and then."""
    kind = chance.random()
    if depth > 4 or kind < (0.4 if depth else 0.1):
        return chance.choice(scalars)
    gap = chance.choice(["", "", " ", "\n\t"])
    parts = [document(chance, scalars, keys, depth + 1) for _ in range(chance.randrange(5))]
    if kind < 0.7:
        return f"[{gap}{(gap + ',' + gap).join(parts)}{gap}]"
    members = [f"{chance.choice(keys)}{gap}:{gap}{part}" for part in parts]
    return f"{{{gap}{(',' + gap).join(members)}{gap}}}"


def in_two_chunks(text: str, chance: random.Random) -> object:
    parser, at = Parser(), chance.randrange(len(text) + 1)
    parser.feed(text[:at])
    parser.feed(text[at:])
    value = parser.finish()
    assert parser.repairs == []
    return value


# P2c: whole and in chunks, text and bytes, tolerant and strict, a valid document is what json.loads says.
def test_documents_read_as_json_loads_reads_them(measured: Callable[[str], None]) -> None:
    chance = random.Random(20_261_126)
    ways = [
        loads,
        lambda text: loads(text.encode()),
        lambda text: loads(text, strict=True),
        lambda text: in_two_chunks(text, chance),
    ]
    size = 0
    for count in range(DOCUMENTS):
        if count % 5_000 == 0:
            scalars, keys = tokens(chance)
        text = document(chance, scalars, keys)
        size += len(text)
        expected = repr(json.loads(text))
        assert repr(ways[count % 4](text)) == expected, text
    measured(f"{DOCUMENTS:,} documents, {size / 1e6:.0f} M characters, all equal")


# P2c: floats have the bits that float() gives them.
def test_decimals_have_the_bits_that_float_gives(measured: Callable[[str], None]) -> None:
    chance = random.Random(7)
    for _ in range(DECIMALS // 1_000):
        written = [number(chance) for _ in range(1_000)]
        written = [text if "." in text or "e" in text.lower() else text + ".0" for text in written]
        assert list(map(repr, loads(f"[{','.join(written)}]"))) == [repr(float(text)) for text in written]
    measured(f"{DECIMALS:,} decimals, all bit-equal")
