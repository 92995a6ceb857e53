"""What the tests of this room share: ways to cut a text, and to run a parser over the pieces."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pydantic_flow.streaming import StreamingParser

Run = Callable[..., list[Any]]


def pieces(text: Any, size: int) -> list[Any]:
    """The text in pieces of one size."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def cuts(text: Any) -> Iterator[list[Any]]:
    """The text whole, piece by piece, and cut in two everywhere."""
    yield [text]
    yield pieces(text, 1)
    yield pieces(text, 3)
    for place in range(1, len(text)):
        yield [text[:place], text[place:]]


def some_cuts(text: Any) -> Iterator[list[Any]]:
    """The text whole, piece by piece, and cut in two at ten places or so."""
    yield [text]
    yield pieces(text, 1)
    for place in range(1, len(text), max(1, len(text) // 10)):
        yield [text[:place], text[place:]]


async def arriving(chunks: Iterable[Any]) -> AsyncIterator[Any]:
    """The chunks, each after a turn of the event loop."""
    for chunk in chunks:
        await asyncio.sleep(0)
        yield chunk


def drain(items: Any) -> tuple[list[Any], Exception | None]:
    """All items of a sync or async stream, and the exception that ended it."""
    seen: list[Any] = []

    async def read() -> None:
        async for item in items:
            seen.append(item)

    try:
        if hasattr(items, "__aiter__"):
            asyncio.run(read())
        else:
            seen.extend(items) if isinstance(items, list) else [seen.append(item) for item in items]
    except Exception as error:
        return seen, error
    return seen, None


def pushed(parser: StreamingParser[Any], chunks: Iterable[Any]) -> tuple[list[Any], Exception | None]:
    """The same by `feed` and `finish`."""
    seen: list[Any] = []
    try:
        for chunk in chunks:
            seen += parser.feed(chunk)
        seen += parser.finish()
    except Exception as error:
        return seen + parser.last_items, error
    return seen, None


WAYS: dict[str, Callable[[StreamingParser[Any], list[Any]], tuple[list[Any], Exception | None]]] = {
    "async": lambda parser, chunks: drain(parser.astream_parse(arriving(chunks))),
    "async over a list": lambda parser, chunks: drain(parser.astream_parse(chunks)),
    "sync": lambda parser, chunks: drain(parser.stream_parse(chunks)),
    "pushed": pushed,
}


def said_by_pydantic(kind: Any, text: str | bytes, **options: Any) -> Any:
    """The value that ``validate_json`` gives, or what its error says."""
    adapter = kind if isinstance(kind, TypeAdapter) else TypeAdapter(kind)
    try:
        return adapter.validate_json(text, **options)
    except ValidationError as error:
        return facts(error)


def said_by_us(kind: Any, chunks: list[Any], way: Any = None, **options: Any) -> Any:
    """The last item of a stream of the chunks, or what its validation error says."""
    parser = StreamingParser(kind, **options)
    items, error = way(parser, chunks) if way else drain(parser.stream_parse(chunks))
    if isinstance(error, ValidationError):
        return facts(error)
    assert error is None
    return items[-1]


def facts(error: ValidationError) -> Any:
    """What a validation error says; exceptions in it by what they say, for they equal only themselves."""
    lines = error.errors(include_url=False)
    contexts = [{name: repr(value) for name, value in line.pop("ctx", {}).items()} for line in lines]
    return error.title, lines, contexts


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('abé"\\', max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(params=sorted(WAYS))
def way(request: pytest.FixtureRequest) -> Callable[..., tuple[list[Any], Exception | None]]:
    """Each way to drive a parser: `way(parser, chunks)` gives its items and its exception."""
    return WAYS[request.param]
