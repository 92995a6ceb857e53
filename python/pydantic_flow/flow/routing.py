"""Where a run goes on behind a node.

Coming in: what a router returned. Going out: names of nodes; none for the end of this path.
Decided elsewhere: who the nodes are (``graph.py``), when routers are asked (``running.py``).
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from enum import Enum, StrEnum
from inspect import isawaitable
from types import SimpleNamespace, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from ..errors import RoutingError


class Route(StrEnum):
    """What a router can return besides names of nodes."""

    END = "END"
    """This path ends here. The run is over when no path is left."""


class State(SimpleNamespace):
    """What a router gets: the results so far, as attributes by the names of the nodes.

    >>> State(draft="Fjords").draft
    'Fjords'
    >>> State(draft="Fjords").review
    Traceback (most recent call last):
    ...
    AttributeError: no node 'review' has given a result so far; those that have: 'draft'
    """

    def __getattr__(self, name: str) -> Any:
        there = ", ".join(map(repr, vars(self))) or "none"
        raise AttributeError(
            f"no node {name!r} has given a result so far; those that have: {there}", name=name
        )


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

        For errors and charts: from the mapping, or from a router that is annotated with ``Literal[...]`` or
        an ``Enum`` of texts, such as ``Route``, with unions of those, or with lists of them.

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
        values = _values(returned)
        return None if values is None else {value: _text(value) for value in values}

    async def choose(
        self, state: Any, names: frozenset[str], begin: frozenset[str] = frozenset()
    ) -> list[str]:
        """The nodes to go on with.

        Args:
            state: what the router gets.
            names: of all nodes.
            begin: nodes that begin by themselves, where a router without a mapping leads too late.

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
        if self.mapping is None and (already := begin.intersection(targets)):
            raise RoutingError(begins_by_itself(self.from_node, already))
        return [target for target in targets if target != Route.END]

    def _target(self, outcome: Any, names: frozenset[str]) -> str:
        target = outcome.value if isinstance(outcome, Enum) else outcome
        if self.mapping is not None:
            try:
                target = self.mapping[outcome]
            except (KeyError, TypeError):
                raise RoutingError(
                    f"Router outcome {outcome!r} not in mapping: {list(self.mapping)} "
                    f"(router of {self.from_node!r})"
                ) from None
        if not isinstance(target, str):
            raise RoutingError(
                f"Invalid routing target: {target!r} (router of {self.from_node!r}): a router returns names "
                "of nodes, or Route.END"
            )
        if target != Route.END and target not in names:
            raise RoutingError(
                f"Router target {target!r} is not a valid node name (router of {self.from_node!r}); "
                f"there are {', '.join(sorted(names))}"
            )
        return target


def begins_by_itself(source: str, names: Iterable[str]) -> str:
    """What to say where a router leads to nodes that begin without it."""
    return (
        f"the router of {source!r} leads to {', '.join(map(repr, sorted(names)))}, which begins by itself as "
        "soon as what it reads is there: with a mapping, add_conditional_edges(..., {...}), it begins only "
        "when the router leads to it"
    )


def _values(kind: Any) -> Iterable[Any] | None:
    """All values that a type has; None if it has others as well."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return arguments
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind if all(isinstance(one.value, str) for one in kind) else None
    if origin in (Union, UnionType, list, tuple):
        each = [_values(one) for one in arguments if one is not Ellipsis]
        return [value for values in each for value in values or ()] if each and None not in each else None
    return None


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, Enum) else value)
