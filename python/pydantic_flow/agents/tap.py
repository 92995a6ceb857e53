"""Taps a run of a pydantic-ai agent, by its public hooks: what the model and the tools do, as it happens.

Coming in: a run. Going out, by way of the hand-over: a ``Request`` when the model is asked, its stream
events as pydantic-ai has them, ``ToolBegan`` and ``ToolEnded`` with the time that a tool took. The run
itself notices nothing but the wait for room.
Decided elsewhere: who drives the run (``drive.py``), what its events mean (``translate.py``).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from types import MappingProxyType
from typing import Any, NamedTuple

from ..streaming.handover import Handover
from ..streaming.stream import close
from .framework import (
    WRAPS_MODELS,
    AbstractCapability,
    CapabilityOrdering,
    Model,
    ModelRequestParameters,
    ModelResponse,
    PartStartEvent,
    WrapperModel,
    can_stream,
)


class Request(NamedTuple):
    """The model is asked.

    Attributes:
        output_tools: the names of the tools whose arguments are structured output.
        json_text: the text of its answer is structured output.
        wrapped_in: the key under which pydantic-ai puts a value that is no object.
        schemas: the JSON schemas of what the model may write: of the arguments of each tool, by its name,
            and of structured output that is text, by "".
    """

    output_tools: frozenset[str]
    json_text: bool
    wrapped_in: str | None = None
    schemas: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


class ToolBegan(NamedTuple):
    """A tool begins to run."""

    tool_name: str
    call_id: str
    args: Any


class ToolEnded(NamedTuple):
    """A tool has run, with the exception that it raised, if any."""

    call_id: str
    seconds: float
    error: BaseException | None


class Tap(AbstractCapability[Any]):
    """The capability that puts the tap in; one for each run.

    From 2.62 on it wraps the model that serves a request, which is also right inside durable engines;
    before, it swaps the model of the request.

    Attributes:
        task: that pydantic-ai has for the run.
    """

    def __init__(self, out: Handover[Any]) -> None:
        self._out = out
        self.task: asyncio.Task[Any] | None = None

    def get_ordering(self) -> CapabilityOrdering:
        """Innermost: next to the model and the tool."""
        return CapabilityOrdering(position="innermost")

    def get_wrapper_model(self, model: Model) -> Model:
        """The model with the tap before it."""
        return TappedModel(model, self._out)

    async def before_model_request(self, ctx: Any, request_context: Any) -> Any:
        """The same, where models cannot be wrapped."""
        if WRAPS_MODELS:
            return request_context
        return replace(request_context, model=TappedModel(request_context.model, self._out))

    async def wrap_run(self, ctx: Any, *, handler: Any) -> Any:
        """Keeps the task that pydantic-ai has for the run: when it is cancelled in the turns in which a
        run begins, it forgets that task.
        """
        self.task = asyncio.current_task()
        return await handler()

    async def wrap_tool_execute(self, ctx: Any, *, call: Any, tool_def: Any, args: Any, handler: Any) -> Any:
        """Tells when the tool begins and ends."""
        await self._out.give(ToolBegan(call.tool_name, call.tool_call_id, call.args))
        started = perf_counter()
        error: BaseException | None = None
        try:
            return await handler(args)
        except BaseException as raised:
            error = raised
            raise
        finally:
            # An exception cannot wait for room: the run may be in the middle of its own end.
            ended = ToolEnded(call.tool_call_id, perf_counter() - started, error)
            if error is None:
                await self._out.give(ended)
            else:
                self._out.put(ended)


class TappedModel(WrapperModel):
    """A model that streams also when it is asked for a whole answer, and hands over what it streams."""

    def __init__(self, wrapped: Model, out: Handover[Any]) -> None:
        super().__init__(wrapped)
        self._out = out

    async def request(
        self, messages: Any, model_settings: Any, model_request_parameters: ModelRequestParameters
    ) -> ModelResponse:
        """The whole answer, handed over as it comes."""
        if not can_stream(self.wrapped):
            await self._out.give(self._request(model_settings, model_request_parameters))
            response = await super().request(messages, model_settings, model_request_parameters)
            for index, part in enumerate(response.parts):
                await self._out.give(PartStartEvent(index=index, part=part))
            return response
        await self._out.give(self._request(model_settings, model_request_parameters))
        offer, give = self._out.offer, self._out.give
        async with self.wrapped.request_stream(messages, model_settings, model_request_parameters) as stream:
            events = aiter(stream)
            try:
                async for event in events:
                    if not offer(event):
                        await give(event)
            finally:
                await close(events)  # or Python does, some time later
            return stream.get()

    def _request(self, settings: Any, parameters: ModelRequestParameters) -> Request:
        # The wrapped model resolves "auto" when it is asked; so does this, to know what it will do.
        _, resolved = self.wrapped.prepare_request(settings, parameters)
        return Request(
            frozenset(tool.name for tool in resolved.output_tools),
            resolved.output_mode in ("native", "prompted"),
            _wrapped_in(resolved),
            _schemas(parameters),
        )


def _wrapped_in(parameters: ModelRequestParameters) -> str | None:
    if parameters.output_tools:
        keys = {tool.outer_typed_dict_key for tool in parameters.output_tools}
        return keys.pop() if len(keys) == 1 else None
    schema = {} if parameters.output_object is None else parameters.output_object.json_schema
    return "response" if list(schema.get("properties", ())) == ["response"] else None


def _schemas(parameters: ModelRequestParameters) -> dict[str, Mapping[str, Any]]:
    """As pydantic-ai has them, before a provider's own dialect."""
    tools = [*parameters.function_tools, *parameters.output_tools]
    schemas: dict[str, Mapping[str, Any]] = {tool.name: tool.parameters_json_schema for tool in tools}
    if parameters.output_object is not None:
        schemas[""] = parameters.output_object.json_schema
    return schemas
