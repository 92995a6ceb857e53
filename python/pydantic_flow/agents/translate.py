"""What happens in a run of an agent, as events.

Coming in: what the tap and the driver hand over, in order: requests, pydantic-ai's events, the times of
tools, the ends of steps. Going out: events, each made in the step that hands it on.
Decided elsewhere: the events and their order (``streaming``), what an answer is worth (pydantic-ai).

An *iteration* is a request to the model and what it leads to. An *attempt* begins when an answer is
refused: then what that answer showed is withdrawn, and the emitter of the next attempt takes over.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from .. import _core
from ..errors import LimitError
from ..json.shapes import shape_of
from ..streaming.emitter import Emitter
from ..streaming.events import NonFatalError, Output, Progress, Retract, TokenChunk
from ..streaming.item import ProgressItem
from ..streaming.tools import ToolArgProgress, ToolCall, ToolReady, ToolResult, ToolStart
from .expected import is_object, parts_of_output
from .forming import FormingArguments, FormingOutput
from .framework import (
    ApprovalRequired,
    CallDeferred,
    CustomEvent,
    FunctionToolCallEvent,
    FunctionToolResultEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolCallPartDelta,
    is_native_call,
    is_native_return,
    refusal_of,
    refuses_output,
)
from .tap import Request, ToolBegan, ToolEnded
from .tolerance import Repaired


class Answered(NamedTuple):
    """A model request is over, and this is the answer.

    Attributes:
        parts: of the answer.
        usage: of the run so far, see ``usage.py``.
    """

    parts: list[Any]
    usage: dict[str, Any]


class Handled(NamedTuple):
    """An answer has been acted upon.

    Attributes:
        parts: of the next request to the model; empty if there is none.
    """

    parts: list[Any]


class _Part:
    """One part of an answer, while it comes."""

    __slots__ = ("arguments", "call_id", "pieces", "tool_name")

    def __init__(self, tool_name: str = "", call_id: str = "") -> None:
        self.tool_name = tool_name
        self.call_id = call_id
        self.arguments: FormingArguments | None = None
        self.pieces: dict[str, Any] = {}  # arguments that come as data, not as text


class Translation:
    """Makes events of one run.

    Args:
        emitter: of the run, or of the node that the agent works for.
        progress: whether there is a ``Progress`` after each model request.
        keep_changes: see :class:`~pydantic_flow.streaming.StreamingParser`.
        output_type: what the agent was told to give.

    Attributes:
        emitter: of the attempt that runs.
        iterations: how many requests to the model there have been.
        waiting_for: what happens now, for people.
    """

    def __init__(self, emitter: Emitter, *, progress: bool, keep_changes: bool, output_type: Any) -> None:
        self.emitter = emitter
        self._parts_of_output = parts_of_output(output_type)
        self._is_object = is_object(output_type)
        self._token = emitter.token_chunks()
        self.iterations = 0
        self.waiting_for = "the model"
        self._progress = progress
        self._keep_changes = keep_changes
        self._request: Request | None = None
        self._shapes: dict[str, tuple[Mapping[str, Any], _core.Shape]] = {}
        self._output_tools: frozenset[str] = frozenset()
        self._answered = True
        self._heard = False
        self._answer_from = emitter.index
        self._forming: FormingOutput | None = None
        self._output_part: int | None = None
        self._output_tool = ""
        self._parts: dict[int, _Part] = {}
        self._token_index = 0
        self._open: dict[str, str] = {}
        self._call_index = 0
        self._seconds: dict[str, float] = {}
        self._raised: dict[str, BaseException] = {}
        self._handlers: dict[type, Callable[[Any], Iterable[ProgressItem]]] = {
            Request: self._requested,
            PartStartEvent: self._part_started,
            PartDeltaEvent: self._part_went_on,
            PartEndEvent: self._part_ended,
            Answered: self._answer_is_whole,
            Repaired: self._arguments_were_repaired,
            FunctionToolCallEvent: self._call_is_ready,
            ToolBegan: self._tool_began,
            ToolEnded: self._tool_ended,
            FunctionToolResultEvent: self._call_is_over,
            Handled: self._answer_was_handled,
        }

    def trace(self, trace_id: str, span_id: str) -> None:
        """The events belong to this trace."""
        self.emitter.trace_id, self.emitter.span_id = trace_id, span_id
        self._token = self.emitter.token_chunks()

    def translate(self, happened: Any) -> Iterable[ProgressItem]:
        """The events of one thing that happened."""
        handler = self._handlers.get(type(happened))
        if handler is not None:
            return handler(happened)
        return self._custom(happened) if isinstance(happened, CustomEvent) else ()

    # A model request.

    def _requested(self, request: Request) -> Iterator[ProgressItem]:
        if not self._answered:  # the request before this one broke off, and is made again
            yield from self._withdraw("the model request failed and is made again", "retry")
        self._request = request
        self._output_tools = request.output_tools
        self._begin_answer()

    def _begin_answer(self) -> None:
        self._answered = self._heard = False
        self._answer_from = self.emitter.index
        self._forming = None
        self._output_part = None
        self._output_tool = ""
        self._parts.clear()
        self._token_index = self._call_index = 0
        self.waiting_for = "the model"

    def _part_started(self, event: Any) -> Iterator[ProgressItem]:
        index, part = event.index, event.part
        self._heard = True
        if isinstance(part, TextPart):
            yield from self._text(part.content)
        elif isinstance(part, ThinkingPart):
            if part.content:
                yield self._thought(part.content)
        elif isinstance(part, ToolCallPart) and part.tool_name in self._output_tools:
            if self._output_part is None:
                self._output_part, self._output_tool = index, part.tool_name
                yield from self._output(part.args)
        elif isinstance(part, ToolCallPart) or is_native_call(part):
            self._parts[index] = _Part(part.tool_name, part.tool_call_id)
            yield from self._call(part.tool_name, part.tool_call_id)
            yield from self._arguments(index, part.args)
        elif is_native_return(part):
            yield from self._result(part.tool_call_id, part.tool_name, part.content, refusal_of(part))

    def _part_went_on(self, event: Any) -> Iterable[ProgressItem]:
        delta = event.delta
        if isinstance(delta, TextPartDelta):
            return self._text(delta.content_delta)
        if isinstance(delta, ToolCallPartDelta):
            if event.index == self._output_part:
                return self._output(delta.args_delta)
            if event.index in self._parts:
                return self._arguments(event.index, delta.args_delta)
        elif isinstance(delta, ThinkingPartDelta) and delta.content_delta:
            return (self._thought(delta.content_delta),)
        return ()

    def _part_ended(self, event: Any) -> Iterable[ProgressItem]:
        part = self._parts.get(event.index)
        if part is not None and part.pieces:
            pieces, part.pieces = part.pieces, {}
            return self._arguments(event.index, _core.dumps(pieces))
        return ()

    def _text(self, text: str) -> Iterable[ProgressItem]:
        if not text:
            return ()
        if self._request is not None and self._request.json_text:
            return self._structured(text)
        index = self._token_index
        self._token_index = index + 1
        return (self._token(text, index),)

    def _thought(self, text: str) -> ProgressItem:
        return self.emitter.emit(TokenChunk(text=text, channel="thinking"))

    def _output(self, args: Any) -> Iterable[ProgressItem]:
        """Structured output as the arguments of a call: the same events as when it is text."""
        if not args:
            return ()
        return self._structured(args if isinstance(args, str) else _core.dumps(args))

    def _structured(self, text: str) -> Iterator[ProgressItem]:
        index = self._token_index
        self._token_index = index + 1
        yield self._token(text, index)
        if self._forming is None:
            self._forming = FormingOutput(
                self.emitter,
                self._keep_changes,
                self._parts_of_output,
                self._wrapped_in(),
                self._shape(self._output_tool),
            )
        yield from self._forming.feed(text)

    def _wrapped_in(self) -> str | None:
        request = self._request
        if request is None or (request.json_text and self._is_object):
            return None
        return request.wrapped_in

    def _shape(self, tool_name: str) -> _core.Shape | None:
        """What is expected of the arguments of a tool, or of text."""
        schema = None if self._request is None else self._request.schemas.get(tool_name)
        if schema is None:
            return None
        if self._shapes.get(tool_name, (None,))[0] is not schema:
            self._shapes[tool_name] = schema, shape_of(schema)
        return self._shapes[tool_name][1]

    def _arguments(self, index: int, args: Any) -> Iterator[ProgressItem]:
        part = self._parts[index]
        if isinstance(args, dict):
            part.pieces.update(args)
        elif args:
            if part.arguments is None:
                part.arguments = FormingArguments(self._shape(part.tool_name))
            formed = part.arguments.feed(args)
            yield self.emitter.emit(
                ToolArgProgress(
                    tool_name=part.tool_name, call_id=part.call_id, delta=args, partial_args=formed
                )
            )

    def _answer_is_whole(self, answered: Answered) -> Iterator[ProgressItem]:
        if self._answered:  # without a request: a capability gave the answer
            self._begin_answer()
        if not self._heard:  # the tap saw the request at most, so the answer is told now
            for index, part in enumerate(answered.parts):
                yield from self._part_started(PartStartEvent(index=index, part=part))
                yield from self._part_ended(PartEndEvent(index=index, part=part))
        if self._forming is not None:
            yield from self._forming.feed(None)
        self._answered = True
        self.iterations += 1
        if self._progress:
            usage = answered.usage
            yield self.emitter.emit(
                Progress(
                    iteration=self.iterations,
                    total_tokens=usage["total_tokens"],
                    total_cost_usd=usage.get("cost_usd"),
                )
            )

    # Tools.

    def _call(self, tool_name: str, call_id: str) -> Iterator[ProgressItem]:
        if call_id not in self._open:
            self._open[call_id] = tool_name
            index = self._call_index
            self._call_index = index + 1
            yield self.emitter.emit(ToolCall(tool_name=tool_name, call_id=call_id, call_index=index))

    def _arguments_were_repaired(self, repaired: Repaired) -> Iterator[ProgressItem]:
        """What was repaired in a structured answer was told while it came."""
        for repair in repaired.repairs if repaired.tool_name is not None else ():
            place = f" at {'.'.join(map(str, repair.path))}" if repair.path else ""
            yield self.emitter.emit(
                NonFatalError(
                    message=f"in the arguments for {repaired.tool_name!r}{place}: {repair.message}",
                    kind=repair.kind,
                    offset=repair.offset,
                )
            )

    def _call_is_ready(self, event: Any) -> Iterator[ProgressItem]:
        part = event.part
        # A call of an earlier run, deferred then and approved now, was not declared in this one.
        yield from self._call(part.tool_name, part.tool_call_id)
        yield self.emitter.emit(
            ToolReady(
                tool_name=part.tool_name,
                call_id=part.tool_call_id,
                args=_plain(part.args, self._shape(part.tool_name)),
                valid=event.args_valid,
            )
        )

    def _tool_began(self, began: ToolBegan) -> Iterator[ProgressItem]:
        if began.tool_name in self._output_tools:
            return
        yield from self._call(began.tool_name, began.call_id)
        self.waiting_for = f"the tool {began.tool_name!r}"
        yield self.emitter.emit(
            ToolStart(
                tool_name=began.tool_name,
                call_id=began.call_id,
                args=_plain(began.args, self._shape(began.tool_name)),
            )
        )

    def _tool_ended(self, ended: ToolEnded) -> Iterable[ProgressItem]:
        self._seconds[ended.call_id] = ended.seconds
        if ended.error is not None:
            self._raised[ended.call_id] = ended.error
        return ()

    def _call_is_over(self, event: Any) -> Iterator[ProgressItem]:
        part = event.part
        yield from self._result(part.tool_call_id, part.tool_name, part.content, refusal_of(part))

    def _result(
        self, call_id: str, tool_name: str, result: Any, refusal: str | None
    ) -> Iterator[ProgressItem]:
        yield from self._call(tool_name, call_id)
        del self._open[call_id]
        raised = self._raised.pop(call_id, None)
        yield self.emitter.emit(
            ToolResult(
                tool_name=tool_name,
                call_id=call_id,
                result=result if refusal is None else None,
                error=refusal,
                exception_type=None if raised is None or refusal is None else _cause(raised),
                duration_seconds=self._seconds.pop(call_id, None),
            )
        )

    def _custom(self, event: Any) -> Iterator[ProgressItem]:
        yield self.emitter.emit(Output(output=event))

    # The end of a step.

    def _answer_was_handled(self, handled: Handled) -> Iterator[ProgressItem]:
        self.waiting_for = "the model"
        reasons = [
            refusal_of(part) or "the answer was refused"
            for part in handled.parts
            if refuses_output(part, self._output_tools)
        ]
        if reasons:
            yield from self._withdraw("; ".join(reasons), "refused")

    def _withdraw(self, message: str, kind: str) -> Iterator[ProgressItem]:
        """The answer is refused: the next attempt begins."""
        refused = self.emitter
        yield refused.emit(NonFatalError(message=message, kind=kind))
        shown = Retract(
            target_node=refused.node_id,
            target_attempt=refused.attempt,
            from_index=self._answer_from,
            to_index=refused.index - 1,
            reason="retry",
        )
        self.emitter = refused.retry()
        self._token = self.emitter.token_chunks()
        # Calls that were declared in the answer, and have not run, are withdrawn with it.
        self._open.clear()
        yield self.emitter.emit(shown)

    # The end of the run.

    def unfinished_calls(self, raised: bool) -> Iterator[ProgressItem]:
        """Closes the calls that have no result: the tool raised, or they are left to the caller."""
        for call_id, tool_name in list(self._open.items()):
            error = self._raised.get(call_id)
            if error is not None and not isinstance(error, ApprovalRequired | CallDeferred):
                yield from self._result(call_id, tool_name, None, str(error) or type(error).__name__)
            elif not raised:
                self._raised.pop(call_id, None)
                yield from self._result(call_id, tool_name, None, "deferred: it did not run in this run")


def _plain(args: Any, shape: _core.Shape | None) -> Any:
    """Arguments as data; as the text that they are if that is beyond the limits of reading."""
    if not isinstance(args, str | None):
        return args
    try:
        return _core.loads(args or "{}", shape=shape, coerce=False)
    except LimitError:
        return args


def _cause(error: BaseException) -> str:
    """The name of the exception that a tool raised; pydantic-ai wraps those that ask for another try."""
    while type(error).__name__ == "ToolRetryError" and error.__cause__ is not None:
        error = error.__cause__
    return type(error).__name__
