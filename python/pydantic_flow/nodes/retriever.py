"""A search as a node.

Coming in: a function that finds things, one by one or all at once. Going out: a ``RetrievalItem`` for each
as it is found; all of them are the result.
Decided elsewhere: what a node is (``base.py``), who begins before the last is found (``NodeOutput.live``).
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Mapping, Sequence, Set
from inspect import isawaitable
from typing import Any, Generic, get_origin

from msgspec.structs import replace

from ..errors import NodeError
from ..streaming.events import RetrievalItem
from ..streaming.item import ProgressItem
from ..streaming.preview import kind_of
from ..streaming.stream import Reading
from .base import BaseNode, InputT, NodeOutput, NodeRun, OutputT
from .tool import name_of


class RetrieverNode(BaseNode[InputT, OutputT], Generic[InputT, OutputT]):
    """A node that searches, and gives what it finds as it finds it.

    The result is ``{"results": [...]}`` with all that was found, or an instance of the result's type
    made of that; the list itself where that type is a list.

    Args:
        retriever_fn: takes the input, and yields or returns what it finds: mappings with ``content``, and
            ``id``, ``score`` and ``metadata`` where there are, texts, or ``RetrievalItem`` events. An async
            generator, or anything else that gives something to iterate over.
        input: the output of another node.
        name: by default that of the function.
        run_id: see :class:`BaseNode`.

    >>> import asyncio
    >>> async def search(query: str):
    ...     yield {"id": "1", "content": "A town in Norway", "score": 0.9}
    >>> asyncio.run(RetrieverNode(search).run("Oslo"))
    {'results': [{'id': '1', 'content': 'A town in Norway', 'score': 0.9}]}
    """

    def __init__(
        self,
        retriever_fn: Callable[[InputT], Any],
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.retriever_fn = retriever_fn
        super().__init__(input=input, name=name, run_id=run_id)

    async def events(self, input_data: InputT, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        """What is found, as it is found."""
        found: list[Any] = []
        source = self.retriever_fn(input_data)
        if isawaitable(source):
            source = await source
        if not isinstance(source, AsyncIterable | Iterable) or isinstance(source, str | Mapping):
            raise NodeError(f"the retriever of {self.name!r} gave {kind_of(source)}, nothing to iterate over")
        async with Reading(source) as items:
            async for item in items:
                event = self._event(item, len(found))
                found.append(_plain(item))
                yield event
        run.result = found if _is_list(self.output_type) else {"results": found}

    def _event(self, item: Any, place: int) -> RetrievalItem:
        if isinstance(item, RetrievalItem):
            return replace(item, run_id="")
        if isinstance(item, str):
            item = {"content": item}
        if not isinstance(item, Mapping):
            raise NodeError(f"the retriever of {self.name!r} gave {kind_of(item)}, no mapping and no text")
        content = item.get("content")
        return RetrievalItem(
            item_id=str(item.get("id", place)),
            content="" if content is None else str(content),
            score=item.get("score"),
            metadata=item.get("metadata") or {},
        )

    def _default_name(self) -> str:
        return name_of(self.retriever_fn) or super()._default_name()


def _plain(item: Any) -> Any:
    """What was found, as the result has it."""
    if not isinstance(item, RetrievalItem):
        return item
    return {"id": item.item_id, "content": item.content, "score": item.score, "metadata": item.metadata}


def _is_list(kind: Any) -> bool:
    origin = get_origin(kind) or kind
    return (
        isinstance(origin, type) and issubclass(origin, list | tuple | Set | Sequence) and origin is not str
    )
