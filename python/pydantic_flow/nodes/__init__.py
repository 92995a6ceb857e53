"""Nodes: steps that stream, wired by their outputs.

Coming in: functions, agents, retrievers. Going out: names only; each is explained where it is defined. What
runs an agent needs the extra ``agents``, when it runs.
Decided elsewhere: the events (``pydantic_flow.streaming``), agents (``pydantic_flow.agents``).
"""

from .agent import AgentNode, LLMNode
from .base import BaseNode, NodeOutput, NodeRun, NodeStream, NodeWithInput
from .conditional import IfNode
from .feed import Feed
from .merge import MergeNode, MergeParserNode, MergeToolNode
from .parser import ParserNode
from .prompt import PromptTemplate
from .retriever import RetrieverNode
from .retry import Backoff, RetryNode
from .tool import ToolNode

__all__ = [
    "AgentNode",
    "Backoff",
    "BaseNode",
    "Feed",
    "IfNode",
    "LLMNode",
    "MergeNode",
    "MergeParserNode",
    "MergeToolNode",
    "NodeOutput",
    "NodeRun",
    "NodeStream",
    "NodeWithInput",
    "ParserNode",
    "PromptTemplate",
    "RetrieverNode",
    "RetryNode",
    "ToolNode",
]
