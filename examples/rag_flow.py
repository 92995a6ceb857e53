"""Retrieval into an answer: the prompt is made as soon as enough was found, and everything streams.

Runs without a key: the model says what a script says. Give the agent a real one, and the rest stays.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent

from pydantic_flow import Flow, LLMNode, RetrieverNode, StreamEnd, ToolNode
from pydantic_flow.streaming import PartialFields, RetrievalItem
from pydantic_flow.testing import Output, ScriptedModel

NOTES = [
    ("fjords", "A fjord is a valley that a glacier dug and the sea filled."),
    ("oslo", "Oslo lies at the end of a fjord."),
    ("bergen", "Bergen has more rain than Oslo."),
    ("oslo-people", "About 717,000 people live in Oslo."),
]


class Question(BaseModel):
    text: str


class Answer(BaseModel):
    text: str
    sources: list[str]


# What a search gives, as it finds it. The last two notes take long.
async def search(question: Question) -> AsyncIterator[dict[str, Any]]:
    words = set(question.text.lower().rstrip("?").split())
    for name, note in NOTES:
        score = len(words & set(note.lower().rstrip(".").split()))
        await asyncio.sleep(0.5 if name in ("bergen", "oslo-people") else 0)
        if score:
            yield {"id": name, "content": note, "score": float(score)}


# Two notes are enough: this node reads the search while it runs, and is done before it.
async def enough(found: AsyncIterator[Any]) -> dict[str, str]:
    notes: list[RetrievalItem] = []
    async for event in found:
        if isinstance(event, RetrievalItem):
            notes.append(event)
        if len(notes) == 2:
            break
    return {"notes": "\n".join(f"[{note.item_id}] {note.content}" for note in notes)}


def flow(model: Any) -> Flow[Question, Answer]:
    agent = Agent(model, output_type=Answer, instructions="Answer from the notes alone.")
    retrieve = RetrieverNode[Question, Sequence[Any]](retriever_fn=search, name="retrieve")
    context = ToolNode[Any, dict[str, str]](enough, input=retrieve.live_output, name="context")
    answer = LLMNode[dict[str, str], Answer](
        agent=agent, prompt_template="Notes:\n{notes}", input=context.output, name="answer"
    )
    made = Flow(input_type=Question, output_type=Answer, name="rag")
    made.add_nodes(retrieve, context, answer)
    return made


# What `pydantic-flow run examples.rag_flow:rag --input '{"text": "Where is oslo?"}'` runs, and `graph` draws.
rag = flow(ScriptedModel([Output(['{"text": "At the end of a ', 'fjord.", "sources": ["fjords", "oslo"]}'])]))


async def main() -> None:
    rag.add_observer(lambda event: None)  # a logger, a dashboard: it can neither hurt nor slow the run
    async with rag.astream(Question(text="Where does oslo lie, and what is a fjord?")) as events:
        async for event in events:
            match event:
                case RetrievalItem(item_id=found):
                    print(f"[{event.node_id}] found {found}")
                case PartialFields(value=value):
                    print(f"[{event.node_id}] {value}")
                case StreamEnd(scope="node"):
                    print(f"[{event.node_id}] done")
                case StreamEnd(scope="run", result=answer):
                    print(repr(answer))


if __name__ == "__main__":
    asyncio.run(main())

# -> [retrieve] found fjords
# -> [retrieve] found oslo
# -> [context] done
# -> [answer] {'text': 'At the end of a '}
# -> [answer] {'text': 'At the end of a fjord.', 'sources': ['fjords', 'oslo']}
# -> [answer] done
# -> [retrieve] found bergen
# -> [retrieve] found oslo-people
# -> [retrieve] done
# -> Answer(text='At the end of a fjord.', sources=['fjords', 'oslo'])
