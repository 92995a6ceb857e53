"""Who leaves a stream closes everything below it."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from pydantic_flow.errors import StreamConsumedError, TerminalStateError
from pydantic_flow.streaming import (
    StreamingParser,
    TokenChunk,
    collect_final_result,
    iter_fields,
    iter_tokens,
    parse_json_stream,
)

TEXT = ['{"a": "x', "y", "z", '"}']


class Source:
    """An endless asynchronous source that knows whether it was closed."""

    def __init__(self, chunks: list[Any] | None = None) -> None:
        self.chunks = chunks or [*TEXT[:1], *["y"] * 1000]
        self.closed = 0

    async def _read(self) -> AsyncIterator[Any]:
        try:
            for chunk in self.chunks:
                await asyncio.sleep(0)
                yield chunk
        finally:
            self.closed += 1


class Generator(Source):
    """An async generator is its own iterator."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._read()


class Connection(Source):
    """Some are closed by themselves, not by their iterator."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        await asyncio.sleep(0)
        return self.chunks.pop(0)

    async def aclose(self) -> None:
        self.closed += 1


class Response(Connection):
    """And some call it `close`."""

    aclose = None  # type: ignore[assignment]

    async def close(self) -> None:
        self.closed += 1


SOURCES = [Generator, Connection, Response]
STREAMS: dict[str, Callable[[Any], Any]] = {
    "astream_parse": lambda source: StreamingParser(Any).astream_parse(source),
    "parse_json_stream": lambda source: parse_json_stream(source, Any),
    "iter_fields": lambda source: iter_fields(StreamingParser(Any).astream_parse(source)),
    "iter_tokens": lambda source: iter_tokens(tokens(source)),
}


async def tokens(source: Any) -> AsyncIterator[TokenChunk]:
    iterator = aiter(source)
    try:
        async for text in iterator:
            yield TokenChunk(text=text)
    finally:
        for owner in (iterator, source):
            closer = getattr(owner, "aclose", None) or getattr(owner, "close", None)
            if closer is not None and not source.closed:
                await closer()


# A stream is read once: a second loop goes on where the first was left, and over one that is over it says so.
@pytest.mark.parametrize("over", ["read", "left", "never begun"])
async def test_a_stream_that_is_over_cannot_be_read_again(over: str) -> None:
    stream = StreamingParser(Any).astream_parse(['{"a": 1', ', "b": 2}'])
    if over == "read":
        async for _ in stream:
            break
        assert [item async for item in stream][-1] == {"a": 1, "b": 2}
    else:
        if over == "left":
            await anext(stream)
        await stream.aclose()
    with pytest.raises(StreamConsumedError, match="cannot be read again"):
        async for _ in stream:
            pass
    with pytest.raises(StreamConsumedError):
        await collect_final_result(stream)  # type: ignore[arg-type]
    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    await stream.aclose()


async def leave_by_aclose(stream: Any) -> None:
    async for _ in stream:
        break
    await stream.aclose()


async def leave_by_async_with(stream: Any) -> None:
    async with stream as items:
        async for _ in items:
            break


async def leave_by_exception(stream: Any) -> None:
    with pytest.raises(KeyError):
        async with stream as items:
            async for _ in items:
                raise KeyError


async def leave_by_cancelling(stream: Any) -> None:
    async def read() -> None:
        async with stream as items:
            async for _ in items:
                pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def leave_by_timeout(stream: Any) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            async with stream as items:
                async for _ in items:
                    await asyncio.sleep(1)


WAYS_OUT = [leave_by_aclose, leave_by_async_with, leave_by_exception, leave_by_cancelling, leave_by_timeout]


# Whatever the source is like, whichever stream reads it, and however it is left.
@pytest.mark.parametrize("way_out", WAYS_OUT)
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("source_type", SOURCES)
def test_leaving_a_stream_closes_the_source(
    source_type: type[Source], stream: Callable[[Any], Any], way_out: Callable[[Any], Awaitable[None]]
) -> None:
    source = source_type()

    async def main() -> None:
        await way_out(stream(source))
        assert source.closed >= 1

    asyncio.run(main())


# `break` on a stream without a name closes it within two turns of the loop.
@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS)
@pytest.mark.parametrize("source_type", SOURCES)
def test_break_on_an_unnamed_stream_closes_the_source_within_two_turns(
    source_type: type[Source], stream: Callable[[Any], Any]
) -> None:
    source = source_type()

    async def main() -> None:
        async for _ in stream(source):
            break
        for _ in range(2):
            await asyncio.sleep(0)
        assert source.closed

    asyncio.run(main())


# Leaving without having read anything closes the source too.
@pytest.mark.parametrize("source_type", [Connection, Response])
def test_a_stream_that_was_never_read_closes_the_source(source_type: type[Source]) -> None:
    source = source_type()

    async def main() -> None:
        async with StreamingParser(Any).astream_parse(source):
            pass
        assert source.closed == 1

    asyncio.run(main())


# Read to its end, a stream has closed its source; closing it again does nothing.
def test_closing_twice_does_nothing() -> None:
    source = Generator(TEXT)

    async def main() -> None:
        stream = StreamingParser(Any).astream_parse(source)
        *_, result = [item async for item in stream]
        assert result == {"a": "xyz"}
        assert source.closed == 1
        await stream.aclose()
        await stream.aclose()

    asyncio.run(main())


# An exception of the parser closes the source as well.
def test_an_exception_of_the_parser_closes_the_source() -> None:
    source = Generator(['{"a": ', 5])

    async def main() -> None:
        with pytest.raises(TypeError):
            async for _ in StreamingParser(Any).astream_parse(source):
                pass
        assert source.closed == 1

    asyncio.run(main())


# A stream can be read by hand, item by item.
def test_a_stream_is_an_async_iterator() -> None:
    async def main() -> None:
        stream = StreamingParser(Any).astream_parse(TEXT)
        first = await anext(stream)
        assert first.value == {"a": "x"}  # type: ignore[union-attr]
        rest = [item async for item in stream]
        assert rest[-1] == {"a": "xyz"}

    asyncio.run(main())


# The consumer sets the pace: nothing is read ahead.
def test_nothing_is_read_before_it_is_asked_for() -> None:
    source = Connection()

    async def main() -> None:
        async with StreamingParser(Any).astream_parse(source) as items:
            for expected in range(1, 5):
                left = len(source.chunks)
                await anext(items)
                assert len(source.chunks) == left - 1, expected

    asyncio.run(main())


# Left before its end, the parser says so, and has no result.
def test_a_parser_whose_stream_was_left_is_terminal() -> None:
    parser = StreamingParser(Any)

    async def main() -> None:
        async with parser.astream_parse(TEXT) as items:
            async for _ in items:
                break

    asyncio.run(main())
    for use in (lambda: parser.result, lambda: parser.feed("1")):
        with pytest.raises(TerminalStateError, match="left before the end"):
            use()


class Lines:
    """A source without async that knows whether it was closed."""

    def __init__(self) -> None:
        self.chunks: Iterator[str] = iter(TEXT)
        self.closed = 0

    def __iter__(self) -> Iterator[str]:
        return self.chunks

    def close(self) -> None:
        self.closed += 1


# The same without async: leaving the generator closes what it reads.
@pytest.mark.parametrize("how_far", [1, 2, 99])
def test_leaving_a_sync_stream_closes_the_source(how_far: int) -> None:
    lines = Lines()
    stream = StreamingParser(Any).stream_parse(lines)
    for _, _item in zip(range(how_far), stream, strict=False):
        pass
    stream.close()
    assert lines.closed == 1


# A source without async that is read by an async stream, too.
def test_an_async_stream_closes_a_sync_source() -> None:
    lines = Lines()

    async def main() -> None:
        async with StreamingParser(Any).astream_parse(lines) as items:
            async for _ in items:
                break
        assert lines.closed

    asyncio.run(main())


# An abandoned parser and its stream leave nothing behind that only the collector could find.
def test_a_dropped_stream_frees_its_source_at_once() -> None:
    gone = []

    class Chunks:
        def __iter__(self) -> Iterator[str]:
            return iter(TEXT)

        def __del__(self) -> None:
            gone.append(True)

    gc.disable()
    try:
        stream = StreamingParser(Any).stream_parse(Chunks())
        next(stream)
        del stream
        assert gone == [True]
    finally:
        gc.enable()
