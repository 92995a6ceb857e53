"""``pydantic-flow parse``: read a text as it comes, show it growing, print the final JSON.

Coming in: the options.
Going out: the final JSON or the events on stdout, what people see on stderr, an exit code.
Decided elsewhere: where text comes from (``source.py``), how it is shown (``watch.py``,
``ndjson.py``), what is right (``verdict.py``).
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, redirect_stdout
from functools import partial
from typing import Any, Protocol, TextIO

from ..streaming import Emitter, StreamingParser, StreamStart
from . import schema as schema_room
from .ending import complain
from .excerpt import where
from .lines import surface
from .ndjson import Ndjson
from .output import write
from .reading import Reading
from .schema import Problem
from .source import Source, opened
from .target import adapter
from .verdict import ANYTHING, Judge, Verdict
from .watch import Watch

PROBLEMS = 20
_Read = tuple[Verdict, set[Problem]]


class View(Protocol):
    """What is told about a reading, and to whom.

    Attributes:
        told: what people have been told that does not fit, each with its path.
    """

    told: set[Problem]

    def take(self, items: Sequence[object]) -> None:
        """The items of a chunk."""

    def update(self) -> None:
        """A moment has passed."""

    def conclude(self, verdict: Verdict) -> None:
        """The reading has ended."""

    def close(self) -> None:
        """In any case."""


def parse(file: str, *, model: str | None, schema: str | None, follow: bool, events: bool) -> int:
    """Read one text.

    Args:
        file: its name, ``-`` for stdin.
        model: ``module:Class`` that the value should be.
        schema: the name of a file with a JSON schema that the value should fit.
        follow: wait for more at the end of the file.
        events: write NDJSON events, and nothing else, on stdout.

    Raises:
        Stop: the call cannot be carried out.
    """
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):  # what a user's module prints is no part of the answer
        fits = None if schema is None else schema_room.loaded(schema)
        validates = adapter(model)
        with opened(file) as source:
            judge = Judge(
                name=source.name,
                adapter=validates,
                model=model or ANYTHING,
                check=fits,
                schema=schema or "",
                indent=2 if stdout.isatty() else None,
            )
            verdict, told = _read(source, judge, follow=follow, events=stdout if events else None)
    if verdict.text is not None and not events:
        write(verdict.text + b"\n", stdout)
    _explain(verdict, told)
    return verdict.code


def _read(source: Source, judge: Judge, *, follow: bool, events: TextIO | None) -> _Read:
    emitter = Emitter()
    start = emitter.emit(StreamStart(scope="run", name=source.name))
    reading = Reading(StreamingParser(judge.adapter, on_truncated="accept", emitter=emitter))
    view: View = Ndjson(emitter, start, events) if events else _watch(source, reading)
    chunks = source.followed(lambda: reading.done) if follow else source.chunks()
    with closing(view):
        verdict = judge.verdict(reading, lambda: _to_the_end(chunks, reading, judge, view))
        view.conclude(verdict)
    return verdict, view.told


def _watch(source: Source, reading: Reading[Any]) -> Watch:
    if source.typed:
        print("reading what you type; Ctrl-D on an empty line ends it", file=sys.stderr)
    # Frames and what a person types would overwrite each other.
    return Watch(reading, surface(sys.stderr, plain=source.typed))


def _to_the_end(chunks: Iterable[bytes], reading: Reading[Any], judge: Judge, view: View) -> None:
    for chunk in chunks:
        if chunk:
            _step(partial(reading.feed, chunk), reading, view)
        view.update()
    _step(partial(judge.validate, reading), reading, view)


def _step(step: Callable[[], object], reading: Reading[Any], view: View) -> None:
    try:
        step()
    finally:
        view.take(reading.last_items)


def _explain(verdict: Verdict, told: set[Problem]) -> None:
    """What is wrong, for people: a line, and one for each problem that was not told while the text came."""
    if verdict.reason:
        complain(verdict.reason)
    new = [problem for problem in verdict.problems if problem not in told]
    for path, message in new[:PROBLEMS]:
        print(f"  {where(path)}: {message}", file=sys.stderr)
    if len(new) > PROBLEMS:
        print(f"  … {len(new) - PROBLEMS:,} more", file=sys.stderr)
    if len(new) < len(verdict.problems):
        print(f"  {len(verdict.problems) - len(new):,} told above", file=sys.stderr)
