"""Checks that events come in an order that a run can produce.

Coming in: events, one by one. Going out: nothing, or an exception that names the rule.
Decided elsewhere: the events (``events.py``, ``tools.py``) and who fills the envelope (``emitter.py``).
"""

from collections.abc import Iterable
from typing import Any

from ..errors import GrammarError
from .events import NonFatalError, Retract, StreamEnd, StreamStart
from .item import ProgressItem
from .tools import ToolArgProgress, ToolCall, ToolReady, ToolResult, ToolStart

_Place = tuple[tuple[str, ...], str]
_Call = tuple[tuple[str, ...], str]


class GrammarChecker:
    """Takes the events of one run in order of arrival and raises at the first that cannot come.

    - all have one ``run_id``; ``seq`` counts from 0 without gaps; ``index`` does for each
      ``node_path`` and ``attempt``;
    - ``StreamStart`` comes first, and every one has exactly one ``StreamEnd`` of the same ``scope``
      and ``node_path``; nothing comes after the end of the first;
    - a failing scope says ``NonFatalError(recoverable=False)``, then ``StreamEnd(success=False)``;
    - a ``Retract`` names events that have come;
    - ``ToolArgProgress``, ``ToolReady`` and ``ToolStart`` belong to a ``ToolCall`` with the same
      ``node_path`` and ``call_id``, which one ``ToolResult``, or a ``Retract`` of it, closes; when a
      scope ends with success no call of its ``node_path`` is open.

    The stream of a bare ``StreamingParser`` has no ``StreamStart`` and no ``StreamEnd``; at last
    comes the value, which is no event, or a ``NonFatalError(recoverable=False)``.

    Args:
        bare: the stream of a bare parser.

    >>> from pydantic_flow.streaming import Emitter
    >>> checker, run = GrammarChecker(), Emitter()
    >>> checker.accept(run.emit(StreamStart()))
    >>> checker.finish()
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.GrammarError: the stream stopped before the StreamEnd of run ()
    """

    def __init__(self, *, bare: bool = False) -> None:
        self._bare = bare
        self._count = 0
        self._run_id = ""
        self._indices: dict[tuple[tuple[str, ...], int], int] = {}
        self._last_of: dict[tuple[str, int], dict[tuple[str, ...], ProgressItem]] = {}
        self._open: dict[_Place, None] = {}
        self._root: _Place | None = None
        self._failing: set[tuple[str, ...]] = set()
        self._calls: dict[_Call, ToolCall] = {}
        self._over = ""

    def accept(self, item: Any) -> None:
        """Take the next event.

        Raises:
            GrammarError: it cannot come here.
        """
        if self._over:
            raise GrammarError(f"{_name(item)} came after {self._over}")
        if isinstance(item, ProgressItem):
            self._envelope(item)
            self._bare_order(item) if self._bare else self._run_order(item)
            self._count += 1
        elif self._bare:
            self._over = "the value"
        else:
            raise GrammarError(f"{_name(item)} is no event")

    def finish(self, *, closed: bool = False) -> None:
        """No more events come.

        Args:
            closed: the consumer left the stream, so it may stop anywhere.

        Raises:
            GrammarError: something is missing.
        """
        if closed or self._over:
            return
        if self._bare:
            raise GrammarError("the stream stopped before its value")
        if self._root is None:
            raise GrammarError("the stream is empty")
        path, scope = next(reversed(self._open))
        raise GrammarError(f"the stream stopped before the StreamEnd of {scope} {path!r}")

    def _envelope(self, item: ProgressItem) -> None:
        if item.seq != self._count:
            raise GrammarError(f"{_name(item)} has seq {item.seq}, not {self._count}")
        if self._count and item.run_id != self._run_id:
            raise GrammarError(f"{_name(item)} is of run {item.run_id!r}, not {self._run_id!r}")
        self._run_id = item.run_id
        source = item.node_path, item.attempt
        index = self._indices.get(source, 0)
        if item.index != index:
            raise GrammarError(f"{_name(item)} has index {item.index}, not {index}")
        self._indices[source] = index + 1
        if isinstance(item, Retract):
            self._retraction(item)
        self._last_of.setdefault((item.node_id, item.attempt), {})[item.node_path] = item

    def _retraction(self, item: Retract) -> None:
        named = self._last_of.get((item.target_node, item.target_attempt), {}).values()
        last = max((event.index for event in named if item.targets(event)), default=-1)
        if not 0 <= item.from_index <= item.to_index <= last:
            raise GrammarError(
                f"{_name(item)} withdraws {item.from_index} to {item.to_index} of {item.target_node!r}, "
                f"whose last event is {last}"
            )
        withdrawn = [call for call, opened in self._calls.items() if _in_range(item, opened)]
        for call in withdrawn:
            del self._calls[call]

    def _bare_order(self, item: ProgressItem) -> None:
        if isinstance(item, StreamStart | StreamEnd):
            raise GrammarError(f"{_name(item)} in the stream of a bare parser")
        if isinstance(item, NonFatalError) and not item.recoverable:
            self._over = "an error that is not recoverable"

    def _run_order(self, item: ProgressItem) -> None:
        if self._root is None and not isinstance(item, StreamStart):
            raise GrammarError(f"{_name(item)} came before StreamStart")
        if item.node_path in self._failing and not (isinstance(item, StreamEnd) and not item.success):
            raise GrammarError(f"{_name(item)} came after an error that is not recoverable")
        if isinstance(item, ToolCall | ToolArgProgress | ToolReady | ToolStart | ToolResult):
            self._tool(item)
        elif isinstance(item, StreamStart):
            self._start(item)
        elif isinstance(item, StreamEnd):
            self._end(item)
        elif isinstance(item, NonFatalError) and not item.recoverable:
            self._failing.add(item.node_path)

    def _start(self, item: StreamStart) -> None:
        place = item.node_path, item.scope
        if place in self._open:
            raise GrammarError(f"{_name(item)} of {item.scope} came twice")
        self._open[place] = None
        self._root = self._root or place

    def _tool(self, item: ToolCall | ToolArgProgress | ToolReady | ToolStart | ToolResult) -> None:
        call = item.node_path, item.call_id
        if isinstance(item, ToolCall):
            if call in self._calls:
                raise GrammarError(f"{_name(item)} of {item.call_id!r} came twice")
            self._calls[call] = item
        elif call not in self._calls:
            raise GrammarError(f"{_name(item)} of {item.call_id!r} without its ToolCall")
        elif isinstance(item, ToolResult):
            del self._calls[call]

    def _end(self, item: StreamEnd) -> None:
        place = item.node_path, item.scope
        if place not in self._open:
            raise GrammarError(f"{_name(item)} of {item.scope} without its StreamStart")
        if not item.success and item.node_path not in self._failing:
            raise GrammarError(f"{_name(item)} without success, but no error before it")
        if item.success and (open_calls := [call for path, call in self._calls if path == item.node_path]):
            raise GrammarError(f"{_name(item)}, but the call {open_calls[0]!r} has no ToolResult")
        self._failing.discard(item.node_path)
        del self._open[place]
        if place == self._root:
            if self._open:
                path, scope = next(iter(self._open))
                raise GrammarError(f"{_name(item)} of the run, but {scope} {path!r} has not ended")
            self._over = "the end of the run"


def check_grammar(events: Iterable[Any], *, bare: bool = False, closed: bool = False) -> None:
    """Check a whole stream; see :class:`GrammarChecker`.

    Args:
        events: in order of arrival.
        bare: the stream of a bare ``StreamingParser``.
        closed: its consumer left it, so it may stop anywhere.

    Raises:
        GrammarError: at the first event that cannot come, or for what is missing.

    >>> from pydantic_flow.streaming import StreamingParser
    >>> check_grammar(StreamingParser(list[int]).stream_parse(["[1, ", "2,]"]), bare=True)
    """
    checker = GrammarChecker(bare=bare)
    for item in events:
        checker.accept(item)
    checker.finish(closed=closed)


def _in_range(item: Retract, event: ProgressItem) -> bool:
    in_range = item.from_index <= event.index <= item.to_index
    return in_range and event.attempt == item.target_attempt and item.targets(event)


def _name(item: Any) -> str:
    if isinstance(item, ProgressItem):
        return f"{type(item).__name__} {item.seq} of {item.node_path!r}"
    return repr(type(item).__name__)
