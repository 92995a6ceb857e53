"""A node that runs another again when it fails.

Coming in: a node. Going out: its events, of every attempt; before the next one begins, an error that says
why, and a ``Retract`` for all text and fields that the failed attempt has shown.
Decided elsewhere: when an agent asks its model again (pydantic-ai); what is withdrawn (``events.py``).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from random import random
from typing import Any, Generic

from ..streaming.events import NonFatalError, PartialFields, Retract, TokenChunk
from ..streaming.item import ProgressItem
from .base import BaseNode, NodeOutput, NodeRun, OutputT
from .failure import said


@dataclass(frozen=True)
class Backoff:
    """How long to wait before an attempt: more each time.

    Attributes:
        initial: seconds before the second attempt.
        factor: how many times as long before each further one.
        maximum: seconds at most.
        jitter: up to which part of it more is waited, by chance: 0 to 1.

    >>> [Backoff(initial=1, maximum=3)(attempt) for attempt in (1, 2, 3)]
    [1.0, 2.0, 3.0]
    """

    initial: float = 0.5
    factor: float = 2.0
    maximum: float = 30.0
    jitter: float = 0.0

    def __call__(self, attempt: int) -> float:
        """Seconds before this attempt; the first that waits is 1."""
        seconds = min(self.maximum, self.initial * self.factor ** (attempt - 1))
        return float(seconds * (1 + self.jitter * random()))


class RetryNode(BaseNode[Any, OutputT], Generic[OutputT]):
    """A node that tries another again, on the same input, when it raises.

    Args:
        wrapped_node: is tried; its input is that of this node.
        max_retries: how often again.
        retry_on: which exceptions are worth another try.
        backoff: seconds to wait before an attempt, or a function of its number, such as :class:`Backoff`.
        name: see :class:`BaseNode`.
        run_id: see :class:`BaseNode`.

    Raises:
        ValueError: ``max_retries`` is negative.

    >>> import asyncio
    >>> from pydantic_flow.nodes import ToolNode
    >>> answers = iter([TimeoutError("too slow"), "here"])
    >>> def fetch(place: str) -> str:
    ...     match next(answers):
    ...         case str(answer):
    ...             return answer
    ...         case error:
    ...             raise error
    >>> asyncio.run(RetryNode[str](ToolNode(fetch)).run("there"))
    'here'
    """

    def __init__(
        self,
        wrapped_node: BaseNode[Any, Any],
        *,
        max_retries: int = 3,
        retry_on: type[Exception] | tuple[type[Exception], ...] = Exception,
        backoff: float | Callable[[int], float] = 0.0,
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        if max_retries < 0:
            raise ValueError(f"max_retries is 0 or more, not {max_retries}")
        self.wrapped_node = wrapped_node
        self.max_retries = max_retries
        self.retry_on = retry_on
        self.backoff = backoff
        super().__init__(input=wrapped_node.input, name=name, run_id=run_id)

    @property
    def input(self) -> NodeOutput[Any] | None:
        """That of the wrapped node."""
        return self.wrapped_node.input

    @input.setter
    def input(self, source: NodeOutput[Any] | None) -> None:
        self.wrapped_node.input = source

    @property
    def needs_task(self) -> bool:
        """As the wrapped node does."""
        return not self._runs_as(RetryNode) or self.wrapped_node.needs_task

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        """Those of the wrapped node."""
        return self.wrapped_node.sources

    def gather(self, values: Any) -> Any:
        """As the wrapped node does."""
        return self.wrapped_node.gather(values)

    async def events(self, input_data: Any, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """The events of all attempts."""
        wrapped, attempts = self.wrapped_node, self.max_retries + 1
        emitter = run.emitter.child(wrapped.name)
        for number in range(1, attempts + 1):
            shown = _Shown()
            stream = wrapped.stream(input_data, emitter)
            error: Exception | None = None
            try:
                async with stream as items:
                    async for item in items:
                        shown.note(item)
                        yield item
                run.result, run.usage = stream.result, stream.usage
                return
            except self.retry_on as raised:
                if number == attempts:
                    raise
                error = raised
            yield NonFatalError(
                message=f"attempt {number} of {attempts} failed, and is made again: {said(error)}",
                kind="retry",
                exception_type=type(error).__name__,
            )
            for retract in shown.retracts():
                yield retract
            await asyncio.sleep(self.backoff(number) if callable(self.backoff) else self.backoff)
            emitter = stream.emitter.retry(shown.last_attempt + 1)

    def _default_name(self) -> str:
        return f"retry_{self.wrapped_node.name}"


_WITHDRAWN = frozenset({TokenChunk, PartialFields})


class _Shown:
    """What an attempt has shown that can be withdrawn: of each source, from where to where."""

    def __init__(self) -> None:
        self.last_attempt = 0
        self._first: dict[tuple[tuple[str, ...], int], ProgressItem] = {}
        self._last: dict[tuple[tuple[str, ...], int], ProgressItem] = {}

    def note(self, item: ProgressItem) -> None:
        if item.attempt > self.last_attempt:
            self.last_attempt = item.attempt
        if type(item) in _WITHDRAWN:
            source = item.node_path, item.attempt
            self._first.setdefault(source, item)
            self._last[source] = item

    def retracts(self) -> Iterator[Retract]:
        for source, first in self._first.items():
            yield Retract(
                target_node=first.node_id,
                target_attempt=first.attempt,
                from_index=first.index,
                to_index=self._last[source].index,
                reason="retry",
            )
