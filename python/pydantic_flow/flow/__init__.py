"""Flows: nodes that run together and stream what happens in each.

Coming in: nodes. Going out: names only; each is explained where it is defined.
Decided elsewhere: what a node does (``pydantic_flow.nodes``), the events (``pydantic_flow.streaming``).
"""

from ..errors import (
    CyclicDependencyError,
    FlowError,
    FlowInputError,
    FlowTimeoutError,
    RecursionLimitError,
    RoutingError,
)
from .aggregate import AggregateNode
from .board import Board, Row
from .config import RunConfig
from .display import show
from .flow import CompiledFlow, Flow
from .node import FlowNode
from .routing import ConditionalEdge, Route, Router
from .running import FlowStream

__all__ = [
    "AggregateNode",
    "Board",
    "CompiledFlow",
    "ConditionalEdge",
    "CyclicDependencyError",
    "Flow",
    "FlowError",
    "FlowInputError",
    "FlowNode",
    "FlowStream",
    "FlowTimeoutError",
    "RecursionLimitError",
    "Route",
    "Router",
    "RoutingError",
    "Row",
    "RunConfig",
    "show",
]
