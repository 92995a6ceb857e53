"""The snippets of the document on streaming architecture, with only what it leaves undefined filled in.

Left undefined there: a model that answers without a key (``Agent("openai:gpt-4")`` becomes an agent over a
script), a database, a user interface, ``timeout`` (``asyncio.timeout``).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent as Agent_
from pydantic_ai.models.test import TestModel

from pydantic_flow import (
    AgentNode,
    BaseNode,
    Heartbeat,
    LLMNode,
    NonFatalError,
    ProgressItem,
    ProgressType,
    RetrievalItem,
    RetrieverNode,
    StreamEnd,
    StreamStart,
    TokenChunk,
    collect_all_tokens,
    collect_final_result,
    iter_fields,
    iter_tokens,
)
from pydantic_flow.streaming import PartialFields, StreamingParser
from pydantic_flow.testing import Output, ScriptedModel, Wait

TEXT = ["AI ", "is ", "software."]
JSON = ['{"summary": "So', 'ftware", "confi', 'dence": 0.9', "}"]


class Query(BaseModel):
    question: str


class Answer(BaseModel):
    summary: str
    confidence: float


def Agent(model: str, output_type: Any = str, instructions: str = "", say: Any = None) -> Agent_[Any, Any]:
    """The user's own agent, over a script instead of a provider."""
    said = say or (TEXT if output_type is str else [Output(JSON)])
    return Agent_(ScriptedModel(list(said)), output_type=output_type, instructions=instructions)


query = Query(question="What is AI?")


# Agent Integration; AgentNode; Simple Streaming.
async def test_agent_node(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent("openai:gpt-4", instructions="Be helpful")
    node: AgentNode[Query, str] = AgentNode(agent=agent, prompt_template="{question}")
    assert await node.run(query) == "AI is software."

    node = AgentNode[Query, str](agent=agent, prompt_template="{question}", name="answer_node")
    async for token in iter_tokens(node.astream(query)):
        print(token, end="")
    assert capsys.readouterr().out == "AI is software."
    result = await node.run(query)
    assert isinstance(result, str)

    node = AgentNode[Query, str](agent=agent)
    async for token in iter_tokens(node.astream(query)):
        print(token, end="", flush=True)
    assert capsys.readouterr().out == "AI is software."


# pydantic-ai's own model for tests streams too.
async def test_agent_node_over_a_test_model() -> None:
    node = AgentNode[Query, str](agent=Agent_(TestModel(custom_output_text="So it is")))
    assert [token async for token in iter_tokens(node.astream(query))] == ["So ", "it ", "is"]


# BaseNode: the primary interface and the convenience over it, as the document declares them.
async def test_base_node() -> None:
    class Echo(BaseNode[Query, str]):
        async def astream(self, input_data: Query) -> AsyncIterator[ProgressItem]:  # type: ignore[override]
            yield StreamStart(node_id=self.name)
            yield TokenChunk(node_id=self.name, text=input_data.question)
            yield StreamEnd(node_id=self.name, result=input_data.question)

    assert await Echo().run(query) == "What is AI?"
    assert await collect_all_tokens(Echo().astream(query)) == "What is AI?"


# LLMNode; Structured Output.
async def test_llm_node(capsys: pytest.CaptureFixture[str]) -> None:
    agent = Agent("openai:gpt-4", output_type=Answer)
    node = LLMNode[Query, Answer](agent=agent, prompt_template="Answer: {question}", name="structured_answer")

    async for item in node.astream(query):
        if isinstance(item, TokenChunk):
            print(item.text, end="")
        elif isinstance(item, PartialFields):
            print(f"\nFields: {item.fields}")
    out = capsys.readouterr().out
    assert "Fields: {'summary': 'So'}\n" in out and "Fields: {'confidence': 0.9}\n" in out

    node = LLMNode[Query, Answer](agent=agent, prompt_template="{question}")
    result = await node.run(query)
    print(f"Summary: {result.summary}")
    assert isinstance(result, Answer) and capsys.readouterr().out == "Summary: Software\n"


class Found(BaseModel):
    id: int
    text: str
    content: str = ""
    score: float = 0.5


class Database:
    def search(self, text: str) -> list[Found]:
        return [Found(id=number, text=f"{text} {number}", content=f"{text} {number}") for number in range(3)]


class Search(BaseModel):
    text: str


# RetrieverNode: results as they are found.
async def test_retriever_node() -> None:
    processed: list[str] = []

    async def retriever_fn(query: Search) -> AsyncIterator[dict[str, Any]]:
        for item in Database().search(query.text):
            assert len(processed) == item.id  # the ones before have been processed
            yield {"id": item.id, "content": item.content, "score": item.score}

    node: RetrieverNode[Search, Any] = RetrieverNode(retriever_fn=retriever_fn)
    async for item in node.astream(Search(text="x")):
        if isinstance(item, RetrievalItem):
            processed.append(item.content)
    assert processed == ["x 0", "x 1", "x 2"]


# Incremental Retrieval: a wired node's stream has both.
async def test_incremental_retrieval(capsys: pytest.CaptureFixture[str]) -> None:
    db = Database()

    async def search(query: Search) -> AsyncIterator[dict[str, Any]]:
        for result in db.search(query.text):
            yield {"id": result.id, "content": result.text, "score": result.score}

    agent = Agent("openai:gpt-4")
    retriever: RetrieverNode[Any, Any] = RetrieverNode(retriever_fn=search)
    llm: LLMNode[Any, Any] = LLMNode(agent=agent, prompt_template="Summarize: {results}")

    llm.input = retriever.output

    async for item in llm.astream(Search(text="AI")):
        if isinstance(item, RetrievalItem):
            print(f"Found: {item.content[:50]}")
        elif isinstance(item, TokenChunk):
            print(item.text, end="")
    assert capsys.readouterr().out == "Found: AI 0\nFound: AI 1\nFound: AI 2\nAI is software."


class MyModel(BaseModel):
    field: str


# Streaming Parser; Fault Injection.
async def test_streaming_parser(capsys: pytest.CaptureFixture[str]) -> None:
    async def text_stream() -> AsyncIterator[str]:
        for chunk in ('{"field": ', '"val', 'ue",}'):
            yield chunk

    parser = StreamingParser(MyModel)
    async for item in parser.astream_parse(text_stream()):
        if isinstance(item, PartialFields):
            print(f"Partial: {item.fields}")
        elif isinstance(item, MyModel):
            print(f"Complete: {item}")
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "Partial: {'field': 'value'}",
        "Complete: field='value'",
    ]

    async def bad_stream() -> AsyncIterator[str]:
        yield '{"field": "value'  # Incomplete

    parser = StreamingParser(MyModel)
    with pytest.raises(ValueError):
        async for _ in parser.astream_parse(bad_stream()):
            pass


# Token Streaming; Field Observation; Collect Results.
async def test_helpers() -> None:
    shown: list[Any] = []
    node = LLMNode[Query, Answer](
        agent=Agent("openai:gpt-4", output_type=Answer), prompt_template="{question}"
    )
    async for fields in iter_fields(node.astream(query)):
        shown.append(fields)
    assert shown == [{"summary": "So"}, {"summary": "Software"}, {"confidence": 0.9}]
    text = await collect_all_tokens(node.astream(query))
    result = await collect_final_result(node.astream(query))
    assert text == "".join(JSON) and result == Answer(summary="Software", confidence=0.9)


# Observer Pattern: what every item includes.
async def test_all_items_have_an_envelope() -> None:
    node = AgentNode[Query, str](agent=Agent("openai:gpt-4"), name="n")
    async for item in node.astream(query):
        assert item.timestamp.tzinfo is not None and item.run_id and item.node_id == "n"


# Error Handling: recoverable or not, then the exception.
async def test_error_handling() -> None:
    logged: list[str] = []
    agent = Agent(
        "openai:gpt-4", output_type=Answer, say=[Output(['{"summary": "x",', ', "confidence": "high"}'])]
    )
    node = LLMNode[Query, Answer](agent=agent, prompt_template="{question}")
    async for item in node.astream(query):
        if isinstance(item, NonFatalError):
            if not item.recoverable:
                break
            logged.append(item.message)
    # The comma is no reason to ask again, but the confidence is: pydantic-ai does so once, and then gives up.
    assert logged[0] == "a comma with nothing before or after it was ignored"
    assert isinstance(item, NonFatalError) and "Exceeded maximum output retries" in item.message


# Cancellation: the stream closes cleanly on timeout.
async def test_cancellation() -> None:
    agent = Agent("openai:gpt-4", say=["one", Wait(60), "two"])
    node = AgentNode[Query, str](agent=agent)
    seen: list[ProgressItem] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            async for item in node.astream(query):
                seen.append(item)
    assert TokenChunk in {type(item) for item in seen}
    assert agent.model.open == 0  # type: ignore[union-attr]
    assert asyncio.all_tasks() == {asyncio.current_task()}


# Heartbeats: a silent model is told of.
async def test_heartbeats() -> None:
    messages: list[str] = []
    node = AgentNode[Query, str](agent=Agent("openai:gpt-4", say=[Wait(0.1), "so"]), heartbeat=0.02)
    async for item in node.astream(query):
        if isinstance(item, Heartbeat):
            messages.append(item.message)
    assert messages and set(messages) == {"waiting for the model"}


# Backpressure: a slow consumer slows the production.
async def test_backpressure() -> None:
    said: list[int] = []

    async def search(query: Any) -> AsyncIterator[str]:
        for number in range(50):
            said.append(number)
            yield str(number)

    consumed = 0
    async for item in RetrieverNode(retriever_fn=search).astream("x"):
        await asyncio.sleep(0)
        consumed += isinstance(item, RetrievalItem)
        assert len(said) == consumed


# Stream Coherence; Result Parity.
async def test_stream_coherence_and_result_parity() -> None:
    node = AgentNode[Query, str](agent=Agent("openai:gpt-4"))
    items = []
    async for item in node.astream(query):
        items.append(item)
    assert items[0].type == ProgressType.START
    assert items[-1].type == ProgressType.END

    tokens = await collect_all_tokens(node.astream(query))
    result = await node.run(query)
    assert tokens.strip() == result.strip()
