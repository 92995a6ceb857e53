"""The events in the life of a tool call.

A call is declared (``ToolCall``), its arguments form (``ToolArgProgress``) and are complete
(``ToolReady``), the tool begins (``ToolStart``) and ends (``ToolResult``). ``call_id`` joins them.

Coming in: payloads from whoever emits. Going out: events.
Decided elsewhere: the other kinds (``events.py``), the order (``grammar.py``), how ``partial_args`` is
rebuilt from recorded events (``replay.py``).
"""

from typing import Any, ClassVar

from .item import ProgressItem, register


def _call(item: Any, arguments: Any) -> dict[str, Any]:
    return {"id": item.call_id, "name": item.tool_name, "arguments": arguments}


@register
class ToolCall(ProgressItem, frozen=True, kw_only=True, tag="tool_call"):
    """The model calls a tool; its arguments are still to come.

    Attributes:
        tool_name: which tool.
        call_id: which call of it.
        call_index: counts the calls of one answer from 0.
    """

    tool_name: str
    call_id: str = ""
    call_index: int = 0

    @property
    def tool_call(self) -> dict[str, Any]:
        """The call, without arguments yet."""
        return _call(self, None)


@register
class ToolArgProgress(ProgressItem, frozen=True, kw_only=True, tag="tool_arg_progress", gc=False):
    """A piece of a call's arguments.

    On the wire stands only ``delta``; when read back, ``partial_args`` is None until ``replay`` fills it,
    which knows no schema of the tool: what is broken, or not what that asked for, may read otherwise there.

    Attributes:
        tool_name: which tool.
        call_id: which call of it.
        delta: the JSON text that is new.
        partial_args: the arguments as of now, read tolerantly; a view for this process, read-only.
    """

    _views: ClassVar[frozenset[str]] = frozenset({"partial_args"})

    tool_name: str
    call_id: str = ""
    delta: str = ""  # takes the place of a property
    partial_args: Any = None

    @property
    def tool_call(self) -> dict[str, Any]:
        """The call with its arguments as of now."""
        return _call(self, self.partial_args)


@register
class ToolReady(ProgressItem, frozen=True, kw_only=True, tag="tool_ready"):
    """A call's arguments are complete.

    Attributes:
        tool_name: which tool.
        call_id: which call of it.
        args: the arguments.
        valid: whether the tool takes them; None if that was not checked.
        reason: why not.
    """

    tool_name: str
    call_id: str = ""
    args: Any = None
    valid: bool | None = None
    reason: str = ""

    @property
    def tool_call(self) -> dict[str, Any]:
        """The call with its arguments."""
        return _call(self, self.args)


@register
class ToolStart(ProgressItem, frozen=True, kw_only=True, tag="tool_start"):
    """The tool begins to run.

    Attributes:
        tool_name: which tool.
        args: the arguments that it runs with.
        call_id: which call of it.
    """

    tool_name: str
    args: Any = None
    call_id: str = ""

    @property
    def tool_call(self) -> dict[str, Any]:
        """The call with its arguments."""
        return _call(self, self.args)


@register
class ToolResult(ProgressItem, frozen=True, kw_only=True, tag="tool_result"):
    """A call is over. One that failed has ``error``, and the stream may go on.

    Attributes:
        tool_name: which tool.
        result: what it returned, the real object; plain data when read back from JSON.
        call_id: which call of it.
        error: why there is no result, for people.
        exception_type: the name of the exception's class, where there was one.
        duration_seconds: how long the tool ran, from a monotonic clock; None if it did not run.
    """

    tool_name: str
    result: Any = None
    call_id: str = ""
    error: str | None = None  # takes the place of a property
    exception_type: str | None = None
    duration_seconds: float | None = None

    @property
    def tool_result(self) -> Any:
        """What the tool returned."""
        return self.result

    @property
    def tool_call(self) -> dict[str, Any]:
        """The call, without its arguments."""
        return _call(self, None)
