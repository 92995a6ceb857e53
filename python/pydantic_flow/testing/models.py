"""Models that stream what a script or a recording says.

Coming in: answers, or recorded events. Going out: a pydantic-ai model for any agent.
Decided elsewhere: the words of a script (``script.py``), what is in a recording (``replaying.py``).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from ..agents.framework import (
    AgentInfo,
    DeltaThinkingPart,
    DeltaToolCall,
    FunctionModel,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
)
from ..streaming.item import ProgressItem
from .replaying import speech_of
from .script import Answer, Call, Fail, Output, Step, Think, Wait


class ScriptedModel(FunctionModel):
    """Streams one answer for each request, in order; the last one again when there are no more.

    Args:
        answers: a list of steps each; see ``script.py``.

    Attributes:
        requests: how many streams were opened.
        closed: how many of them are over, in whichever way.
        messages: what the model was sent, for each request.

    >>> from pydantic_ai import Agent
    >>> agent = Agent(ScriptedModel(["Hel", "lo"]))
    >>> agent.run_sync("Hi").output
    'Hello'
    """

    def __init__(self, *answers: Answer) -> None:
        if not answers:
            raise ValueError("a ScriptedModel needs at least one answer")
        super().__init__(self._whole, stream_function=self._say)
        self.answers = answers
        self.requests = 0
        self.closed = 0
        self.messages: list[Any] = []

    @property
    def open(self) -> int:
        """How many streams are open."""
        return self.requests - self.closed

    async def _say(self, messages: Any, info: AgentInfo) -> AsyncIterator[Any]:
        answer = self.answers[min(self.requests, len(self.answers) - 1)]
        self.requests += 1
        self.messages.append(messages)
        try:
            for index, step in enumerate(answer):
                await asyncio.sleep(0)
                for delta in _deltas(step, index, info, self.requests):
                    match delta:
                        case Wait(seconds):
                            await asyncio.sleep(seconds)
                        case Fail(error):
                            raise error
                        case _:
                            yield delta
                            await asyncio.sleep(0)
        finally:
            self.closed += 1

    async def _whole(self, messages: Any, info: AgentInfo) -> Any:
        """The same answer for who does not stream."""
        parts: list[Any] = []
        async for delta in self._say(messages, info):
            if isinstance(delta, str):
                if parts and isinstance(parts[-1], TextPart):
                    parts[-1].content += delta
                else:
                    parts.append(TextPart(delta))
                continue
            for index, piece in delta.items():
                if isinstance(piece, DeltaThinkingPart):
                    parts.append(ThinkingPart(piece.content or ""))
                elif piece.name:
                    parts.append(
                        ToolCallPart(piece.name, piece.json_args or "", piece.tool_call_id or str(index))
                    )
                else:
                    parts[-1].args += piece.json_args or ""
        return ModelResponse(parts=parts)


def _deltas(step: Step, index: int, info: AgentInfo, request: int) -> Iterator[Any]:
    match step:
        case Think(text):
            yield {index: DeltaThinkingPart(content=text)}
        case Output(pieces) if not info.output_tools:
            yield from pieces
        case Output(pieces):
            yield from _called(index, info.output_tools[0].name, pieces, f"output-{request}-{index}")
        case Call(tool_name, pieces, call_id):
            yield from _called(index, tool_name, pieces, call_id or f"call-{request}-{index}")
        case _:
            yield step


def _called(index: int, tool_name: str, pieces: Iterable[str | Wait], call_id: str) -> Iterator[Any]:
    yield {index: DeltaToolCall(name=tool_name, json_args="", tool_call_id=call_id)}
    for piece in pieces:
        yield piece if isinstance(piece, Wait) else {index: DeltaToolCall(json_args=piece)}


def replay_model(events: Iterable[ProgressItem], *, pace: float = 0.0) -> ScriptedModel:
    """A model that says again what the model of a recorded run of an agent said.

    The agent's tools run again; what they returned then is not replayed.

    Args:
        events: of one run, as recorded.
        pace: 0 for at once, 1 for as fast as recorded, 2 for half as fast.
    """
    return ScriptedModel(*speech_of(events, pace))
