"""What one run of a flow may cost.

Coming in: numbers. Going out: the same, checked.
Decided elsewhere: who enforces them (``running.py``).
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(gt=0)]


class RunConfig(BaseModel):
    """Limits of one run.

    Attributes:
        max_steps: how many iterations a path through routers may have before ``RecursionLimitError``. The
            nodes that begin a run are iteration 0, and a node is one behind those that led to it. Flows
            without conditional edges end by themselves and have no such limit.
        timeout_seconds: of the whole run, from its first event, also while nobody reads it.
        node_timeout_seconds: of each node, or by ``node_id``. The time in which the reader of the
            run is busy does not count.
        trace_iterations: give a ``Progress`` of each node with a router, with its ``iteration``, and in
            ``message`` where the router leads.
        recent_events_count: how many iterations the ``RecursionLimitError`` lists.

    >>> RunConfig(max_steps=3).max_steps
    3
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_steps: int = Field(default=25, ge=1)
    timeout_seconds: Seconds | None = None
    node_timeout_seconds: Seconds | dict[str, Seconds] | None = None
    trace_iterations: bool = True
    recent_events_count: int = Field(default=3, ge=1, le=100)

    def node_limit(self, node_id: str) -> float | None:
        """Seconds that this node may take."""
        limit = self.node_timeout_seconds
        return limit.get(node_id) if isinstance(limit, dict) else limit
