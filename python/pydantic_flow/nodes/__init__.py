"""Nodes: steps that stream, wired by their outputs.

Coming in: functions, agents, retrievers. Going out: names only; each is explained where it is defined. What
runs an agent needs the extra ``agents``, when it runs.
Decided elsewhere: the events (``pydantic_flow.streaming``), agents (``pydantic_flow.agents``).
"""

from .base import BaseNode, NodeOutput, NodeRun, NodeStream, NodeWithInput
from .tool import ToolNode

__all__ = [
    "BaseNode",
    "NodeOutput",
    "NodeRun",
    "NodeStream",
    "NodeWithInput",
    "ToolNode",
]
