"""JSON that a model is writing: its structured answer, and the arguments of its tool calls.

Coming in: pieces of text. Going out: ``PartialFields`` and what belongs to them; arguments as of now.
Decided elsewhere: how text is read (``_core``), what is valid and whether to try again (pydantic-ai).
"""

from collections.abc import Iterable, Iterator
from typing import Any

from .. import _core
from ..streaming.emitter import Emitter
from ..streaming.events import NonFatalError, Retract
from ..streaming.item import ProgressItem
from ..streaming.record import Live


class FormingOutput:
    """The structured answer of one model request, from its first byte.

    There is no validation here: pydantic-ai has the last word, and says so by asking again.

    Args:
        emitter: stamps the events.
        keep_changes: let ``changes`` and ``complete`` of every item be looked at for ever.
    """

    def __init__(self, emitter: Emitter, keep_changes: bool) -> None:
        self._core = _core.Parser(unfinished="hide")
        self._live = Live(self._core, None)
        self._emitter = emitter
        self._partial_fields = emitter.partial_fields()
        self._keep = keep_changes
        self._shown_from: int | None = None
        self._repairs: list[_core.Repair] = []

    def feed(self, text: str | None) -> Iterator[ProgressItem]:
        """The events of a piece of text; of None, the end."""
        live, emitter = self._live, self._emitter
        step = self._core.advance(text)
        if step is None:
            return
        changed, value, fields, repairs, replaced, _, t_us = step
        if replaced is not None and self._shown_from is not None:
            yield emitter.emit(self._withdrawn())
            self._shown_from = None
        if changed:
            live.current = emitter.index
            if self._shown_from is None:
                self._shown_from = emitter.index
            yield self._partial_fields(fields, value, live.keep() if self._keep else live, t_us)
        if repairs or self._repairs:
            yield from self._repaired(repairs)

    def _repaired(self, repairs: Iterable[_core.Repair]) -> Iterator[ProgressItem]:
        self._repairs += repairs
        if self._core.started:  # or it is prose, before there is any JSON in it
            for repair in self._repairs:
                yield self._emitter.emit(
                    NonFatalError(
                        message=repair.message, kind=repair.kind, path=repair.path, offset=repair.offset
                    )
                )
            self._repairs.clear()

    def _withdrawn(self) -> Retract:
        return Retract(
            target_node=self._emitter.node_id,
            target_attempt=self._emitter.attempt,
            from_index=self._shown_from or 0,
            to_index=self._emitter.index - 1,
            reason="replaced",
        )


class FormingArguments:
    """The arguments of one tool call, from their first byte."""

    __slots__ = ("_core",)

    def __init__(self) -> None:
        self._core = _core.Parser(unfinished="hide")

    def feed(self, text: str) -> Any:
        """The arguments as of now."""
        self._core.feed(text)
        return self._core.snapshot()
