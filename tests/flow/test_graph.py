"""What a flow is before it runs: who waits for whom, and what is refused, with the names of the nodes."""

from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from pydantic_flow.errors import CyclicDependencyError, FlowError, FlowInputError, NodeError
from pydantic_flow.flow import AggregateNode, Flow, FlowNode, Route
from pydantic_flow.flow.types import cannot_fit
from pydantic_flow.nodes import MergeToolNode, ToolNode

from .stubs import Add, Stub, flow_of


class Query(BaseModel):
    text: str


class Answer(BaseModel):
    a: int
    b: int = 0


def names(flow: Any) -> list[str]:
    return flow.get_execution_order()


# Each node stands behind those that it waits for: what it reads, and edges.
def test_the_order_follows_what_nodes_wait_for() -> None:
    a, d = Stub("a"), Stub("d")
    b = Stub("b", a)
    c = Stub("c", a)
    e = Stub("e", b, c)
    flow = flow_of(e, d, c, b, a, output_type=Any)
    flow.add_edge(e, "d")
    assert names(flow) == ["a", "c", "b", "e", "d"] or names(flow) == ["a", "b", "c", "e", "d"]
    assert flow.validate() is True
    assert flow.plan().above["d"] == {"a", "b", "c", "e"}
    assert flow.plan().entries == ["a"]


# The same flow has the same order in every process: nothing depends on the hashes of names.
def test_the_order_is_the_same_every_time() -> None:
    def made() -> list[str]:
        nodes = [Stub(f"n{number}") for number in range(20)]
        return names(flow_of(*nodes, Stub("end", *nodes)))

    assert made() == [*(f"n{number}" for number in range(20)), "end"]


class Named(Protocol):
    text: str


def _cycle() -> Any:
    a, b = Stub("a"), Stub("b")
    c = Stub("c", b)
    a.reads, b.reads = (c,), (a,)
    return flow_of(a, b, c)


def _edge_cycle() -> Any:
    flow = flow_of(Stub("a"), Stub("b"))
    flow.add_edges(("a", "b"), ("b", "a"))
    return flow


def _self_edge() -> Any:
    flow = flow_of(Stub("a"))
    flow.add_edge("a", "a")
    return flow


def _missing() -> Any:
    return flow_of(Stub("b", Stub("a")))


def _twice() -> Any:
    return flow_of(Stub("a"), Stub("a"))


def _end() -> Any:
    return flow_of(Stub("END"))


def _no_edge_target() -> Any:
    flow = flow_of(Stub("a"))
    flow.add_edge("a", "x")
    return flow


def _no_router_source() -> Any:
    flow = flow_of(Stub("a"))
    flow.add_conditional_edges("x", lambda state: "a")
    return flow


def _no_router_target() -> Any:
    flow = flow_of(Stub("a"))
    flow.add_conditional_edges("a", lambda state: "k", {"k": "x"})
    return flow


def _unreachable() -> Any:
    flow = flow_of(a := Stub("a"), Stub("b", a), Stub("c"))
    flow.add_conditional_edges("a", lambda state: "k", {"k": "c"})
    return flow


def _wrong_type() -> Any:
    first = ToolNode[Query, Answer](lambda query: Answer(a=1), name="first")
    second = ToolNode[Query, str](lambda query: "x", input=first.output, name="second")
    return flow_of(first, second, input_type=Query, output_type=str)


def _wrong_part() -> Any:
    one, two = Add("one"), ToolNode[int, Answer](lambda n: Answer(a=n), name="two")
    both = MergeToolNode[int, str, str](
        inputs=(one.output, two.output), tool_func=lambda a, b: b, name="both"
    )
    return flow_of(one, two, both, input_type=int, output_type=str)


def _wrong_input() -> Any:
    return flow_of(ToolNode[Query, str](lambda query: "x", name="first"), input_type=Answer, output_type=str)


def _wrong_output() -> Any:
    return flow_of(Add("sum"), input_type=int, output_type=Query)


def _protocol() -> Any:
    return flow_of(ToolNode[Any, list[Named]](lambda value: [], name="first"))


def _protocol_of_the_flow() -> Any:
    return flow_of(Add("first"), input_type=Named)


def _no_output() -> Any:
    return flow_of(Add("one"), Add("two"), input_type=int, output_type=int)


def _nothing() -> Any:
    return flow_of(input_type=int, output_type=int)


def _no_node() -> Any:
    flow = flow_of(Add("b"))
    flow.nodes[0].input = "a"
    return flow


# What cannot run is refused before it does, by an error that names the nodes.
@pytest.mark.parametrize(
    ("made", "kind", "words"),
    [
        (_cycle, CyclicDependencyError, ["Cyclic dependency detected", "a", "b", "c", "->"]),
        (_edge_cycle, CyclicDependencyError, ["a -> b -> a"]),
        (_self_edge, CyclicDependencyError, ["a -> a"]),
        (_missing, FlowError, ["'b'", "'a'", "not in the flow"]),
        (_twice, FlowError, ["two nodes are named 'a'"]),
        (_end, FlowError, ["a node is named 'END'"]),
        (_no_edge_target, FlowError, ["an edge from 'a' to 'x'", "there are a"]),
        (_no_router_source, FlowError, ["a conditional edge from 'x'"]),
        (_no_router_target, FlowError, ["a conditional edge from 'a' to 'x'"]),
        (_unreachable, FlowError, ["nothing leads to 'b'", "'a'"]),
        (_wrong_type, FlowError, ["'second' takes Query", "'first'", "gives Answer"]),
        (_wrong_part, FlowError, ["'both' takes str", "'two'", "gives Answer"]),
        (_wrong_input, FlowError, ["'first' takes Query", "input of the flow is Answer"]),
        (_wrong_output, FlowError, ["gives Query", "'text'", "'sum'"]),
        (
            _protocol,
            FlowError,
            ["the result of 'first' cannot be", "Named]: a Protocol has"],
        ),
        (_protocol_of_the_flow, FlowError, ["the input of the flow cannot be checked against Named"]),
        (_no_output, FlowError, ["gives int", "2 of its last nodes could", "'one', 'two'"]),
        (_nothing, FlowError, ["gives int", "there are no nodes"]),
        (_no_node, NodeError, ["'b'", "no output of a node"]),
    ],
)
async def test_what_cannot_run_is_refused(
    made: Callable[[], Any], kind: type[Exception], words: list[str]
) -> None:
    flow = made()
    for attempt in (flow.validate, flow.compile, lambda: flow.astream(1), flow.to_mermaid):
        with pytest.raises(kind) as refused:
            attempt()
        assert all(word in str(refused.value) for word in words), refused.value
    with pytest.raises(kind):
        await flow.run(1)
    assert all(getattr(node, "runs", 0) == 0 for node in flow.nodes)


# The input is checked before anything begins.
@pytest.mark.parametrize("value", ["x", None, {"a": 1}])
async def test_an_input_of_the_wrong_type_is_refused(value: Any) -> None:
    flow = flow_of(Add("a"), input_type=int, output_type=int)
    with pytest.raises(FlowInputError, match="Input type mismatch: expected int, got"):
        flow.astream(value)
    with pytest.raises(TypeError):
        await flow.run(value)
    assert await flow.run("1") == 2


class Row(TypedDict):
    text: str


# Which types can never meet; all others are left to the run.
@pytest.mark.parametrize(
    ("given", "wanted", "never"),
    [
        (Any, Query, False),
        (Query, Any, False),
        (Query, Query, False),
        (Query, BaseModel, False),
        (BaseModel, Query, False),
        (Query, Answer, True),
        (str, Query, True),
        (Query, str, True),
        (dict, Query, False),
        (dict[str, Any], Query, False),
        (list[str], Query, True),
        (Query | None, Query, False),
        (Answer | str, Query, True),
        (Answer, Query | Answer, False),
        (int, str, False),
        (Query, object, False),
        (None, Query, True),
        (Row, Query, False),
        (dict, Row, False),
        (Query, Named, False),
        (Annotated[Query, "said of it"], Query, False),
    ],
)
def test_which_types_can_never_meet(given: Any, wanted: Any, never: bool) -> None:
    assert cannot_fit(given, wanted) is never


# A node is added once; edges take nodes and names; entry nodes and observers are checked when they are given.
def test_putting_a_flow_together() -> None:
    a, b = Add("a"), Add("b")
    flow = flow_of(a, b, a, input_type=int, output_type=Answer)
    flow.add_nodes(b)
    assert flow.nodes == [a, b] and repr(flow) == "Flow[int, Answer](nodes=2)"
    flow.add_edge(a, "b")
    with pytest.raises(FlowError, match="is not in the flow"):
        flow.add_edge(Add("c"), "b")
    with pytest.raises(ValueError, match="Must specify at least one entry node"):
        flow.set_entry_nodes()
    with pytest.raises(ValueError, match=r"Unknown entry nodes: \['x'\]"):
        flow.set_entry_nodes("x")
    with pytest.raises(TypeError, match="a router is a function of the results so far, not a str"):
        flow.add_conditional_edges(a, "b")
    with pytest.raises(TypeError, match=r"such as \{True: 'publish'\}, and is not a list"):
        flow.add_conditional_edges(a, lambda state: "b", ["b"])
    with pytest.raises(FlowError, match="is not in the flow"):
        flow.add_conditional_edges(a, lambda state: True, {True: Add("c")})
    with pytest.raises(TypeError, match="a ToolNode calls a function, not a str"):
        ToolNode[Any, Any]("a")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="an observer has on_progress"):
        flow.add_observer(3)


# Names that nobody gave may repeat: they are numbered.
async def test_names_that_nobody_gave_are_numbered() -> None:
    first = ToolNode(str.upper)
    second = ToolNode(str.upper, input=first.output)
    flow = flow_of(first, second, input_type=str, output_type=str)
    assert names(flow) == ["upper", "upper_2"]
    assert await flow.run("a") == "A"


# A router may go back to a node that another reads: a loop, and no circle.
def test_a_router_that_leads_back_is_a_loop() -> None:
    draft, review = Add("draft"), Add("review")
    draft.input, review.input = review.output, draft.output
    flow = flow_of(draft, review, output_type=int)
    with pytest.raises(CyclicDependencyError, match=r"draft -> review -> draft|review -> draft -> review"):
        flow.validate()
    flow.add_conditional_edges("review", lambda state: "again", {"again": "draft", "good": Route.END})
    assert names(flow) == ["draft", "review"] and flow.plan().entries == ["draft"]


def route(state: Any) -> Literal["again", "done"]:
    return "done"


# The chart shows what is read, what is read while it comes, edges, routers and flows in flows.
def test_the_chart_shows_everything() -> None:
    again, done, live = Stub("again"), Stub('d"on>e'), Stub("live", live=True)
    live.reads = (again,)
    inner = flow_of(Add("one"), Add("two"), name="inner", input_type=int, output_type=Answer | Any)
    inner.add_edge("one", "two")
    flow: Flow[Any, Any] = flow_of(again, done, live, FlowNode(inner, input=done.output), output_type=Any)
    flow.add_edge("again", done)
    flow.add_conditional_edges("inner", route, {"again": "again", "done": Route.END})
    flow.add_conditional_edges("live", lambda state: "inner")
    flow.set_entry_nodes("again")
    assert flow.to_mermaid().splitlines() == [
        "flowchart TD",
        '    input(["Any"])',
        '    n0["again"]',
        '    n1["d&quot;on&gt;e"]',
        '    n2["live"]',
        '    subgraph n3["inner"]',
        '        n3_0["one"]',
        '        n3_1["two"]',
        "        n3_0 --> n3_1",
        "    end",
        '    output(["Any"])',
        "    input --> n0",
        "    n0 ==> n2",
        "    n1 --> n3",
        "    n0 --> n1",
        '    n3 -. "again" .-> n0',
        '    n2 -. "any node" .-> n2_any((?))',
        '    n3 -. "done" .-> output',
    ]
    assert flow._repr_mimebundle_()["text/vnd.mermaid"] == flow.to_mermaid()


# An aggregation reads all that it is given while they come.
def test_an_aggregation_reads_live() -> None:
    a, b = Stub("a"), Stub("b")
    node: AggregateNode[int] = AggregateNode(inputs=(a.output, b.live_output), fold=lambda value, item: value)
    assert [source.live for source in node.sources] == [True, True]
    assert flow_of(a, b, node).plan().live["aggregate"] == {"a", "b"}
    with pytest.raises(NodeError, match=r"use its \.output"):
        _ = AggregateNode[int](inputs=(a,), fold=lambda value, item: value).sources  # type: ignore[arg-type]
