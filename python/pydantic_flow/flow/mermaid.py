"""A flow as a Mermaid flowchart.

Coming in: a flow. Going out: text, the same for the same flow.
Decided elsewhere: how it is drawn (Mermaid).

Solid lines carry results, thick ones events while they come, dotted ones are chosen by a router.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..nodes.typed import type_name
from .node import FlowNode
from .routing import Route

if TYPE_CHECKING:
    from .flow import Flow


def mermaid(flow: "Flow[Any, Any]") -> str:
    """The text."""
    return "\n".join(["flowchart TD", *(f"    {line}" for line in _lines(flow))])


def _lines(flow: "Flow[Any, Any]") -> Iterator[str]:
    plan = flow.plan()
    ids = {name: f"n{number}" for number, name in enumerate(plan.nodes)}
    yield f"input([{_label(type_name(flow.input_type))}])"
    yield from _boxes(flow, "n")
    yield f"output([{_label(type_name(flow.output_type))}])"
    yield from (f"input --> {ids[name]}" for name in plan.entries)
    yield from _arrows(flow, "n")
    yield from (f"{ids[name]} --> output" for name in plan.last if name not in plan.routers)
    for name, edges in plan.routers.items():
        for edge in edges:
            ends = [key for key, target in (edge.targets or {}).items() if target == Route.END]
            yield from (f"{ids[name]} -. {_label(key)} .-> output" for key in ends)


def _boxes(flow: "Flow[Any, Any]", prefix: str) -> Iterator[str]:
    """The nodes; a flow in a flow as a box with its own."""
    for number, (name, node) in enumerate(flow.plan().nodes.items()):
        inner = getattr(node, "flow", None) if isinstance(node, FlowNode) else None
        if inner is None or not hasattr(inner, "plan"):
            yield f"{prefix}{number}[{_label(name)}]"
            continue
        yield f"subgraph {prefix}{number}[{_label(name)}]"
        yield from (f"    {line}" for line in _boxes(inner, f"{prefix}{number}_"))
        yield from (f"    {line}" for line in _arrows(inner, f"{prefix}{number}_"))
        yield "end"


def _arrows(flow: "Flow[Any, Any]", prefix: str) -> Iterator[str]:
    plan = flow.plan()
    ids = {name: f"{prefix}{number}" for number, name in enumerate(plan.nodes)}
    for name in plan.nodes:
        for source in plan.reads[name]:
            yield f"{ids[source]} {'==>' if source in plan.live[name] else '-->'} {ids[name]}"
    for source, targets in plan.edges.items():
        added = (target for target in targets if source not in plan.reads[target])
        yield from (f"{ids[source]} --> {ids[target]}" for target in added)
    for source, edges in plan.routers.items():
        for edge in edges:
            if edge.targets is None:
                yield f"{ids[source]} -. {_label('any node')} .-> {ids[source]}_any((?))"
                continue
            for key, target in edge.targets.items():
                if target != Route.END:
                    yield f"{ids[source]} -. {_label(key)} .-> {ids[target]}"


def _label(text: object) -> str:
    """A text that Mermaid shows as it is."""
    shown = str(text).replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
    return f'"{" ".join(shown.split())}"'
