"""The play: the answer cut into small chunks, at a model's pace, and what is said at its end.

Coming in: the options of ``pydantic-flow demo``.
Going out: frames on a terminal, lines anywhere else.
Decided elsewhere: what is shown (``frame.py``, ``conclusion.py``; as lines, ``watch.py``).
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from random import Random
from time import monotonic, sleep

from ..ending import Code
from ..lines import Line, Lines, Pace, Surface, surface
from ..verdict import Verdict
from ..watch import Watch
from .answer import ANSWER
from .conclusion import conclusion
from .cost import broken_run, clean_run
from .fields import IncidentReading
from .frame import frame

SECONDS = 7.0


def play(*, fast: bool, plain: bool, seed: int) -> int:
    """Play the answer once.

    Args:
        fast: do not wait between chunks.
        plain: lines even on a terminal.
        seed: decides where the answer is cut, nothing else.
    """
    reading = IncidentReading()
    chunks = list(cut(ANSWER, seed))
    paper = surface(sys.stdout, plain=plain)
    view = Watch(reading, paper) if isinstance(paper, Lines) else _Frames(reading, paper)
    with closing(view):
        for chunk in paced(chunks, 0.0 if fast else SECONDS):
            reading.feed(chunk)
            view.update()
        reading.finish()
        view.conclude(Verdict(Code.FINE))
    incident = reading.result
    said = conclusion(incident, reading, broken_run(chunks, incident), clean_run(incident))
    paper.say(_styled(said))
    return Code.FINE


class _Frames:
    """Draws the reading as the demo shows it."""

    def __init__(self, reading: IncidentReading, paper: Surface) -> None:
        self._reading = reading
        self._paper = paper
        self._pace = Pace()

    def update(self) -> None:
        """Draw a frame, unless one was drawn just now."""
        if self._pace.due():
            self._draw()

    def conclude(self, verdict: Verdict) -> None:
        """Draw the last frame."""
        self._draw()

    def close(self) -> None:
        """Leave it standing."""
        self._paper.close()

    def _draw(self) -> None:
        self._paper.draw(frame(self._reading, self._paper.width, self._paper.height))


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


def _styled(lines: Iterable[str]) -> Iterator[Line]:
    for line in lines:
        yield [(line, "bold green" if line.startswith(("validated", "StreamingParser")) else "")]
