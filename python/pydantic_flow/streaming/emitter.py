"""Fills the envelope of events as they are handed over.

Coming in: events as their makers wrote them. Going out: the same, complete; each exactly once.
Decided elsewhere: which events there are (``events.py``) and in which order (``grammar.py``).
"""

import os
from collections.abc import Callable
from itertools import count, repeat
from time import time_ns
from typing import Any

from msgspec.structs import force_setattr, replace

from ..errors import EventError
from .events import PartialFields, RecordSource, TokenChunk
from .item import ItemT, ProgressItem


class Emitter:
    """Stamps the events of one source of a run; travels with the run.

    All emitters of a run share its sequence. Emit in the same step that hands the event over (wait
    for room first), so that ``seq`` is the order of arrival and has no gaps.

    Args:
        run_id: 32 random hex digits unless given.
        node_id: the source, ``""`` for the run itself.
        trace_id: W3C trace id.
        span_id: W3C span id.

    >>> from pydantic_flow.streaming import TokenChunk
    >>> run = Emitter("r1")
    >>> node = run.child("answer")
    >>> [run.emit(TokenChunk(text="a")).seq, node.emit(TokenChunk(text="b")).seq]
    [0, 1]
    >>> node.emit(TokenChunk(text="c"))
    TokenChunk(run_id='r1', node_id='answer', node_path=('answer',), seq=2, index=1, ...text='c')
    """

    __slots__ = (
        "_below",
        "_retried",
        "_sequence",
        "attempt",
        "index",
        "node_id",
        "node_path",
        "run_id",
        "span_id",
        "trace_id",
    )

    def __init__(
        self,
        run_id: str | None = None,
        *,
        node_id: str = "",
        trace_id: str | None = None,
        span_id: str | None = None,
    ) -> None:
        self.run_id = run_id or os.urandom(16).hex()
        self.node_id = node_id
        self.node_path: tuple[str, ...] = (node_id,) if node_id else ()
        self.attempt = 0
        self.trace_id = trace_id
        self.span_id = span_id
        self.index = 0
        self._sequence: Callable[[], int] = count().__next__
        self._below: dict[str, Emitter] = {}
        self._retried: Emitter | None = None

    def child(self, node_id: str, *, span_id: str | None = None) -> "Emitter":
        """An emitter for a node below this one: the same run and attempt.

        A node has one emitter (of each attempt), however often it is asked for, so that its ``index``
        goes on when it runs again. If it was retried, this is the emitter of its last attempt.
        """
        below = self._below.get(node_id)
        if below is None:
            below = self._below[node_id] = self._same_run()
            below.attempt = self.attempt
            below.node_id = node_id
            below.node_path = (*self.node_path, node_id)
        below = below.latest
        if below.attempt < self.attempt:  # this one was retried, and what is below it begins anew
            below = below.retry(self.attempt)
        below.span_id = span_id or self.span_id
        return below

    def retry(self, attempt: int = 0) -> "Emitter":
        """An emitter for the next attempt of the same node; its ``index`` starts again at 0.

        Args:
            attempt: which attempt that is at least, where those of nodes below went further.
        """
        again = self._retried = self._same_run()
        again.attempt = max(attempt, self.attempt + 1)
        again._below = self._below
        return again

    @property
    def latest(self) -> "Emitter":
        """The emitter of the last attempt of the same node."""
        last = self
        while last._retried is not None:
            last = last._retried
        return last

    @property
    def in_order(self) -> bool:
        """Whether events get their ``seq`` when they are emitted."""
        return self._sequence is not _no_seq_yet

    def out_of_order(self) -> "Emitter":
        """An emitter of the same place whose events get their ``seq`` (and time) later, by ``order``.

        For who merges streams that are themselves merged: only the last one to hand events on knows in
        which order they come.

        >>> from pydantic_flow.streaming import TokenChunk
        >>> run = Emitter("r")
        >>> late = run.out_of_order().child("a").emit(TokenChunk(text="a"))
        >>> late.seq, run.order(late).seq, late.seq
        (-1, 0, 0)
        """
        other = self._same_run()
        other.attempt = self.attempt
        other.index = self.index
        other._sequence = _no_seq_yet
        return other

    def order(self, item: ItemT) -> ItemT:
        """The event as it is handed on: with a ``seq``, if it has none yet.

        It is written into the event itself: whoever reads the run has not seen it before.
        """
        if item.seq < 0:
            force_setattr(item, "seq", self._sequence())
            force_setattr(item, "t_us", time_ns() // 1000)
        return item

    def after(self, item: ProgressItem) -> "Emitter":
        """An emitter that goes on where the source of this event stopped; the event is of this run."""
        same = self._same_run()
        same.node_id, same.node_path, same.attempt = item.node_id, item.node_path, item.attempt
        same.trace_id, same.span_id = item.trace_id, item.span_id
        same.index = item.index + 1
        return same

    def emit(self, item: ItemT) -> ItemT:
        """The event with its envelope filled: hand it over now.

        Raises:
            EventError: it was stamped before.
        """
        if item.run_id:
            raise EventError(f"an event is stamped once; this one is {item.run_id}:{item.seq}")
        index = self.index
        self.index = index + 1
        return replace(
            item,
            run_id=self.run_id,
            node_id=self.node_id,
            node_path=self.node_path,
            seq=self._sequence(),
            index=index,
            attempt=self.attempt,
            t_us=time_ns() // 1000,
            trace_id=self.trace_id,
            span_id=self.span_id,
        )

    def partial_fields(self) -> Callable[[dict[str, Any], Any, RecordSource, int], PartialFields]:
        """``emit(PartialFields(...))`` as one call of ``(fields, value, record, t_us)``.

        For parsers, which make one for every chunk: a copy of an event with what differs costs half as
        much as a new one.
        """
        sequence, like = self._sequence, self._stamped(PartialFields())

        def make(fields: dict[str, Any], value: Any, record: RecordSource, t_us: int) -> PartialFields:
            index = self.index
            self.index = index + 1
            return replace(
                like, seq=sequence(), index=index, t_us=t_us, fields=fields, value=value, record=record
            )

        return make

    def token_chunks(self) -> Callable[[str, int | None], TokenChunk]:
        """``emit(TokenChunk(...))`` of an answer as one call of ``(text, token_index)``, as cheap."""
        sequence, like = self._sequence, self._stamped(TokenChunk(text=""))

        def make(text: str, token_index: int | None) -> TokenChunk:
            index = self.index
            self.index = index + 1
            return replace(
                like, seq=sequence(), index=index, t_us=time_ns() // 1000, text=text, token_index=token_index
            )

        return make

    def _stamped(self, item: ItemT) -> ItemT:
        """The event with what all events of this source have in common."""
        return replace(
            item,
            run_id=self.run_id,
            node_id=self.node_id,
            node_path=self.node_path,
            attempt=self.attempt,
            trace_id=self.trace_id,
            span_id=self.span_id,
        )

    def _same_run(self) -> "Emitter":
        other = Emitter(self.run_id, node_id=self.node_id, trace_id=self.trace_id, span_id=self.span_id)
        other.node_path = self.node_path
        other._sequence = self._sequence
        return other


# C, as `count`.
_no_seq_yet = repeat(-1).__next__
