"""Who waits for whom in a flow, and whether it can run at all.

Coming in: nodes, edges, the types of the flow. Going out: a frozen plan, or an error that names the nodes.
Decided elsewhere: what a node reads (``nodes``), how a plan is carried out (``running.py``).

Node *b* waits for node *a* if it reads its output, if an edge leads from *a* to *b*, or if a router may lead
from *a* to *b*. Where a router leads back, nobody waits for it: it is what ends the loop; and who reads the
node of that router reads what the round before gave.

What runs depends on the mapping of a router: what that leads to begins only when the router says so. A router
without one may lead anywhere, and holds back nothing that begins by itself. An annotation (``Literal``)
changes nothing of that; it is for errors before the run, and for charts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, get_args, get_origin

from ..errors import CyclicDependencyError, FlowError, NodeError
from ..nodes.base import BaseNode
from ..nodes.typed import check_kind, type_name
from ..nodes.wired import node_ids
from .routing import ConditionalEdge, Route, begins_by_itself
from .types import cannot_fit, result_fields

Node = BaseNode[Any, Any]
Edges = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """A flow that can run. Nodes are named by their ``node_id``.

    Attributes:
        nodes: all nodes, each behind those that it waits for.
        reads: whose output a node reads, in order.
        needs: those of them that must be there in the first round, too.
        live: those of them whose events it reads while they come.
        edges: where its static edges lead.
        routers: its conditional edges.
        entries: the nodes that a run begins with.
        above: who a node waits for, directly or not; what it reads live is not among them.
        results: None if the result is made of the results of all nodes by name, else the nodes that give
            it: one, or with routers several, of which the last to end counts.
    """

    nodes: Mapping[str, Node]
    reads: Mapping[str, Sequence[str]]
    needs: Mapping[str, Sequence[str]]
    live: Mapping[str, frozenset[str]]
    edges: Edges
    routers: Mapping[str, Sequence[ConditionalEdge]]
    entries: Sequence[str]
    above: Mapping[str, frozenset[str]]
    results: Sequence[str] | None

    @cached_property
    def names(self) -> frozenset[str]:
        """The ``node_id`` of every node."""
        return frozenset(self.nodes)

    @cached_property
    def routed(self) -> frozenset[str]:
        """The nodes that begin only when a router says so: where mappings lead, and not back."""
        return frozenset(
            target
            for source, conditional in self.routers.items()
            for target in _led_to(conditional) - {source} - _reached(source, self.needs)
        )

    @cached_property
    def begins_anyway(self) -> Mapping[str, frozenset[str]]:
        """For each node whose router has no mapping: what is beside it and begins by what it reads, so that
        the router leads there too late.
        """
        waits = _with_edges(self.reads, self.edges)
        return {
            source: self._read_beside({source} | _reached(source, waits)) for source in _open(self.routers)
        }

    def _read_beside(self, before: set[str]) -> frozenset[str]:
        return frozenset(
            reader
            for name in self.nodes
            for reader in self.followers(name)
            if reader not in before and reader not in self.edges.get(name, ())
        )

    def live_readers(self, name: str) -> Sequence[tuple[str, int]]:
        """The nodes that read the events of a node while they come, and at which of their places."""
        return self._live_readers.get(name, ())

    @cached_property
    def live_places(self) -> Mapping[str, Sequence[int]]:
        """At which of its places each node reads events while they come."""
        return {
            name: [place for place, source in enumerate(node.sources) if source.live]
            for name, node in self.nodes.items()
        }

    @cached_property
    def _live_readers(self) -> Mapping[str, Sequence[tuple[str, int]]]:
        readers: dict[str, list[tuple[str, int]]] = {}
        for reader, places in self.live_places.items():
            for place in places:
                readers.setdefault(self.reads[reader][place], []).append((reader, place))
        return readers

    @cached_property
    def last(self) -> Sequence[str]:
        """The nodes that a path can end with."""
        return [name for name in self.nodes if self._may_be_last(name)]

    def _may_be_last(self, name: str) -> bool:
        if [*self.followers(name)] or self.live_readers(name):
            return False
        edges = self.routers.get(name, ())
        return not edges or any(edge.mapping is None or Route.END in edge.mapping.values() for edge in edges)

    def followers(self, name: str) -> Iterator[str]:
        """The nodes that the end of a node leads to by itself, without its routers."""
        yield from self.edges.get(name, ())
        if name not in self.routers:  # what comes behind a router is for the router to say
            yield from (reader for reader in self._readers.get(name, ()) if reader not in self.routed)

    @cached_property
    def _readers(self) -> Mapping[str, Sequence[str]]:
        readers: dict[str, list[str]] = {}
        for reader, sources in self.reads.items():
            for source in dict.fromkeys(sources):
                if source not in self.live[reader]:
                    readers.setdefault(source, []).append(reader)
        return readers


def order(nodes: Sequence[Node], edges: Edges, conditional: Sequence[ConditionalEdge]) -> list[str]:
    """The names of the nodes, each behind those that it waits for.

    Raises:
        FlowError: nodes wait for each other, or for one that is not there.
    """
    by_name = named(nodes)
    reads, live = _reads(by_name)
    _check_names(by_name, edges, conditional, None)
    routers = _by_source(conditional)
    led = _led(reads, edges, routers, None)
    return list(_waits(reads, live, edges, led))


def _by_source(conditional: Sequence[ConditionalEdge]) -> dict[str, list[ConditionalEdge]]:
    routers: dict[str, list[ConditionalEdge]] = {}
    for edge in conditional:
        routers.setdefault(edge.from_node, []).append(edge)
    return routers


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
    reads, live = _reads(by_name)
    routers = _by_source(conditional)
    _check_names(by_name, edges, conditional, entries)
    led = _led(reads, edges, routers, entries)
    above = _waits(reads, live, edges, led)
    draft = Plan(
        nodes={name: by_name[name] for name in above},
        reads=reads,
        needs=_without_loops(reads, led),
        live=live,
        edges={source: tuple(targets) for source, targets in edges.items()},
        routers=routers,
        entries=(),
        above=above,
        results=None,
    )
    begins = list(entries) if entries is not None else _entries(draft, above)
    begun = replace(draft, entries=begins)
    _check_kinds(begun, input_type, output_type)
    _check_reach(begun)
    _check_routers(begun)
    _check_types(begun, input_type)
    return replace(begun, results=_results(begun, output_type))


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


def _reads(by_name: Mapping[str, Node]) -> tuple[dict[str, list[str]], dict[str, frozenset[str]]]:
    """Whose output each node reads, and which of those while it comes.

    Raises:
        FlowError: one reads a node that is not in the flow.
    """
    ids = {node: name for name, node in by_name.items()}
    reads: dict[str, list[str]] = {}
    live: dict[str, frozenset[str]] = {}
    for name, node in by_name.items():
        sources = node.sources
        for source in sources:
            if source.node not in ids:
                other = source.node.name
                raise FlowError(
                    f"node {name!r} cannot run: Input node {other} has not been executed, "
                    f"because {other!r} is not in the flow: add it"
                )
        reads[name] = [ids[source.node] for source in sources]
        live[name] = frozenset(ids[source.node] for source in sources if source.live)
    return reads, live


def _check_names(
    by_name: Mapping[str, Node],
    edges: Edges,
    conditional: Sequence[ConditionalEdge],
    entries: Sequence[str] | None,
) -> None:
    """Every edge begins and ends at a node."""
    said = [(source, "an edge from") for source in edges]
    said += [
        (target, f"an edge from {source!r} to") for source, targets in edges.items() for target in targets
    ]
    said += [(edge.from_node, "a conditional edge from") for edge in conditional]
    said += [(name, "an entry node") for name in entries or ()]
    for edge in conditional:
        what = f"a conditional edge from {edge.from_node!r} to"
        said += [(name, what) for name in (edge.targets or {}).values() if name != Route.END]
    if Route.END in by_name:
        raise FlowError(f"a node is named {str(Route.END)!r}, which is what routers call the end")
    for name, what in said:
        if name not in by_name:
            raise FlowError(f"{what} {name!r}: there is no such node; there are {', '.join(sorted(by_name))}")


def _led(
    reads: Mapping[str, Sequence[str]],
    edges: Edges,
    routers: Mapping[str, Sequence[ConditionalEdge]],
    entries: Sequence[str] | None,
) -> dict[str, list[str]]:
    """For each node the nodes whose routers lead to it.

    Those without a mapping may lead back to what reads their node, and to what nothing else begins.
    """
    led: dict[str, list[str]] = {name: [] for name in reads}
    for source, conditional in routers.items():
        for target in sorted(_led_to(conditional) & led.keys()):
            led[target].append(source)
    waits = _with_edges(reads, edges)
    begins = _before(routers, waits) if entries is None else entries
    for source in _open(routers):
        before = {source} | _reached(source, waits)
        for name in reads:
            back = source in reads[name] and name in before
            only = not waits[name] and name not in begins
            if (back or only) and source not in led[name]:
                led[name].append(source)
    return led


def _without_loops(reads: Mapping[str, Sequence[str]], led: Edges) -> dict[str, list[str]]:
    """What each node reads, but for what only the round before can have given."""
    return {name: [source for source in reads[name] if source not in led[name]] for name in reads}


def _with_edges(reads: Mapping[str, Sequence[str]], edges: Edges) -> dict[str, list[str]]:
    waits = {name: list(sources) for name, sources in reads.items()}
    for source, targets in edges.items():
        for target in targets:
            waits[target].append(source)
    return waits


def _waits(
    reads: Mapping[str, Sequence[str]], live: Mapping[str, frozenset[str]], edges: Edges, led: Edges
) -> dict[str, frozenset[str]]:
    """Who each node waits for, directly or not; each node behind those that it waits for.

    Raises:
        CyclicDependencyError: they wait for each other.
    """
    waits = _with_edges(_without_loops(reads, led), edges)
    # What a router leads to waits for the router, and what it reads for its writer, unless that makes a loop.
    around = {name: [*waits[name], *led[name]] for name in reads}
    for name in reads:
        waits[name] += [source for source in led[name] if name not in {source} | _reached(source, around)]
    above: dict[str, frozenset[str]] = {}
    try:
        for name in TopologicalSorter(waits).static_order():
            over = [one for one in waits[name] if one not in live[name]]
            above[name] = frozenset(over).union(*(above[one] for one in over))
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise CyclicDependencyError(
            f"Cyclic dependency detected: {circle}. A loop needs a conditional edge that ends it"
        ) from None
    return above


def _led_to(conditional: Sequence[ConditionalEdge]) -> set[str]:
    """Where routers lead by their mappings."""
    return {target for edge in conditional for target in (edge.mapping or {}).values()}


def _open(routers: Mapping[str, Sequence[ConditionalEdge]]) -> list[str]:
    """The nodes that have a router without a mapping."""
    return [source for source, edges in routers.items() if any(edge.mapping is None for edge in edges)]


def _before(routers: Iterable[str], waits: Mapping[str, Sequence[str]]) -> set[str]:
    """The nodes with routers, and all that lead to them."""
    return set(routers).union(*(_reached(source, waits) for source in routers))


def _reached(name: str, waits: Mapping[str, Sequence[str]]) -> set[str]:
    """Everything that a node waits for, itself included if it goes round in a circle."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in waits[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _entries(draft: Plan, above: Mapping[str, frozenset[str]]) -> list[str]:
    """The nodes that wait for nobody, and that no router leads to.

    Where a router has no mapping, those that lead to a router: it may lead to the others.
    """
    first = [name for name in draft.nodes if not above[name] and not draft.live[name]]
    begins = [name for name in first if name not in draft.routed]
    if _open(draft.routers):
        before = _before(draft.routers, _with_edges(draft.reads, draft.edges))
        needed = _before(draft.routers, draft.needs)
        begins = [name for name in begins if name in (needed if draft.reads[name] else before)]
    return begins or first


def _results(draft: Plan, output_type: Any) -> Sequence[str] | None:
    """Whose result is that of the flow; None if it is made of all by name.

    Raises:
        FlowError: no node gives what the flow should give.
    """
    needed = result_fields(output_type)
    if needed is not None and needed <= draft.names:
        return None
    last = draft.last or list(draft.nodes)
    exact = [name for name in last if draft.nodes[name].output_type == output_type]
    fitting = exact or [name for name in last if not cannot_fit(draft.nodes[name].output_type, output_type)]
    if len(fitting) == 1 or (fitting and draft.routers):
        return fitting
    if needed is None:
        what = f"{len(fitting)} of its last nodes could" if fitting else "none of its last nodes does"
        shown = ", ".join(map(repr, last)) or "there are no nodes"
        raise FlowError(f"the flow gives {type_name(output_type)}, and {what}: {shown}")
    missing = ", ".join(map(repr, sorted(needed - draft.names)))
    raise FlowError(
        f"the flow gives {type_name(output_type)}, which needs {missing}: there are no nodes of these names, "
        f"and no single last node gives it; there are {', '.join(map(repr, draft.nodes)) or 'no nodes'}"
    )


def _check_reach(done: Plan) -> None:
    """Every node can run, as far as that can be known before routers are asked."""
    if _open(done.routers):
        return
    found = set(done.entries)
    waiting = list(done.entries)
    while waiting:
        name = waiting.pop()
        readers = (reader for reader, _ in done.live_readers(name))
        for other in [*done.followers(name), *readers, *_led_to(done.routers.get(name, ()))]:
            if other not in found and other != Route.END:
                found.add(other)
                waiting.append(other)
    lost = [name for name in done.nodes if name not in found]
    if lost:
        raise FlowError(
            f"nothing leads to {', '.join(map(repr, lost))} from the entry nodes "
            f"{', '.join(map(repr, done.entries))}: what a router leads to, and what reads a node "
            "with conditional edges, begins when a router leads to it; add_edge() lets a node begin without "
            "one, too"
        )


def _check_routers(done: Plan) -> None:
    """What routers are annotated with does not begin without them."""
    for source, begin in done.begins_anyway.items():
        for edge in done.routers[source]:
            if edge.mapping is None and (both := begin.intersection((edge.targets or {}).values())):
                raise FlowError(begins_by_itself(source, both))


def _check_kinds(done: Plan, input_type: Any, output_type: Any) -> None:
    """Values can be checked against all types."""
    try:
        check_kind(input_type, "the input of the flow")
        check_kind(output_type, "the result of the flow")
        for node in done.nodes.values():
            node.check_types()
    except NodeError as error:
        raise FlowError(str(error)) from None


def _check_types(done: Plan, input_type: Any) -> None:
    """What a node reads can be what it takes."""
    for name, node in done.nodes.items():
        if name in done.entries and cannot_fit(input_type, node.input_type):
            raise FlowError(
                f"node {name!r} takes {type_name(node.input_type)}, and the input of the flow is "
                f"{type_name(input_type)}: wire its input to a node"
            )
        for read, source, wanted in zip(done.reads[name], node.sources, _wanted(node), strict=True):
            if not source.live and cannot_fit(source.type_hint, wanted):
                raise FlowError(
                    f"node {name!r} takes {type_name(wanted)}, and {read!r}, which it reads, gives "
                    f"{type_name(source.type_hint)}"
                )


def _wanted(node: Node) -> Sequence[Any]:
    """What a node takes from each of its sources, as far as its types say."""
    count, kind = len(node.sources), node.input_type
    if type(node).gather is BaseNode.gather:
        return [kind] * count
    parts = get_args(kind) if get_origin(kind) is tuple else ()
    return parts if len(parts) == count and Ellipsis not in parts else [Any] * count
