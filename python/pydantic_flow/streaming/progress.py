"""One text as events: what a chunk has changed, what was repaired, what pydantic refuses.

Coming in: chunks, then the end of input. Going out: ``Retract``, ``PartialFields`` and ``NonFatalError``
events of each, in this order.
Decided elsewhere: how text is read (``text.py``), what is made of settled nodes (``early.py``,
``items.py``), when an item has to wait (``pace.py``), the life of a parser and its loops (``parser.py``).
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from .complaint import Complaint
from .emitter import Emitter
from .events import NonFatalError, RecordSource, Retract
from .item import ProgressItem
from .pace import Pace
from .record import Live
from .text import TOO_EARLY, Chunk, Settled, Step, Text
from .view import View

_REPAIRS_AT_A_CUT = frozenset({"truncated", "missing_closer"})


class Judge(Protocol):
    """What is made of the nodes that settle."""

    @property
    def depth(self) -> int:
        """Up to which length of paths it needs to see settled nodes."""

    def notice(self, step: Step) -> None:
        """Take note of a step of the core, before what has settled in it is checked."""

    def check(self, settled: Iterable[Settled]) -> list[Complaint]:
        """What is wrong with these nodes, which have settled in this order."""

    def end(self, settled: Iterable[Settled]) -> None:
        """Take note of the nodes that the end has settled."""


class Progress:
    """Makes the events of one text.

    Args:
        text: is read.
        emitter: stamps the events.
        view: what ``partial`` of an item is.
        judge: what is made of settled nodes.
        raise_as: raise the first complaint, as pydantic's exception about a value of this title.
        keep_changes: whether the record of every item is kept.
    """

    def __init__(
        self,
        text: Text,
        emitter: Emitter,
        view: View | None,
        judge: Judge | None,
        raise_as: str | None,
        keep_changes: bool,
    ) -> None:
        self.text = text
        self.live = Live(text.core, view)
        self.judge = judge
        self.keep_changes = keep_changes
        self.pace: Pace | None = None
        self.partial_fields = emitter.partial_fields()
        self._emitter = emitter
        self._raise_as = raise_as
        self._shown_from = emitter.index

    def read(self, chunk: Chunk | None) -> Iterator[ProgressItem]:
        """The events of one chunk; of None, what has been held back."""
        hold = self.pace is not None and chunk is not None and self.pace.holds()
        yield from self.told(self.text.advance(chunk or "", hold))

    def told(self, step: Step | None) -> Iterator[ProgressItem]:
        """The events of one step of the core, and what is wrong with the nodes that settled in it."""
        yield from self.shown(step)
        if self.judge is not None and (settled := self.text.core.take_settled()):
            yield from self.judged(settled)

    def shown(self, step: Step | None, passed_over: frozenset[str] = frozenset()) -> Iterator[ProgressItem]:
        """The events of one step of the core."""
        if step is None:
            return
        changed, value, fields, repairs, replaced, _, t_us = step
        self.live.current = -1  # the item before is over, also while the events before the next one are told
        if self.judge is not None:
            self.judge.notice(step)
        if replaced is not None and self._emitter.index > self._shown_from:
            yield self._retract()
        if changed:
            self.live.current = self._emitter.index
            record: RecordSource = self.live.keep() if self.keep_changes else self.live
            if self.pace is not None:
                self.pace.given()
            yield self.partial_fields(fields, value, record, t_us)
        for repair in repairs:
            if repair.kind not in passed_over:
                yield self._emitter.emit(
                    NonFatalError(
                        message=repair.message, kind=repair.kind, path=repair.path, offset=repair.offset
                    )
                )

    def judged(self, settled: list[Settled]) -> Iterator[ProgressItem]:
        """What is wrong with nodes that have settled.

        Raises:
            pydantic.ValidationError: the first complaint, if ``raise_as`` says so.
        """
        complaints = self.judge.check(settled) if self.judge is not None else []
        if complaints and self.pace is not None and self.pace.holding:
            yield from self.shown(self.text.advance(""))  # what it is about is shown first
        for complaint in complaints:
            if self._raise_as is not None:
                raise complaint.exception(self._raise_as)
            for path, message in complaint.places.items():
                yield self._emitter.emit(NonFatalError(message=message, kind="validation", path=path))

    def end(self) -> Iterator[ProgressItem]:
        """The events of the end of input.

        Raises:
            TruncatedError: the text ended too early.
        """
        text, step = self.text, self.text.end()
        yield from self.shown(step, _REPAIRS_AT_A_CUT if text.too_early else frozenset())
        if self.judge is not None:
            self.judge.end(text.settled_at_the_end(step))
        if text.too_early:
            raise text.truncated()
        if text.core.ending == "empty":  # there is no repair that says so
            message, path, offset = TOO_EARLY["empty"], text.core.ending_path, text.core.offset
            yield self._emitter.emit(
                NonFatalError(message=message, kind="truncated", path=path, offset=offset)
            )

    def _retract(self) -> Retract:
        withdrawn = Retract(
            target_node=self._emitter.node_id,
            target_attempt=self._emitter.attempt,
            from_index=self._shown_from,
            to_index=self._emitter.index - 1,
            reason="replaced",
        )
        item = self._emitter.emit(withdrawn)
        self._shown_from = self._emitter.index
        return item
