"""What is made of a value, or of text that is JSON.

Coming in: a value, or text: whole, in chunks, or as the events of the node that writes it. Going out: what
a function makes of it; or partial fields as they grow, repairs, and the validated value.
Decided elsewhere: how text is read (``streaming.StreamingParser``).
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable, Iterator
from typing import Any, Generic

from ..errors import NodeError
from ..streaming.events import PartialFields, Retract, TokenChunk
from ..streaming.item import ProgressItem
from ..streaming.parser import StreamingParser
from ..streaming.preview import described
from ..streaming.stream import Reading
from .base import BaseNode, InputT, NodeOutput, NodeRun, OutputT
from .tool import annotated, name_of, outcome


class ParserNode(BaseNode[InputT, OutputT], Generic[InputT, OutputT]):
    """A node that makes one value of another.

    With a function: what that returns. Without: the input is JSON text, read tolerantly and validated as
    the result's type, while it comes if it comes in pieces. Wired to the ``live_output`` of a node that
    writes text, it begins with the first token; what that node withdraws is withdrawn here too.

    Args:
        parser_func: takes the input, returns the output, or an awaitable for it.
        input: the output of another node.
        name: by default that of the function.
        run_id: see :class:`BaseNode`.
        options: without a function, those of :class:`~pydantic_flow.streaming.StreamingParser`.

    >>> import asyncio
    >>> asyncio.run(ParserNode[str, list[int]]().run("Sure: [1, 2,]"))
    [1, 2]
    """

    def __init__(
        self,
        parser_func: Callable[[InputT], Any] | None = None,
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
        **options: Any,
    ) -> None:
        if parser_func is not None and options:
            raise TypeError(f"a ParserNode with a function takes no {', '.join(options)}")
        self.parser_func = parser_func
        self._options = options
        super().__init__(input=input, name=name, run_id=run_id)

    @property
    def input_type(self) -> Any:
        """What it takes."""
        return annotated(super().input_type, self.parser_func, 0)

    @property
    def output_type(self) -> Any:
        """What it gives."""
        return annotated(super().output_type, self.parser_func, -1)

    async def events(self, input_data: InputT, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """None with a function; without, what its parser tells."""
        if self.parser_func is not None:
            run.result = await outcome(self.parser_func, (input_data,))
            return
        reading = _Reading(self.output_type, self._options, run)
        async with Reading(_pieces_of(input_data, self.name)) as pieces:
            async for piece in pieces:
                for item in reading.read(piece):
                    yield item
        for item in reading.finish():
            yield item

    def _default_name(self) -> str:
        return name_of(self.parser_func) or super()._default_name()


class _Reading:
    """One text as it is read, begun anew when a part of it is withdrawn."""

    def __init__(self, kind: Any, options: dict[str, Any], run: NodeRun[Any]) -> None:
        self._kind = kind
        self._options = options
        self._run = run
        self._tokens: list[TokenChunk] = []
        self._begin()

    def _begin(self) -> None:
        self._parser: StreamingParser[Any] = StreamingParser(
            self._kind, emitter=self._run.emitter, **self._options
        )
        self._shown = False

    def read(self, piece: str | bytes | ProgressItem) -> Iterator[ProgressItem]:
        """The events of a piece."""
        if isinstance(piece, str | bytes):
            yield from self._parsed(piece)
        elif isinstance(piece, TokenChunk) and piece.channel == "answer":
            self._tokens.append(piece)
            yield from self._parsed(piece.text)
        elif isinstance(piece, Retract):
            left = [token for token in self._tokens if not piece.covers(token)]
            if len(left) < len(self._tokens):
                self._tokens = left
                yield from self._withdrawn(piece)

    def finish(self) -> Iterator[ProgressItem]:
        """The events of the end."""
        yield from self._parsed(None)

    def _parsed(self, text: str | bytes | None) -> Iterator[ProgressItem]:
        for item in self._parser.each(text):
            if isinstance(item, ProgressItem):
                self._shown = self._shown or isinstance(item, PartialFields)
                yield item
        if text is None:
            self._run.result = self._parser.result

    def _withdrawn(self, why: Retract) -> Iterator[ProgressItem]:
        """The text before this is not what it was: the next attempt begins with what is left of it."""
        before = self._run.emitter
        again = before.retry()
        if self._shown:
            yield again.emit(
                Retract(
                    target_node=before.node_id,
                    target_attempt=before.attempt,
                    from_index=0,
                    to_index=before.index - 1,
                    reason=why.reason,
                )
            )
        self._begin()
        if self._tokens:
            yield from self._parsed("".join(token.text for token in self._tokens))


def _pieces_of(source: Any, name: str) -> AsyncIterable[Any] | Iterable[Any]:
    if isinstance(source, str | bytes):
        return (source,)
    if isinstance(source, AsyncIterable | list | tuple | Iterator):
        return source
    raise NodeError(f"{name!r} reads text, and was given {described(source)}")
