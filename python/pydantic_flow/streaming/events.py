"""The kinds of events, one frozen class each.

Coming in: payloads from whoever emits. Going out: events for ``match``, ``isinstance`` and the wire.
Decided elsewhere: the envelope and JSON (``item.py``), the order (``grammar.py``), the life of a tool
call (``tools.py``); kinds that no room emits yet have a name (``vocabulary.py``) but no class.
"""

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Protocol

import msgspec
from msgspec.structs import replace

from ..errors import Path
from .item import ProgressItem, register

# Every kind of event, and its name, has this import path too.
from .tools import ToolArgProgress, ToolCall, ToolReady, ToolResult, ToolStart  # noqa: F401
from .vocabulary import ProgressType  # noqa: F401

Op = Literal["set", "append", "remove", "replace"]
"""``set`` a member or item (an index equal to the length appends), ``append`` text to a string,
``remove`` a member or item, ``replace`` the root."""

Change = tuple[Path, Op, Any, str | None]
"""(path, op, new value or appended text, reason); the reason is None unless something shown is taken back."""

StreamEvent = ProgressItem
ToolStreamEvent = ProgressItem

Scope = Literal["run", "node", "agent"]


@register
class StreamStart(ProgressItem, frozen=True, kw_only=True, tag="start"):
    """A run, node or agent begins.

    Attributes:
        scope: what begins.
        name: its name for people.
        input_preview: what it was given, cut to a bounded size by the emitter.
    """

    scope: Scope = "run"
    name: str = ""
    input_preview: Any = None

    def _payload(self) -> dict[str, Any]:
        payload = super()._payload()
        return {"agent_name": self.name, **payload} if self.scope == "agent" else payload


@register
class StreamEnd(ProgressItem, frozen=True, kw_only=True, tag="end"):
    """What a ``StreamStart`` of the same ``scope`` and ``node_path`` began is over.

    Attributes:
        scope: what ends.
        result: the real object; plain data when read back from JSON.
        result_preview: the result, cut to a bounded size.
        success: False after a ``NonFatalError(recoverable=False)``; the exception follows.
        name: the name of what ends, for people.
        usage: what it took, as far as known: ``input_tokens``, ``output_tokens``, ``total_tokens``,
            ``cost_usd``, ``requests``, ``tool_calls``, ``iterations``.
        duration_seconds: from a monotonic clock.
        messages: the conversation with the model, for the next run; stays in the process.
    """

    _views: ClassVar[frozenset[str]] = frozenset({"messages"})

    scope: Scope = "run"
    name: str = ""
    result: Any = None
    result_preview: Any = None
    success: bool = True
    usage: dict[str, Any] | None = None
    duration_seconds: float | None = None
    messages: Sequence[Any] = ()

    def _payload(self) -> dict[str, Any]:
        payload = super()._payload()
        del payload["messages"]
        if self.scope != "agent":
            return payload
        usage = self.usage or {}
        totals = {
            "agent_name": self.name,
            "total_iterations": usage.get("iterations", 0),
            "total_tokens": usage.get("total_tokens", 0),
            "total_cost_usd": usage.get("cost_usd"),
        }
        return {**{name: total for name, total in totals.items() if total is not None}, **payload}


@register
class TokenChunk(ProgressItem, frozen=True, kw_only=True, tag="token"):
    """A piece of text from a model, always what is new and never what came before.

    Attributes:
        text: the new text.
        token_index: counts the chunks of one answer from 0, where the emitter counts them.
        channel: the answer, or the model's thinking.
        model: who wrote it.
        phase: which part of a cascade wrote it.
        logprob: natural logarithm of the probability, if the model tells.
    """

    text: str
    token_index: int | None = None
    channel: Literal["answer", "thinking"] = "answer"
    model: str | None = None
    phase: Literal["draft", "verifier", "direct"] = "direct"
    logprob: float | None = None

    @property
    def content(self) -> str:
        """The text."""
        return self.text

    @property
    def delta(self) -> str:
        """The text."""
        return self.text


class Record(NamedTuple):
    """What one ``PartialFields`` changed, and the paths that it settled."""

    changes: tuple[Change, ...] = ()
    complete: frozenset[Path] = frozenset()

    @property
    def kept(self) -> bool:
        """Always."""
        return True

    def look(self, index: int, /) -> "Record":
        """Itself, for any item."""
        return self

    def partial(self, index: int, value: Any, /) -> Any:
        """The value as it is: there is no type here."""
        return value


class RecordSource(Protocol):
    """Where more about an item is: in a ``Record`` that is kept, or in a parser until its next item."""

    @property
    def kept(self) -> bool:
        """Whether it is there for ever."""

    def look(self, index: int, /) -> Record:
        """The record of the item with this ``index``.

        Raises:
            StaleItemError: it is gone.
        """

    def partial(self, index: int, value: Any, /) -> Any:
        """The value of the item with this ``index`` as a partial instance of the parser's type.

        Raises:
            StaleItemError: the parser went on.
        """


@register
class PartialFields(ProgressItem, frozen=True, kw_only=True, tag="partial_fields", gc=False):
    """What a chunk changed in a structured value.

    On the wire stand only ``changes`` and ``complete``. ``fields`` and ``value`` are views for this
    process, read-only; read back from JSON they are empty until ``replay`` fills them.

    Attributes:
        fields: the top-level members that this item changed, with their values as of now; JSON keys
            as sent. Empty when the root is not an object.
        value: the whole value as of now.
        record: where ``changes`` and ``complete`` come from.
    """

    _views: ClassVar[frozenset[str]] = frozenset({"fields", "value", "record"})

    fields: dict[str, Any] = {}
    value: Any = None
    record: RecordSource = Record()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What happened to the value, in order.

        Raises:
            StaleItemError: the parser went on; ``StreamingParser(..., keep_changes=True)`` avoids that.
        """
        return self.record.look(self.index).changes

    @property
    def complete(self) -> frozenset[Path]:
        """The paths that settled with this item.

        Raises:
            StaleItemError: as ``changes``.
        """
        return self.record.look(self.index).complete

    @property
    def partial(self) -> Any:
        """The value as an instance of the type that the parser reads, made when it is looked at.

        Models (also nested ones) and dataclasses have the fields that have settled, validated, and
        the strings that still grow; other fields are absent, and so are those that do not validate.
        A union is shown once its tag has settled. Types without members, a root union that is not
        decided, and events that were read back from JSON give ``value``. Read-only. Reading a field
        that is absent is an ``AttributeError``, also where a computed field reads it (as ``repr`` does).

        Raises:
            StaleItemError: as ``changes``.

        >>> from pydantic import BaseModel
        >>> from pydantic_flow.streaming import StreamingParser
        >>> class Note(BaseModel):
        ...     day: int
        ...     text: str
        >>> [item] = StreamingParser(Note).feed('{"day": "7", "text": "Dear dia')
        >>> item.value, item.partial
        ({'day': '7', 'text': 'Dear dia'}, Note(day=7, text='Dear dia'))
        """
        return self.record.partial(self.index, self.value)

    def _payload(self) -> dict[str, Any]:
        views = {"fields": self.fields, "value": self.value}
        return {**views, **self._written_record()} if self.record.kept else views

    def _written(self) -> dict[str, Any]:
        return {**super()._written(), **self._written_record()}

    def _written_record(self) -> dict[str, Any]:
        changes, complete = self.record.look(self.index)
        both = {"changes": changes, "complete": sorted(complete, key=_path_order)}
        return {name: part for name, part in both.items() if part}

    @classmethod
    def _read(cls, fields: dict[str, Any]) -> "PartialFields":
        written = {name: value for name, value in fields.items() if name not in cls._views}
        record = msgspec.convert(fields, _WrittenRecord)
        return replace(msgspec.convert(written, cls), record=Record(record.changes, record.complete))


class _WrittenRecord(msgspec.Struct):
    """How a record stands on the wire; a Struct, because msgspec remembers how to read those."""

    changes: tuple[Change, ...] = ()
    complete: frozenset[Path] = frozenset()


@register
class NonFatalError(ProgressItem, frozen=True, kw_only=True, tag="error"):
    """Something went wrong; ``recoverable`` tells whether the scope at ``node_path`` goes on.

    Attributes:
        message: a sentence for people.
        kind: a short name for programs: the kind of a repair (``"extra_comma"``), ``"truncated"``,
            ``"validation"``, ``"exception"``, ...
        path: where in the value.
        offset: bytes of the text before the place, where there is one.
        exception_type: the name of the exception's class, where there is one.
        recoverable: False when the exception follows.
    """

    message: str
    kind: str = ""
    path: Path = ()
    offset: int | None = None
    exception_type: str | None = None
    recoverable: bool = True

    @property
    def content(self) -> str:
        """The message."""
        return self.message

    @property
    def error(self) -> str:
        """The message."""
        return self.message

    def _payload(self) -> dict[str, Any]:
        return {"error": self.message, **super()._payload()}


StreamError = NonFatalError


@register
class Retract(ProgressItem, frozen=True, kw_only=True, tag="retract"):
    """Withdraws what a node has shown: its text and fields in a range of ``index``.

    A reason of ``"replaced"`` (another root value took the place of the first) withdraws fields
    only; the text that they were read from stands. Errors and tool results are never withdrawn.

    Attributes:
        target_node: the ``node_id`` of the events withdrawn.
        target_attempt: their ``attempt``.
        from_index: the first ``index`` withdrawn.
        to_index: the last one, inclusive.
        reason: why.
    """

    target_node: str
    target_attempt: int
    from_index: int
    to_index: int
    reason: Literal["retry", "draft_rejected", "replaced"]

    def targets(self, item: ProgressItem) -> bool:
        """Whether an event is of the node that this is about: here, below here, or beside here.

        In a run of flows in flows, nodes elsewhere may have the same name.
        """
        path, own = item.node_path, self.node_path
        return item.node_id == self.target_node and (path[: len(own)] == own or path[:-1] == own[:-1])

    def covers(self, item: ProgressItem) -> bool:
        """Whether this withdraws that event.

        >>> gone = Retract(target_node="", target_attempt=0, from_index=0, to_index=4, reason="retry")
        >>> gone.covers(TokenChunk(text="a", index=4)), gone.covers(TokenChunk(text="b", index=5))
        (True, False)
        """
        shown = PartialFields if self.reason == "replaced" else (PartialFields, TokenChunk)
        return (
            isinstance(item, shown)
            and item.run_id == self.run_id
            and self.targets(item)
            and item.attempt == self.target_attempt
            and self.from_index <= item.index <= self.to_index
        )


@register
class Progress(ProgressItem, frozen=True, kw_only=True, tag="progress"):
    """How far something is. What is not known is left out, also of ``data``.

    Attributes:
        progress: 0 to 1.
        message: for people.
        completed: how many of ``total`` are done.
        total: how many there are.
        iteration: of an agent, which model request this is, from 1; of a node in a flow with routers, how
            many came before it on its path, from 0.
        total_tokens: used by the run so far.
        total_cost_usd: of the run so far, where prices are known.
    """

    progress: float | None = None
    message: str = ""
    completed: int | None = None
    total: int | None = None
    iteration: int | None = None
    total_tokens: int | None = None
    total_cost_usd: float | None = None

    def _payload(self) -> dict[str, Any]:
        return {name: value for name, value in super()._payload().items() if value not in (None, "")}


@register
class Heartbeat(ProgressItem, frozen=True, kw_only=True, tag="heartbeat"):
    """Nothing has happened for a while, and the run is alive.

    Attributes:
        message: what it waits for.
        idle_seconds: since the last event, from a monotonic clock.
    """

    message: str = ""
    idle_seconds: float = 0.0


@register
class Output(ProgressItem, frozen=True, kw_only=True, tag="output"):
    """A value that a node or a tool hands out before it ends.

    Attributes:
        output: the value.
    """

    output: Any = None


@register
class RetrievalItem(ProgressItem, frozen=True, kw_only=True, tag="retrieval"):
    """One result of a search, as it is found.

    Attributes:
        content: the text found.
        item_id: its id in the store.
        score: how well it fits, as the retriever counts.
        metadata: what else the retriever tells.
    """

    content: str
    item_id: str = ""
    score: float | None = None
    metadata: dict[str, Any] = {}  # takes the place of a property


@register
class Metric(ProgressItem, frozen=True, kw_only=True, tag="metric"):
    """A number that was measured.

    Attributes:
        name: what was measured.
        value: the number.
        unit: in what.
    """

    name: str
    value: float
    unit: str = ""

    @classmethod
    def _read(cls, fields: dict[str, Any]) -> "Metric":
        # JSON has no NaN, so that it stands there as null.
        value = fields.get("value", math.nan)
        return msgspec.convert({**fields, "value": math.nan if value is None else value}, cls)


@register
class Gap(ProgressItem, frozen=True, kw_only=True, tag="gap"):
    """Events that were dropped on their way here, because who listens was slower than the run.

    It has the envelope of the run itself, and no place of its own in the order: its ``seq`` is that of
    the last event dropped.

    Attributes:
        dropped: how many.
        first_seq: the ``seq`` of the first.
        last_seq: the ``seq`` of the last, inclusive.
    """

    dropped: int
    first_seq: int
    last_seq: int


def _path_order(path: Path) -> tuple[tuple[bool, str | int], ...]:
    # Sets have no order of their own, and a recording must not depend on the hash seed.
    return tuple((isinstance(step, str), step) for step in path)
