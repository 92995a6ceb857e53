"""Partial output for those who keep their pydantic-ai code: ``Agent(..., capabilities=[PartialOutput()])``.

Coming in: the raw text of a structured answer, each time that pydantic-ai looks at it, all of it each
time. Going out: an instance with what is there so far. Only what is new is read.
What this saves grows with the answer: `benches/agents.py` found it a little slower at 16 KB and a fifth
faster at 64 KB; most of the rest is what pydantic-ai itself does for each output.
Decided elsewhere: what a whole answer is worth (pydantic, as without this), when to look (pydantic-ai).
"""

from typing import Any

from ..streaming.events import PartialFields
from ..streaming.parser import StreamingParser
from .expected import has_fields
from .framework import AbstractCapability, ModelRetry


class PartialOutput(AbstractCapability[Any]):
    """Makes ``stream_output`` show structured output from its first byte, and read each byte once.

    Partial outputs are instances of the agent's output type that have the fields that have settled,
    validated, and the strings that still grow. Other fields are absent, so code that looks at partial
    outputs (such as output validators, which know by ``ctx.partial_output``) must expect that. The
    last output is pydantic-ai's own. Output types that are no model and no dataclass, unions, and
    output functions are left to pydantic-ai.

    >>> from pydantic import BaseModel
    >>> from pydantic_ai import Agent
    >>> from pydantic_flow.testing import Output, ScriptedModel
    >>> class City(BaseModel):
    ...     name: str
    ...     people: int
    >>> model = ScriptedModel([Output(['{"name": "Os', 'lo", "people": 7', "1}"])])
    >>> agent = Agent(model, output_type=City, capabilities=[PartialOutput()])
    >>> async def main():
    ...     async with agent.run_stream("Where?") as run:
    ...         async for output in run.stream_output(debounce_by=None):
    ...             print(repr(output))
    >>> import asyncio
    >>> asyncio.run(main())
    City(name='Os')
    City(name='Oslo')
    City(name='Oslo', people=71)
    City(name='Oslo', people=71)
    """

    def __init__(self) -> None:
        self._answers: dict[Any, _Answer] = {}

    async def for_run(self, ctx: Any) -> "PartialOutput":
        """One of its own for each run."""
        return PartialOutput()

    async def wrap_output_validate(self, ctx: Any, *, output_context: Any, output: Any, handler: Any) -> Any:
        """What is there of a partial output; a whole one is pydantic's."""
        kind = output_context.output_type
        if not (ctx.partial_output and isinstance(output, str) and has_fields(kind)):
            return await handler(output)
        if output_context.has_function:
            return await handler(output)
        call = output_context.tool_call
        key = ctx.run_step, None if call is None else call.tool_call_id
        answer = self._answers.get(key)
        if answer is None:
            self._answers = {key: _Answer(kind)}  # the answers before are over
            answer = self._answers[key]
        return answer.grown_to(output)


class _Answer:
    """One answer as it grows."""

    def __init__(self, kind: Any) -> None:
        self._kind = kind
        self._begin()

    def _begin(self) -> None:
        self._parser: StreamingParser[Any] = StreamingParser(self._kind, early=False)
        self._text = ""
        self._shown: Any = None

    def grown_to(self, text: str) -> Any:
        """The partial instance of this text, which goes on where the last one ended.

        Raises:
            ModelRetry: there is nothing to show yet; pydantic-ai then shows nothing.
        """
        if not text.startswith(self._text):
            self._begin()
        items = self._parser.feed(text[len(self._text) :])
        self._text = text
        for item in items:
            if isinstance(item, PartialFields) and isinstance(item.value, dict):
                self._shown = item.partial
        if self._shown is None:
            raise ModelRetry("nothing to show yet")
        return self._shown
