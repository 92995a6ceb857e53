"""What a run looks like at a moment: a row for each node, with its state and what it took.

Coming in: the events of any stream, of a flow, a node or an agent. Going out: rows, as a tree.
Decided elsewhere: how rows are drawn (``cli``, ``display.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

from ..streaming.events import (
    Heartbeat,
    NonFatalError,
    PartialFields,
    Progress,
    Retract,
    RetrievalItem,
    StreamEnd,
    StreamStart,
    TokenChunk,
)
from ..streaming.item import ProgressItem
from ..streaming.preview import counted
from ..streaming.tools import ToolCall, ToolResult

TAIL = 2_000

State = Literal["running", "done", "failed"]


@dataclass
class Row:
    """One node, flow or agent.

    Attributes:
        path: its ``node_path``.
        name: for people.
        state: how it is.
        runs: how often it has begun.
        attempt: which attempt runs, 0 first.
        chunks: pieces of text in this run of it.
        text: the end of the text of this attempt, at most ``TAIL`` characters.
        value: the structured value of this attempt, as of now.
        tools: the tools that run.
        found: how many things it has found.
        tokens: used so far, as the model counts.
        cost_usd: the same.
        message: what it said last: why it failed, or how far it is.
    """

    path: tuple[str, ...]
    name: str
    state: State = "running"
    runs: int = 0
    attempt: int = 0
    chunks: int = 0
    text: str = ""
    value: Any = None
    tools: dict[str, str] = field(default_factory=dict)
    found: int = 0
    tokens: int | None = None
    cost_usd: float | None = None
    message: str = ""
    began_us: int = 0
    ended_us: int | None = None
    first_us: int = 0
    last_us: int = 0
    scopes: int = 0

    def seconds(self, now_us: int) -> float:
        """How long it has run, or ran."""
        return max(0, (self.ended_us or now_us) - self.began_us) / 1e6

    def rate(self) -> float | None:
        """Pieces of text a second, between the first and the last; None before there are some."""
        passed = (self.last_us - self.first_us) / 1e6
        return (self.chunks - 1) / passed if self.chunks > 1 and passed > 0 else None

    def facts(self, now_us: int) -> list[str]:
        """What there is to say about it, in short.

        >>> Row(("a",), "a", runs=2, chunks=3, first_us=0, last_us=500_000, cost_usd=0.012).facts(1_500_000)
        ['1.5 s', 'run 2', '3 chunks', '4/s', '$0.0120']
        """
        rate = self.rate()
        facts = [
            f"{self.seconds(now_us):.1f} s",
            f"run {self.runs}" if self.runs > 1 else "",
            f"attempt {self.attempt + 1}" if self.attempt else "",
            f"{self.found:,} found" if self.found else "",
            counted(self.tokens, "token") if self.tokens else "",
            counted(self.chunks, "chunk") if self.chunks and not self.tokens else "",
            f"{rate:,.0f}/s" if rate is not None else "",
            f"${self.cost_usd:.4f}" if self.cost_usd else "",
            *(f"{name}…" for name in self.tools.values()),
        ]
        return [fact for fact in facts if fact]


class Board:
    """Folds events into rows.

    Args:
        speed: of the clock between events: 2 for a recording that is replayed twice as fast, 0 to let it
            stand still.

    Attributes:
        result: of what the first event began, when it is over.
        success: whether that went well; None before it is over.

    >>> from pydantic_flow.streaming import Emitter
    >>> board, node = Board(), Emitter().child("answer")
    >>> for event in (StreamStart(scope="node", name="answer"), TokenChunk(text="So ")):
    ...     row = board.take(node.emit(event))
    >>> [(row.name, row.state, row.text) for row in board.rows()]
    [('answer', 'running', 'So ')]
    """

    def __init__(self, speed: float = 1.0) -> None:
        self.result: Any = None
        self.success: bool | None = None
        self._last_us = 0
        self._heard = monotonic()
        self._speed = speed
        self._rows: dict[tuple[str, ...], Row] = {}
        self._root: tuple[str, tuple[str, ...], str] | None = None

    @property
    def now_us(self) -> int:
        """The time of the last event, and until the run is over what has passed since it came."""
        passed = 0.0 if self.success is not None else (monotonic() - self._heard) * self._speed
        return self._last_us + int(passed * 1e6)

    def rows(self) -> Iterator[Row]:
        """The rows, each above those below its path; at the same path in order of appearance."""
        below: dict[tuple[str, ...] | None, list[Row]] = {}
        for path, row in self._rows.items():
            above = (path[:length] for length in reversed(range(len(path))))
            below.setdefault(next((one for one in above if one in self._rows), None), []).append(row)
        waiting = list(reversed(below.get(None, [])))
        while waiting:
            row = waiting.pop()
            yield row
            waiting.extend(reversed(below.get(row.path, [])))

    def take(self, item: ProgressItem) -> Row:
        """Take the next event; gives the row that it changed."""
        if item.t_us > self._last_us:
            self._last_us, self._heard = item.t_us, monotonic()
        row = self._rows.get(item.node_path)
        if row is None:
            row = self._rows[item.node_path] = Row(item.node_path, item.node_id, began_us=item.t_us)
        if item.attempt > row.attempt:
            row.text, row.value, row.chunks = "", None, 0
            row.attempt = item.attempt
        match item:
            case StreamStart():
                self._start(row, item)
            case StreamEnd():
                self._end(row, item)
            case TokenChunk():
                row.first_us = row.first_us if row.chunks else item.t_us
                row.last_us = item.t_us
                row.chunks += 1
                row.text = (row.text + item.text)[-TAIL:] if item.channel == "answer" else row.text
            case PartialFields():
                row.value = item.value
            case RetrievalItem():
                row.found += 1
            case ToolCall():
                row.tools[item.call_id] = item.tool_name
            case ToolResult():
                row.tools.pop(item.call_id, None)
            case Retract():
                row.value, row.text = None, row.text if item.reason == "replaced" else ""
            case Progress():
                row.tokens = item.total_tokens or row.tokens
                row.cost_usd = item.total_cost_usd or row.cost_usd
                row.message = item.message or row.message
            case NonFatalError() | Heartbeat():
                row.message = item.message
        return row

    def _start(self, row: Row, item: StreamStart) -> None:
        self._root = self._root or (item.run_id, item.node_path, item.scope)
        row.scopes += 1
        if row.scopes > 1:  # an agent inside its node, or a flow inside its own
            return
        row.name = item.name or row.name or item.scope
        row.runs += 1
        row.state, row.began_us, row.ended_us = "running", item.t_us, None
        row.text, row.value, row.chunks, row.found, row.message = "", None, 0, 0, ""
        row.tools = {}

    def _end(self, row: Row, item: StreamEnd) -> None:
        usage = item.usage or {}
        row.tokens = usage.get("total_tokens") or row.tokens
        row.cost_usd = usage.get("cost_usd") or row.cost_usd
        row.scopes = max(0, row.scopes - 1)
        if not row.scopes:
            row.state, row.ended_us = "done" if item.success else "failed", item.t_us
            row.tools = {}
        if (item.run_id, item.node_path, item.scope) == self._root:
            self.result, self.success = item.result, item.success
