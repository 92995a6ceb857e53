"""Streams: the parser, the events, and short ways to what most people want from them.

Coming in: chunks of text, or events. Going out: names only; each is explained where it is defined.
Decided elsewhere: how text is read (``pydantic_flow.json``).
"""

from .emitter import Emitter
from .events import (
    Change,
    Gap,
    Heartbeat,
    Metric,
    NonFatalError,
    Op,
    Output,
    PartialFields,
    Progress,
    Record,
    Retract,
    RetrievalItem,
    Scope,
    StreamEnd,
    StreamError,
    StreamEvent,
    StreamStart,
    TokenChunk,
    ToolStreamEvent,
)
from .grammar import GrammarChecker, check_grammar
from .helpers import (
    collect_all_tokens,
    collect_final_result,
    fields_by_attribute,
    iter_fields,
    iter_tokens,
)
from .item import ProgressItem, from_dict, from_json, register, to_dict, to_json
from .parser import StreamingParser, parse_json_stream
from .replay import apply_changes, replay
from .stream import Stream
from .tools import ToolArgProgress, ToolCall, ToolReady, ToolResult, ToolStart
from .vocabulary import ProgressType, StreamEventType, ToolStreamEventType

__all__ = [
    "Change",
    "Emitter",
    "Gap",
    "GrammarChecker",
    "Heartbeat",
    "Metric",
    "NonFatalError",
    "Op",
    "Output",
    "PartialFields",
    "Progress",
    "ProgressItem",
    "ProgressType",
    "Record",
    "Retract",
    "RetrievalItem",
    "Scope",
    "Stream",
    "StreamEnd",
    "StreamError",
    "StreamEvent",
    "StreamEventType",
    "StreamStart",
    "StreamingParser",
    "TokenChunk",
    "ToolArgProgress",
    "ToolCall",
    "ToolReady",
    "ToolResult",
    "ToolStart",
    "ToolStreamEvent",
    "ToolStreamEventType",
    "apply_changes",
    "check_grammar",
    "collect_all_tokens",
    "collect_final_result",
    "fields_by_attribute",
    "from_dict",
    "from_json",
    "iter_fields",
    "iter_tokens",
    "parse_json_stream",
    "register",
    "replay",
    "to_dict",
    "to_json",
]
