"""One agent writes, another reviews, until the review is good: a loop with a limit, recorded and replayed.

Runs without a key: the models say what scripts say. Give the agents real ones, and the rest stays.
"""

import asyncio
import io
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_ai import Agent

from pydantic_flow import Flow, LLMNode, RunConfig, StreamEnd, ToolNode
from pydantic_flow.recording import Recording, recorded, replay_stream
from pydantic_flow.streaming import Progress
from pydantic_flow.testing import Output, ScriptedModel


class Task(BaseModel):
    topic: str


class Draft(BaseModel):
    text: str


class Review(BaseModel):
    good: bool
    advice: str = ""


class Result(BaseModel):
    draft: Draft
    review: Review


# What the writer is asked: first for the topic, then to follow the advice.
def brief(given: Task | Review) -> dict[str, str]:
    if isinstance(given, Task):
        return {"request": f"Write one sentence about {given.topic}."}
    return {"request": f"Write it again: {given.advice}"}


def flow(writer: Any, critic: Any) -> Flow[Task, Result]:
    ask = ToolNode[Task | Review, dict[str, str]](brief, name="ask")
    draft = LLMNode[dict[str, str], Draft](
        agent=Agent(writer, output_type=Draft), prompt_template="{request}", input=ask.output, name="draft"
    )
    review = LLMNode[Draft, Review](
        agent=Agent(critic, output_type=Review),
        prompt_template="Review: {text}",
        input=draft.output,
        name="review",
    )
    ask.input = review.output  # in the first round there is no review yet: the task of the run comes here

    def route(state: Any) -> Literal["ask", "END"]:
        return "END" if state.review.good else "ask"

    made = Flow(input_type=Task, output_type=Result, name="writing")
    made.add_nodes(ask, draft, review)
    made.add_conditional_edges(review, route)
    return made


# What `pydantic-flow run examples.agent_loop:writing --input '{"topic": "fjords"}'` runs, and `graph` draws.
writing = flow(
    writer=ScriptedModel(
        [Output(['{"text": "Fjords are deep."}'])], [Output(['{"text": "Fjords are 1,300 m deep."}'])]
    ),
    critic=ScriptedModel(
        [Output(['{"good": false, "advice": "say how deep"}'])], [Output(['{"good": true}'])]
    ),
)


async def main() -> None:
    file = io.BytesIO()
    run = writing.astream(Task(topic="fjords"), RunConfig(max_steps=12))
    async with recorded(run, file) as events:
        async for event in events:
            match event:
                case StreamEnd(scope="node", node_id="draft" | "review", result=result):
                    print(f"[{event.node_id}] {result!r}")
                case Progress(message=message) if "leads to" in message:
                    print(message)
    file.seek(0)
    recording = Recording(file, result_type=Result)
    async with replay_stream(recording) as again:  # pace=1 would be as fast as it was
        last: Any = [event async for event in again][-1]
    print("recorded:", last.result.draft)


if __name__ == "__main__":
    asyncio.run(main())

# -> [draft] Draft(text='Fjords are deep.')
# -> [review] Review(good=False, advice='say how deep')
# -> review leads to ask
# -> [draft] Draft(text='Fjords are 1,300 m deep.')
# -> [review] Review(good=True, advice='')
# -> review leads to the end
# -> recorded: text='Fjords are 1,300 m deep.'
