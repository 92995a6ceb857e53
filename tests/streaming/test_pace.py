"""Coalescing: items no faster than somebody can look, and nothing lost or late."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from pydantic_flow.errors import LimitError, TruncatedError
from pydantic_flow.json import Limits
from pydantic_flow.streaming import (
    NonFatalError,
    PartialFields,
    Retract,
    StreamingParser,
    apply_changes,
    check_grammar,
    pace,
)

from .conftest import arriving, drain, pieces
from .test_stream import Connection, Generator, Response, Source

FOREVER = 1e6
LONG = '{"a": "' + "x" * 300 + '", "b": [1, 2, 3], "c": "' + "y" * 300 + '"}'


class Clock:
    """A clock that the test sets; the event loop's own goes on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "monotonic", clock)
    return clock


def run(
    kind: Any, chunks: Any, way: str, interval: float, **options: Any
) -> tuple[list[Any], Exception | None]:
    parser = StreamingParser(kind, **options)
    if way == "sync":
        return drain(parser.stream_parse(chunks, min_interval=interval))
    return drain(parser.astream_parse(arriving(chunks), min_interval=interval))


def partial(items: list[Any]) -> list[PartialFields]:
    return [item for item in items if isinstance(item, PartialFields)]


paced = pytest.mark.parametrize("way", ["sync", "async"])


# A long string is one item instead of 150, whatever grew meanwhile comes in one, and the last is whole.
@paced
def test_what_changes_within_the_interval_comes_in_one(way: str) -> None:
    items, error = run(Any, pieces(LONG, 4), way, FOREVER)
    assert error is None
    plain, _ = run(Any, pieces(LONG, 4), way, 0.0)
    assert len(partial(plain)) > 150
    assert len(partial(items)) < 10
    assert (items[-1], partial(items)[-1].value) == (plain[-1], plain[-1])
    check_grammar(items, bare=True)


# Nothing is lost: the changes of the items rebuild the value of each, and every path settles once.
@paced
@pytest.mark.parametrize(
    "text", [LONG, '{"a": {"b": ["x", {"c": "yy"}]}}', '["ab", "cd"] ', "{'a': [1,], b: nul"]
)
def test_coalesced_items_lose_nothing(way: str, text: str) -> None:
    items, _ = run(Any, pieces(text, 2), way, FOREVER, keep_changes=True, on_truncated="accept")
    plain, _ = run(Any, pieces(text, 2), way, 0.0, keep_changes=True, on_truncated="accept")
    built: Any = None
    for item in partial(items):
        built = apply_changes(built, item.changes)
        assert built == item.value
    complete = [path for item in partial(items) for path in item.complete]
    assert len(complete) == len(set(complete))
    assert set(complete) >= {path for item in partial(plain) for path in item.complete}
    assert [e.kind for e in items if isinstance(e, NonFatalError)] == [
        e.kind for e in plain if isinstance(e, NonFatalError)
    ]
    assert items[-1] == plain[-1]


# Fields of an item are all top-level members that changed since the one before.
@paced
def test_fields_of_a_coalesced_item_are_all_that_changed(way: str) -> None:
    chunks = ['{"a": {"x": "', "1", "2", '"}, "b": "', "3", "4", '"}']
    items, _ = run(Any, chunks, way, FOREVER)
    assert [item.fields for item in partial(items)] == [
        {"a": {"x": ""}},
        {"a": {"x": "12"}, "b": ""},
        {"b": "34"},
    ]


# A settled field of the root comes at once, with the chunk that settles it.
def test_a_settled_field_is_never_held_back() -> None:
    parser = StreamingParser(Any)
    stream = parser.stream_parse(
        iter(['{"a": "x', "y", 'z", ', '"b":', ' "v', 'w"', "}"]), min_interval=FOREVER
    )
    seen = [(item.value, item.complete) for item in stream if isinstance(item, PartialFields)]
    assert ({"a": "xyz"}, frozenset({("a",)})) in seen
    assert seen[0][0] == {"a": "x"}


# Nor is a repair: it comes with the chunk that it is decided in, after what it is about.
@paced
def test_repairs_are_never_held_back(way: str) -> None:
    items, _ = run(Any, ['["a', "b", "c", '", , "d', "e", "f", '"]'], way, FOREVER)
    [at] = [place for place, item in enumerate(items) if isinstance(item, NonFatalError)]
    assert items[at - 1].value == ["abc", "d"]
    assert items[-2].value == ["abc", "def"]


# Nor is a complaint.
@paced
def test_a_complaint_comes_after_what_it_is_about(way: str) -> None:
    items, _ = run(list[int], ["[1", ", 2", ', "x"', ", 3", ", 4]"], way, FOREVER)
    [at] = [place for place, item in enumerate(items) if isinstance(item, NonFatalError) and item.recoverable]
    shown = items[at - 1]
    assert isinstance(shown, PartialFields)
    assert shown.value[:3] == [1, 2, "x"]
    assert len(items) - at > 2  # and not only at the end


@paced
def test_another_root_is_never_held_back(way: str) -> None:
    items, error = run(Any, ['{"a": "x', "y", 'z"}', "\n</think>", '{"b": "', "c", '"}'], way, FOREVER)
    assert error is None
    [at] = [place for place, item in enumerate(items) if isinstance(item, Retract)]
    assert items[-1] == {"b": "c"}
    assert all(items[at].covers(item) for item in partial(items[:at]))


# The end shows all.
@paced
def test_the_end_is_never_held_back(way: str) -> None:
    for text in ('"' + "x" * 50 + '"', '{"a": "xxxx'):
        items, error = run(Any, pieces(text, 2), way, FOREVER)
        assert partial(items)[-1].value == (error.value if isinstance(error, TruncatedError) else items[-1])


# When the interval is over, the next chunk shows all that was held back.
def test_after_the_interval_the_next_chunk_shows_it(clock: Clock) -> None:
    def chunks() -> Iterator[str]:
        for letter in '["abcdefghij':
            clock.now += 1.0
            yield letter

    stream = StreamingParser(Any).stream_parse(chunks(), min_interval=3.5)
    seen = [(clock.now, item.value) for item, _ in zip(stream, range(4), strict=False)]  # type: ignore[union-attr]
    assert seen == [(1.0, []), (5.0, ["abc"]), (9.0, ["abcdefg"]), (12.0, ["abcdefghij"])]


# Also when no chunk comes: a stalled source does not keep what was there before it stalled.
async def test_a_stalled_source_does_not_hold_back_what_has_come() -> None:
    stalled = asyncio.Event()

    async def chunks() -> AsyncIterator[str]:
        for chunk in ('{"a": "x', "y", "z"):
            yield chunk
        stalled.set()
        await asyncio.Event().wait()

    async with StreamingParser(Any).astream_parse(chunks(), min_interval=0.02) as items:
        assert (await anext(aiter(items))).value == {"a": "x"}  # type: ignore[union-attr]
        async with asyncio.timeout(5):
            item = await anext(aiter(items))
        assert stalled.is_set()
        assert item.value == {"a": "xyz"}  # type: ignore[union-attr]
        waiting = asyncio.ensure_future(anext(aiter(items)))  # nothing is pending: nothing comes
        await asyncio.sleep(0.06)
        assert not waiting.done()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


# A slow consumer slows the source down: at most 16 chunks are read ahead.
async def test_a_slow_consumer_slows_the_source() -> None:
    read = 0

    async def chunks() -> AsyncIterator[str]:
        nonlocal read
        yield '["'
        for _ in range(1000):
            read += 1
            yield "x"

    async with StreamingParser(Any).astream_parse(chunks(), min_interval=0.001) as items:
        await anext(aiter(items))
        await asyncio.sleep(0.02)
        assert 0 < read <= 18


# Leaving closes the source and the task that reads it, within two turns of the loop.
@pytest.mark.parametrize("source_type", [Generator, Connection, Response])
@pytest.mark.parametrize("named", [True, False])
def test_leaving_a_paced_stream_closes_everything(source_type: type[Source], named: bool) -> None:
    source = source_type()

    async def main() -> None:
        if named:
            async with StreamingParser(Any).astream_parse(source, min_interval=0.01) as items:
                async for _ in items:
                    break
        else:
            async for _ in StreamingParser(Any).astream_parse(source, min_interval=0.01):
                break
            for _ in range(2):
                await asyncio.sleep(0)
        assert source.closed >= 1
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


# A paced stream that was never read has opened nothing.
def test_a_paced_stream_that_was_never_read_closes_the_source() -> None:
    source = Connection()

    async def main() -> None:
        async with StreamingParser(Any).astream_parse(source, min_interval=1.0):
            pass
        assert source.closed == 1
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


class Gone(Exception):
    """What a source may raise."""


# What the source raises comes through, after what it gave and its announcement; also if it was cancelled.
@pytest.mark.parametrize("error", [Gone("lost"), asyncio.CancelledError()])
async def test_an_exception_of_the_source_comes_through(error: BaseException) -> None:
    async def chunks() -> AsyncIterator[str]:
        yield '["x'
        yield "y"
        raise error

    seen: list[Any] = []
    async with asyncio.timeout(5):
        with pytest.raises(type(error)):
            async for item in StreamingParser(Any).astream_parse(chunks(), min_interval=FOREVER):
                seen.append(item)
    assert seen[0].value == ["x"]
    if isinstance(error, Exception):
        assert (seen[-1].exception_type, seen[-1].recoverable) == ("Gone", False)


# As do limits, which are not held back.
@paced
def test_a_limit_is_not_held_back(way: str) -> None:
    items, error = run(Any, ['["x', "y", "z" * 50, '"]'], way, FOREVER, limits=Limits(input_bytes=20))
    assert isinstance(error, LimitError)
    assert not items[-1].recoverable
    check_grammar(items, bare=True)


# No interval, no task.
async def test_without_an_interval_there_is_no_task() -> None:
    async for _ in StreamingParser(Any).astream_parse(arriving(["[1", ", 2]"]), min_interval=0.0):
        assert len(asyncio.all_tasks()) == 1
    gc.collect()
