"""Where a run goes on behind a node.

Coming in: what a router returned. Going out: names of nodes; none for the end of this path.
Decided elsewhere: who the nodes are (``graph.py``), when routers are asked (``running.py``).
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from inspect import isawaitable
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from ..errors import RoutingError


class Route(StrEnum):
    """What a router can return besides names of nodes."""

    END = "END"
    """This path ends here. The run is over when no path is left."""


Router = Callable[[Any], Any | Awaitable[Any]]
"""Takes the state (the results so far, as attributes by the names of the nodes), and returns a name or
``Route.END``, a list of those, or a key of the mapping."""


class ConditionalEdge(NamedTuple):
    """An edge whose target is chosen when its source has ended.

    Attributes:
        from_node: the ``node_id`` of the source.
        router: chooses.
        mapping: from what the router returns to names of nodes; None if it returns those.
    """

    from_node: str
    router: Router
    mapping: Mapping[Any, str] | None = None

    @property
    def targets(self) -> Mapping[Any, str] | None:
        """Where it can lead, by what the router returns; None if that shows only when it runs.

        Known from the mapping, or from a router that is annotated with ``Literal[...]`` or ``Route``.

        >>> def route(state) -> Literal["again", "done"]: ...
        >>> ConditionalEdge("a", route).targets
        {'again': 'again', 'done': 'done'}
        """
        if self.mapping is not None:
            return self.mapping
        try:
            returned = get_type_hints(self.router).get("return")
        except (NameError, TypeError):  # annotations that cannot be read, or a callable without any
            return None
        values = get_args(returned) if get_origin(returned) is Literal else ()
        return {value: str(value) for value in values} or None

    async def choose(self, state: Any, names: frozenset[str]) -> list[str]:
        """The nodes to go on with.

        Raises:
            RoutingError: the router gave something that leads to no node.
        """
        outcome = self.router(state)
        if isawaitable(outcome):
            outcome = await outcome
        outcomes = outcome if isinstance(outcome, list | tuple) else [outcome]
        if not outcomes:
            raise RoutingError(
                f"Router of {self.from_node!r} gave an empty list: use Route.END to stop there"
            )
        targets = [self._target(one, names) for one in outcomes]
        return [target for target in targets if target != Route.END]

    def _target(self, outcome: Any, names: frozenset[str]) -> str:
        target = outcome
        if self.mapping is not None:
            try:
                target = self.mapping[outcome]
            except (KeyError, TypeError):
                raise RoutingError(
                    f"Router outcome {outcome!r} not in mapping: {list(self.mapping)} "
                    f"(router of {self.from_node!r})"
                ) from None
        if not isinstance(target, str):
            raise RoutingError(f"Invalid routing target: {target!r} (router of {self.from_node!r})")
        if target != Route.END and target not in names:
            raise RoutingError(
                f"Router target {target!r} is not a valid node name (router of {self.from_node!r}); "
                f"there are {', '.join(sorted(names))}"
            )
        return target
