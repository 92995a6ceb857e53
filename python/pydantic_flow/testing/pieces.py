"""Ways to cut a text as a model might.

Coming in: a text, or its UTF-8. Going out: pieces that together are the text.
Decided elsewhere: who reads them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from random import Random
from typing import TypeVar

T = TypeVar("T")
TextT = TypeVar("TextT", str, bytes)


def pieces(text: TextT, size: int) -> list[TextT]:
    """Pieces of one size.

    >>> pieces("abcde", 2)
    ['ab', 'cd', 'e']
    """
    return [text[start : start + size] for start in range(0, len(text), size)]


def random_pieces(text: TextT, seed: int, longest: int = 12) -> list[TextT]:
    """Pieces of 1 to ``longest``, the same for the same seed.

    >>> "".join(random_pieces("some text", seed=1)) == "some text"
    True
    """
    random, cut, start = Random(seed), list[TextT](), 0
    while start < len(text):
        end = start + random.randint(1, longest)
        cut.append(text[start:end])
        start = end
    return cut


def cuts(text: TextT) -> Iterator[list[TextT]]:
    """The text whole, in pieces of one, and cut in two at every place.

    >>> list(cuts("abc"))
    [['abc'], ['a', 'b', 'c'], ['a', 'bc'], ['ab', 'c']]
    """
    yield [text]
    yield pieces(text, 1)
    for place in range(1, len(text)):
        yield [text[:place], text[place:]]


async def arriving(chunks: Iterable[T], seconds: float = 0.0) -> AsyncIterator[T]:
    """The chunks, each after so many seconds, at least after a turn of the event loop."""
    for chunk in chunks:
        await asyncio.sleep(seconds)
        yield chunk
