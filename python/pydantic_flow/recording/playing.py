"""Recorded events as the stream that they were.

Coming in: the events of a run, read back or collected. Going out: the same stream, at the pace of the
recording, faster, or at once.
Decided elsewhere: how values are rebuilt from changes (``streaming.replay``).
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable

from ..streaming.item import ProgressItem
from ..streaming.replay import replay
from ..streaming.stream import Stream


def replay_stream(events: Iterable[ProgressItem], *, pace: float = 0.0) -> Stream[ProgressItem]:
    """The events as the stream that they were, their views filled in.

    A reader that was late for one event gets the next ones at once, until it has caught up. Where the
    clock of the recording went back, nothing waits.

    Args:
        events: in order of arrival: a ``Recording``, or a list.
        pace: 0 for at once, 1 for as fast as recorded, 0.5 for twice as fast, 2 for half as fast.

    >>> import asyncio
    >>> from pydantic_flow.streaming import TokenChunk
    >>> async def main():
    ...     async for event in replay_stream([TokenChunk(text="a", t_us=1), TokenChunk(text="b", t_us=9)]):
    ...         print(event.text)
    >>> asyncio.run(main())
    a
    b
    """
    if pace < 0:
        raise ValueError(f"pace is at least 0, not {pace}")
    return Stream(_replayed(events, pace), None)


async def _replayed(events: Iterable[ProgressItem], pace: float) -> AsyncGenerator[ProgressItem, None]:
    loop = asyncio.get_running_loop()
    begin, played, before = loop.time(), 0.0, 0
    for item in replay(events):
        if pace:
            played += max(0, item.t_us - before) * pace / 1e6 if before else 0.0
            before = item.t_us or before
            await asyncio.sleep(max(0.0, begin + played - loop.time()))
        yield item
