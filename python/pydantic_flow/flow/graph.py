"""Who waits for whom in a flow, and whether it can run at all.

Coming in: nodes, edges, the types of the flow. Going out: a frozen plan, or an error that names the nodes.
Decided elsewhere: what a node reads (``nodes``), how a plan is carried out (``running.py``).

Node *b* waits for node *a* if it reads its output, if an edge leads from *a* to *b*, or if a router may lead
from *a* to *b* (known from its mapping or its annotation) and not back. A router that leads back makes a
loop: it is what ends the loop, so nobody waits for it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..errors import CyclicDependencyError, FlowError, NodeError
from ..nodes.base import BaseNode
from ..nodes.wired import node_ids
from .routing import ConditionalEdge, Route
from .types import cannot_fit, result_fields, type_name

Node = BaseNode[Any, Any]
Edges = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """A flow that can run. Nodes are named by their ``node_id``.

    Attributes:
        nodes: all nodes, each behind those that it waits for.
        reads: whose output a node reads, in order.
        live: whose events it reads while they come.
        edges: where its static edges lead.
        routers: its conditional edges.
        entries: the nodes that a run begins with.
        given_entries: whether the user said so.
        above: who a node waits for, directly or not.
        result: ``None`` if the result is made of the results of all nodes by name, else whose it is.
    """

    nodes: Mapping[str, Node]
    reads: Mapping[str, Sequence[str]]
    live: Mapping[str, frozenset[str]]
    edges: Edges
    routers: Mapping[str, Sequence[ConditionalEdge]]
    entries: Sequence[str]
    given_entries: bool
    above: Mapping[str, frozenset[str]]
    result: str | None

    @cached_property
    def names(self) -> frozenset[str]:
        """The ``node_id`` of every node."""
        return frozenset(self.nodes)

    @cached_property
    def routed(self) -> frozenset[str]:
        """The nodes that run only when a router says so."""
        edges = (edge for edges in self.routers.values() for edge in edges)
        return frozenset(target for edge in edges for target in (edge.targets or {}).values())

    def followers(self, name: str) -> Iterator[str]:
        """The nodes that the end of a node leads to by itself, without its routers."""
        yield from self.edges.get(name, ())
        if name not in self.routers:  # what comes behind a router is for the router to say
            yield from (
                reader for reader in self._readers.get(name, ()) if reader not in self.routed
            )

    @cached_property
    def _readers(self) -> Mapping[str, Sequence[str]]:
        return {
            name: [reader for reader, sources in self.reads.items() if name in sources] for name in self.nodes
        }


def plan(
    nodes: Sequence[Node],
    edges: Edges,
    conditional: Sequence[ConditionalEdge],
    entries: Sequence[str] | None,
    input_type: Any,
    output_type: Any,
) -> Plan:
    """The plan of a flow.

    Raises:
        FlowError: it cannot run; the message names the nodes.
    """
    by_name = named(nodes)
    reads = {name: list(_sources(name, node, by_name)) for name, node in by_name.items()}
    routers: dict[str, list[ConditionalEdge]] = {}
    for edge in conditional:
        routers.setdefault(edge.source, []).append(edge)
    _check_names(by_name, edges, conditional, entries)
    above, order = _waits(by_name, reads, edges, routers)
    ordered = {name: by_name[name] for name in order}
    draft = Plan(
        nodes=ordered,
        reads=reads,
        live={name: frozenset(_live(node, by_name)) for name, node in by_name.items()},
        edges=edges,
        routers=routers,
        entries=(),
        given_entries=entries is not None,
        above=above,
        result=None,
    )
    begins = list(entries) if entries is not None else _entries(draft, above)
    done = Plan(**{**vars_of(draft), "entries": begins, "result": _result(draft, output_type)})
    _check_reach(done)
    _check_types(done, input_type)
    return done


def vars_of(plan: Plan) -> dict[str, Any]:
    """The fields of a plan."""
    return {name: getattr(plan, name) for name in Plan.__dataclass_fields__}


def named(nodes: Iterable[Node]) -> dict[str, Node]:
    """The nodes by their ``node_id``.

    Raises:
        FlowError: two have the same name.
    """
    nodes = list(nodes)
    try:
        ids = node_ids(nodes)
    except NodeError as error:
        raise FlowError(str(error)) from None
    return {ids[node]: node for node in nodes}


def _sources(name: str, node: Node, by_name: Mapping[str, Node]) -> Iterator[str]:
    """Whose output a node reads."""
    ids = {source: source_name for source_name, source in by_name.items()}
    for source in node.sources:
        if source.node not in ids:
            raise FlowError(
                f"node {name!r} cannot run: it reads {source.node.name!r}. "
                f"Input node {source.node.name} has not been executed, because it is not in the flow: add it"
            )
        yield ids[source.node]


def _live(node: Node, by_name: Mapping[str, Node]) -> Iterator[str]:
    ids = {source: name for name, source in by_name.items()}
    return (ids[source.node] for source in node.sources if source.live)


def _check_names(
    by_name: Mapping[str, Node],
    edges: Edges,
    conditional: Sequence[ConditionalEdge],
    entries: Sequence[str] | None,
) -> None:
    """Every edge begins and ends at a node."""
    said = [(source, "an edge from") for source in edges]
    said += [(target, f"an edge from {source!r} to") for source, targets in edges.items() for target in targets]
    said += [(edge.source, "a conditional edge from") for edge in conditional]
    said += [(name, "an entry node") for name in entries or ()]
    for edge in conditional:
        what = f"a conditional edge from {edge.source!r} to"
        said += [(name, what) for name in (edge.targets or {}).values() if name != Route.END]
    for name, what in said:
        if name not in by_name:
            raise FlowError(f"{what} {name!r}: there is no such node; there are {', '.join(sorted(by_name))}")


def _waits(
    by_name: Mapping[str, Node],
    reads: Mapping[str, Sequence[str]],
    edges: Edges,
    routers: Mapping[str, Sequence[ConditionalEdge]],
) -> tuple[dict[str, frozenset[str]], list[str]]:
    """Who each node waits for, and all of them in order.

    Raises:
        CyclicDependencyError: they wait for each other.
    """
    before = {name: {*reads[name]} for name in by_name}
    for source, targets in edges.items():
        for target in targets:
            before[target].add(source)
    routed = [
        (source, target)
        for source, conditional in routers.items()
        for edge in conditional
        for target in (edge.targets or {}).values()
        if target != Route.END
    ]
    # A reading that closes a circle through a router is a loop: what is read is the result of the round before.
    whole = {name: set(waits) for name, waits in before.items()}
    for source, target in routed:
        whole[target].add(source)
    reach = {name: _reached(name, whole) for name in by_name}
    for source, target in routed:
        if target not in reach[source] and target != source:
            before[target].add(source)
    order, above = [], {}
    for name in by_name:
        _visit(name, before, (), order, above, by_name)
    return above, order


def _reached(name: str, before: Mapping[str, set[str]]) -> set[str]:
    """Everything that a node waits for, itself included if it goes round in a circle."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in before[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _visit(
    name: str,
    before: Mapping[str, set[str]],
    way: tuple[str, ...],
    order: list[str],
    above: dict[str, frozenset[str]],
    by_name: Mapping[str, Node],
) -> None:
    """A depth-first walk, without recursion on deep flows."""
    stack: list[tuple[str, Iterator[str]]] = []
    on_way: dict[str, None] = {}

    def enter(node: str) -> None:
        on_way[node] = None
        stack.append((node, iter([other for other in by_name if other in before[node]])))

    if name in above:
        return
    enter(name)
    while stack:
        node, waits = stack[-1]
        other = next(waits, None)
        if other is None:
            stack.pop()
            del on_way[node]
            above[node] = frozenset().union(before[node], *(above[one] for one in before[node]))
            order.append(node)
        elif other in on_way:
            circle = [*on_way][[*on_way].index(other) :]
            shown = " -> ".join(reversed([*circle, circle[0]]))
            raise CyclicDependencyError(
                f"Cyclic dependency detected: {shown}. A loop needs a conditional edge that ends it"
            )
        elif other not in above:
            enter(other)


def _entries(draft: Plan, above: Mapping[str, frozenset[str]]) -> list[str]:
    """The nodes that wait for nobody, and that no router leads to."""
    first = [name for name in draft.nodes if not above[name]]
    return [name for name in first if name not in draft.routed] or first


def _result(draft: Plan, output_type: Any) -> str | None:
    """Whose result is that of the flow; None if it is made of all by name.

    Raises:
        FlowError: no node gives what the flow should give.
    """
    needed = result_fields(output_type)
    if needed is not None and needed <= draft.names:
        return None
    last = [name for name in draft.nodes if not [*draft.followers(name)]] or [*draft.nodes]
    exact = [name for name in last if draft.nodes[name].output_type == output_type]
    fitting = exact or [name for name in last if not cannot_fit(draft.nodes[name].output_type, output_type)]
    if len(fitting) == 1:
        return fitting[0]
    if needed is None:
        what = f"{len(fitting)} of its last nodes could" if fitting else "none of its last nodes does"
        raise FlowError(
            f"the flow gives {type_name(output_type)}, and {what}: {', '.join(map(repr, last)) or 'there are no nodes'}"
        )
    missing = ", ".join(map(repr, sorted(needed - draft.names)))
    raise FlowError(
        f"the flow gives {type_name(output_type)}, which needs {missing}: there are no nodes of these names, "
        f"and no single last node gives it; there are {', '.join(map(repr, draft.nodes)) or 'no nodes'}"
    )


def _check_reach(done: Plan) -> None:
    """Every node can run, as far as that can be known before routers are asked."""
    if any(edge.targets is None for edges in done.routers.values() for edge in edges):
        return
    found = set(done.entries)
    waiting = list(done.entries)
    while waiting:
        name = waiting.pop()
        routed = [target for edge in done.routers.get(name, ()) for target in (edge.targets or {}).values()]
        for other in [*done.followers(name), *routed]:
            if other not in found and other != Route.END:
                found.add(other)
                waiting.append(other)
    lost = [name for name in done.nodes if name not in found]
    if lost:
        raise FlowError(
            f"nothing leads to {', '.join(map(repr, lost))} from the entry nodes "
            f"{', '.join(map(repr, done.entries))}: what is read from a node with conditional edges runs when "
            "one of them leads to it"
        )


def _check_types(done: Plan, input_type: Any) -> None:
    """What a node reads can be what it takes."""
    for name, node in done.nodes.items():
        sources = node.sources
        if not sources and name in done.entries and cannot_fit(input_type, node.input_type):
            raise FlowError(
                f"node {name!r} takes {type_name(node.input_type)}, and the input of the flow is "
                f"{type_name(input_type)}: wire its input to a node"
            )
        if len(sources) == 1 and not sources[0].live and cannot_fit(sources[0].type_hint, node.input_type):
            raise FlowError(
                f"node {name!r} takes {type_name(node.input_type)}, and {done.reads[name][0]!r}, which it reads, "
                f"gives {type_name(sources[0].type_hint)}"
            )
