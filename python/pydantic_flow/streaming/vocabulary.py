"""The names of the kinds of events, and what other vocabularies call them.

Coming in: nothing. Going out: one enum, and two namespaces of aliases for its members.
Decided elsewhere: what an event of each kind carries (``events.py``); strings that other people's
clients expect on the wire (a dialect, chosen when serialising).
"""

from enum import StrEnum
from typing import Final


class ProgressType(StrEnum):
    """The kind of an event; the value is what stands in ``"type"`` on the wire.

    >>> ProgressType.TOKEN == "token"
    True
    """

    START = "start"
    END = "end"
    TOKEN = "token"
    PARTIAL_FIELDS = "partial_fields"
    TOOL_CALL = "tool_call"
    TOOL_ARG_PROGRESS = "tool_arg_progress"
    TOOL_READY = "tool_ready"
    TOOL_START = "tool_start"
    TOOL_RESULT = "tool_result"
    RETRIEVAL = "retrieval"
    OUTPUT = "output"
    PROGRESS = "progress"
    METRIC = "metric"
    CHECKPOINT = "checkpoint"
    DRAFT_START = "draft_start"
    DRAFT_DECISION = "draft_decision"
    SWITCH = "switch"
    RETRACT = "retract"
    ERROR = "error"
    GAP = "gap"
    HEARTBEAT = "heartbeat"


class StreamEventType:
    """Other names of the same members, for code written against other vocabularies.

    >>> StreamEventType.LLM_CHUNK is StreamEventType.CHUNK is ProgressType.TOKEN
    True
    """

    AGENT_START: Final = ProgressType.START
    AGENT_END: Final = ProgressType.END
    LLM_CHUNK: Final = ProgressType.TOKEN
    TOOL_START: Final = ProgressType.TOOL_START
    TOOL_END: Final = ProgressType.TOOL_RESULT
    PARTIAL_RESULT: Final = ProgressType.OUTPUT
    PROGRESS: Final = ProgressType.PROGRESS
    CHUNK: Final = ProgressType.TOKEN
    ROUTING: Final = ProgressType.DRAFT_START
    DRAFT_START: Final = ProgressType.DRAFT_START
    DRAFT_DECISION: Final = ProgressType.DRAFT_DECISION
    SWITCH: Final = ProgressType.SWITCH
    COMPLETE: Final = ProgressType.END
    ERROR: Final = ProgressType.ERROR


class ToolStreamEventType(StreamEventType):
    """:class:`StreamEventType` and the names for the life of a tool call.

    >>> ToolStreamEventType.TOOL_CALL_DELTA is ProgressType.TOOL_ARG_PROGRESS
    True
    """

    TEXT_CHUNK: Final = ProgressType.TOKEN
    TOOL_CALL_START: Final = ProgressType.TOOL_CALL
    TOOL_CALL_DELTA: Final = ProgressType.TOOL_ARG_PROGRESS
    TOOL_CALL_COMPLETE: Final = ProgressType.TOOL_READY
    TOOL_EXECUTING: Final = ProgressType.TOOL_START
    TOOL_RESULT: Final = ProgressType.TOOL_RESULT
    TOOL_ERROR: Final = ProgressType.TOOL_RESULT
