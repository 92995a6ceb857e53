"""Agents as streams: everything that a pydantic-ai agent does, as it happens.

Coming in: the user's own ``pydantic_ai.Agent``, as it is. Going out: names only; each is explained where
it is defined. Needs the extra ``agents``.
Decided elsewhere: the events (``pydantic_flow.streaming``, repeated here for one line of imports less).
"""

from ..recording import record
from ..streaming import (
    Heartbeat,
    NonFatalError,
    Output,
    PartialFields,
    Progress,
    ProgressItem,
    ProgressType,
    Retract,
    StreamEnd,
    StreamEvent,
    StreamEventType,
    StreamStart,
    TokenChunk,
    ToolArgProgress,
    ToolCall,
    ToolReady,
    ToolResult,
    ToolStart,
)
from ..streaming.batches import batches
from ..streaming.merge import merge
from .factories import (
    agent_end_event,
    agent_start_event,
    error_event,
    llm_chunk_event,
    progress_event,
    tool_end_event,
    tool_start_event,
)
from .helpers import (
    NO_RESULT,
    FailedCall,
    collect_stream_result,
    run_stream_with_tools,
    stream_text,
    stream_tool_calls,
)
from .partials import PartialOutput
from .run import AgentStream, run_stream
from .sinks import json_lines, sse_events, sse_frame, sse_text
from .tolerance import Repaired

__all__ = [
    "NO_RESULT",
    "AgentStream",
    "FailedCall",
    "Heartbeat",
    "NonFatalError",
    "Output",
    "PartialFields",
    "PartialOutput",
    "Progress",
    "ProgressItem",
    "ProgressType",
    "Repaired",
    "Retract",
    "StreamEnd",
    "StreamEvent",
    "StreamEventType",
    "StreamStart",
    "TokenChunk",
    "ToolArgProgress",
    "ToolCall",
    "ToolReady",
    "ToolResult",
    "ToolStart",
    "agent_end_event",
    "agent_start_event",
    "batches",
    "collect_stream_result",
    "error_event",
    "json_lines",
    "llm_chunk_event",
    "merge",
    "progress_event",
    "record",
    "run_stream",
    "run_stream_with_tools",
    "sse_events",
    "sse_frame",
    "sse_text",
    "stream_text",
    "stream_tool_calls",
    "tool_end_event",
    "tool_start_event",
]
