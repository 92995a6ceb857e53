"""What all nodes do: events, results, types, failures, names."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field
from pydantic_ai import Agent

from pydantic_flow.errors import NodeError
from pydantic_flow.nodes import (
    AgentNode,
    BaseNode,
    IfNode,
    LLMNode,
    MergeParserNode,
    MergeToolNode,
    NodeRun,
    ParserNode,
    RetrieverNode,
    RetryNode,
    ToolNode,
)
from pydantic_flow.nodes.typed import type_arguments
from pydantic_flow.streaming import (
    Emitter,
    NonFatalError,
    PartialFields,
    ProgressItem,
    StreamEnd,
    StreamStart,
    TokenChunk,
    collect_all_tokens,
    collect_final_result,
    to_json,
)
from pydantic_flow.streaming.preview import described, shape
from pydantic_flow.testing import Output, ScriptedModel

from .scenes import (
    ACCOUNT,
    ANSWER,
    Account,
    Answer,
    Query,
    answering,
    end_of,
    read,
    read_to_error,
    writer,
)


def echo(value: Any) -> Any:
    return value


class Words(BaseNode[str, list[str]]):
    """A kind of node of one's own."""

    async def events(self, input_data: str, run: NodeRun[list[str]]) -> AsyncIterator[ProgressItem]:
        for word in input_data.split():
            yield TokenChunk(text=word)
        run.result = input_data.split()


class Borrowed(BaseNode[str, Answer]):
    """One that has its own ``astream``, as the document shows; its end has only a preview."""

    async def astream(self, input_data: str) -> Any:  # type: ignore[override]
        yield StreamStart(run_id="mine", node_id=self.name)
        yield TokenChunk(run_id="mine", node_id=self.name, text=input_data)
        async for item in Words(name="other").astream("a b"):
            yield item
        yield StreamEnd(result_preview={"summary": input_data, "confidence": 1})


KINDS: dict[str, tuple[BaseNode[Any, Any], Any, Any]] = {
    "agent": (AgentNode[Query, str](writer("Hel", "lo"), "{question}"), Query(question="x"), "Hello"),
    "llm": (
        LLMNode[Query, Answer](answering()),
        Query(question="x"),
        Answer(summary="Brief", confidence=0.5),
    ),
    "tool": (ToolNode[str, str](str.upper), "x", "X"),
    "retriever": (RetrieverNode[str, dict[str, Any]](lambda q: [q, q]), "x", {"results": ["x", "x"]}),
    "parser": (ParserNode[str, Answer](), "".join(ANSWER), Answer(summary="Brief", confidence=0.5)),
    "parser of a function": (ParserNode[str, int](len), "xyz", 3),
    "merged tool": (MergeToolNode[int, int, int](max, inputs=[ToolNode(echo).output] * 2), (1, 2), 2),
    "merged parser": (MergeParserNode[int, int, int](max, inputs=[ToolNode(echo).output] * 2), (1, 2), 2),
    "if": (IfNode[str](str.isupper, ToolNode(str.lower), ToolNode(str.upper)), "x", "X"),
    "retry": (RetryNode[str](ToolNode(str.upper)), "x", "X"),
    "own kind": (Words(), "a b", ["a", "b"]),
}


# Every kind begins, ends with the real result, and `run` gives the same.
@pytest.mark.parametrize("kind", KINDS)
async def test_a_stream_starts_ends_and_has_the_result(kind: str) -> None:
    node, value, result = KINDS[kind]
    events = await read(node.astream(value))
    start, end = events[0], end_of(events)
    assert isinstance(start, StreamStart) and start.scope == end.scope == "node"
    assert (start.name, start.node_id, start.node_path) == (node.name, node.name, (node.name,))
    assert end.result == result == await node.run(value) == await collect_final_result(node.astream(value))
    assert type(end.result) is type(result)
    assert {event.run_id for event in events} == {start.run_id}
    assert all(to_json(event) for event in events if not isinstance(event, PartialFields))


# The object that a function returns is the one that comes out.
async def test_the_result_is_the_object_itself() -> None:
    answer = Answer(summary="x", confidence=0)
    assert await ToolNode[str, Answer](lambda _: answer).run("x") is answer
    assert (await ToolNode[str, list[Answer]](lambda _: [answer]).run("x"))[0] is answer
    assert await ToolNode[str, None](lambda _: None).run("x") is None


# What streams and what is returned are the same text.
async def test_tokens_together_are_the_result() -> None:
    node = AgentNode[Query, str](writer("so ", "it ", "is"))
    assert await collect_all_tokens(node.astream(Query(question="?"))) == await node.run(Query(question="?"))


# Types that stand in brackets, in a base class, or nowhere.
class Fixed(LLMNode[Query, Answer]):
    pass


class Further(Fixed):
    pass


@pytest.mark.parametrize(
    ("kind", "types"),
    [
        (AgentNode[Query, str], (Query, str)),
        (LLMNode[Query, Answer], (Query, Answer)),
        (Fixed, (Query, Answer)),
        (Further, (Query, Answer)),
        (Words, (str, list[str])),
        (IfNode[Answer], (Any, Answer)),
        (RetryNode[Answer], (Any, Answer)),
        (MergeToolNode[int, str, Answer], (tuple[int, str], Answer)),
        (MergeParserNode[int, int, int, Answer], (tuple[int, int, int], Answer)),
        (ToolNode, (Any, Any)),
        (ToolNode[Query, Any], (Query, Any)),
    ],
    ids=str,
)
def test_types_are_known_at_run_time(kind: Any, types: Any) -> None:
    assert type_arguments(kind, BaseNode) == types


# Instances know them too, and functions say theirs.
def test_a_node_knows_its_types() -> None:
    def length(text: str) -> int:
        return len(text)

    node = LLMNode[Query, Answer](answering())
    assert (node.input_type, node.output_type, node.output.type_hint) == (Query, Answer, Answer)
    assert (ToolNode(length).input_type, ToolNode(length).output_type) == (str, int)
    assert (ToolNode[str, bool](length).output_type, ParserNode(length).output_type) == (bool, int)


# A value is made to fit, or refused by name: it never passes as something else.
@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        (ToolNode[Query, Query], {"question": "x"}, Query(question="x")),
        (ToolNode[Any, Answer], {"summary": "x", "confidence": "1"}, Answer(summary="x", confidence=1)),
        (ToolNode[Any, list[int]], ["1"], [1]),
        (ToolNode[Any, str | None], None, None),
        (
            ToolNode[Any, Answer],
            {"wrong": 1},
            "the result of 'echo' is no Answer but a dict of 1 item: summary: Field",
        ),
        (ToolNode[Any, str], 1, "the result of 'echo' is no str but an int"),
        (ToolNode[Query, Any], "x", "the input of 'echo' is no Query but a str of 1 character: "),
        (ToolNode[Any, Words], "x", "the result of 'echo' is no Words but a str"),
    ],
)
async def test_values_fit_their_types(kind: Any, value: Any, result: Any) -> None:
    node = kind(echo)
    if isinstance(result, str):
        events, error = await read_to_error(node.astream(value))
        assert isinstance(error, NodeError) and str(error).startswith(result)
        assert end_of(events).success is False
    else:
        assert await node.run(value) == result


# An agent that would give text is asked for what the node promises.
async def test_an_agent_is_asked_for_the_type_of_the_node() -> None:
    agent = Agent(ScriptedModel([Output(ANSWER)]))
    events = await read(LLMNode[Query, Answer](agent).astream(Query(question="x")))
    assert end_of(events).result == Answer(summary="Brief", confidence=0.5)
    assert next(e.fields for e in events if isinstance(e, PartialFields)) == {"summary": "Bri"}


# A node that fails says so, ends, and raises what was raised, with a note of where.
async def test_a_failing_node_says_so_ends_and_raises() -> None:
    def broken(query: Query) -> str:
        raise LookupError("nothing there")

    events, error = await read_to_error(ToolNode(broken).astream(Query(question="hunter2")))
    said, end = events[-2:]
    assert isinstance(said, NonFatalError) and not said.recoverable and said.exception_type == "LookupError"
    assert said.message == "node 'broken', given a Query(question: str): nothing there"
    assert isinstance(end, StreamEnd) and not end.success and end.result is None
    assert isinstance(error, LookupError)
    assert error.__notes__ == ["in node 'broken', given a Query(question: str)"]
    with pytest.raises(LookupError, match="nothing there"):
        await ToolNode(broken).run(Query(question="x"))


# What an input hides, and what is named as a secret, is in no event and no error.
@pytest.mark.parametrize(
    "node",
    [
        ToolNode[Any, int](lambda account: 1),
        ToolNode[Any, int](lambda account: "x"),
        ToolNode[Query, int](lambda account: 1),
        AgentNode[Any, str](writer("x"), "{nothing}"),
        AgentNode[Any, str](writer("x"), "I am {user}"),
        RetryNode[int](ToolNode[Any, int](lambda account: "x"), max_retries=1),
    ],
    ids=repr,
)
@pytest.mark.parametrize(
    "value", [ACCOUNT, [ACCOUNT], {"account": ACCOUNT, "token": "hunter2"}], ids=["model", "list", "dict"]
)
async def test_secrets_stay_out_of_events_and_errors(node: BaseNode[Any, Any], value: Any) -> None:
    events: list[Any] = []
    try:
        async for event in node.astream(value):
            events.append(event)
    except Exception as error:
        assert "hunter2" not in f"{error} {error.__notes__}"
    assert b"hunter2" not in b"".join(to_json(event) for event in events)
    assert "ada" in str(events[0].input_preview)


# Previews are short however large the input is.
async def test_previews_are_short() -> None:
    large = {"texts": ["x" * 10_000] * 1000, "deep": [[[[[[1]]]]]], "bytes": b"x" * 10_000, "n": 10**5000}
    events = await read(ToolNode[Any, Any](echo).astream(large))
    assert len(to_json(events[0])) < 2500
    assert end_of(events).result is large and len(str(end_of(events).result_preview)) < 2500


# A node is driven as a part of something larger: its events join that run, and go on when it runs again.
async def test_a_node_joins_the_run_of_who_drives_it() -> None:
    run = Emitter("r1")
    place = run.child("flow").child("step")
    first = await _drive(Words(name="step"), "a b", place)
    run_again = await _drive(Words(name="step"), "c", place)
    events = first + run_again
    assert [event.seq for event in events] == list(range(7))
    assert [event.index for event in events] == list(range(7))
    assert {(event.run_id, event.node_path) for event in events} == {("r1", ("flow", "step"))}


async def _drive(node: BaseNode[Any, Any], value: Any, emitter: Emitter) -> list[Any]:
    stream = node.stream(value, emitter)
    events = [event async for event in stream]
    assert stream.result == end_of(events).result
    return events


# An agent that tried again is at a later attempt; the node ends there, and goes on from there.
async def test_a_node_ends_in_the_attempt_that_ran() -> None:
    place = Emitter().child("n")
    node = LLMNode[Query, Answer](answering(['{"summary": 1}'], ANSWER))
    stream = node.stream(Query(question="x"), place)
    events = [event async for event in stream]
    assert (events[0].attempt, events[-1].attempt) == (0, 1)
    assert stream.emitter.attempt == 1 and place.latest is stream.emitter


# `run_id` can be given; otherwise each run has a new one.
async def test_run_ids() -> None:
    assert {event.run_id for event in await read(Words(run_id="r").astream("a"))} == {"r"}
    node = Words()
    assert (await read(node.astream("a")))[0].run_id != (await read(node.astream("a")))[0].run_id


# Names are those of what runs, and no addresses.
@pytest.mark.parametrize(
    ("node", "name"),
    [
        (ToolNode(echo), "echo"),
        (ToolNode(lambda x: x), "tool"),
        (RetrieverNode(echo), "echo"),
        (ParserNode[str, int](), "parser"),
        (ParserNode(echo), "echo"),
        (AgentNode(writer("x")), "agent"),
        (LLMNode(answering()), "llm"),
        (Words(), "words"),
        (Words(name="w"), "w"),
        (RetryNode(ToolNode(echo)), "retry_echo"),
        (IfNode(bool, ToolNode(echo), ToolNode(echo)), "if"),
    ],
    ids=repr,
)
def test_default_names(node: BaseNode[Any, Any], name: str) -> None:
    assert node.name == name


# The streams of kinds that override `astream` are taken over, and what they forward keeps its name.
async def test_a_class_with_its_own_astream_is_taken_over() -> None:
    run = Emitter("r")
    events = [event async for event in Borrowed(name="b").stream("x", run.child("b"))]
    tokens = [(event.node_path, event.text) for event in events if isinstance(event, TokenChunk)]
    assert tokens == [(("b",), "x"), (("b", "other"), "a"), (("b", "other"), "b")]
    assert {event.run_id for event in events} == {"r"}
    assert end_of(events).result == await Borrowed().run("x") == Answer(summary="x", confidence=1)


class NoResult(BaseNode[Any, Any]):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncIterator[ProgressItem]:
        yield TokenChunk(text="x")


class NoEnd(BaseNode[Any, Any]):
    async def astream(self, input_data: Any) -> Any:  # type: ignore[override]
        yield StreamStart(node_id=self.name)


class NoEvent(BaseNode[Any, Any]):
    async def astream(self, input_data: Any) -> Any:  # type: ignore[override]
        yield "text"


class CancelsItself(BaseNode[Any, Any]):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncIterator[ProgressItem]:
        yield TokenChunk(text="x")
        task = asyncio.create_task(asyncio.sleep(10))
        task.cancel()
        await task


# Mistakes in a kind of node are told with its name.
@pytest.mark.parametrize(
    ("node", "message"),
    [
        (NoResult(), "'noresult' ended without a result"),
        (NoEnd(), "'noend' ended without a StreamEnd"),
        (NoEvent(), "'noevent' yielded a str, which is no event"),
        (CancelsItself(), "node 'cancelsitself', given an int: something in it was cancelled"),
    ],
    ids=repr,
)
async def test_mistakes_of_a_kind_are_told(node: BaseNode[Any, Any], message: str) -> None:
    with pytest.raises(NodeError) as caught:
        await node.run(1)
    assert str(caught.value).startswith(message)


# A kind without anything to run is refused when it is made.
def test_a_kind_has_something_to_run() -> None:
    class Nothing(BaseNode[str, str]):
        pass

    with pytest.raises(TypeError, match="Nothing has to override events"):
        Nothing()


# pydantic-ai takes a second to import, and only agents need it.
def test_nodes_import_without_pydantic_ai() -> None:
    code = (
        "import sys; sys.modules['pydantic_ai'] = None\n"
        "import asyncio\n"
        "from pydantic_flow.nodes import AgentNode, ToolNode\n"
        "from pydantic_flow import RetrieverNode\n"
        "print(asyncio.run(ToolNode(str.upper).run('x')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "X\n", done.stderr


class Frozen(BaseModel):
    account: Account


class Unseen(dict[str, Any]):
    """Cannot be looked at."""

    def items(self) -> Any:
        raise RuntimeError("no")

    def __len__(self) -> int:
        raise RuntimeError("no")

    def __repr__(self) -> str:
        raise RuntimeError("no")


# A value that cannot be looked at goes through, and fails nothing.
async def test_a_value_that_cannot_be_looked_at() -> None:
    value = Unseen()
    assert await ToolNode[Any, Any](echo).run(value) is value
    events = await read(ToolNode[Any, Any](echo).astream(value))
    assert events[0].input_preview == "<Unseen>" and shape(value) == "Unseen"


def second_only(text, count: int = 1):  # type: ignore[no-untyped-def]
    return text


class Callable_:
    def __call__(self, text: str) -> int:
        return len(text)

    def method(self, text: str) -> int:
        return len(text)


# Only what a function says of its first argument and its result is taken for its types.
@pytest.mark.parametrize(
    ("function", "types"),
    [
        (second_only, (Any, Any)),
        (Answer, (Any, Answer)),
        (Callable_().method, (str, int)),
        (Callable_(), (Any, Any)),
        (lambda x: x, (Any, Any)),
        (str.upper, (Any, Any)),
    ],
)
def test_types_of_functions(function: Any, types: Any) -> None:
    assert (ToolNode(function).input_type, ToolNode(function).output_type) == types


# A type that has no hash is as good as any other.
async def test_types_without_a_hash() -> None:
    kind = ToolNode[Annotated[int, Field(json_schema_extra={"x": 1})], Annotated[int, []]]
    assert await kind(echo).run("1") == 1


# The shape of a value is its type and members, never its content.
def test_shapes() -> None:
    assert shape(Frozen(account=ACCOUNT)) == "Frozen(account: Account)"
    assert shape(b"a") == "bytes of 1 byte" and described(None) == "None"
    assert shape([1]) == "list of 1 item" and shape(None) == "NoneType"
