"""One text on its way through a StreamingParser, and what there is to tell about it.

Coming in: chunks of the text.
Going out: the value as of now, what has settled, the repairs with their places, the result.
Decided elsewhere: how text is read (``streaming``), how all this is shown (``watch.py``, ``demo``).
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ..streaming import NonFatalError, PartialFields, ProgressItem, Retract, StreamingParser
from .places import Places
from .settled import Settled

T = TypeVar("T")


class Reading(Generic[T]):
    """Feeds a parser and remembers what a person wants to see.

    Attributes:
        value: what is known as of now, read-only; None before anything is.
        started: whether a value has begun.
        settled: which parts of it will not change any more.
        notes: the repairs so far, and parts that do not fit.
        misfits: how many of them are parts that do not fit.
        cut: the note that says that the text ended too early, at its end.
        restarts: how often the value started over.
        chunks: how many were read.
        size: how many bytes they had.
    """

    def __init__(self, parser: StreamingParser[T]) -> None:
        self.value: Any = None
        self.started = False
        self.settled = Settled()
        self.notes: list[NonFatalError] = []
        self.misfits = 0
        self.cut: NonFatalError | None = None
        self.restarts = 0
        self.chunks = 0
        self.size = 0
        self._parser = parser
        self._places = Places()
        self._ends = False

    def feed(self, chunk: str | bytes) -> list[ProgressItem | T]:
        """Read one chunk; its items are the parser's.

        Raises:
            LimitError: the text crosses a limit.
        """
        data = chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else chunk
        self._places.feed(data)
        self.chunks += 1
        self.size += len(data)
        return self._step(lambda: self._parser.feed(chunk))

    def finish(self) -> list[ProgressItem | T]:
        """End of input. The last item is the result; see ``result``.

        Raises:
            pydantic.ValidationError: the value is not what the parser was made for.
            TruncatedError: the text ended too early, and the parser was told to mind.
        """
        self._ends = True
        try:
            return self._step(self._parser.finish)
        finally:
            if self.cut is None:
                self.settled.finish()

    @property
    def result(self) -> T:
        """The validated value, after ``finish``."""
        return self._parser.result

    @property
    def last_items(self) -> list[ProgressItem | T]:
        """The items of the last step, also when it raised."""
        return self._parser.last_items

    @property
    def done(self) -> bool:
        """Whether the value is closed as far as can be seen."""
        return self._parser.done

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a byte of the text, from 1."""
        return self._places.at(offset)

    def _step(self, step: Callable[[], list[ProgressItem | T]]) -> list[ProgressItem | T]:
        try:
            return step()
        finally:
            for item in self._parser.last_items:
                self._take(item)

    def _take(self, item: object) -> None:
        match item:
            case PartialFields(value=value):
                self.value = value
                self.started = True
                if not self._ends:  # what was cut is as open at the end as it was before
                    self.settled.add(item.complete)  # now: it is gone with the next item
            case NonFatalError(recoverable=True):
                self.notes.append(item)
                self.misfits += item.kind == "validation"
                self.cut = item if item.kind == "truncated" else self.cut
            case Retract():
                self.restarts += 1
                self.settled.clear()
