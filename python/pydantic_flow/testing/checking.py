"""The grammar of events as an assertion.

Coming in: events. Going out: the same, or an ``AssertionError`` that names the rule.
Decided elsewhere: the rules (``streaming.grammar``).
"""

from collections.abc import AsyncGenerator, Iterable
from typing import Any, TypeVar

from ..errors import GrammarError
from ..streaming.grammar import GrammarChecker, check_grammar
from ..streaming.helpers import Items
from ..streaming.stream import Reading, Stream

T = TypeVar("T")


def assert_grammar(events: Iterable[Any], *, bare: bool = False, closed: bool = False) -> None:
    """Fail unless a run can produce these events in this order; see ``check_grammar``.

    >>> from pydantic_flow.streaming import TokenChunk
    >>> assert_grammar([TokenChunk(text="a")])
    Traceback (most recent call last):
    ...
    AssertionError: TokenChunk 0 of () came before StreamStart
    """
    try:
        check_grammar(events, bare=bare, closed=closed)
    except GrammarError as error:
        raise AssertionError(str(error)) from error


def checked(stream: Items[T], *, bare: bool = False) -> Stream[T]:
    """The stream itself; reading it fails at the first event that cannot come."""
    return Stream(_checked(stream, bare), stream)


async def _checked(stream: Items[T], bare: bool) -> AsyncGenerator[T, None]:
    checker = GrammarChecker(bare=bare)
    async with Reading(stream) as items:
        async for item in items:
            try:
                checker.accept(item)
            except GrammarError as error:
                raise AssertionError(str(error)) from error
            yield item
    try:
        checker.finish()
    except GrammarError as error:
        raise AssertionError(str(error)) from error
