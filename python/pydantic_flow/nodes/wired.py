"""Runs a node together with the nodes that it reads.

Coming in: a node with sources, and the input of the run. Going out: ``StreamStart(scope="run")``, the
events of all nodes that lead to it, each begun as soon as what it reads is there, and
``StreamEnd(scope="run")`` with the result of that node. When one fails, the others are closed.
Decided elsewhere: one node (``base.py``); routes, loops, limits and observers (flows).
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from graphlib import CycleError, TopologicalSorter
from time import perf_counter
from typing import Any

from ..errors import NodeError
from ..streaming.emitter import Emitter
from ..streaming.events import StreamEnd, StreamStart
from ..streaming.item import ProgressItem
from ..streaming.merge import Merging
from ..streaming.preview import described, preview
from ..streaming.stream import Reading, Stream
from .base import BaseNode, NodeOutput
from .failure import failure_of, named
from .feed import Feed
from .scopes import OpenScopes

Node = BaseNode[Any, Any]


def stream_wired(target: Node, input_data: Any, emitter: Emitter) -> Stream[ProgressItem]:
    """The run of a node and of all that lead to it.

    Raises:
        NodeError: the nodes go round in a circle, or values cannot be checked against a type. While
            iterating: two nodes have the same name.
    """
    nodes = in_order(target)
    for node in nodes:
        node.check_types()
    return Stream(_run(target, nodes, input_data, emitter), None)


async def _run(
    target: Node, nodes: list[Node], input_data: Any, emitter: Emitter
) -> AsyncGenerator[ProgressItem, None]:
    started = perf_counter()
    where = f"the run of {target.name!r}, given {described(input_data)}"
    scopes = OpenScopes(emitter)
    order, note = emitter.order, scopes.note
    error: Exception | None = None
    result: Any = None
    yield emitter.emit(StreamStart(scope="run", name=target.name, input_preview=preview(input_data)))
    try:
        wired = _Wired(nodes, input_data, emitter)
        async with Reading(wired.events()) as happening:
            async for item in happening:
                order(item)
                note(item)
                yield item
        result = wired.results[target]
    except (Exception, asyncio.CancelledError) as raised:
        error = named(raised, where)
    if error is not None:
        for item in scopes.cut_off("another node failed"):
            yield item
        yield emitter.emit(failure_of(error, where))
    yield emitter.emit(
        StreamEnd(
            scope="run",
            name=target.name,
            result=result,
            result_preview=preview(result),
            success=error is None,
            duration_seconds=perf_counter() - started,
        )
    )
    if error is not None:
        raise error


def in_order(*targets: Node) -> list[Node]:
    """The nodes and all that lead to them, each after those that it reads.

    Raises:
        NodeError: they go round in a circle.

    >>> from pydantic_flow.nodes import ToolNode
    >>> first = ToolNode(str.strip, name="first")
    >>> second = ToolNode(str.upper, input=first.output, name="second")
    >>> in_order(second)
    [ToolNode(name='first'), ToolNode(name='second')]
    """
    reads: dict[Node, list[Node]] = {}
    waiting = list(reversed(targets))
    while waiting:
        node = waiting.pop()
        if node not in reads:
            reads[node] = node.dependencies
            waiting.extend(reversed(reads[node]))
    try:
        return list(TopologicalSorter(reads).static_order())
    except CycleError as error:
        circle = " <- ".join(repr(node.name) for node in error.args[1])
        raise NodeError(f"nodes that read each other in a circle: {circle}") from None


def node_ids(nodes: Iterable[Node]) -> dict[Node, str]:
    """The ``node_id`` of each node in a run: its name, numbered where names that nobody gave repeat.

    Raises:
        NodeError: a name that was given repeats.
    """
    ids: dict[Node, str] = {}
    taken: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda node: not node.named):
        name, number = node.name, 1
        while name in taken:
            if node.named:
                raise NodeError(f"two nodes are named {name!r}: {taken[name]!r} and {node!r}")
            number += 1
            name = f"{node.name}_{number}"
        taken[name] = node
        ids[node] = name
    return ids


class _Wired:
    """What is known of a run while it runs: who has begun, and what they gave."""

    def __init__(self, nodes: list[Node], input_data: Any, emitter: Emitter) -> None:
        self._input = input_data
        below = emitter.out_of_order()
        self._emitters = {node: below.child(node_id) for node, node_id in node_ids(nodes).items()}
        self._waiting = dict.fromkeys(nodes)
        self._running: set[Node] = set()
        self._merging: Merging[ProgressItem]
        self.results: dict[Node, Any] = {}
        self._readers: dict[Node, list[Feed]] = {}
        self._feeds: dict[tuple[Node, int], Feed] = {}
        for node in nodes:
            for place, source in enumerate(node.sources):
                if source.live:
                    feed = self._feeds[node, place] = Feed()
                    self._readers.setdefault(source.node, []).append(feed)

    async def events(self) -> AsyncGenerator[ProgressItem, None]:
        """The events of all nodes. One that runs alone needs no task."""
        while ready := self._take_ready():
            if len(ready) == 1 and ready[0] not in self._readers:
                async with self._at_work(ready[0]) as items:
                    async for item in items:
                        yield item
                continue
            async with Merging[ProgressItem]() as self._merging:
                self._begin(ready)
                async for item in self._merging:
                    yield item

    @asynccontextmanager
    async def _at_work(self, node: Node) -> AsyncIterator[AsyncIterator[ProgressItem]]:
        """The events of one node, and in the end its result."""
        stream = node.stream(self._input_of(node), self._emitters[node])
        try:
            async with Reading(stream) as items:
                yield items
            self.results[node] = stream.result
        finally:
            for place in range(len(node.sources)):
                if (feed := self._feeds.get((node, place))) is not None:
                    feed.leave()

    def _begin(self, nodes: list[Node]) -> None:
        for node in nodes:
            self._running.add(node)
            self._merging.begin(self._in_task(node))

    async def _in_task(self, node: Node) -> None:
        """One node beside others, and then those that waited for it."""
        beside = partial(self._feed, node) if node in self._readers else None
        async with self._at_work(node) as items:
            await self._merging.hand_over(items, beside)
        self._running.discard(node)
        if self._running:  # else whoever reads goes on
            self._begin(self._take_ready())

    def _take_ready(self) -> list[Node]:
        """The nodes whose sources are there, and which have not begun."""
        ready: list[Node] = []
        for node in list(self._waiting):
            if all(self._is_there(source) for source in node.sources):
                del self._waiting[node]
                ready.append(node)
        return ready

    def _is_there(self, source: NodeOutput[Any]) -> bool:
        return source.node not in self._waiting if source.live else source.node in self.results

    def _input_of(self, node: Node) -> Any:
        sources = node.sources
        if not sources:
            return self._input
        values = [
            self._feeds[node, place] if source.live else self.results[source.node]
            for place, source in enumerate(sources)
        ]
        return node.gather(values)

    async def _feed(self, node: Node, item: ProgressItem) -> None:
        """Hand an event of a node to those that read it live."""
        over = (
            isinstance(item, StreamEnd)
            and item.scope == "node"
            and item.node_path == self._emitters[node].node_path
        )
        for feed in self._readers[node]:
            await feed.give(item)
            if over:
                feed.end()
