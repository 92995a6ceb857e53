"""JSON of a model that is broken, but can be read, is taken for what was meant.

Coming in: the text of a structured answer, or of a tool's arguments, that pydantic cannot read as JSON. Going
out: our reading of it, as valid JSON, for the same validation. Text that pydantic can read never comes here.
Decided elsewhere: how broken text is read (``_core``), what is valid and whether to try again (pydantic-ai).

A text that ends inside a value, or before any, stays refused: what is missing there was never written. So do
arguments of two calls in one, of which only the first would run. Lost closing brackets alone are repaired,
unless the model says that it was cut off. The messages of the run keep the model's own words.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from pydantic import ValidationError

from .. import _core
from ..errors import LimitError
from ..json.shapes import shape_of
from .framework import AbstractCapability, CapabilityOrdering, was_cut_off

Schema = Mapping[str, Any]


class Repaired(NamedTuple):
    """Broken JSON of a model was read, and what was read is valid.

    Attributes:
        repairs: what was wrong, in the order of the text.
        tool_name: the tool whose arguments these are; None for a structured answer.
        call_id: of that call.
    """

    repairs: tuple[_core.Repair, ...]
    tool_name: str | None = None
    call_id: str | None = None


class Tolerance(AbstractCapability[Any]):
    """Lets pydantic-ai accept what can be read.

    Args:
        on_repair: called with each :class:`Repaired`, when it has been accepted.
        repair: False accepts nothing.
    """

    def __init__(self, on_repair: Callable[[Repaired], object] | None = None, *, repair: bool = True) -> None:
        self._on_repair = on_repair
        self._repair = repair

    def get_ordering(self) -> CapabilityOrdering:
        """Next to the validation: other capabilities see an answer that is valid."""
        return CapabilityOrdering(position="innermost")

    async def wrap_output_validate(self, ctx: Any, *, output_context: Any, output: Any, handler: Any) -> Any:
        """Of whole answers; partial ones are broken by nature."""
        if ctx.partial_output:
            return await handler(output)
        schema = schema_of_output(output_context)
        return await self._validated(ctx, output, schema, handler, Repaired)

    async def wrap_tool_validate(self, ctx: Any, *, call: Any, tool_def: Any, args: Any, handler: Any) -> Any:
        """Of the arguments of a tool."""
        return await self._validated(
            ctx,
            args,
            tool_def.parameters_json_schema,
            handler,
            lambda repairs: Repaired(repairs, call.tool_name, call.tool_call_id),
        )

    async def _validated(
        self,
        ctx: Any,
        text: Any,
        schema: Schema | None,
        handler: Callable[[Any], Awaitable[Any]],
        told: Callable[[tuple[_core.Repair, ...]], Repaired],
    ) -> Any:
        try:
            return await handler(text)
        except ValidationError as error:
            if not self._repair or not isinstance(text, str) or not _is_no_json(error):
                raise
            reading = _reading(text, schema, was_cut_off(ctx))
            if reading is None:
                raise
            valid, repairs = reading
            repaired = told(repairs)
            if repaired.tool_name is not None and any(repair.kind == "extra_value" for repair in repairs):
                raise  # two calls in one: to run the first of them only is not what was meant
        accepted = await handler(valid)
        if self._on_repair is not None:
            self._on_repair(repaired)
        return accepted


def schema_of_output(output_context: Any) -> Schema | None:
    """The JSON schema that the model was given for its answer."""
    if output_context.tool_def is not None:
        schema: Schema = output_context.tool_def.parameters_json_schema
        return schema
    return None if output_context.object_def is None else output_context.object_def.json_schema


def _is_no_json(error: ValidationError) -> bool:
    """Whether the text itself could not be read, and not some text in it."""
    [line, *others] = error.errors(include_url=False, include_context=False, include_input=False)
    return not others and line["type"] == "json_invalid" and not line["loc"]


def _reading(
    text: str, schema: Schema | None, was_cut_off: bool
) -> tuple[str, tuple[_core.Repair, ...]] | None:
    """The text as valid JSON, and what was wrong with it; None if there is no telling what was meant."""
    shape = None if schema is None else shape_of(schema)
    core = _core.Parser(shape=shape, coerce=False)
    try:
        core.feed(text)
        core.finish()
    except LimitError:  # such as nested too deep, for pydantic as for us: the model is asked again
        return None
    if core.ending != "complete" and (core.ending != "closers" or was_cut_off):
        return None
    return _core.repair(text, non_finite="literal", shape=shape, coerce=False), tuple(core.repairs)
