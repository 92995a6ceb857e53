"""Short ways to what most people want from a stream.

Coming in: a stream of events, from a node or from a ``StreamingParser``. Going out: texts, fields,
or the final result. Leaving a stream closes what it reads.
Decided elsewhere: the events and their order (``events.py``, ``grammar.py``).
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping
from typing import Any, Literal, TypeVar

from ..errors import GrammarError, PydanticFlowError
from .events import PartialFields, Retract, StreamEnd, TokenChunk
from .item import ProgressItem
from .stream import Reading, Stream

T = TypeVar("T")
Items = AsyncIterable[T] | Iterable[T]
Channel = Literal["answer", "thinking"]


def iter_tokens(
    stream: Items[Any],
    on_retract: Callable[[Retract], object] | None = None,
    *,
    channel: Channel | None = "answer",
) -> Stream[str]:
    """Only the texts of the tokens, as they come.

    Text that was shown and is withdrawn later (a retry, a rejected draft) has been yielded: give
    ``on_retract`` to take it back from where you put it. Without it, both attempts are seen.

    Args:
        stream: events.
        on_retract: called with the event that withdraws, before the new text comes.
        channel: ``"answer"``, ``"thinking"``, or None for both.

    >>> import asyncio
    >>> async def main():
    ...     async for text in iter_tokens([TokenChunk(text="a"), TokenChunk(text="b")]):
    ...         print(text)
    >>> asyncio.run(main())
    a
    b
    """
    return Stream(_tokens(stream, on_retract, channel), stream)


async def _tokens(
    stream: Items[Any], on_retract: Callable[[Retract], object] | None, channel: Channel | None
) -> AsyncGenerator[str, None]:
    async with Reading(stream) as items:
        async for item in items:
            if isinstance(item, TokenChunk):
                if channel is None or item.channel == channel:
                    yield item.text
            elif on_retract is not None and isinstance(item, Retract):
                on_retract(item)


def iter_fields(stream: Items[Any]) -> Stream[dict[str, Any]]:
    """Only the fields that changed, as JSON keys with their values as of now.

    When what was shown is withdrawn, ``{}`` comes first: start anew.

    >>> import asyncio
    >>> from pydantic_flow.streaming import parse_json_stream
    >>> async def main():
    ...     async for fields in iter_fields(parse_json_stream(['{"a": "x', 'y"}'], dict[str, str])):
    ...         print(fields)
    >>> asyncio.run(main())
    {'a': 'x'}
    {'a': 'xy'}
    """
    return Stream(_fields(stream), stream)


async def _fields(stream: Items[Any]) -> AsyncGenerator[dict[str, Any], None]:
    async with Reading(stream) as items:
        async for item in items:
            if isinstance(item, Retract):
                yield {}
            elif isinstance(item, PartialFields) and item.fields:
                yield item.fields


def fields_by_attribute(fields: Mapping[str, Any], model_type: Any) -> dict[str, Any]:
    """``fields`` under the names of the model's attributes instead of JSON keys.

    Knows the aliases of pydantic models and pydantic dataclasses. Keys that name no attribute stay as
    they are; so do those that only lead to one (``AliasPath`` of several steps).

    >>> from pydantic import BaseModel, Field
    >>> class User(BaseModel):
    ...     name: str = Field(alias="userName")
    >>> fields_by_attribute({"userName": "Ada", "x": 1}, User)
    {'name': 'Ada', 'x': 1}
    """
    names: dict[str, str] = {}
    for name, info in getattr(model_type, "__pydantic_fields__", {}).items():
        # A plain alias, an AliasPath of one step, or an AliasChoices of both.
        for alias in getattr(info.validation_alias, "choices", [info.validation_alias]):
            match getattr(alias, "path", [alias]):
                case [str(key)]:
                    names.setdefault(key, name)
    return {names.get(key, key): value for key, value in fields.items()}


async def collect_all_tokens(stream: Items[Any], *, channel: Channel | None = "answer") -> str:
    """The text of all tokens together, without what was withdrawn.

    >>> import asyncio
    >>> asyncio.run(collect_all_tokens([TokenChunk(text="a"), TokenChunk(text="b")]))
    'ab'
    """
    tokens: list[TokenChunk] = []
    async with Reading(stream) as items:
        async for item in items:
            if isinstance(item, TokenChunk):
                tokens.append(item)
            elif isinstance(item, Retract):
                tokens = [token for token in tokens if not item.covers(token)]
    return "".join(token.text for token in tokens if channel is None or token.channel == channel)


async def collect_final_result(stream: Items[Any]) -> Any:
    """What the stream is for: the real object that the run's ``StreamEnd`` carries, or the parser's value.

    Of an end that has only a preview, such as one from a wire that leaves results out, it is the preview.

    Raises:
        PydanticFlowError: the run failed, and its stream told so instead of raising.
        GrammarError: the stream stopped before its result.

    >>> import asyncio
    >>> asyncio.run(collect_final_result([StreamEnd(result=7)]))
    7
    """
    last: Any = _NOTHING
    async with Reading(stream) as items:
        async for item in items:
            last = item
    match last:
        case StreamEnd(success=True):
            return last.result if last.result is not None else last.result_preview
        case StreamEnd():
            raise PydanticFlowError("the run failed and has no result")
        case ProgressItem() | _Nothing():
            raise GrammarError("the stream stopped before its result")
    return last


class _Nothing:
    """Stands for the last item of an empty stream."""


_NOTHING = _Nothing()
