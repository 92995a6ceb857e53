"""What a node is: a step that streams, with an input and an output of known types.

Coming in: a value. Going out: ``StreamStart(scope="node")``, what happens, ``StreamEnd(scope="node")`` with
the result; or an error, an end without success, and then the exception.
Decided elsewhere: what happens in a node (each kind has its file), how wired nodes run together
(``wired.py``, flows), what fits a type (``typed.py``).

The contract, for who writes a node and for who runs nodes:

- **Writing a node.** Override ``events(input_data, run)``, an async generator of the events between start
  and end. Yield them as they are made, without an envelope: they are stamped as they pass. Set
  ``run.result`` before the end; without it, the result is that of the agent's run that they end with. To
  run something else inside (an agent, another node), give it ``run.emitter`` or
  ``run.emitter.child(name)`` and yield its events as they come: what is stamped stays as it is. Events of
  another node, which were read live, become those of this node (``PartialFields`` with what they had
  changed only if they were made with ``keep_changes``).
  Tidy up in ``finally``: leaving a stream closes the generator, cancelling cancels it.
  A class that overrides ``astream`` itself works too: its events are taken over into the run.
- **Running a node.** ``node.stream(value, emitter)`` runs this node alone on an input that is resolved, as
  the source that ``emitter`` stands for; the events come stamped, in the order in which they are handed
  over. The ``StreamEnd`` of the emitter's ``node_path`` with ``scope="node"`` has the result. Afterwards
  ``stream.emitter`` is that of the attempt that ran last: use it to run the node again (in a loop, its
  ``index`` goes on) or ``stream.emitter.retry()`` for a restart. One emitter, one stream at a time.
- **Functions.** ``ToolNode(function)`` makes a node of a function, plain or ``async``; its types come from
  the annotations unless brackets say them.
- **Types.** A value that enters or leaves a node fits ``input_type`` and ``output_type``: as it is if it has
  that type, else as pydantic reads it, else ``NodeError``.
- **Wiring.** ``node.sources`` are the outputs that a node reads, in order; none means that it reads the
  input of the run. ``node.gather(values)`` makes its input of their values. The value of a ``live`` source
  is an async iterator over the events of that node (``Feed``): the reader begins when that node begins.
- **Names.** ``node.name`` is the ``node_id`` of its events. Names that were not given may repeat within a
  run: ``node_ids`` (``wired.py``) tells them apart.
- **Leaving.** ``aclose()`` of a stream, or cancelling its reader, ends everything below it before it
  returns; there is no ``StreamEnd`` then. ``OpenScopes`` (``scopes.py``) writes the ends of what was cut off.
"""

import asyncio
from abc import ABC
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from ..errors import NodeError
from ..streaming.emitter import Emitter
from ..streaming.events import NonFatalError, StreamEnd, StreamStart
from ..streaming.item import ProgressItem
from ..streaming.preview import described, kind_of, preview
from ..streaming.stream import Reading, Stream
from .failure import failure_of, named
from .feed import Feed
from .typed import check_kind, fitted, type_arguments

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


@dataclass(frozen=True)
class NodeOutput(Generic[OutputT]):
    """A node's output, as another node's input: ``llm.input = retriever.output``.

    Attributes:
        node: whose output.
        live: the events of that node as they come, instead of its result.
    """

    node: "BaseNode[Any, OutputT]"
    live: bool = False

    @property
    def type_hint(self) -> Any:
        """The type of the output at run time."""
        return self.node.output_type


class NodeRun(Generic[OutputT]):
    """One run of a node, as the node sees it.

    Attributes:
        result: set by the node before its events end.
        usage: for the ``StreamEnd``, see there; set by the node if there is something to tell.
    """

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self.usage: dict[str, Any] | None = None
        self._results: list[OutputT] = []

    @property
    def emitter(self) -> Emitter:
        """Of this node in this run, and of the attempt that runs."""
        return self._emitter.latest

    @property
    def result(self) -> OutputT:
        """What the node gives.

        Raises:
            NodeError: nothing has been set.
        """
        if not self._results:
            raise NodeError(f"{self.emitter.node_id!r} ended without a result")
        return self._results[0]

    @result.setter
    def result(self, value: OutputT) -> None:
        self._results[:] = [value]

    def ended_with(self, last: ProgressItem | None) -> None:
        """Take the result of an agent's run for the node's, if the events end with it and none was set."""
        if self._results or not isinstance(last, StreamEnd) or not last.success:
            return
        if last.scope == "agent" and last.node_path == self.emitter.node_path:
            self._results = [last.result]
            self.usage = self.usage or last.usage


class NodeStream(Stream[ProgressItem], Generic[OutputT]):
    """The events of one run of one node; see :meth:`BaseNode.stream`."""

    def __init__(self, items: AsyncGenerator[ProgressItem, None], run: NodeRun[OutputT]) -> None:
        super().__init__(items, None)
        self._run = run

    @property
    def emitter(self) -> Emitter:
        """The emitter of the attempt that runs."""
        return self._run.emitter

    @property
    def result(self) -> OutputT:
        """What the node gave, when the stream is over.

        Raises:
            NodeError: it is not over, or the node failed.
        """
        return self._run.result

    @property
    def usage(self) -> dict[str, Any] | None:
        """What it took, if that is known; see ``StreamEnd.usage``."""
        return self._run.usage


class BaseNode(ABC, Generic[InputT, OutputT]):
    """The base of all nodes; see the head of this file for how to write one.

    Args:
        input: the output of another node; None to read the input of the run.
        name: the ``node_id`` of its events.
        run_id: for runs of this node on its own; by default each has a new one.

    Attributes:
        input: may be set later (``llm.input = retriever.output``).
        name: see above.
        run_id: see above.

    >>> from pydantic_flow.streaming import TokenChunk
    >>> class Shout(BaseNode[str, str]):
    ...     async def events(self, input_data, run):
    ...         for word in input_data.upper().split():
    ...             yield TokenChunk(text=word)
    ...         run.result = input_data.upper()
    >>> asyncio.run(Shout().run("so it is"))
    'SO IT IS'
    """

    def __init__(
        self, *, input: NodeOutput[Any] | None = None, name: str | None = None, run_id: str | None = None
    ) -> None:
        kind = type(self)
        if kind.astream is BaseNode.astream and kind.events is BaseNode.events:
            raise TypeError(f"{kind.__name__} has to override events() (or astream())")
        self.input = input
        self.named = name is not None
        self.name = name or self._default_name()
        self.run_id = run_id

    # What there is to know of a node.

    @property
    def output(self) -> NodeOutput[OutputT]:
        """Its result, as the input of other nodes."""
        return NodeOutput(self)

    @property
    def live_output(self) -> NodeOutput[Any]:
        """Its events as they come, as the input of a node that begins before this one ends."""
        return NodeOutput(self, live=True)

    @property
    def input_type(self) -> Any:
        """What it takes; ``Any`` where that is not said."""
        return type_arguments(getattr(self, "__orig_class__", type(self)), BaseNode)[0]

    @property
    def output_type(self) -> Any:
        """What it gives; ``Any`` where that is not said."""
        return type_arguments(getattr(self, "__orig_class__", type(self)), BaseNode)[1]

    @property
    def needs_task(self) -> bool:
        """Whether a flow has to read its stream in a task of its own.

        It has to unless a kind of node says otherwise: while ``events`` yields, it may be inside a time
        limit or a task group, or have set a context variable, and these belong to a task. A node that does
        its work in a task anyway, as an agent does, is read straight where nothing runs beside it.
        """
        return True

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        """The outputs that it reads, in order; none if it reads the input of the run.

        Raises:
            NodeError: it is wired to something that is no output of a node.
        """
        return () if self.input is None else (self._checked(self.input),)

    @property
    def dependencies(self) -> list["BaseNode[Any, Any]"]:
        """The nodes that it reads, each once."""
        return list(dict.fromkeys(source.node for source in self.sources))

    def gather(self, values: Sequence[Any]) -> Any:
        """Its input, made of the values of its sources."""
        (value,) = values
        return value

    def check_types(self) -> None:
        """See that values can be checked against its types.

        Raises:
            NodeError: they cannot.
        """
        if not any(source.live for source in self.sources):  # events, whatever they will lead to
            check_kind(self.input_type, f"the input of {self.name!r}")
        check_kind(self.output_type, f"the result of {self.name!r}")

    # Running it.

    def astream(self, input_data: InputT) -> Stream[ProgressItem]:
        """Run it, and the nodes that it reads, and yield everything that happens.

        Without sources: the events of this node. With sources: a run (``scope="run"``) of all nodes
        that lead here, each as soon as what it reads is there; ``input_data`` goes to those without
        sources.

        Raises:
            Exception: while iterating, whatever a node raises.
        """
        if self._is_resolved(input_data):
            self.check_types()
            run: NodeRun[OutputT] = NodeRun(self._own_emitter())
            return NodeStream(self._run_through(input_data, run, adopt=False), run)
        from .wired import stream_wired

        return stream_wired(self, input_data, Emitter(self.run_id))

    async def run(self, input_data: InputT) -> OutputT:
        """Run it as ``astream`` does, and give the result.

        Raises:
            Exception: whatever a node raises.
        """
        if self._is_resolved(input_data):
            self.check_types()
            stream: Stream[ProgressItem] = self.stream(input_data)
        else:
            from .wired import stream_wired

            stream = stream_wired(self, input_data, Emitter(self.run_id))
        end: Any = None
        async with stream as items:
            async for item in items:
                end = item
        result: OutputT = end.result
        return result

    def stream(self, input_data: InputT, emitter: Emitter | None = None) -> NodeStream[OutputT]:
        """Run this node alone, as a part of something larger.

        Args:
            input_data: what ``gather`` gave, or the input of the run.
            emitter: of this node in that run.
        """
        adopt = type(self).astream is not BaseNode.astream
        run: NodeRun[OutputT] = NodeRun(emitter or self._own_emitter())
        return NodeStream(self._run_through(input_data, run, adopt), run)

    def events(self, input_data: InputT, run: NodeRun[OutputT]) -> AsyncIterator[ProgressItem]:
        """What happens between start and end: for kinds of nodes to override."""
        raise NotImplementedError

    def _runs_as(self, kind: "type[BaseNode[Any, Any]]") -> bool:
        """Whether no class below this kind has changed how it runs."""
        own = type(self)
        return own.events is kind.events and own.astream is kind.astream

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"

    # How it is done.

    async def _run_through(
        self, input_data: Any, run: NodeRun[OutputT], adopt: bool
    ) -> AsyncGenerator[ProgressItem, None]:
        started = perf_counter()
        error: Exception | None = None
        failure: NonFatalError | None = None
        item: ProgressItem | None = None
        yield run.emitter.emit(StreamStart(scope="node", name=self.name, input_preview=preview(input_data)))
        path, run_id = run.emitter.node_path, run.emitter.run_id
        try:
            value = self._fitted(input_data)
            happening = adopted(self.astream(value), self, run) if adopt else self.events(value, run)
            async with Reading(happening) as items:
                async for item in items:
                    if not item.run_id:
                        item = run.emitter.emit(item)  # noqa: PLW2901 (the same event)
                    elif item.node_path is not path and item.run_id == run_id and not _is_below(item, path):
                        item = run.emitter.emit(replace(item, run_id=""))  # noqa: PLW2901
                    yield item
            run.ended_with(item)
            run.result = fitted(run.result, self.output_type, f"the result of {self.name!r}")
        except (Exception, asyncio.CancelledError) as raised:
            where = f"node {self.name!r}, given {described(input_data)}"
            error = named(raised, where)
            if not _said(item, run.emitter):
                failure = failure_of(error, where)
        if failure is not None:
            yield run.emitter.emit(failure)
        yield run.emitter.emit(
            StreamEnd(
                scope="node",
                name=self.name,
                result=None if error is not None else run.result,
                result_preview=None if error is not None else preview(run.result),
                success=error is None,
                usage=run.usage,
                duration_seconds=perf_counter() - started,
            )
        )
        if error is not None:
            raise error

    def _fitted(self, input_data: Any) -> Any:
        # A live input is a stream of events, whatever they will lead to.
        live = isinstance(input_data, Feed)
        return fitted(input_data, Any if live else self.input_type, f"the input of {self.name!r}")

    def _is_resolved(self, input_data: Any) -> bool:
        """Whether this is the input of the node itself, not that of the nodes which it reads."""
        return not self.sources

    def _own_emitter(self) -> Emitter:
        return Emitter(self.run_id).child(self.name)

    def _default_name(self) -> str:
        return type(self).__name__.removesuffix("Node").lower() or "node"

    def _checked(self, source: Any) -> NodeOutput[Any]:
        if isinstance(source, NodeOutput):
            return source
        hint = ": use its .output" if isinstance(source, BaseNode) else ""
        raise NodeError(f"the input of {self.name!r} is {kind_of(source)}, no output of a node{hint}")


async def adopted(
    stream: AsyncIterable[Any], node: BaseNode[Any, Any], run: NodeRun[Any]
) -> AsyncGenerator[ProgressItem, None]:
    """The events of a stream that knows nothing of this run, as events of this run.

    Its start and end become those of the node. The events of other nodes that it forwards keep their names.

    Raises:
        NodeError: something in it is no event, or it has no end.
    """
    others: dict[tuple[tuple[str, ...], int], Emitter] = {}
    ended = False
    async with Reading(stream) as items:
        async for item in items:
            if not isinstance(item, ProgressItem):
                raise NodeError(f"{node.name!r} yielded {kind_of(item)}, which is no event")
            if item.node_id not in ("", node.name):
                source = item.node_path or (item.node_id,), item.attempt
                if source not in others:
                    below = run.emitter.child(item.node_id)
                    others[source] = below if below.attempt >= item.attempt else below.retry(item.attempt)
                yield others[source].emit(replace(item, run_id=""))
            elif isinstance(item, StreamEnd):
                ended = True
                run.result, run.usage = _result_of(item, node), item.usage
            elif not isinstance(item, StreamStart):
                yield replace(item, run_id="")
    if not ended:
        raise NodeError(f"{node.name!r} ended without a StreamEnd, so without a result")


def _result_of(end: StreamEnd, node: BaseNode[Any, Any]) -> Any:
    """The result, or what a preview in its place says it is."""
    if end.result is not None or end.result_preview is None:
        return end.result
    match end.result_preview:
        case {"value": value, **others} if not others and node.output_type is not Any:
            try:
                return fitted(value, node.output_type, "")
            except NodeError:
                pass  # then it is a member of that name
    return end.result_preview


def _is_below(item: ProgressItem, path: tuple[str, ...]) -> bool:
    return item.node_path[: len(path)] == path


def _said(item: ProgressItem | None, emitter: Emitter) -> bool:
    """Whether the last event has said already that this node fails."""
    return isinstance(item, NonFatalError) and not item.recoverable and item.node_path == emitter.node_path


NodeWithInput = BaseNode
"""Other name of :class:`BaseNode`: every node can be wired to another."""
