"""JSON that a model is writing: its structured answer, and the arguments of its tool calls.

Coming in: pieces of text. Going out: ``PartialFields`` and what belongs to them; arguments as of now.
Decided elsewhere: how text is read (``_core``), what is valid and whether to try again (pydantic-ai), what
the type is (``expected.py``).
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from .. import _core
from ..errors import LimitError, TerminalStateError
from ..streaming.complaint import Complaint
from ..streaming.early import EarlyValidation
from ..streaming.emitter import Emitter
from ..streaming.events import Change, NonFatalError, Record, RecordSource, Retract
from ..streaming.item import ProgressItem
from ..streaming.parts import Part
from ..streaming.record import Live
from ..streaming.text import Step
from ..streaming.view import View


class FormingOutput:
    """The structured answer of one model request, from its first byte.

    pydantic-ai has the last word, and says so by asking again. Where the type is known, a field that has
    settled and does not validate is told at once, and ``partial`` of an item is an instance of the type.

    Args:
        emitter: stamps the events.
        keep_changes: let ``changes`` and ``complete`` of every item be looked at for ever.
        parts: of the type, if it is one model or dataclass.
        wrapped_in: the key under which a value stands that is no object; only that value is shown.
        shape: what is expected where, for text that is broken.
    """

    def __init__(
        self,
        emitter: Emitter,
        keep_changes: bool,
        parts: Part | None,
        wrapped_in: str | None = None,
        shape: _core.Shape | None = None,
    ) -> None:
        self._wrapped_in = wrapped_in
        self._judge = None if parts is None or not parts.depth else EarlyValidation(parts, {})
        watch = 0 if self._judge is None else self._judge.depth
        self._core = _core.Parser(unfinished="hide", watch=watch, shape=shape, coerce=False)
        self._live = Live(self._core, None if parts is None else View(parts, {}))
        self._emitter = emitter
        self._partial_fields = emitter.partial_fields()
        self._keep = keep_changes
        self._only_change = not keep_changes and wrapped_in is None
        self._shown_from: int | None = None
        self._beyond = False
        self._repairs: list[_core.Repair] = []

    def feed(self, text: str | None) -> Iterable[ProgressItem]:
        """The events of a piece of text; of None, the end. Each is made when it is asked for.

        Text beyond the limits of reading is shown up to there. pydantic's are no wider, so the model is asked
        again.
        """
        if self._beyond:
            return ()
        try:
            step = self._core.advance(text)
        except LimitError as error:
            self._beyond = True
            said = NonFatalError(message=str(error.args[0]), kind=error.kind, offset=error.offset)
            return (self._emitter.emit(said),)
        if step is None:
            return ()
        # Most pieces only change the value: one event without a generator, as in `StreamingParser`.
        if step[5] and self._only_change and not self._repairs:
            return (self._partial_fields(step[2], step[1], self._current(), step[6]),)
        return self._told(step, text is None)

    def _current(self) -> Live:
        """The record of the item that is made now."""
        live = self._live
        live.current = self._emitter.index
        if self._shown_from is None:
            self._shown_from = live.current
        return live

    def _told(self, step: Step, ends: bool) -> Iterator[ProgressItem]:
        emitter = self._emitter
        changed, value, fields, repairs, replaced, _, t_us = step
        if replaced is not None and self._shown_from is not None:
            yield emitter.emit(self._withdrawn())
            self._shown_from = None
        key = self._wrapped_in if isinstance(value, dict) else None
        if changed and (key is None or key in value):
            live = self._current()
            record: RecordSource = live.keep() if self._keep else live
            if key is not None:
                record, value = Unwrapped(record, key), value[key]
                fields = record.members(emitter.index, value)
            yield self._partial_fields(fields, value, record, t_us)
        if repairs or self._repairs:
            yield from self._repaired(repairs)
        if self._judge is not None:
            self._judge.notice(step)
            if not ends and (settled := self._core.take_settled()):
                yield from self._judged(self._judge.check(settled))

    def _judged(self, complaints: Iterable[Complaint]) -> Iterator[ProgressItem]:
        for complaint in complaints:
            for path, message in complaint.places.items():
                yield self._emitter.emit(NonFatalError(message=message, kind="validation", path=path))

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


class Unwrapped(NamedTuple):
    """What there is to know of the value under a key, from what there is to know of the object."""

    record: RecordSource
    key: str

    @property
    def kept(self) -> bool:
        """As of the object."""
        return self.record.kept

    def look(self, index: int, /) -> Record:
        """The changes at and below the key, and the paths below it that settled."""
        changes, complete = self.record.look(index)
        below = {path[1:] for path in complete if path[:1] == (self.key,)}
        return Record(tuple(self._inside(changes)), frozenset(below))

    def partial(self, index: int, value: Any, /) -> Any:
        """The value as it is."""
        return value

    def members(self, index: int, value: Any) -> dict[str, Any]:
        """Those of the value, an object, that the item changed."""
        if not isinstance(value, dict):
            return {}
        paths = [path for path, *_ in self.look(index).changes]
        names = value.keys() if () in paths else {str(path[0]) for path in paths}
        return {name: value[name] for name in names if name in value}

    def _inside(self, changes: Iterable[Change]) -> Iterator[Change]:
        for path, op, value, reason in changes:
            if path[:1] == (self.key,):
                yield path[1:], op, value, reason
            elif not path and isinstance(value, dict) and self.key in value:
                yield (), op, value[self.key], reason


class FormingArguments:
    """The arguments of one tool call, from their first byte."""

    __slots__ = ("_core",)

    def __init__(self, shape: _core.Shape | None) -> None:
        self._core = _core.Parser(unfinished="hide", shape=shape, coerce=False)

    def feed(self, text: str) -> Any:
        """The arguments as of now; of a text beyond the limits of reading, those before."""
        with suppress(LimitError, TerminalStateError):  # then they are not valid, and the model is told
            self._core.feed(text)
        return self._core.snapshot()
