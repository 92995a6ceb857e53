"""Flows: nodes that run together.

Coming in: nodes, edges, an input. Going out: a stream of everything that happens, and the result.
Decided elsewhere: whether a flow can run (``graph.py``), how it runs (``running.py``), what a node does
(``nodes``).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from ..errors import FlowError, FlowInputError, NodeError
from ..nodes.base import BaseNode
from ..nodes.typed import fitted, type_name
from ..streaming.emitter import Emitter
from ..streaming.preview import kind_of
from .config import RunConfig
from .graph import Plan, named, order, plan
from .mermaid import mermaid
from .observers import Observer, handler
from .routing import ConditionalEdge, Router
from .running import FlowRun, FlowStream

InputT = TypeVar("InputT")
OutputT = TypeVar("OutputT")


class Flow(Generic[InputT, OutputT]):
    """Nodes that run together, each as soon as what it waits for is there.

    A node reads what it is wired to (``b.input = a.output``), else the input of the flow. Edges order nodes
    that do not read each other; conditional edges choose where a run goes on, also back: a loop. A node that
    a loop comes back to, and that is wired to nothing, gets its own last result, if that fits its input
    type; one that is wired to a node of the loop gets the input of the flow in the first round.

    The result is an ``output_type`` made of the results of the nodes by their names, if that is a model
    whose required fields are all names of nodes; else the result of the one last node that gives it.

    Args:
        input_type: any type that pydantic validates.
        output_type: the same.
        name: for people.

    Attributes:
        nodes: what was added, in order.

    >>> import asyncio
    >>> from pydantic_flow.nodes import ToolNode
    >>> split = ToolNode(str.split, name="split")
    >>> count = ToolNode[list[str], int](len, input=split.output, name="count")
    >>> flow = Flow(input_type=str, output_type=int)
    >>> flow.add_nodes(split, count)
    >>> asyncio.run(flow.run("three short words"))
    3
    """

    def __init__(self, *, input_type: type[InputT], output_type: type[OutputT], name: str = "flow") -> None:
        self.input_type = input_type
        self.output_type = output_type
        self.name = name
        self.nodes: list[BaseNode[Any, Any]] = []
        self._edges: dict[str, list[str]] = {}
        self._conditional: list[ConditionalEdge] = []
        self._entries: list[str] | None = None
        self._observers: list[Observer] = []

    # Putting it together.

    def add_nodes(self, *nodes: BaseNode[Any, Any]) -> None:
        """Add nodes. One that is there already is not added again.

        Raises:
            TypeError: one is no node.
        """
        for node in nodes:
            if not isinstance(node, BaseNode):
                raise TypeError(f"add_nodes takes nodes, add_nodes(a, b), not {kind_of(node)}")
            if not any(node is other for other in self.nodes):
                self.nodes.append(node)

    def add_edge(self, from_node: str | BaseNode[Any, Any], to_node: str | BaseNode[Any, Any]) -> None:
        """Let a node begin after another, whether it reads it or not. Nodes are named, or given."""
        self._edges.setdefault(self._name_of(from_node), []).append(self._name_of(to_node))

    def add_edges(self, *edges: tuple[str | BaseNode[Any, Any], str | BaseNode[Any, Any]]) -> None:
        """``add_edge`` for several (from, to)."""
        for from_node, to_node in edges:
            self.add_edge(from_node, to_node)

    def add_conditional_edges(
        self,
        from_node: str | BaseNode[Any, Any],
        router: Router,
        mapping: Mapping[Any, str | BaseNode[Any, Any]] | None = None,
    ) -> None:
        """Let a router choose where the run goes on behind a node.

        What reads the output of this node then begins only when a router leads to it.

        Args:
            from_node: behind which node.
            router: gets the results so far as attributes of one object; see :data:`Router`. May be
                asynchronous.
            mapping: from what the router returns to nodes, named or given, or ``Route.END``. What it leads
                to, but for what this node itself needs, begins only when the router leads to it. Without one
                the router returns names, and may lead anywhere; annotated ``-> Literal[...]`` these are
                checked before the run, which changes nothing else.

        Raises:
            TypeError: there is no router to call, or the mapping is none.
        """
        if not callable(router):
            raise TypeError(f"a router is a function of the results so far, not {kind_of(router)}")
        if not (mapping is None or isinstance(mapping, Mapping)):
            raise TypeError(
                "a mapping leads from what the router returns to nodes, such as {True: 'publish'}, "
                f"and is not {kind_of(mapping)}"
            )
        named = None if mapping is None else {key: self._name_of(node) for key, node in mapping.items()}
        self._conditional.append(ConditionalEdge(self._name_of(from_node), router, named))

    def set_entry_nodes(self, *node_names: str) -> None:
        """Say which nodes a run begins with; by default those that wait for nobody.

        Raises:
            ValueError: no nodes, or unknown ones.
        """
        if not node_names:
            raise ValueError("Must specify at least one entry node")
        known = named(self.nodes)
        if unknown := sorted(set(node_names) - known.keys()):
            raise ValueError(f"Unknown entry nodes: {unknown}. There are {sorted(known)}")
        self._entries = list(node_names)

    def add_observer(self, observer: Observer) -> None:
        """Let somebody watch all runs: an object with ``on_progress(item)``, or a function.

        Asynchronous ones run in a task, others in a thread; neither can hurt or slow a run. One that
        falls behind by more than 1,024 events misses the oldest, and gets a ``Gap`` that says how many.

        Raises:
            TypeError: there is nothing to call.
        """
        handler(observer)
        self._observers.append(observer)

    # Looking at it.

    def plan(self) -> Plan:
        """How it would run.

        Raises:
            FlowError: it cannot; the message names the nodes.
        """
        return plan(
            self.nodes, self._edges, self._conditional, self._entries, self.input_type, self.output_type
        )

    def validate(self) -> bool:
        """Check that it can run.

        Raises:
            FlowError: as ``plan``.
        """
        self.plan()
        return True

    def get_execution_order(self) -> list[str]:
        """The names of the nodes, each behind those that it waits for."""
        return order(self.nodes, self._edges, self._conditional)

    def to_mermaid(self) -> str:
        """The flow as a Mermaid flowchart.

        >>> from pydantic_flow.nodes import ToolNode
        >>> flow = Flow(input_type=str, output_type=str)
        >>> flow.add_nodes(ToolNode(str.upper, name="shout"))
        >>> print(flow.to_mermaid())
        flowchart TD
            input(["str"])
            n0["shout"]
            output(["str"])
            input --> n0
            n0 --> output
        """
        return mermaid(self)

    def compile(self) -> "CompiledFlow[InputT, OutputT]":
        """The flow as it is now, checked once for many runs.

        Raises:
            FlowError: as ``plan``.
        """
        return CompiledFlow(self, self.plan())

    def __repr__(self) -> str:
        return f"Flow[{type_name(self.input_type)}, {type_name(self.output_type)}](nodes={len(self.nodes)})"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/vnd.mermaid": self.to_mermaid()}

    # Running it.

    def astream(
        self, inputs: InputT, config: RunConfig | None = None, *, trace_context: Any = None
    ) -> FlowStream:
        """Run it, and yield everything that happens, as it happens.

        ``StreamStart(scope="run")``, the events of all nodes with their ``node_id`` and ``node_path``,
        ``StreamEnd(scope="run")``. ``seq`` is the order in which they came;
        ``(node_path, attempt, index)`` is the same in every run. A slow reader slows the nodes; leaving
        the stream (``async with``, ``aclose()``) cancels them.

        Args:
            inputs: the input.
            config: limits of the run.
            trace_context: a :class:`~pydantic_flow.agents.tracing.TraceContext`: spans for the run and for
                each node, above those of the agents in them that have it, too.

        Raises:
            FlowError: the flow cannot run. While iterating: its run failed.
            FlowInputError: the input is not of its type.
        """
        return self.compile().astream(inputs, config, trace_context=trace_context)

    async def run(self, inputs: InputT, config: RunConfig | None = None) -> OutputT:
        """Run it as ``astream`` does, and give the result.

        Raises:
            FlowError: as ``astream``.
        """
        return await self.compile().invoke(inputs, config)

    def stream(self, inputs: Any, emitter: Emitter, config: RunConfig | None = None) -> FlowStream:
        """Run it as a part of something larger: as the source that ``emitter`` stands for."""
        return self.compile().stream(inputs, emitter, config)

    @property
    def observers(self) -> Iterable[Observer]:
        """Who watches."""
        return tuple(self._observers)

    def _name_of(self, node: str | BaseNode[Any, Any]) -> str:
        """The ``node_id`` of a node that is given, or named.

        Raises:
            FlowError: it is not in the flow.
        """
        if isinstance(node, str):
            return node
        for name, other in named(self.nodes).items():
            if node is other:
                return name
        raise FlowError(f"{node!r} is not in the flow: add it before its edges")


class CompiledFlow(Generic[InputT, OutputT]):
    """A flow that was checked, and can be run any number of times, also at once.

    Attributes:
        flow: whose plan it is; nodes and edges that are added to it later do not count.
    """

    def __init__(self, flow: Flow[InputT, OutputT], plan: Plan) -> None:
        self.flow = flow
        self.plan = plan

    def astream(
        self, inputs: InputT, config: RunConfig | None = None, *, trace_context: Any = None
    ) -> FlowStream:
        """As :meth:`Flow.astream`."""
        return self.stream(inputs, Emitter(), config, trace_context=trace_context)

    async def invoke(self, inputs: InputT, config: RunConfig | None = None) -> OutputT:
        """As :meth:`Flow.run`."""
        stream = self.astream(inputs, config)
        async with stream:
            async for _ in stream:
                pass
        result: OutputT = stream.result
        return result

    run = invoke

    def stream(
        self,
        inputs: Any,
        emitter: Emitter,
        config: RunConfig | None = None,
        *,
        trace_context: Any = None,
    ) -> FlowStream:
        """As :meth:`Flow.stream`."""
        flow = self.flow
        try:
            value = fitted(inputs, flow.input_type, "the input")
        except NodeError as error:
            wanted, given = type_name(flow.input_type), type(inputs).__name__
            raise FlowInputError(f"Input type mismatch: expected {wanted}, got {given}: {error}") from None
        config = RunConfig.model_validate(config or {})
        limits = config.node_timeout_seconds
        if isinstance(limits, dict) and (unknown := sorted(limits.keys() - self.plan.names)):
            raise FlowError(
                f"node_timeout_seconds has {', '.join(map(repr, unknown))}: there are no such nodes"
            )
        run = FlowRun(
            flow.name,
            self.plan,
            flow.output_type,
            value,
            config,
            flow.observers,
            emitter,
            trace_context,
        )
        return FlowStream(run)
