"""Every exception this package raises on purpose, as one small tree.

Coming in: a message for people and the facts a program needs (``kind``, ``offset``, ``path``).
Going out: exceptions that survive pickling and say where in the text they happened.
Decided elsewhere: when to raise them (the compiled reader, ``streaming``); what pydantic refuses
stays pydantic's own ``ValidationError``.

::

    PydanticFlowError
    +-- JsonError (ValueError)              kind, offset, path
    |   +-- UnfinishedError                 the text may still become right
    |   |   +-- TruncatedError              the stream ended too early; has .value
    |   +-- MalformedError                  no continuation can make it right
    |   +-- LimitError                      larger or deeper than allowed
    |   +-- TerminalStateError              this reader is done, use a new one
    +-- EventError (ValueError)             no event, or one that cannot be used so
    |   +-- RecordingError                  a recording that is damaged; has .line, .offset
    +-- GrammarError (ValueError)           events in an impossible order
    +-- InternalError (RuntimeError)        a mistake of ours: please report it
    +-- NodeError (ValueError)              a node that cannot run so: wiring, types, template
    +-- FlowError (RuntimeError)            a flow that cannot run, or whose run failed
    |   +-- CyclicDependencyError           nodes that wait for each other
    |   +-- FlowInputError (TypeError)      an input that is not the flow's
    |   +-- FlowTimeoutError (TimeoutError) a node or a run took too long
    |   +-- RecursionLimitError             a loop went round too often
    |   +-- RoutingError                    a router named no node
    +-- StaleItemError (RuntimeError)       an item's changes, looked at too late
    +-- StreamConsumedError (RuntimeError)  a stream that is over, read again
    +-- MissingExtraError (ImportError)     an optional package is not installed
"""

from functools import partial
from typing import Any

Path = tuple[str | int, ...]
"""A place in a JSON value: keys and list indices from the root, ``()`` for the root itself."""


class PydanticFlowError(Exception):
    """The root of all exceptions of this package."""


class JsonError(PydanticFlowError, ValueError):
    """A JSON text that cannot be read as asked, with the place where that shows.

    Args:
        message: a sentence for people.
        kind: a short name for programs, such as ``"limit"`` or ``"truncated"``.
        offset: bytes of the UTF-8 text before the place (also when the text came as ``str``).
        path: where in the value, ``()`` for the root.

    >>> error = JsonError("no value here", kind="value", offset=7, path=("a", 0))
    >>> error.kind, error.offset, error.path
    ('value', 7, ('a', 0))
    """

    kind: str
    offset: int
    path: Path

    def __init__(self, message: str, *, kind: str, offset: int, path: Path = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.offset = offset
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions are pickled by their positional arguments; ours are keywords.
        return _rebuild, (type(self), str(self), dict(vars(self)))

    def position(self, text: str | bytes) -> tuple[int, int]:
        r"""Line and column (both from 1, columns in characters) of ``offset`` in ``text``.

        Computed on request: counting lines in every error would cost more than reading.

        >>> JsonError("?", kind="value", offset=6).position('{"a"\n: }')
        (2, 2)
        """
        data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
        before = data[: self.offset]
        line = before[before.rfind(b"\n") + 1 :]
        characters = sum(byte & 0xC0 != 0x80 for byte in line)  # all but continuation bytes
        return before.count(b"\n") + 1, characters + 1


class UnfinishedError(JsonError):
    """The text ended, or was looked at, before its value was complete."""


class TruncatedError(UnfinishedError):
    """The stream ended inside a value, or before any value began.

    ``value`` is what had been read by then (yours to keep and change), ``path`` the place of the cut.

    >>> error = TruncatedError("cut", kind="truncated", offset=5, path=("a",), value={"a": "x"})
    >>> error.value
    {'a': 'x'}
    """

    value: Any

    def __init__(self, message: str, *, kind: str, offset: int, path: Path = (), value: Any = None) -> None:
        super().__init__(message, kind=kind, offset=offset, path=path)
        self.value = value


class MalformedError(JsonError):
    """The text is not JSON, whatever may follow (strict reading only)."""


class LimitError(JsonError):
    """The text crosses one of the ``Limits``; the message says which."""


class TerminalStateError(JsonError):
    """This reader has ended, failed, or is already reading another stream; make a new one."""


class EventError(PydanticFlowError, ValueError):
    """Data that is no event, or an event that cannot be written or was stamped before."""


class RecordingError(EventError):
    """A recording that cannot be read on.

    ``line`` (from 1) is the first that could not be used, ``offset`` the bytes before it.

    >>> error = RecordingError("line 3 (byte 70) is cut short", line=3, offset=70)
    >>> error.line, error.offset
    (3, 70)
    """

    line: int
    offset: int

    def __init__(self, message: str, *, line: int, offset: int) -> None:
        super().__init__(message)
        self.line = line
        self.offset = offset

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(RecordingError, line=self.line, offset=self.offset), (str(self),)


class GrammarError(PydanticFlowError, ValueError):
    """A stream of events in an order that no run can produce."""


class InternalError(PydanticFlowError, RuntimeError):
    """The compiled reader met a mistake of its own (a panic in Rust); please report the message.

    The parser of that call is done: its later calls raise :class:`TerminalStateError`. Others go on.
    """


class NodeError(PydanticFlowError, ValueError):
    """A node that cannot run as it was made or wired, or a value that does not fit its types.

    The message names the node and the shape of the value, and has nothing of its content. What a
    function or an agent of the user raises is raised as it is, with a note that names the node.
    """


class FlowError(PydanticFlowError, RuntimeError):
    """A flow that cannot run as it was put together, or a run that failed.

    What a node raised is its ``__cause__``.
    """


class CyclicDependencyError(FlowError):
    """Nodes wait for each other, and no router decides when that ends; the message names them."""


class FlowInputError(FlowError, TypeError):
    """The input of a run is not of the flow's ``input_type``."""


class FlowTimeoutError(FlowError, TimeoutError):
    """A node, or the whole run, took longer than its limit; the message says which."""


class RecursionLimitError(FlowError):
    """A loop went on for more iterations than ``max_steps``; the message has the last ones."""


class RoutingError(FlowError):
    """A router gave something that leads to no node; the message names the node it routes from."""


class StaleItemError(PydanticFlowError, RuntimeError):
    """``changes`` or ``complete`` of an item were looked at after the next item was asked for."""


class StreamConsumedError(PydanticFlowError, RuntimeError):
    """A loop over a stream that was read to its end, or left; run it anew, or keep its items in a list."""


class MissingExtraError(PydanticFlowError, ImportError):
    """An optional package is missing; the message names the extra that brings it."""


def _rebuild(kind_of_error: type[JsonError], message: str, facts: dict[str, Any]) -> JsonError:
    error = kind_of_error(message, kind="", offset=0)
    vars(error).update(facts)
    return error
