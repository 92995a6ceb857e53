"""Flows that run: who begins when, in which order events come, loops, limits, flows in flows."""

import asyncio
from collections.abc import AsyncGenerator
from enum import Enum
from itertools import pairwise
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from pydantic_flow.errors import FlowError, FlowTimeoutError, RecursionLimitError, RoutingError
from pydantic_flow.flow import AggregateNode, Flow, FlowNode, Route, RunConfig
from pydantic_flow.flow.routing import State
from pydantic_flow.nodes import BaseNode, Feed, RetryNode, ToolNode
from pydantic_flow.nodes.base import NodeRun
from pydantic_flow.streaming import (
    NonFatalError,
    Output,
    Progress,
    ProgressItem,
    RetrievalItem,
    StreamEnd,
    StreamStart,
    TokenChunk,
    collect_all_tokens,
    collect_final_result,
)
from pydantic_flow.testing import assert_grammar

from .stubs import Add, Stub, events_of, flow_of, tasks_left, told

# A graph: for each node, which of the nodes before it it reads, and how many turns its events take.
GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.tuples(
        *(
            st.tuples(
                st.sets(st.integers(0, number - 1), max_size=3) if number else st.just(set()),
                st.sets(st.integers(0, number - 1), max_size=1) if number else st.just(set()),
            )
            for number in range(size)
        )
    )
)
TURNS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=3), min_size=7, max_size=7)


def graph(shape: Any, turns: Any, nested: bool) -> Flow[Any, Any]:
    """A flow of stubs, closed by a node that reads all of them; every third one in a flow of its own."""
    nodes: list[Any] = []
    for number, (reads, _) in enumerate(shape):
        stub = Stub(f"n{number}", turns=turns[number])
        if nested and number % 3 == 2:
            node: Any = FlowNode(flow_of(stub, name=f"f{number}"), name=f"f{number}")
            node.input = nodes[min(reads)].output if reads else None
        else:
            stub.reads, node = tuple(nodes[other] for other in sorted(reads)), stub
        nodes.append(node)
    flow = flow_of(Stub("end", *nodes), *reversed(nodes))
    for number, (_, after) in enumerate(shape):
        flow.add_edges(*((nodes[other], nodes[number]) for other in after))
    return flow


def expected(shape: Any, nested: bool) -> Any:
    values: list[Any] = []
    for number, (reads, _) in enumerate(shape):
        if nested and number % 3 == 2:
            values.append((f"n{number}", values[min(reads)] if reads else "in"))
        else:
            values.append((f"n{number}", [values[other] for other in sorted(reads)] or "in"))
    return ("end", values)


# Any graph without a circle gives the same result in any timing; whatever came between, sorting by the order
# key gives the same sequence; folding the stream equals `run`; and a run can produce every stream.
@settings(max_examples=60, deadline=None)
@given(GRAPHS, TURNS, TURNS, st.booleans())
def test_any_graph_gives_the_same_in_any_timing(shape: Any, turns: Any, other: Any, nested: bool) -> None:
    for number, pauses in enumerate(turns):
        other[number] = [*other[number], 0, 0][: len(pauses)]
    sequences, results = [], []
    for timing in (turns, other):
        flow = graph(shape, timing, nested)
        events = asyncio.run(events_of(flow.astream("in")))
        assert_grammar(events)
        results += [events[-1].result, asyncio.run(flow.run("in"))]
        results.append(asyncio.run(collect_final_result(flow.astream("in"))))
        ordered = sorted(events, key=lambda event: (event.node_path, event.attempt, event.index))
        sequences.append(told(ordered))
    assert sequences[0] == sequences[1]
    assert results == [expected(shape, nested)] * 6


# A node begins when what it reads has ended, whatever else still runs.
async def test_a_slow_sibling_holds_nobody_back() -> None:
    slow, quick = Stub("slow", turns=[200]), Stub("quick")
    reader = Stub("reader", quick)
    events = await events_of(flow_of(slow, quick, reader, Stub("end", slow, reader)).astream(1))
    ends = [event.node_id for event in events if isinstance(event, StreamEnd) and event.scope == "node"]
    assert ends == ["quick", "reader", "slow", "end"]


# Nodes that wait for nobody run at once: both begin before either ends.
async def test_nodes_that_wait_for_nobody_run_at_once() -> None:
    events = await events_of(
        flow_of(a := Stub("a", turns=[1, 1]), b := Stub("b"), Stub("end", a, b)).astream(1)
    )
    kinds = [(event.node_id, event.type.value) for event in events]
    assert max(kinds.index((name, "start")) for name in "ab") < min(
        kinds.index((name, "end")) for name in "ab"
    )


# All events of a run have its id, one order, and the place that they come from; usage is added up.
async def test_events_say_where_they_come_from() -> None:
    class Costly(Add):
        async def events(self, input_data: int, run: NodeRun[int]) -> AsyncGenerator[ProgressItem, None]:
            async for item in super().events(input_data, run):
                yield item
            run.usage = {"total_tokens": 5, "cost_usd": 0.25, "model": "m"}

    inner = flow_of(Costly("one"), name="inner", input_type=int, output_type=int)
    node = FlowNode[int, int](inner)
    flow = flow_of(node, Costly("two", input=node.output), input_type=int, output_type=int)
    events = await events_of(flow.astream(1))
    assert_grammar(events)
    assert len({event.run_id for event in events}) == 1
    assert {event.node_path for event in events} == {(), ("inner",), ("inner", "one"), ("two",)}
    assert events[-1].result == 3
    assert events[-1].usage == {"total_tokens": 10, "cost_usd": 0.5}
    assert [event.usage for event in events if isinstance(event, StreamEnd) and event.node_id == "inner"] == [
        {"total_tokens": 5, "cost_usd": 0.25}
    ]


class Both(BaseModel):
    a: int
    b: int = 7


# The result is made of the results by name, or it is that of the one last node that gives it.
async def test_the_result() -> None:
    a, c = Add("a"), Add("c")
    assert await flow_of(a, c, input_type=int, output_type=Both).run(1) == Both(a=2, b=7)
    make = ToolNode[int, Both](lambda n: Both(a=n), input=a.output, name="make")
    assert await flow_of(a, make, input_type=int, output_type=Both).run(1) == Both(a=2)
    compiled = flow_of(a, Add("b"), input_type=int, output_type=Both).compile()
    assert await asyncio.gather(compiled.invoke(1), compiled.run(2)) == [Both(a=2, b=2), Both(a=3, b=3)]
    compiled.flow.add_nodes(Add("late"))
    compiled.flow.add_edges(("a", "late"))
    assert await compiled.run(1) == Both(a=2, b=2)  # as it was
    stream = compiled.astream(1)
    with pytest.raises(FlowError, match="no result"):
        _ = stream.result
    await stream.aclose()


# A result that does not validate is an error of the run, told as such.
async def test_a_result_that_does_not_validate() -> None:
    flow = flow_of(ToolNode[int, Any](lambda n: "x", name="a"), input_type=int, output_type=Both)
    events = []
    with pytest.raises(FlowError, match="Flow execution failed: 1 validation error"):
        async for event in flow.astream(1):
            events.append(event)
    assert_grammar(events)


def until(number: int) -> Any:
    def router(state: Any) -> str:
        return Route.END if state.tick >= number else "tick"

    return router


# A loop goes round until its router ends it; the node gets its own last result.
async def test_a_loop_ends_where_its_router_says() -> None:
    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", until(5))
    events = await events_of(flow.astream(0))
    assert_grammar(events)
    assert events[-1].result == 5
    assert [event.text for event in events if isinstance(event, TokenChunk)] == list("01234")
    said = [event.message for event in events if isinstance(event, Progress)]
    assert said == [*["tick leads to tick"] * 4, "tick leads to the end"]
    quiet = await events_of(flow.astream(0, RunConfig(trace_iterations=False)))
    assert not [event for event in quiet if isinstance(event, Progress)]


# What a node is wired to in a loop is the flow's input in the first round, then what the round before gave.
async def test_a_loop_feeds_back_what_it_is_wired_to() -> None:
    draft, review = Add("draft", 1), Add("review", 10)
    draft.input, review.input = review.output, draft.output
    flow = flow_of(draft, review, input_type=int, output_type=int)

    async def router(state: Any) -> bool:
        await asyncio.sleep(0)
        return bool(state.review >= 30)

    flow.add_conditional_edges("review", router, {True: Route.END, False: draft})
    events = await events_of(flow.astream(0))
    assert_grammar(events)
    assert events[-1].result == 33 and await flow.run(100) == 111


# A flow in a loop runs again, and its nodes go on counting.
async def test_a_flow_runs_again_in_a_loop() -> None:
    inner = flow_of(Add("one"), name="tick", input_type=int, output_type=int)
    flow = flow_of(FlowNode[int, int](inner), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", until(3))
    events = await events_of(flow.astream(0))
    assert_grammar(events)
    assert events[-1].result == 3
    assert [event.index for event in events if event.node_id == "one"] == list(range(9))


# A branch that is not taken does not run, and nobody waits for it; what joins the branches runs once.
@pytest.mark.parametrize("choice", ["b", "c", "both"])
async def test_branches(choice: str) -> None:
    a, b, c = Stub("a"), Stub("b", turns=[3]), Stub("c", turns=[9, 9])
    join = Stub("join")
    flow = flow_of(a, b, c, join)
    mapping = {"b": "b", "c": "c"}
    flow.add_conditional_edges("a", lambda state: ["b", "c"] if choice == "both" else choice, mapping)
    flow.add_edges((b, join), (c, join))
    events = await events_of(flow.astream("in"))
    assert_grammar(events)
    taken = ["b", "c"] if choice == "both" else [choice]
    assert [node.runs for node in (a, b, c, join)] == [1, "b" in taken, "c" in taken, 1]
    assert events[-1].result == ("join", "in")


# A diamond in a loop: what joins it waits for both sides in every round.
async def test_a_diamond_in_a_loop() -> None:
    top = Stub("top", turns=[0])
    left, right = Stub("left", top, turns=[1]), Stub("right", top, turns=[9])
    join = Stub("join", left, right, turns=[0])
    flow = flow_of(top, left, right, join)
    flow.add_conditional_edges(
        "join", lambda state: Route.END if join.runs == 3 else "top", {"top": "top", "END": "END"}
    )
    await flow.run("in")
    assert [node.runs for node in (top, left, right, join)] == [3, 3, 3, 3]


class Next(Enum):
    DRAFT = "draft"
    PUBLISH = "publish"
    END = "END"


def _branch(log: list[str], router: Any, mapping: Any) -> Any:
    """The router leads to one of two nodes that read nothing."""
    flow = flow_of(Noting("review", log), Noting("draft", log), Noting("publish", log))
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _behind(log: list[str], router: Any, mapping: Any) -> Any:
    """The router leads to one of two nodes that read its node."""
    review = Noting("review", log)
    flow = flow_of(review, Noting("draft", log, review), Noting("publish", log, review))
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _back(log: list[str], router: Any, mapping: Any) -> Any:
    """A loop behind another node."""
    find = Noting("find", log)
    draft = Noting("draft", log, find)
    review = Noting("review", log, draft)
    flow = flow_of(find, draft, review, Noting("publish", log, review))
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _round(log: list[str], router: Any, mapping: Any) -> Any:
    """A loop whose start reads what its end gave."""
    draft = Noting("draft", log)
    review = Noting("review", log, draft)
    draft.reads = (review,)
    flow = flow_of(draft, review, Noting("publish", log, review))
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _beside(log: list[str], router: Any, mapping: Any) -> Any:
    """A loop, and a node that has nothing to do with it."""
    find = Noting("find", log)
    draft = Noting("draft", log, find)
    review = Noting("review", log, draft)
    flow = flow_of(find, Noting("other", log, find), draft, review, Noting("publish", log))
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _two(log: list[str], router: Any, mapping: Any) -> Any:
    """Another loop beside it, whose router has a mapping."""
    find = Noting("find", log)
    review = Noting("review", log, find)
    flow = flow_of(find, review, Noting("draft", log), Noting("publish", log), Noting("tick", log))
    flow.add_conditional_edges("tick", lambda state: log.count("tick") < 2, {True: "tick", False: Route.END})
    flow.add_conditional_edges("review", router, mapping)
    return flow


def _entered(log: list[str], router: Any, mapping: Any) -> Any:
    """What joins the branches waits for both."""
    draft, publish = Noting("draft", log), Noting("publish", log)
    flow = flow_of(Noting("review", log), draft, publish, Noting("join", log))

    def both(state: Any) -> Any:
        return ["draft", router(state)]

    both.__annotations__ = dict(router.__annotations__)
    flow.add_conditional_edges("review", both, mapping)
    flow.add_edges((draft, "join"), (publish, "join"))
    flow.set_entry_nodes("review")
    return flow


class Noting(Stub):
    """Notes that it runs."""

    def __init__(self, name: str, log: list[str], *reads: BaseNode[Any, Any]) -> None:
        super().__init__(name, *reads)
        self.noted = log

    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.noted.append(self.name)
        async for item in super().events(input_data, run):
            yield item


def _says(annotation: Any, log: list[str]) -> Any:
    """A router that leads back once, then to an end, and says before the run that it does, or does not."""

    def route(state: Any) -> Any:
        outcome = "draft" if log.count("review") < 2 and "draft" in log else "publish"
        return Next(outcome) if annotation is Next else outcome

    route.__annotations__ = {} if annotation is None else {"return": annotation}
    return route


# What runs depends on the wiring, and not on what is known of a router before it is asked.
@pytest.mark.parametrize(
    "annotation", [None, str, Literal["draft", "publish", "END"], Next, Route | Literal["draft", "publish"]]
)
@pytest.mark.parametrize(
    ("made", "runs"),
    [
        (_branch, "review publish"),
        (_behind, "review publish"),
        (_back, "find draft review draft review publish"),
        (_round, "draft review draft review publish"),
        (_beside, "find other draft review draft review publish"),
        (_two, "find review publish"),
        (_entered, "review draft publish join"),
    ],
)
async def test_what_runs_does_not_depend_on_annotations(made: Any, runs: str, annotation: Any) -> None:
    log: list[str] = []
    events = await events_of(made(log, _says(annotation, log), None).astream("in"))
    assert_grammar(events)
    assert [name for name in log if name != "tick"] == runs.split()
    assert log.count("tick") == (2 if made is _two else 0)
    log.clear()
    mapping = {outcome: outcome.value for outcome in Next} | {name: name for name in ("draft", "publish")}
    await made(log, _says(annotation, log), mapping).run("in")
    assert [name for name in log if name != "tick"] == runs.split()


# The same in any graph: nodes with what they read, edges, a node with a router, and what that says in turn.
ROUTED = st.integers(2, 5).flatmap(
    lambda size: st.tuples(
        st.tuples(*(st.sets(st.integers(0, max(0, number - 1)), max_size=2) for number in range(size))),
        st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=2),
        st.integers(0, size - 1),
        st.lists(st.one_of(st.none(), st.integers(0, size - 1)), max_size=3),
        st.booleans(),
    )
)


def routed(shape: Any, annotated: bool) -> list[str] | None:
    """The nodes that ran, in order; None if the flow was refused, or failed."""
    reads, edges, source, script, back = shape
    log: list[str] = []
    nodes: list[Any] = []
    for number, others in enumerate(reads):
        nodes.append(Noting(f"n{number}", log, *(nodes[other] for other in others if other < number)))
    if back:
        nodes[0].reads = (nodes[source],)
    flow = flow_of(*nodes)
    flow.add_edges(*((nodes[one], nodes[other]) for one, other in edges))
    says = ["END" if name is None else f"n{name}" for name in script]
    left = iter(says)

    def route(state: Any) -> Any:
        return next(left, "END")

    route.__annotations__ = {"return": Literal[(*says, "END")]} if annotated else {}
    flow.add_conditional_edges(nodes[source], route)
    try:
        assert_grammar(asyncio.run(events_of(flow.astream("in"))))
    except FlowError:
        return None
    return log


@settings(max_examples=60, deadline=None)
@given(ROUTED)
def test_an_annotation_changes_nothing_in_any_graph(shape: Any) -> None:
    known, unknown = routed(shape, annotated=True), routed(shape, annotated=False)
    assert known is None or known == unknown


# What begins by what it reads beside a router without a mapping cannot be held back: an error says what can.
@pytest.mark.parametrize("early", [True, False])
async def test_a_router_that_leads_too_late(early: bool) -> None:
    def made(mapping: Any) -> Any:
        draft = Noting("draft", log)
        flow = flow_of(draft, Noting("review", log, draft), Noting("publish", log, draft))
        flow.add_conditional_edges("review", route, mapping)
        return flow

    def route(state: Any) -> Any:
        return "publish"

    log: list[str] = []
    if early:
        route.__annotations__["return"] = Literal["publish"]
    with pytest.raises(
        FlowError if early else RoutingError, match=r"the router of 'review' leads to 'publish'"
    ):
        made(None).compile() if early else await made(None).run("in")
    log.clear()
    await made({"publish": "publish"}).run("in")
    assert log == ["draft", "review", "publish"]


# An annotation that names no node is refused before the run; a name that shows late is refused then.
async def test_names_that_routers_give_are_checked_as_early_as_they_are_known() -> None:
    def route(state: Any) -> Literal["tick", "tock"]:
        return "tock"

    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", route)
    with pytest.raises(FlowError, match="a conditional edge from 'tick' to 'tock': there is no such node"):
        flow.validate()
    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", lambda state: "tock")
    with pytest.raises(RoutingError, match="'tock' is not a valid node name"):
        await flow.run(1)


# A result that is made of the results of nodes by name says which of them nothing led to.
async def test_a_part_of_the_result_that_nothing_led_to() -> None:
    flow = flow_of(Add("a"), Add("b"), input_type=int, output_type=Pair)
    flow.add_conditional_edges("a", lambda state: "END")
    with pytest.raises(
        FlowError, match=r"node 'b', whose result .* not been executed: the run began with 'a'"
    ):
        await flow.run(1)
    flow.set_entry_nodes("a", "b")
    assert await flow.run(1) == Pair(a=2, b=2)


class Pair(BaseModel):
    a: int
    b: int


# What reads a branch that was not taken says so.
async def test_reading_a_branch_that_was_not_taken() -> None:
    a, b, c = Add("a"), Add("b"), Add("c")
    end = Stub("end", b, c)
    flow = flow_of(a, b, c, end)
    flow.add_conditional_edges("a", lambda state: "b", {"b": "b", "c": "c"})
    with pytest.raises(
        FlowError, match="Input node c has not been executed, so node 'end' has nothing to read"
    ):
        await flow.run(1)


# What a router gives is checked, with the name of its node.
@pytest.mark.parametrize(
    ("outcome", "mapping", "words"),
    [
        ("x", None, "Router target 'x' is not a valid node name .router of 'tick'.; there are tick"),
        ("x", {"y": "tick"}, r"Router outcome 'x' not in mapping: \['y'\] .router of 'tick'."),
        ([], None, "gave an empty list"),
        (123, None, "Invalid routing target: 123"),
        (["tick", None], None, "Invalid routing target: None .router of 'tick'.: a router returns names"),
        ({}, {"y": "tick"}, "not in mapping"),
    ],
)
async def test_what_a_router_gives_is_checked(outcome: Any, mapping: Any, words: str) -> None:
    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", lambda state: outcome, mapping)
    events: list[Any] = []
    with pytest.raises(RoutingError, match=words):
        async for event in flow.astream(1):
            events.append(event)
    assert_grammar(events)


# A router that raises fails the run, with its exception as the cause.
async def test_a_router_that_raises() -> None:
    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", lambda state: state.nothing)
    words = "in the router of 'tick': no node 'nothing' has given a result so far; those that have: 'tick'"
    with pytest.raises(FlowError, match=words) as failed:
        await flow.run(1)
    assert isinstance(failed.value.__cause__, AttributeError)
    assert getattr(State(tick=1), "tock", 2) == 2


# Limits: of a flow in a flow, and none of nodes that are not there.
async def test_limits_of_flows_in_flows_and_of_unknown_nodes() -> None:
    inner = flow_of(Add("tick"), input_type=int, output_type=int, name="inner")
    inner.add_conditional_edges("tick", until(40))
    assert await flow_of(FlowNode[int, int](inner, config=RunConfig(max_steps=50))).run(0) == 40
    with pytest.raises(RecursionLimitError, match="max_steps=25"):
        await flow_of(FlowNode[int, int](inner)).run(0)
    with pytest.raises(FlowError, match="node_timeout_seconds has 'tock'"):
        inner.astream(0, RunConfig(node_timeout_seconds={"tock": 1}))


# A loop that does not end is stopped, with the last steps; a long chain without routers is not.
async def test_a_loop_that_does_not_end_is_stopped() -> None:
    flow = flow_of(Add("tick"), Add("tock"), input_type=int, output_type=int)
    flow.add_edge("tick", "tock")
    flow.add_conditional_edges("tock", lambda state: "tick")
    events: list[Any] = []
    with pytest.raises(RecursionLimitError) as stopped:
        async for event in flow.astream(1, RunConfig(max_steps=4, recent_events_count=2)):
            events.append(event)
    assert str(stopped.value) == ("Exceeded max_steps=4 at iteration 4. Recent iterations: 2: tick; 3: tock")
    assert_grammar(events)
    chain = [Add(f"n{number}") for number in range(100)]
    for before, node in pairwise(chain):
        node.input = before.output
    assert await flow_of(*chain, input_type=int, output_type=int).run(0) == 100


# Time limits: of a node, of all nodes, of the run; what was open is closed, with the reason.
@pytest.mark.parametrize(
    ("config", "words"),
    [
        (RunConfig(node_timeout_seconds=0.02), "node 'hang' exceeded its timeout of 0.02s"),
        (RunConfig(node_timeout_seconds={"hang": 0.02}), "node 'hang' exceeded its timeout of 0.02s"),
        (RunConfig(timeout_seconds=0.02), "Exceeded timeout of 0.02s at iteration 0, in 'hang'"),
    ],
)
async def test_time_limits(config: RunConfig, words: str) -> None:
    hang = Hang("hang")
    events: list[Any] = []
    with pytest.raises(FlowTimeoutError, match=words):
        async for event in flow_of(hang, quick := Stub("quick"), Stub("end", hang, quick)).astream(1, config):
            events.append(event)
    assert_grammar(events)
    *_, hang_error, hang_end, run_error, run_end = events
    assert (hang_error.node_id, hang_error.kind, run_error.node_id) == ("hang", "timeout", "")
    assert not hang_end.success and not run_end.success
    assert not await tasks_left() and hang.closed == 1


class Hang(Stub):
    """Says something, and then nothing any more."""

    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        try:
            yield TokenChunk(text="a")
            await asyncio.Event().wait()
        finally:
            self.closed += 1


# A node is not to blame for a slow reader: only its own time counts.
async def test_the_time_of_the_reader_does_not_count() -> None:
    flow = flow_of(Stub("a", turns=[0, 0, 0]))
    async for _ in flow.astream(1, RunConfig(node_timeout_seconds=0.03)):
        await asyncio.sleep(0.02)


# A node's own TimeoutError is its failure, not the limit's.
async def test_a_nodes_own_timeout_is_a_failure() -> None:
    def late(n: int) -> int:
        raise TimeoutError("no answer")

    flow = flow_of(ToolNode[int, int](late, name="late"), input_type=int, output_type=int)
    with pytest.raises(FlowError, match="in node 'late': no answer") as failed:
        await flow.run(1, RunConfig(node_timeout_seconds=5, timeout_seconds=5))
    assert not isinstance(failed.value, FlowTimeoutError)


# A slow reader slows the nodes: none is more than 16 events ahead.
async def test_a_slow_reader_slows_the_nodes() -> None:
    made = 0

    class Counts(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            nonlocal made
            for number in range(1000):
                made += 1
                yield TokenChunk(text=str(number))
            run.result = None

    read = 0
    async with flow_of(a := Counts("a"), b := Counts("b"), Stub("end", a, b)).astream(1) as events:
        async for _ in events:
            read += 1
            for _ in range(5):
                await asyncio.sleep(0)
            assert made <= read + 2 * 16
            if read == 100:
                break


class Finds(BaseNode[str, list[str]]):
    """Finds things, and waits before the last one until it may go on."""

    def __init__(self, go_on: asyncio.Event) -> None:
        super().__init__(name="finds")
        self.go_on = go_on

    async def events(self, input_data: str, run: NodeRun[list[str]]) -> AsyncGenerator[ProgressItem, None]:
        for number in range(3):
            yield RetrievalItem(content=f"{input_data}{number}")
        await self.go_on.wait()
        yield RetrievalItem(content="late")
        run.result = ["all"]


class Answers(BaseNode[Any, str]):
    """Answers as soon as it has two things."""

    def __init__(self, finds: Finds, enough: int) -> None:
        super().__init__(name="answers", input=finds.live_output)
        self.enough = enough

    async def events(self, input_data: Any, run: NodeRun[str]) -> AsyncGenerator[ProgressItem, None]:
        found: list[str] = []
        async for item in input_data:
            if isinstance(item, RetrievalItem):
                found.append(item.content)
                yield TokenChunk(text=item.content)
            if len(found) == self.enough:
                break
        run.result = ",".join(found)


# A node begins on what another finds, and what reads it begins, too, before the first has ended.
async def test_a_node_begins_on_partials() -> None:
    go_on = asyncio.Event()
    finds = Finds(go_on)
    answers = Answers(finds, enough=2)
    after = Stub("after", answers)
    events: list[Any] = []
    async for event in flow_of(finds, answers, after).astream("x"):
        events.append(event)
        if event.node_id == "after" and isinstance(event, StreamEnd):
            go_on.set()
    assert_grammar(events)
    assert events[-1].result == ("after", ["x0,x1"])
    ends = [event.node_id for event in events if isinstance(event, StreamEnd) and event.scope == "node"]
    assert ends == ["answers", "after", "finds"]


# A reader that has enough and says so holds its writer no more; a run waits for a writer that nobody reads.
@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("leaves", ["by ending", "by aclose"])
async def test_a_live_reader_that_leaves_holds_nobody_back(leaves: str, alone: bool) -> None:
    written = asyncio.Event()

    class Writes(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            async for item in super().events(input_data, run):
                yield item
            written.set()

    async def enough(found: Feed) -> str:
        async for _ in found:
            break
        if leaves == "by aclose":
            await found.aclose()
            await asyncio.wait_for(written.wait(), 20)
        return "enough"

    writes = Writes("writes", turns=[0] * 100)
    reads = ToolNode[Any, str](enough, input=writes.live_output, name="reads")
    run = reads.astream("in") if alone else flow_of(writes, reads, output_type=str).astream("in")
    events = await events_of(run)
    assert_grammar(events)
    assert events[-1].result == "enough" and writes.closed == 1
    ends = [event.node_id for event in events if isinstance(event, StreamEnd) and event.scope == "node"]
    assert ends == (["writes", "reads"] if leaves == "by aclose" else ["reads", "writes"])


# One that reads to the end gets everything, in order.
async def test_a_live_reader_gets_everything() -> None:
    go_on = asyncio.Event()
    go_on.set()
    finds = Finds(go_on)
    flow = flow_of(finds, Answers(finds, enough=99), input_type=str, output_type=str)
    assert await flow.run("x") == "x0,x1,x2,late"


# Several streams fold into one value, which is given as it changes.
async def test_streams_fold_into_one_value() -> None:
    a, b = Stub("a", turns=[0, 3]), Stub("b", turns=[2, 0])

    async def count(so_far: dict[str, int], item: ProgressItem) -> dict[str, int]:
        await asyncio.sleep(0)
        if not isinstance(item, TokenChunk):
            return so_far
        return so_far | {item.node_id: so_far.get(item.node_id, 0) + 1}

    node = AggregateNode[dict[str, int]](inputs=(a.output, b.output), fold=count, initial={}, name="counts")
    events = await events_of(flow_of(a, b, node, input_type=int, output_type=dict[str, int]).astream(1))
    assert_grammar(events)
    outputs = [event.output for event in events if isinstance(event, Output)]
    assert len(outputs) == 4 and outputs[-1] == events[-1].result == {"a": 2, "b": 2}


# A fold that raises fails the run, and the nodes that it reads are closed.
async def test_a_fold_that_raises() -> None:
    a = Stub("a", turns=[0] * 50)
    node = AggregateNode[int](inputs=(a.output,), fold=lambda value, item: value + 1, initial="")
    with pytest.raises(FlowError, match="in node 'aggregate'"):
        await flow_of(a, node).run(1)
    assert a.closed == 1 and not await tasks_left()


# A node that is read live and by its result: both readers get what they read.
async def test_live_and_not() -> None:
    a = Stub("a")
    live: Any = Stub("live", a, live=True)
    live.gather = len
    flow = flow_of(a, live, Stub("end", a, live))
    assert await flow.run("in") == ("end", [("a", "in"), ("live", 1)])


# A failing node fails the run: its error, the ends of the others, the run's error, then the exception.
async def test_a_failing_node_fails_the_run() -> None:
    def fail(n: int) -> int:
        raise ValueError("boom")

    slow = Hang("slow")
    fails = ToolNode[int, int](fail, name="fails")
    flow = flow_of(fails, slow, Stub("end", fails, slow))
    events: list[Any] = []
    with pytest.raises(FlowError, match="Flow execution failed in node 'fails': boom") as failed:
        async for event in flow.astream(1):
            events.append(event)
    assert_grammar(events)
    assert isinstance(failed.value.__cause__, ValueError)
    said = [
        (event.node_id, event.kind, event.message) for event in events if isinstance(event, NonFatalError)
    ]
    assert [entry[0] for entry in said] == ["fails", "slow", ""]
    assert said[1][1:] == ("cancelled", "another node failed")
    assert not await tasks_left() and slow.closed == 1


# The same in a flow in a flow: the innermost cause is said, and every scope is closed.
async def test_a_failure_in_a_flow_in_a_flow() -> None:
    def fail(n: int) -> int:
        raise ValueError("boom")

    slow = Hang("slow")
    fails = ToolNode[int, int](fail, name="fails")
    inner = flow_of(fails, slow, Stub("end", fails, slow), name="inner")
    events: list[Any] = []
    with pytest.raises(FlowError, match="Flow execution failed in node 'fails': boom"):
        async for event in flow_of(FlowNode(inner)).astream(1):
            events.append(event)
    assert_grammar(events)
    assert not await tasks_left()
    assert {event.node_path for event in events if isinstance(event, StreamStart)} == {
        event.node_path for event in events if isinstance(event, StreamEnd)
    }


# A flow's node alone is a stream like that of any node.
async def test_a_flow_node_alone() -> None:
    inner = flow_of(Add("one"), Add("two"), input_type=int, output_type=Any, name="inner")
    inner.nodes[1].input = inner.nodes[0].output
    events = await events_of(FlowNode(inner).astream(1))
    assert_grammar(events)
    assert events[-1].result == 3 and await FlowNode(inner).run(1) == 3
    assert {event.node_path for event in events} == {("inner",), ("inner", "one"), ("inner", "two")}


# What a node takes back is its own: a node of the same name in another flow keeps what it said.
async def test_nodes_of_one_name_take_back_their_own() -> None:
    class Moody(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            self.runs += 1
            yield TokenChunk(text=f"{self.turns}{self.runs} ")
            if self.turns == "moody" and self.runs < 2:
                raise ValueError("not now")
            run.result = self.runs

    def inner(name: str, turns: Any) -> Any:
        return FlowNode(flow_of(RetryNode[int](Moody("say", turns=turns), name="retry"), name=name))

    one, two = inner("one", "moody"), inner("two", "calm")
    flow = flow_of(one, two, Stub("end", one, two, turns=[]))
    events = await events_of(flow.astream(1))
    assert_grammar(events)
    assert sorted((await collect_all_tokens(iter(events))).split()) == ["calm1", "moody2"]


# Limits may be given as a mapping; a wrong name is refused before anything runs.
async def test_limits_as_a_mapping() -> None:
    flow = flow_of(Add("one"), input_type=int, output_type=int)
    assert await flow.run(1, {"max_steps": 3}) == 2  # type: ignore[arg-type]
    with pytest.raises(ValidationError, match="steps"):
        flow.astream(1, {"steps": 3})  # type: ignore[arg-type]


# A node that says again what it has read live says it as its own: each event comes once, and in order.
@pytest.mark.parametrize("how", ["flow", "nested", "wired"])
async def test_what_is_read_live_can_be_said_again(how: str) -> None:
    class Again(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            async for item in input_data[0]:
                if isinstance(item, TokenChunk):
                    yield item
            run.result = "again"

    writer = Stub("writer", turns=[0, 1, 0])
    again = Again("again", writer, live=True)
    flow = flow_of(writer, again)
    if how == "nested":
        flow = flow_of(FlowNode(flow, name="inner"))
    events = await events_of(again.astream(1) if how == "wired" else flow.astream(1))
    assert_grammar(events)
    tokens = [(event.node_id, event.text) for event in events if isinstance(event, TokenChunk)]
    assert sorted(tokens) == [(name, f"writer{n}") for name in ("again", "writer") for n in range(3)]
