"""Search, draft with an agent that may fail, and read the draft while it is written: nodes wired to nodes."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.function import AgentInfo, FunctionModel

from pydantic_flow import (
    AgentNode,
    NonFatalError,
    ParserNode,
    PartialFields,
    Retract,
    RetrievalItem,
    RetrieverNode,
    RetryNode,
    StreamEnd,
)


class Question(BaseModel):
    text: str


class Draft(BaseModel):
    title: str
    towns: list[str]


async def search(question: Question) -> AsyncIterator[dict[str, Any]]:
    """Stands for your index: results as they are found."""
    for town in ("Oslo", "Bergen"):
        await asyncio.sleep(0)
        yield {"id": town.lower(), "content": f"{town} is a town in Norway", "score": 1.0}


class Model:
    """Stands for your provider: the first connection breaks, the second answers."""

    def __init__(self) -> None:
        self.requests = 0

    async def stream(self, messages: Any, info: AgentInfo) -> AsyncIterator[str]:
        self.requests += 1
        yield '{"title": "Nor'
        if self.requests == 1:
            raise ConnectionError("the line went dead")
        for piece in ('way", "towns": ["Os', 'lo", "Ber', 'gen"]}'):
            yield piece


agent = Agent(FunctionModel(stream_function=Model().stream))  # yours: Agent("openai:gpt-5")
found = RetrieverNode[Question, dict[str, Any]](search)
writer = AgentNode[dict[str, Any], str](
    agent, "Answer as JSON, from: {results}", input=found.output, name="writer"
)
steady = RetryNode[str](writer, max_retries=2, name="steady")
draft = ParserNode[Any, Draft](input=steady.live_output, name="draft")


async def main() -> None:
    async with draft.astream(Question(text="Where?")) as events:
        async for event in events:
            match event:
                case RetrievalItem(content=content):
                    print("found", content)
                case PartialFields(fields=fields):
                    print("now", fields)
                case NonFatalError(recoverable=True, message=message):
                    print(message)
                case Retract(target_node=node):
                    print("withdrawn: what", node, "has shown")
                case StreamEnd(scope="run", result=result):
                    print("done", result)


if __name__ == "__main__":
    asyncio.run(main())

# -> found Oslo is a town in Norway
# -> found Bergen is a town in Norway
# -> now {'title': 'Nor'}
# -> attempt 1 of 3 failed, and is made again: the line went dead
# -> withdrawn: what writer has shown
# -> withdrawn: what draft has shown
# -> now {'title': 'Nor'}
# -> now {'title': 'Norway', 'towns': ['Os']}
# -> now {'towns': ['Oslo', 'Ber']}
# -> now {'towns': ['Oslo', 'Bergen']}
# -> done title='Norway' towns=['Oslo', 'Bergen']
