"""Chunks from a model become partial fields, repairs, and at last the validated model."""

import asyncio
from collections.abc import AsyncIterator

from pydantic import BaseModel

from pydantic_flow import NonFatalError, PartialFields, StreamingParser


class Review(BaseModel):
    title: str
    stars: int
    tags: list[str]


async def model() -> AsyncIterator[str]:
    """Stands for your provider's stream: text in pieces, cut anywhere."""
    for chunk in ('{"title": "Qui', 'et and fast", "st', 'ars": 4', ', "tags": ["lap', "top\", 'linux',]}"):
        await asyncio.sleep(0)
        yield chunk


async def main() -> None:
    parser = StreamingParser(Review)
    async for item in parser.astream_parse(model()):
        match item:
            case PartialFields(fields=fields):
                print("now", fields)
            case NonFatalError(kind=kind, path=path):
                print("repaired", kind, path)
            case Review():
                print("done", item)


asyncio.run(main())
# -> now {'title': 'Qui'}
# -> now {'title': 'Quiet and fast'}
# -> now {'stars': 4, 'tags': ['lap']}
# -> now {'tags': ['laptop', 'linux']}
# -> repaired quote_marks ('tags', 1)
# -> repaired extra_comma ('tags', 1)
# -> done title='Quiet and fast' stars=4 tags=['laptop', 'linux']
