"""The demo: a bundled answer, cut into small chunks and played at a model's pace.

Coming in: the options of ``pydantic-flow demo``.
Going out: frames on a terminal, lines anywhere else.
Decided elsewhere: what is shown (``reading.py``), how (``screen.py``, ``lines.py``).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from random import Random
from time import monotonic, sleep

from .answer import ANSWER
from .conclusion import conclusion
from .cost import broken_run, clean_run
from .lines import Lines
from .reading import Reading
from .screen import Screen

SECONDS = 7.0


def play(*, fast: bool, plain: bool, seed: int) -> None:
    """Play the answer once.

    Args:
        fast: do not wait between chunks.
        plain: lines even on a terminal.
        seed: decides where the answer is cut, nothing else.
    """
    reading = Reading()
    chunks = list(cut(ANSWER, seed))
    view = Lines() if plain or not _for_a_screen() else Screen()
    with closing(view):
        for chunk in paced(chunks, 0.0 if fast else SECONDS):
            reading.feed(chunk)
            view.update(reading)
        incident = reading.finish()
        view.update(reading, last=True)
    view.say(conclusion(incident, reading, broken_run(chunks, incident), clean_run(incident)))


def cut(text: str, seed: int) -> Iterator[str]:
    """Cut a text into chunks of 1 to 8 characters, about the size of a model's tokens.

    >>> "".join(cut("a text of some length", seed=1))
    'a text of some length'
    """
    sizes = Random(seed)
    start = 0
    while start < len(text):
        end = start + sizes.randint(1, 8)
        yield text[start:end]
        start = end


def paced(chunks: list[str], seconds: float) -> Iterator[str]:
    """Hand out chunks evenly over some seconds, whatever the receiver does in between."""
    begin = monotonic()
    for index, chunk in enumerate(chunks):
        sleep(max(0.0, begin + seconds * index / len(chunks) - monotonic()))
        yield chunk


def _for_a_screen() -> bool:
    """Whether stdout is a terminal that can be drawn on and whose owner wants it drawn on."""
    return (
        sys.stdout.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
        and (sys.stdout.encoding or "").lower().startswith("utf")
    )
