"""The one door to pydantic-ai: nothing else in this package imports it.

Coming in: nothing. Going out: those of pydantic-ai's public names that the rooms above need, and a few
answers whose form differs between its versions (2.40 is the oldest).
Decided elsewhere: everything about agents (pydantic-ai), what is made of it (``tap.py`` and up).
"""

from collections.abc import Sequence
from typing import Any

from ..errors import MissingExtraError

try:
    from pydantic_ai import Agent, ModelMessagesTypeAdapter, NativeOutput, PromptedOutput, ToolOutput
    from pydantic_ai.agent import AbstractAgent
    from pydantic_ai.capabilities import AbstractCapability, CapabilityOrdering, Instrumentation
    from pydantic_ai.exceptions import ApprovalRequired, CallDeferred, ModelRetry
    from pydantic_ai.messages import (
        CustomEvent,
        FunctionToolCallEvent,
        FunctionToolResultEvent,
        ModelMessage,
        ModelResponse,
        PartDeltaEvent,
        PartEndEvent,
        PartStartEvent,
        TextPart,
        TextPartDelta,
        ThinkingPart,
        ThinkingPartDelta,
        ToolCallPart,
        ToolCallPartDelta,
    )
    from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
    from pydantic_ai.models.function import (
        AgentInfo,
        DeltaThinkingPart,
        DeltaToolCall,
        FunctionModel,
    )
    from pydantic_ai.models.instrumented import InstrumentationSettings
    from pydantic_ai.models.wrapper import WrapperModel
except ImportError as error:
    raise MissingExtraError(
        "agents need pydantic-ai >= 2.40: pip install 'pydantic-flow[agents]'", name=error.name
    ) from error

__all__ = [
    "WRAPS_MODELS",
    "AbstractAgent",
    "AbstractCapability",
    "Agent",
    "AgentInfo",
    "ApprovalRequired",
    "CallDeferred",
    "CapabilityOrdering",
    "CustomEvent",
    "DeltaThinkingPart",
    "DeltaToolCall",
    "FunctionModel",
    "FunctionToolCallEvent",
    "FunctionToolResultEvent",
    "Instrumentation",
    "InstrumentationSettings",
    "Model",
    "ModelMessage",
    "ModelRequestParameters",
    "ModelResponse",
    "ModelRetry",
    "NativeOutput",
    "PartDeltaEvent",
    "PartEndEvent",
    "PartStartEvent",
    "PromptedOutput",
    "StreamedResponse",
    "TextPart",
    "TextPartDelta",
    "ThinkingPart",
    "ThinkingPartDelta",
    "ToolCallPart",
    "ToolCallPartDelta",
    "ToolOutput",
    "WrapperModel",
    "can_stream",
    "is_native_call",
    "is_native_return",
    "messages_from",
    "refusal_of",
    "refuses_output",
    "was_cut_off",
]

WRAPS_MODELS = hasattr(AbstractCapability, "get_wrapper_model")
"""Whether capabilities can wrap the model that serves a request (2.62 and later), not only swap it before."""


def can_stream(model: Model) -> bool:
    """Whether the model streams. One that does not gives its answer whole.

    A ``FunctionModel`` without a ``stream_function`` and a model that inherits ``request_stream`` from the
    base class both raise when asked to.
    """
    while isinstance(model, WrapperModel):
        model = model.wrapped
    if isinstance(model, FunctionModel):
        return model.stream_function is not None
    return type(model).request_stream is not Model.request_stream


def messages_from(history: Sequence[Any] | None) -> list[ModelMessage] | None:
    """A message history, of pydantic-ai's messages or of the dicts that it writes them as."""
    if history is None or not any(isinstance(message, dict) for message in history):
        return None if history is None else list(history)
    return ModelMessagesTypeAdapter.validate_python(history)


def refusal_of(part: Any) -> str | None:
    """Why a call has no result, from the part that answers it; None if it has one.

    Up to 2.4x that was a part of its own, later it is a return with an outcome.
    """
    if part.part_kind in ("retry-prompt", "retry-feedback"):
        return _said(part.content)
    outcome = getattr(part, "outcome", "success")
    return None if outcome == "success" else _said(part.content) or outcome


def refuses_output(part: Any, output_tools: frozenset[str]) -> bool:
    """Whether a part of a request says that the output before it was not good enough."""
    tool_name = getattr(part, "tool_name", None)
    if part.part_kind in ("retry-prompt", "retry-feedback"):
        return tool_name is None or tool_name in output_tools
    return tool_name in output_tools and getattr(part, "outcome", "success") in ("retried", "failed")


def was_cut_off(ctx: Any) -> bool:
    """Whether the answer that is validated in this context ends where the model was stopped: it had no more
    tokens, its words were filtered, or the provider failed.
    """
    last = ctx.messages[-1] if ctx.messages else None
    return isinstance(last, ModelResponse) and last.finish_reason in ("length", "content_filter", "error")


def is_native_call(part: Any) -> bool:
    """Whether this is a call of a tool that the provider runs itself."""
    return bool(part.part_kind == "builtin-tool-call")


def is_native_return(part: Any) -> bool:
    """Whether this is the result of a tool that the provider ran itself."""
    return bool(part.part_kind == "builtin-tool-return")


def _said(content: Any) -> str:
    """The words of a refusal: a text, or pydantic's error details."""
    if isinstance(content, list):
        lines = [line for line in content if isinstance(line, dict) and "msg" in line]
        if lines:
            places = (".".join(map(str, line.get("loc", ()))) for line in lines)
            return "; ".join(
                f"{place}: {line['msg']}" if place else str(line["msg"])
                for place, line in zip(places, lines, strict=True)
            )
    return str(content)
