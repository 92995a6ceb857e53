"""Partial output for those who keep their pydantic-ai code: ``Agent(..., capabilities=[PartialOutput()])``.

Coming in: the raw text of a structured answer, each time that pydantic-ai looks at it, all of it each
time. Going out: an instance with what is there so far. Only what is new is read and validated, so that the
cost of a look does not grow with the answer; `benches/agents.py` measures it, and what is left: pydantic-ai's
own work for each output.
Decided elsewhere: what a partial answer is worth (``streaming/growing.py``), a whole one (pydantic), a broken
one (``tolerance.py``), when to look (pydantic-ai).
"""

from collections.abc import Callable
from copy import copy
from typing import Any, Self

from pydantic import ValidationError

from ..errors import LimitError
from ..json.shapes import shape_of
from ..streaming.growing import Growing
from .expected import has_fields, parts_of_output
from .framework import ModelRetry
from .tolerance import Repaired, Tolerance, schema_of_output


class PartialOutput(Tolerance):
    """Makes ``stream_output`` show structured output from its first byte, and read each byte once.

    Where pydantic-ai alone has a partial output, this gives an equal one, and reads on behind a defect of the
    text, where that of pydantic-ai stands still. Where it has none, because required fields are missing yet,
    this gives an instance of the agent's output type with what is there: fields that have settled, validated,
    and strings that still grow; other fields are absent, so code that looks at partial outputs (such as
    output validators, which know by ``ctx.partial_output``) must expect that. The last output is
    pydantic-ai's own. Partial outputs share what has settled: read them only.

    Output types that are no model and no dataclass, unions, and output functions are left to pydantic-ai.
    Where a validator looks at the whole output, or takes ``ValidationInfo``, pydantic validates all of the
    text each time, as without this.

    Args:
        repair: accept also answers and arguments of tools whose JSON is broken but can be read, if what was
            read is valid. Valid JSON is never touched. False leaves broken JSON to pydantic-ai, which asks
            the model again, or gives up where it streams.
        on_repair: called with each :class:`Repaired` that has been accepted.

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
    City(name='Oslo', people=7)
    City(name='Oslo', people=71)
    City(name='Oslo', people=71)
    """

    def __init__(self, *, repair: bool = True, on_repair: Callable[[Repaired], object] | None = None) -> None:
        super().__init__(on_repair, repair=repair)
        self._key: Any = None
        self._growing: Growing | None = None

    async def for_run(self, ctx: Any) -> Self:
        """One of its own for each run, of the same class."""
        own = copy(self)
        own._key = own._growing = None
        return own

    async def wrap_output_validate(self, ctx: Any, *, output_context: Any, output: Any, handler: Any) -> Any:
        """What is there of a partial output; a whole one is pydantic's.

        Raises:
            ModelRetry: there is nothing to show yet; pydantic-ai then shows nothing.
        """
        if not ctx.partial_output:
            return await super().wrap_output_validate(
                ctx, output_context=output_context, output=output, handler=handler
            )
        call = output_context.tool_call
        key = ctx.run_step, None if call is None else call.tool_call_id
        if key != self._key:  # the answers before are over
            self._key, self._growing = key, _growing(output_context)
        growing = self._growing
        if growing is None or not output or not isinstance(output, str):
            return await handler(output)
        try:
            shown = growing.grown_to(output)
        except LimitError:  # such as nested too deep: what this answer is worth is left to pydantic
            self._growing = None
            return await handler(output)
        if not growing.exact:
            try:
                return await handler(output)
            except (ValidationError, ModelRetry):
                pass  # not whole enough for pydantic
        if shown is None:
            raise ModelRetry("nothing to show yet")
        return shown


def _growing(output_context: Any) -> Growing | None:
    kind = output_context.output_type
    if output_context.has_function or not has_fields(kind):
        return None
    parts, schema = parts_of_output(kind), schema_of_output(output_context)
    return None if parts is None else Growing(parts, None if schema is None else shape_of(schema))
