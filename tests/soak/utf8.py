"""Every short sequence of bytes, and every character cut at every byte, against CPython's decoder."""

import random
import sys
from collections.abc import Callable, Iterable

from pydantic_flow.errors import JsonError
from pydantic_flow.json import Parser, loads

# What means something to JSON inside a string is left out: it is tested elsewhere.
PLAIN = [byte for byte in range(0x20, 0x100) if byte not in b'"\\']
LEADS = [byte for byte in PLAIN if byte >= 0x80]
FOUR_BYTE_SAMPLES = 10_000_000
BATCH = 1 << 14


def reads_as_cpython(sequences: Iterable[bytes]) -> int:
    """How many sequences, each between two letters, come out as CPython's `replace` handler puts them."""
    count, batch = 0, []
    for sequence in sequences:
        batch.append(b"x" + sequence)
        if len(batch) == BATCH:
            count += same(batch)
            batch = []
    return count + same(batch)


def same(batch: list[bytes]) -> int:
    text = b"".join(batch) + b"x"
    assert loads(b'"' + text + b'"') == text.decode("utf-8", "replace")
    return len(batch)


def is_strictly_read(sequence: bytes) -> bool:
    try:
        loads(b'"' + sequence + b'"', strict=True)
    except JsonError:
        return False
    return True


def is_utf8(sequence: bytes) -> bool:
    try:
        sequence.decode()
    except UnicodeDecodeError:
        return False
    return True


# P8: what is not UTF-8 becomes U+FFFD where CPython puts it, in sequences of two, three and four bytes.
def test_sequences_are_decoded_as_cpython_decodes_them(measured: Callable[[str], None]) -> None:
    two = reads_as_cpython(bytes([a, b]) for a in PLAIN for b in PLAIN)
    three = reads_as_cpython(bytes([a, b, c]) for a in LEADS for b in PLAIN for c in PLAIN)
    chance = random.Random(4)
    random_bytes = chance.choices(PLAIN, k=3 * BATCH)

    def samples() -> Iterable[bytes]:
        for _ in range(FOUR_BYTE_SAMPLES):
            at = chance.randrange(len(random_bytes) - 3)
            yield bytes([0xE0 + chance.randrange(32), *random_bytes[at : at + 3]])

    four = reads_as_cpython(samples())
    measured(f"{two:,} two-byte, {three:,} three-byte and {four:,} random four-byte sequences agree")


# P8: strict mode takes what CPython's strict decoder takes: all of two bytes, and all three-byte leads.
def test_strict_takes_what_cpython_takes(measured: Callable[[str], None]) -> None:
    count = 0
    for sequence in [
        *(bytes([a, b]) for a in PLAIN for b in PLAIN),
        *(
            bytes([a, b, c])
            for a in range(0xDE, 0xF2)
            for b in range(0x7E, 0xC2)
            for c in (0x20, 0x7F, 0x80, 0xBF, 0xC0)
        ),
    ]:
        assert is_strictly_read(sequence) == is_utf8(sequence), sequence
        count += 1
    measured(f"{count:,} sequences, the same verdict")


# P8: every character, byte by byte.
def test_every_character_cut_at_every_byte(measured: Callable[[str], None]) -> None:
    surrogates = range(0xD800, 0xE000)
    text = "".join(
        chr(n) for n in range(0x20, sys.maxunicode + 1) if n not in surrogates and chr(n) not in '"\\'
    )
    parser = Parser()
    data = f'"{text}"'.encode()
    for at in range(len(data)):
        parser.feed(data[at : at + 1])
    assert parser.finish() == text and parser.repairs == []
    measured(f"{len(text):,} characters in {len(data):,} chunks of one byte")
