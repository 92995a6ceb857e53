"""Feeding a parser. Comes in: text and where to cut it. Goes out: what can be seen of the parser.

`seen` is everything that I1 says depends on the bytes alone; `read` feeds chunks to the end and keeps
the first error as a value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pydantic_flow.errors import JsonError
from pydantic_flow.json import Parser

from .compare import same

Chunk = str | bytes


@dataclass(frozen=True)
class Seen:
    """What a parser shows at one moment."""

    value: Any
    started: bool
    done: bool
    offset: int
    repairs: tuple[tuple[Any, ...], ...]
    complete: frozenset[tuple[str | int, ...]]


@dataclass(frozen=True)
class Failure:
    """An error as a value."""

    type: type[JsonError]
    kind: str
    offset: int
    path: tuple[str | int, ...]


def failure(error: JsonError) -> Failure:
    return Failure(type(error), error.kind, error.offset, error.path)


def repairs(parser: Parser) -> tuple[tuple[Any, ...], ...]:
    return tuple((r.kind, r.offset, r.path, r.message) for r in parser.repairs)


def seen(parser: Parser) -> Seen:
    """Everything I1 speaks of, as an owned value."""
    return Seen(
        parser.snapshot(owned=True),
        parser.started,
        parser.done,
        parser.offset,
        repairs(parser),
        frozenset(parser.complete),
    )


def fed(parser: Parser, chunks: Iterable[Chunk]) -> Failure | None:
    """Feed all chunks; the error that stopped it, or None."""
    try:
        for chunk in chunks:
            parser.feed(chunk)
    except JsonError as error:
        return failure(error)
    return None


def finished(parser: Parser) -> tuple[Any, Failure | None]:
    """The final value, or the error that stands in its place."""
    try:
        return parser.finish(), None
    except JsonError as error:
        return None, failure(error)


@dataclass(frozen=True)
class Reading:
    """One text read to its end."""

    value: Any
    repairs: tuple[tuple[Any, ...], ...]
    error: Failure | None


def alike(a: Reading, b: Reading) -> bool:
    """The same reading: value to the bit, repairs, error."""
    return same(a.value, b.value) and a.repairs == b.repairs and a.error == b.error


def read(chunks: Iterable[Chunk], **options: Any) -> Reading:
    """Read chunks to the end of input."""
    parser = Parser(**options)
    error = fed(parser, chunks)
    value = None
    if error is None:
        value, error = finished(parser)
    return Reading(value, repairs(parser), error)


def cut(data: Chunk, places: Iterable[int]) -> list[Chunk]:
    """The data in pieces, cut at the places given (in any order, repeats give empty pieces)."""
    edges = [0, *sorted(min(place, len(data)) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


def one_by_one(data: Chunk) -> Sequence[Chunk]:
    """Every character, or every byte, alone."""
    return [data[i : i + 1] for i in range(len(data))]
