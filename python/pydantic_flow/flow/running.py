"""One run of a flow.

Coming in: a plan and an input. Going out: ``StreamStart(scope="run")``, the events of all nodes, each as it
happens, and ``StreamEnd(scope="run")`` with the result; or an error, an end without success, and then the
exception. Inside another run there is no start and end of its own: those of its ``FlowNode`` are enough.
Decided elsewhere: who waits for whom (``graph.py``), what happens in a node (``nodes``), how streams are read
at once (``streaming.merge``).

A node begins when something led to it (an entry, the end of what it reads, an edge, a router) and nothing
that it waits for is running or about to. So no slow node holds back those that do not need it, and a node
runs once for what several lead to. Each node has a task, and is at most ``AHEAD`` events ahead of the reader;
one that needs no task is read straight where nothing runs beside it, since a task costs as much as all the
rest of a flow twice over.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import Context, ContextVar
from functools import partial
from time import perf_counter
from typing import Any

from ..errors import FlowError, FlowTimeoutError, NodeError, RecursionLimitError
from ..nodes.failure import failure_of, named, said
from ..nodes.feed import Feed
from ..nodes.scopes import OpenScopes
from ..nodes.typed import fitted
from ..streaming.emitter import Emitter
from ..streaming.events import PartialFields, Progress, StreamEnd, StreamStart
from ..streaming.item import ProgressItem
from ..streaming.merge import Merging
from ..streaming.preview import described, preview
from ..streaming.stream import Reading, Stream
from .config import RunConfig
from .display import show_beside
from .graph import Plan
from .observers import Observer, Watching
from .routing import State

AHEAD = 16
"""How many events a node may be ahead of the reader of the run."""

_RUN: ContextVar["FlowRun | None"] = ContextVar("the run that a node is in", default=None)


class FlowStream(Stream[ProgressItem]):
    """The events of one run of a flow; see :meth:`Flow.astream`."""

    def __init__(self, run: "FlowRun") -> None:
        super().__init__(run.events(), None)
        self._run = run
        self._shown: asyncio.Task[Any] | None = None

    def _ipython_display_(self) -> None:
        # The last line of a cell: notebooks have a loop that runs.
        self._shown = show_beside(self)

    @property
    def result(self) -> Any:
        """What the flow gave, when the stream is over.

        Raises:
            FlowError: it is not over, or the run failed.
        """
        return self._run.result

    @property
    def usage(self) -> dict[str, Any] | None:
        """What the nodes took so far, added up."""
        return self._run.usage


class FlowRun:
    """See the head of this file.

    Args:
        name: of the flow, for people.
        plan: what to do.
        output_type: what the result is.
        value: the input.
        config: the limits.
        observers: who watches.
        emitter: the source that this run is. One without an order of its own is that of a node in
            another run.
        trace_context: makes spans of the run and of each node.
    """

    def __init__(
        self,
        name: str,
        plan: Plan,
        output_type: Any,
        value: Any,
        config: RunConfig,
        observers: Iterable[Observer],
        emitter: Emitter,
        trace_context: Any = None,
    ) -> None:
        self._name = name
        self._trace_context = trace_context
        self._traced: Any = None
        self._plan = plan
        self._output_type = output_type
        self._value = value
        self._config = config
        self._observers = list(observers)
        self._emitter = emitter
        self._nested = not emitter.in_order
        self._emitters = emitter if self._nested else emitter.out_of_order()
        self._results: dict[str, Any] = {}
        self._active: dict[str, int] = {}
        self._pending: dict[str, int] = {}
        self._feeds: dict[tuple[str, int], Feed] = {}
        self._steps: deque[tuple[int, str]] = deque(maxlen=4 * config.recent_events_count)
        self._watchings: list[Watching] = []
        self._result: list[Any] = []
        self._merging: Merging[ProgressItem]
        self.usage: dict[str, Any] | None = None

    @property
    def result(self) -> Any:
        """What the run gave.

        Raises:
            FlowError: nothing yet.
        """
        if not self._result:
            raise FlowError("the run has no result: it is not over, or it failed")
        return self._result[0]

    # The stream.

    def events(self) -> AsyncGenerator[ProgressItem, None]:
        """Everything that happens."""
        return self._inside() if self._nested else self._alone()

    async def _alone(self) -> AsyncGenerator[ProgressItem, None]:
        """The events of a run of its own."""
        started = perf_counter()
        scopes = OpenScopes(self._emitter)
        order, note = self._emitter.order, scopes.note
        where = f"the run of {self._name!r}, given {described(self._value)}"
        error: Exception | None = None
        async with self._watched(self, None), self._span(self._name) as span:
            self._trace(span)
            yield self._told(StreamStart(scope="run", name=self._name, input_preview=preview(self._value)))
            try:
                async with Reading(self._in_time()) as items:
                    async for item in items:
                        order(item)
                        note(item)
                        if self._watchings:
                            self._tell(item)
                        yield item
            except (Exception, asyncio.CancelledError) as raised:
                error = named(raised, where)
            if error is not None:
                span.error = error
                kind = "timeout" if isinstance(error, FlowTimeoutError) else "cancelled"
                for item in scopes.cut_off(_why(error), kind=kind):
                    self._tell(item)
                    yield item
                yield self._told(failure_of(error, where))
            yield self._told(
                StreamEnd(
                    scope="run",
                    name=self._name,
                    result=None if error is not None else self.result,
                    result_preview=None if error is not None else preview(self.result),
                    success=error is None,
                    usage=self.usage,
                    duration_seconds=perf_counter() - started,
                )
            )
        if error is not None:
            raise error

    async def _inside(self) -> AsyncGenerator[ProgressItem, None]:
        """The events of a run inside another: those of the nodes, which that one puts in order."""
        outer = _RUN.get()
        if outer is not None and outer._emitter.run_id != self._emitter.run_id:
            outer = None  # nodes that are wired, and not in a flow: nobody else tells of their events
        watched = self._watched(outer or self, self._emitter.node_path)
        async with watched, Reading(self._in_time()) as items:
            async for item in items:
                if outer is None:
                    self._tell(item)
                yield item

    def _in_time(self) -> AsyncGenerator[ProgressItem, None]:
        """The events of the nodes, as long as the run may take."""
        seconds = self._config.timeout_seconds
        items = self._of_nodes()
        return items if seconds is None else _within(items, seconds, self._too_late, with_reader=True)

    async def _of_nodes(self) -> AsyncGenerator[ProgressItem, None]:
        """The events of the nodes, not yet in order.

        Raises:
            FlowError: a node failed, or the run came to a limit.
        """
        try:
            self._lead_to(self._plan.entries, 0)
            while begun := self._begin_ready():
                if self._can_go_straight(begun):
                    (name,) = begun
                    async with self._at_work(name) as items:
                        async for item in items:
                            yield item
                    for item in await self._ended(name):
                        yield item
                    continue
                async with Merging(ahead=AHEAD, fleeting=_is_fleeting) as self._merging:
                    self._begin_tasks(begun)
                    async for item in self._merging:
                        yield item
            self._result = [self._made_result()]
        except FlowError:
            raise
        except Exception as error:
            raise FlowError(f"Flow execution failed: {said(error)}") from error

    @asynccontextmanager
    async def _watched(self, run: "FlowRun", below: tuple[str, ...] | None) -> AsyncIterator[None]:
        """The observers of this flow see the events of a run, below a path."""
        if not self._observers:
            yield
            return
        watching = Watching(self._observers, below)
        run._watchings.append(watching)
        try:
            yield
        finally:
            await watching.end()
            run._watchings.remove(watching)

    @asynccontextmanager
    async def _span(self, name: str) -> AsyncIterator["_Span"]:
        """A span, where runs are traced, with what ends it."""
        span = _Span()
        if self._trace_context is None:
            yield span
            return
        span.traced = self._trace_context.begin(name, self._emitter.run_id)
        if self._traced is not None:  # that of a node, for whatever runs in it
            _enter(span.traced.context)
        left = True
        try:
            yield span
            left = False
        except Exception as error:
            span.error, left = error, False
            raise
        finally:
            span.traced.end(span.error, left)

    def _trace(self, span: "_Span") -> None:
        """Let the events of the run carry the ids of its span."""
        if span.traced is not None:
            self._traced = span.traced
            for emitter in (self._emitter, self._emitters):
                emitter.trace_id, emitter.span_id = span.traced.trace_id, span.traced.span_id

    def _told(self, item: ProgressItem) -> ProgressItem:
        stamped = self._emitter.emit(item)
        self._tell(stamped)
        return stamped

    def _tell(self, item: ProgressItem) -> None:
        for watching in self._watchings:
            watching.tell(item)

    # The nodes.

    def _lead_to(self, names: Iterable[str], step: int) -> None:
        """Something leads to these nodes."""
        for name in names:
            self._pending[name] = max(step, self._pending.get(name, 0))

    def _begin_ready(self) -> list[str]:
        """The nodes that wait for nobody any more; from now on they are active.

        Raises:
            RecursionLimitError: one has come too far.
        """
        begun: list[str] = []
        found = True
        while found:  # a node that begins can lead to those that read it live
            found = False
            for name in [name for name in self._plan.nodes if name in self._pending]:
                others = self._plan.above[name]
                if name in self._active or not others.isdisjoint(self._active.keys() | self._pending.keys()):
                    continue
                if not all((name, place) in self._feeds for place in self._plan.live_places[name]):
                    continue
                self._begin(name, self._pending.pop(name))
                begun.append(name)
                found = True
        return begun

    def _begin(self, name: str, step: int) -> None:
        if self._plan.routers and step >= self._config.max_steps:
            raise RecursionLimitError(self._too_many_steps(step))
        self._steps.append((step, name))
        self._active[name] = step
        readers = self._plan.live_readers(name)
        for reader, place in readers:
            self._feeds[reader, place] = Feed()
        self._lead_to((reader for reader, _ in readers), step)

    def _can_go_straight(self, begun: list[str]) -> bool:
        """Whether one begins that can be read right here: nothing runs beside it, nobody will read its events
        (also not one that waits for those of another, too), and it needs no task.
        """
        if len(begun) != 1 or self._traced is not None or self._plan.live_readers(begun[0]):
            return False
        return not self._plan.nodes[begun[0]].needs_task

    def _begin_tasks(self, names: Iterable[str]) -> None:
        for name in names:
            feeds = [self._feeds[reader] for reader in self._plan.live_readers(name)]
            self._merging.begin(self._in_task(name, feeds))

    async def _in_task(self, name: str, readers: list[Feed]) -> None:
        """One node beside others: its events are handed over."""
        if self._traced is not None:
            _enter(self._traced.context)
        _RUN.set(self)
        beside = partial(self._feed, name, readers) if readers else None
        async with self._at_work(name) as items:
            await self._merging.hand_over(items, beside)
        await self._merging.hand_over(await self._ended(name))
        if self._active:  # else whoever reads goes on
            self._begin_tasks(self._begin_ready())

    @asynccontextmanager
    async def _at_work(self, name: str) -> AsyncIterator[AsyncIterator[ProgressItem]]:
        """The events of one node, and in the end its result.

        Raises:
            FlowError: it failed, or came to a limit.
        """
        places = self._plan.live_places[name]
        feeds = [self._feeds.pop((name, place)) for place in places]
        stream = self._plan.nodes[name].stream(
            self._input_of(name, dict(zip(places, feeds, strict=True))), self._emitters.child(name)
        )
        limit = self._config.node_limit(name)
        late = f"node {name!r} exceeded its timeout of {limit or 0:g}s"
        in_time = stream if limit is None else _within(stream, limit, lambda: late)
        try:
            async with self._span(name), Reading(in_time) as items:
                yield items
        except FlowError:
            raise
        except Exception as error:
            raise FlowError(f"Flow execution failed in node {name!r}: {said(error)}") from error
        finally:
            for feed in feeds:
                feed.leave()
            self.usage = _added(self.usage, stream.usage)
        self._results.pop(name, None)  # so that the last to end is the last
        self._results[name] = stream.result

    async def _ended(self, name: str) -> list[ProgressItem]:
        """What a node leads to, now that it has ended, and what is to be said of that."""
        targets = await self._chosen(name)
        step = self._active.pop(name)
        self._lead_to([*self._plan.followers(name), *targets], step + 1)
        if name not in self._plan.routers or not self._config.trace_iterations:
            return []
        message = f"{name} leads to {', '.join(targets) or 'the end'}"
        return [self._emitters.child(name).emit(Progress(iteration=step, message=message))]

    async def _chosen(self, name: str) -> list[str]:
        """Where the routers of a node lead."""
        if name not in self._plan.routers:
            return []
        targets: list[str] = []
        begin = self._plan.begins_anyway.get(name, frozenset())
        for edge in self._plan.routers[name]:
            try:
                targets += await edge.choose(State(**self._results), self._plan.names, begin)
            except FlowError:
                raise
            except Exception as error:
                raise FlowError(f"Flow execution failed in the router of {name!r}: {said(error)}") from error
        return targets

    async def _feed(self, name: str, feeds: list[Feed], item: ProgressItem) -> None:
        """Hand an event of a node to those that read it live."""
        for feed in feeds:
            await feed.give(item)
            if _is_end(item, self._emitters.node_path, name):
                feed.end()

    # Values.

    def _input_of(self, name: str, feeds: Mapping[int, Feed]) -> Any:
        node = self._plan.nodes[name]
        values: list[Any] = []
        for place, source in enumerate(self._plan.reads[name]):
            if place in feeds:
                values.append(feeds[place])
            elif source in self._results:
                values.append(self._results[source])
            elif name in self._plan.entries:  # in the first round of a loop
                return self._value
            else:
                raise FlowError(
                    f"Input node {source} has not been executed, so node {name!r} has nothing to read: "
                    "no router led to it"
                )
        if values:
            return node.gather(values)
        if name in self._results:  # a loop came back
            with suppress(NodeError):
                return fitted(self._results[name], node.input_type, "")
        return self._value

    def _made_result(self) -> Any:
        """The result of the flow, of the results of its nodes.

        Raises:
            FlowError: it cannot be made.
        """
        candidates = self._plan.results
        if candidates is None:
            fields = self._output_type.model_fields
            wanted = {name: value for name, value in self._results.items() if name in fields}
            missing = [name for name, field in fields.items() if field.is_required() and name not in wanted]
            if missing:
                which, begun = (", ".join(map(repr, names)) for names in (missing, self._plan.entries))
                raise FlowError(
                    f"node {which}, whose result is a part of that of the flow, has not been executed: "
                    f"the run began with {begun}, and no router led there"
                )
            return self._output_type.model_validate(
                self._results if self._output_type.model_config.get("extra") == "allow" else wanted,
                by_alias=False,
                by_name=True,
            )
        given = [value for name, value in self._results.items() if name in candidates]
        if not given:
            which = " or ".join(map(repr, candidates))
            raise FlowError(f"node {which}, which gives the result of the flow, has not been executed")
        return fitted(given[-1], self._output_type, "the result of the flow")

    def _too_late(self) -> str:
        step = max(self._active.values(), default=0)
        running = ", ".join(map(repr, self._active))
        seconds = self._config.timeout_seconds or 0
        return f"Exceeded timeout of {seconds:g}s at iteration {step}{running and f', in {running}'}"

    def _too_many_steps(self, step: int) -> str:
        recent: dict[int, list[str]] = {}
        for number, name in self._steps:
            recent.setdefault(number, []).append(name)
        shown = [f"{number}: {', '.join(names)}" for number, names in recent.items()]
        return (
            f"Exceeded max_steps={self._config.max_steps} at iteration {step}. "
            f"Recent iterations: {'; '.join(shown[-self._config.recent_events_count :])}"
        )


class _Span:
    """A span, if there is one.

    Attributes:
        traced: a ``TracedRun`` of ``agents.tracing``.
        error: what went wrong in it.
    """

    traced: Any = None
    error: Exception | None = None


def _enter(context: Context) -> None:
    """Let the variables of a context hold in the task of now: that is how spans find what is above them."""
    for variable, value in context.items():
        if variable.get(None) is not value:
            variable.set(value)


async def _within(
    stream: AsyncIterable[ProgressItem],
    seconds: float,
    why: Callable[[], str],
    *,
    with_reader: bool = False,
) -> AsyncGenerator[ProgressItem, None]:
    """Events, until their time is over.

    Args:
        stream: is closed.
        seconds: how much time.
        why: what is said when it is over.
        with_reader: whether the time counts in which the reader is busy.

    Raises:
        FlowTimeoutError: it is over.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    async with Reading(stream) as items:
        while True:
            limit = asyncio.timeout_at(end)
            try:
                async with limit:
                    item = await anext(items)
            except StopAsyncIteration:
                return
            except TimeoutError:
                if not limit.expired():
                    raise
                raise FlowTimeoutError(why()) from None
            given = loop.time()
            yield item
            if not with_reader:
                end += loop.time() - given


def _is_fleeting(item: ProgressItem) -> bool:
    """Whether a parser knows more about an event only until it goes on."""
    return type(item) is PartialFields and not item.record.kept


def _is_end(item: ProgressItem, above: tuple[str, ...], name: str) -> bool:
    """Whether this is the end of that node."""
    return isinstance(item, StreamEnd) and item.scope == "node" and item.node_path == (*above, name)


def _added(usage: dict[str, Any] | None, more: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What nodes took, added up."""
    if not more:
        return usage
    so_far = usage or {}
    numbers = {key: value for key, value in more.items() if isinstance(value, int | float)}
    return {**so_far, **{key: so_far.get(key, 0) + value for key, value in numbers.items()}}


def _why(error: Exception) -> str:
    """Why the nodes that still ran were cut off."""
    return str(error) if isinstance(error, FlowTimeoutError) else "another node failed"
