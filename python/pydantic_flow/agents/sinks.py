"""Events as text for others: Server-Sent Events and JSON lines.

Coming in: a stream of events. Going out: frames for a response, or lines.
Decided elsewhere: files (``recording``), how an event stands in JSON (``streaming``), who serves the
frames (the web framework).
"""

from collections.abc import AsyncGenerator
from typing import Any

from ..streaming.events import NonFatalError, Retract, StreamEnd, TokenChunk
from ..streaming.helpers import Items
from ..streaming.item import ProgressItem, to_json
from ..streaming.stream import Reading, Stream


def sse_frame(data: str, *, event: str = "", event_id: str = "") -> str:
    r"""One Server-Sent Event. Each line of the data gets a ``data:`` of its own, or it would end the event.

    >>> sse_frame("one\ntwo", event="note", event_id="r:3")
    'event: note\nid: r:3\ndata: one\ndata: two\n\n'
    """
    # A client ends a line at any of these.
    lines = data.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    head = [f"event: {event}"] if event else []
    head += [f"id: {event_id}"] if event_id else []
    return "\n".join([*head, *(f"data: {line}" for line in lines), "", ""])


def sse_events(stream: Items[Any]) -> Stream[str]:
    """Every event as one Server-Sent Event: its type, ``run_id:seq`` as id, and all of it as JSON.

    >>> import asyncio
    >>> async def main():
    ...     async for frame in sse_events([TokenChunk(text="a", run_id="r", seq=1)]):
    ...         print(frame, end="")
    >>> asyncio.run(main())
    event: token
    id: r:1
    data: {"type":"token","run_id":"r","seq":1,"text":"a"}
    <BLANKLINE>
    """
    return Stream(_sse_events(stream), stream)


async def _sse_events(stream: Items[Any]) -> AsyncGenerator[str, None]:
    async with Reading(stream) as items:
        async for item in items:
            if isinstance(item, ProgressItem):
                yield sse_frame(
                    to_json(item).decode(), event=item.type.value, event_id=f"{item.run_id}:{item.seq}"
                )


def sse_text(stream: Items[Any]) -> Stream[str]:
    r"""The text of the answers as Server-Sent Events, and at the end ``done``, with whether all went well.

    Text that a later attempt takes back is withdrawn by an event ``retract``.

    >>> import asyncio
    >>> async def main():
    ...     events = [TokenChunk(text="a\nb"), StreamEnd(scope="agent")]
    ...     async for frame in sse_text(events):
    ...         print(frame, end="")
    >>> asyncio.run(main())
    data: a
    data: b
    <BLANKLINE>
    event: done
    data: {"success": true}
    <BLANKLINE>
    """
    return Stream(_sse_text(stream), stream)


async def _sse_text(stream: Items[Any]) -> AsyncGenerator[str, None]:
    async with Reading(stream) as items:
        async for item in items:
            match item:
                case TokenChunk(channel="answer"):
                    yield sse_frame(item.text)
                case Retract():
                    yield sse_frame("", event="retract")
                case NonFatalError(recoverable=False):
                    yield sse_frame(item.message, event="error")
                case StreamEnd(scope="agent" | "run"):
                    yield sse_frame(f'{{"success": {str(item.success).lower()}}}', event="done")


def json_lines(stream: Items[Any]) -> Stream[str]:
    r"""Every event as one line of JSON, with its newline.

    >>> import asyncio
    >>> async def main():
    ...     async for line in json_lines([TokenChunk(text="a")]):
    ...         print(line, end="")
    >>> asyncio.run(main())
    {"type":"token","text":"a"}
    """
    return Stream(_json_lines(stream), stream)


async def _json_lines(stream: Items[Any]) -> AsyncGenerator[str, None]:
    async with Reading(stream) as items:
        async for item in items:
            if isinstance(item, ProgressItem):
                yield to_json(item).decode() + "\n"
