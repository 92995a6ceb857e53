"""What each kind of node does besides."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, PromptedOutput, RunContext

from pydantic_flow.errors import NodeError, TruncatedError
from pydantic_flow.nodes import (
    AgentNode,
    Backoff,
    BaseNode,
    IfNode,
    LLMNode,
    MergeToolNode,
    NodeRun,
    ParserNode,
    RetrieverNode,
    RetryNode,
    ToolNode,
)
from pydantic_flow.streaming import (
    NonFatalError,
    PartialFields,
    ProgressItem,
    Retract,
    RetrievalItem,
    StreamEnd,
    StreamStart,
    TokenChunk,
    ToolCall,
    ToolResult,
    collect_all_tokens,
    iter_fields,
)
from pydantic_flow.testing import Call, Fail, ScriptedModel, arriving

from .scenes import ANSWER, Answer, Query, answering, end_of, kinds, read, read_to_error, writer


def of(events: list[Any], kind: type) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


# Agents.


# The agent's whole run is in the node's: tokens, fields, what it used; all under the node's name.
async def test_an_agent_node_forwards_everything() -> None:
    node = LLMNode[Query, Answer](answering(), "{question}", name="ask")
    events = await read(node.astream(Query(question="x")))
    assert kinds(events) == [
        *("start", "token", "partial_fields", "token", "partial_fields", "token", "partial_fields"),
        *("progress", "end"),
    ]
    assert {event.node_id for event in events} == {"ask"}
    assert [event.scope for event in events if isinstance(event, StreamStart | StreamEnd)] == [
        *("node", "agent", "agent", "node")
    ]
    assert events[0].input_preview == {"question": "x"}
    assert end_of(events).usage == events[-2].usage and end_of(events).usage["requests"] == 1
    shown = [fields async for fields in iter_fields(node.astream(Query(question="x")))]
    assert shown == [{"summary": "Bri"}, {"summary": "Brief"}, {"confidence": 0.5}]


# Deps, history and options reach the agent.
async def test_deps_history_and_options_reach_the_agent() -> None:
    model = ScriptedModel([Call("who")], ["done"])
    agent: Agent[str, str] = Agent("test", deps_type=str)
    seen: list[str] = []

    @agent.tool
    def who(ctx: RunContext[str]) -> str:
        seen.append(ctx.deps)
        return ctx.deps

    first = await read(AgentNode[str, str](writer("before")).astream("x"))
    node = AgentNode[str, str](
        agent, deps="ada", message_history=first[-2].messages, model=model, emit_progress=False
    )
    events = await read(node.astream("y"))
    assert seen == ["ada"] and end_of(events).result == "done"
    assert "progress" not in kinds(events) and "tool_result" in kinds(events)
    assert len(model.messages[0]) == 3


# A refused answer is withdrawn; the text that stands is that of the last attempt.
async def test_a_refused_answer_is_withdrawn() -> None:
    events = await read(
        LLMNode[Query, Answer](answering(['{"summary": 1}'], ANSWER)).astream(Query(question="x"))
    )
    assert len(of(events, Retract)) == 1
    assert end_of(events).result == Answer(summary="Brief", confidence=0.5)
    assert await collect_all_tokens(events) == "".join(ANSWER)


# Functions.


async def slowly(value: int) -> int:
    await asyncio.sleep(0)
    return value + 1


# A call and its result, with a real duration; a failed call says why.
async def test_a_function_is_a_tool_call() -> None:
    events = await read(ToolNode(slowly).astream(1))
    _, call, result, _ = events
    assert isinstance(call, ToolCall) and isinstance(result, ToolResult)
    assert (call.tool_name, result.result, result.error) == ("slowly", 2, None)
    assert call.call_id == result.call_id and result.duration_seconds > 0
    events, _ = await read_to_error(ToolNode(lambda _: 1 / 0).astream(1))
    assert [result.error for result in of(events, ToolResult)] == ["division by zero"]
    assert of(events, ToolResult)[0].exception_type == "ZeroDivisionError"


# Retrieval.


async def found(query: Any) -> AsyncIterator[Any]:
    yield {"id": 7, "content": "seven", "score": 0.5, "metadata": {"from": "db"}}
    await asyncio.sleep(0)
    yield "text"
    yield {"content": None}
    yield RetrievalItem(content="event", item_id="e")


def found_at_once(query: Any) -> Iterator[Any]:
    yield {"id": 7, "content": "seven", "score": 0.5, "metadata": {"from": "db"}}
    yield from ("text", {"content": None}, RetrievalItem(content="event", item_id="e"))


async def found_later(query: Any) -> Any:
    return list(found_at_once(query))


# However things are found, each is an event as it is found, and all are the result.
@pytest.mark.parametrize("search", [found, found_at_once, found_later])
async def test_what_is_found_comes_as_it_is_found(search: Any) -> None:
    events = await read(RetrieverNode(search).astream("x"))
    items = of(events, RetrievalItem)
    assert [(item.item_id, item.content, item.score) for item in items] == [
        ("7", "seven", 0.5),
        ("1", "text", None),
        ("2", "", None),
        ("e", "event", None),
    ]
    assert items[0].metadata == {"from": "db"} and items[1].metadata == {}
    assert [
        item["content"] if isinstance(item, dict) else item for item in end_of(events).result["results"]
    ] == [
        "seven",
        "text",
        None,
        "event",
    ]


# The next thing is looked for when the last one has been taken.
async def test_nothing_is_looked_for_ahead() -> None:
    asked: list[int] = []

    async def search(query: Any) -> AsyncIterator[Any]:
        for number in range(10):
            asked.append(number)
            yield str(number)

    async with RetrieverNode(search).astream("x") as events:
        async for event in events:
            if isinstance(event, RetrievalItem):
                assert asked[-1] == int(event.content)
                if len(asked) == 3:
                    break
    assert asked == [0, 1, 2]


class Found(BaseModel):
    results: list[dict[str, Any]]


class Document(BaseModel):
    content: str


# The result is made as its type says.
async def test_the_result_of_a_search_has_its_type() -> None:
    documents = [{"content": "a"}, {"content": "b"}]
    assert await RetrieverNode[str, Found](lambda _: documents).run("x") == Found(results=documents)
    assert await RetrieverNode[str, list[Document]](lambda _: documents).run("x") == [
        Document(content="a"),
        Document(content="b"),
    ]


@pytest.mark.parametrize("nothing", [1, None, "text", {"id": 1}, [1]])
async def test_a_search_gives_things_to_iterate_over(nothing: Any) -> None:
    with pytest.raises(NodeError, match="the retriever of 'search' gave"):
        await RetrieverNode[Any, Any](lambda _: nothing, name="search").run("x")


# Parsing.

BROKEN = "Sure! {'summary': 'Brief', \"confidence\": 0.5,}"


@pytest.mark.parametrize(
    "source",
    [
        lambda: "".join(ANSWER),
        lambda: "".join(ANSWER).encode(),
        lambda: ANSWER,
        lambda: arriving(ANSWER),
        lambda: arriving([StreamStart(), *(TokenChunk(text=text) for text in ANSWER)]),
        lambda: arriving([TokenChunk(text="no", channel="thinking"), TokenChunk(text="".join(ANSWER))]),
        lambda: arriving([BROKEN]),
    ],
)
async def test_json_is_read_however_it_comes(source: Any) -> None:
    events = await read(ParserNode[Any, Answer]().astream(source()))
    assert end_of(events).result == Answer(summary="Brief", confidence=0.5)
    assert of(events, PartialFields)[-1].fields["confidence"] == 0.5


# A text that is cut is an error: said once, then the end, then the exception.
async def test_a_cut_text_fails() -> None:
    events, error = await read_to_error(ParserNode[str, Answer]().astream('{"summary": "Bri'))
    assert isinstance(error, TruncatedError) and error.value == {"summary": "Bri"}
    assert [event.recoverable for event in of(events, NonFatalError)] == [False]
    assert await ParserNode[str, Any](on_truncated="accept").run('{"summary": "Bri') == {"summary": "Bri"}


# What the writer withdraws is withdrawn here too, and what is left is read again.
async def test_a_withdrawn_text_is_read_anew() -> None:
    tokens = [TokenChunk(text=text, index=index) for index, text in enumerate(['{"a": 1', "2}"])]
    gone = Retract(target_node="", target_attempt=0, from_index=1, to_index=1, reason="retry")
    again = TokenChunk(text="3}", attempt=1)
    events = await read(ParserNode[Any, dict[str, int]]().astream(arriving([*tokens, gone, again])))
    assert end_of(events).result == {"a": 13}
    assert [event.attempt for event in of(events, PartialFields)] == [0, 0, 1, 1]
    (retract,) = of(events, Retract)
    assert [retract.covers(event) for event in of(events, PartialFields)] == [True, True, False, False]


@pytest.mark.parametrize("nothing", [1, None, {"a": 1}])
async def test_a_parser_reads_text(nothing: Any) -> None:
    with pytest.raises(NodeError, match=r"'parser' reads text, and was given (an? |None)"):
        await ParserNode[Any, Any]().run(nothing)
    with pytest.raises(TypeError, match="takes no on_truncated"):
        ParserNode(len, on_truncated="accept")


# Branches.


# Only the branch that was chosen runs, below the node, on the node's input.
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_one_branch_runs(asynchronous: bool) -> None:
    async def later(value: int) -> bool:
        return value > 0

    node = IfNode[str](
        later if asynchronous else lambda value: value > 0,
        ToolNode(lambda value: f"+{value}", name="positive"),
        ToolNode(str, name="negative"),
        name="sign",
    )
    events = await read(node.astream(5))
    assert {event.node_path for event in events} == {("sign",), ("sign", "positive")}
    assert (await node.run(5), await node.run(-5)) == ("+5", "-5")


async def test_a_branch_reads_no_other_node() -> None:
    first, other = ToolNode(str.lower), ToolNode(str.upper)
    node = IfNode[str](bool, ToolNode(str.strip, input=other.output), ToolNode(len), input=first.output)
    with pytest.raises(NodeError, match="'strip' is a branch of 'if' and takes its input"):
        await node.run("x")
    node.if_true.input = first.output
    assert node.dependencies == [first]
    assert await node.run("X ") == "x"


# Another try.


def flaky(*answers: Any) -> AgentNode[str, str]:
    """Asks a model that says these, one in each attempt."""
    return AgentNode[str, str](Agent(ScriptedModel(*answers)), name="flaky")


# Each attempt is seen, what it showed is withdrawn, and the text that stands is that of the last.
async def test_what_a_failed_attempt_showed_is_withdrawn() -> None:
    broken = ["One ", Fail(OSError("broken"))]
    node = RetryNode[str](flaky(broken, ["Two ", Fail(OSError("again"))], ["Three"]), name="try")
    events = await read(node.astream("x"))
    assert end_of(events).result == "Three"
    assert await collect_all_tokens(events) == "Three"
    assert [(event.text, event.attempt) for event in of(events, TokenChunk)] == [
        ("One ", 0),
        ("Two ", 1),
        ("Three", 2),
    ]
    assert {event.node_path for event in of(events, TokenChunk)} == {("try", "flaky")}
    retries = [event for event in of(events, NonFatalError) if event.kind == "retry"]
    assert [event.message for event in retries] == [
        "attempt 1 of 4 failed, and is made again: broken",
        "attempt 2 of 4 failed, and is made again: again",
    ]
    assert all(event.recoverable and event.node_path == ("try",) for event in retries)


# The tries of agents within are counted too: no attempt has a number twice.
async def test_attempts_within_attempts() -> None:
    model = ScriptedModel(
        ['{"summary": 1}'], ['{"summary": "a', Fail(OSError("x"))], ['{"summary": 2}'], ANSWER
    )
    ask = LLMNode[str, Answer](Agent(model, output_type=PromptedOutput(Answer)), name="ask")
    node = RetryNode[Answer](RetryNode[Answer](ask, max_retries=1), max_retries=1)
    events = await read(node.astream("x"))
    assert end_of(events).result == Answer(summary="Brief", confidence=0.5)
    attempts = [event.attempt for event in of(events, TokenChunk)]
    assert attempts == sorted(attempts) and len(set(attempts)) == 4
    assert await collect_all_tokens(events) == "".join(ANSWER)


# Retries end: after so many, and for exceptions that are not worth one.
@pytest.mark.parametrize(
    ("options", "error", "tries"),
    [
        ({"max_retries": 2}, OSError, 3),
        ({"max_retries": 0}, OSError, 1),
        ({"retry_on": OSError}, ValueError, 1),
        ({"retry_on": (OSError, ValueError), "max_retries": 1}, ValueError, 2),
    ],
)
async def test_retries_end(options: Any, error: type[Exception], tries: int) -> None:
    calls: list[int] = []

    def failing(value: Any) -> None:
        calls.append(value)
        raise error("no")

    events, raised = await read_to_error(RetryNode[None](ToolNode(failing), **options).astream(1))
    assert type(raised) is error and len(calls) == tries
    assert end_of(events).success is False


def test_max_retries_is_not_negative() -> None:
    with pytest.raises(ValueError, match="max_retries is 0 or more"):
        RetryNode(ToolNode(len), max_retries=-1)


# The waits between attempts are those of the back-off.
async def test_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    backoff = Backoff(initial=1, factor=3, maximum=5)
    for how, expected in ((backoff, [1, 3, 5]), (0.5, [0.5, 0.5, 0.5]), (float, [1, 2, 3])):
        waits.clear()
        with pytest.raises(ZeroDivisionError):
            await RetryNode[Any](ToolNode(lambda _: 1 / 0), max_retries=3, backoff=how).run(1)
        assert waits == expected
    assert all(1 <= Backoff(initial=1, jitter=0.5)(1) <= 1.5 for _ in range(20))


# A retried node keeps its wiring.
async def test_a_retried_node_is_wired_as_before() -> None:
    first, second = ToolNode(str.upper, name="a"), ToolNode(str.lower, name="b")
    merged = MergeToolNode[str, str, str](lambda a, b: a + b, inputs=(first.output, second.output))
    node = RetryNode[str](merged)
    assert node.dependencies == [first, second]
    assert await node.run("x") == "Xx"
    single = RetryNode[str](ToolNode(str.strip))
    single.input = first.output
    assert single.wrapped_node.dependencies == [first]


# A kind of node that forwards another.
class Twice(BaseNode[str, str]):
    async def events(self, input_data: str, run: NodeRun[str]) -> AsyncIterator[ProgressItem]:
        texts = []
        for number in range(2):
            stream = AgentNode[str, str](writer(input_data)).stream(
                input_data, run.emitter.child(f"n{number}")
            )
            async with stream as items:
                async for item in items:
                    yield item
            texts.append(stream.result)
        run.result = "".join(texts)


async def test_a_kind_can_run_other_nodes() -> None:
    events = await read(Twice().astream("ab"))
    assert end_of(events).result == "abab"
    assert {event.node_path for event in events} == {("twice",), ("twice", "n0"), ("twice", "n1")}
