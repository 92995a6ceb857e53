"""Text chunks in; partial fields, repairs and the validated value out.

Coming in: chunks of JSON text, cut anywhere, possibly broken, and a type that pydantic validates.
Going out: ``PartialFields``, ``NonFatalError`` and ``Retract`` events, last the validated value.
Decided elsewhere: how text is read and repaired (``_core``), which events a chunk gives
(``progress.py``), what is valid (pydantic; ``early.py`` says what is known of it before the end).
"""

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Iterator
from inspect import signature
from typing import TYPE_CHECKING, Any, Generic, Literal, TypedDict, TypeVar, Unpack, cast, overload

from .. import _core
from ..errors import JsonError, Path, TerminalStateError, UnfinishedError
from ..json.adapters import adapter_of
from ..json.shapes import shape_of, shape_of_several
from .complaint import place_in
from .early import EarlyValidation
from .emitter import Emitter
from .events import NonFatalError
from .item import ProgressItem
from .items import HandOver, ItemReader, OneByOne, OnError, Reader, ValueReader
from .pace import Pace, Ticking
from .parts import parts_of
from .progress import Judge, Progress
from .stream import Reading, Stream, close_now
from .text import Chunk, Text, fatal_endings
from .view import View

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
C = TypeVar("C")


class ParserOptions(TypedDict, total=False):
    """The options of :class:`StreamingParser`, which explains them."""

    on_truncated: Literal["raise", "accept"]
    on_missing_closers: Literal["repair", "raise"]
    early: bool
    fail_fast: bool
    on_value: Callable[[Any], object] | None
    partial_strings: bool
    coerce: bool
    refuse: Iterable[str]
    keep_changes: bool
    limits: _core.Limits | None
    strict: bool | None
    context: Any
    by_alias: bool | None
    by_name: bool | None
    extra: Literal["allow", "ignore", "forbid"] | None
    emitter: Emitter | None


class StreamingParser(Generic[T]):
    """Reads one stream of JSON text into ``model_type``, and shows it while it grows.

    Items come in this order: for each chunk a ``Retract`` if another root value takes the place of
    what was shown, one ``PartialFields`` if anything visible changed, a ``NonFatalError`` for each
    repair, and one (of kind ``"validation"``) for each place that has settled and will not validate;
    at last the validated value. An exception that ends the stream is announced by a
    ``NonFatalError(recoverable=False)``. The result, or the ``ValidationError``, for valid JSON is
    that of ``TypeAdapter(model_type).validate_json(text)``.

    A parser reads one stream, in one of three ways: ``astream_parse``, ``stream_parse``, or ``feed``
    and ``finish``. Instead of events it can give the items of a list (``aiter_items``) or the values
    of a text with several (``aiter_values``), both also without async. It owns the source: leaving
    the stream closes it.

    Args:
        model_type: a pydantic model or any other type that pydantic validates.
        on_truncated: for a text that ends inside a string, number, literal or key, after a key,
            comma or colon, or before any value: ``"raise"`` a ``TruncatedError``, or ``"accept"`` it
            with a recoverable error of kind ``"truncated"`` and validate what there is.
        on_missing_closers: for a text that only lacks closing brackets: ``"repair"``, or ``"raise"``
            a ``TruncatedError``.
        early: validate fields and items when they have settled, and report at once what is wrong. A
            report is final, unless a repeated key or another root replaces what it is about. Places
            that cannot be judged alone wait for the end, such as those whose validators take
            ``ValidationInfo``. Validators run twice, now and at the end.
        fail_fast: raise pydantic's ``ValidationError`` for the first of these reports, instead of
            reporting it and reading on.
        on_value: the text may hold several values of the type, such as NDJSON or several tool calls:
            called with each one, validated, when the next one begins or the text ends. The result
            is the list of all. One that does not validate raises.
        partial_strings: show strings while they grow; False shows them once they are whole.
            Numbers, literals, and what a string is only written for (enums, dates, UUIDs, ...) are
            always shown whole.
        coerce: read what is valid JSON but does not fit the type as what was meant: one value where a
            list is wanted, a string that holds JSON where an object is wanted, ``"1,234"`` where a
            number is. Each is reported like a repair. Without it valid JSON is left to pydantic.
        keep_changes: let ``changes``, ``complete`` and ``partial`` of every item be looked at for
            ever. Without it they are gone with the next item, and what nobody looks at costs nothing.
        refuse: kinds of repair (``"inner_quote"``, ...) that raise a ``MalformedError`` instead.
        limits: what the text may cost.
        strict: passed to pydantic, like the next four.
        context: for validators.
        by_alias: validate by alias.
        by_name: validate by field name.
        extra: what to do with members that the model does not know; needs pydantic 2.12 or newer.
        emitter: stamps the events; by default one for a run of its own.

    Raises:
        ValueError: there is no such option.
        TypeError: the installed pydantic does not know the option ``extra``.

    >>> from pydantic import BaseModel
    >>> from pydantic_flow import PartialFields
    >>> class City(BaseModel):
    ...     name: str
    ...     people: int
    >>> parser = StreamingParser(City)
    >>> for item in parser.stream_parse(['{"name": "Os', 'lo", "people": 7', "17710}"]):
    ...     print(item.fields if isinstance(item, PartialFields) else repr(item))
    {'name': 'Os'}
    {'name': 'Oslo'}
    {'people': 717710}
    City(name='Oslo', people=717710)
    """

    @overload
    def __init__(self, model_type: type[T], **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self, model_type: "TypeAdapter[T]", **options: Unpack[ParserOptions]) -> None: ...
    @overload
    def __init__(self: "StreamingParser[Any]", model_type: Any, **options: Unpack[ParserOptions]) -> None: ...
    def __init__(
        self,
        model_type: Any,
        *,
        on_truncated: Literal["raise", "accept"] = "raise",
        on_missing_closers: Literal["repair", "raise"] = "repair",
        early: bool = True,
        fail_fast: bool = False,
        on_value: Callable[[Any], object] | None = None,
        partial_strings: bool = True,
        coerce: bool = False,
        refuse: Iterable[str] = (),
        keep_changes: bool = False,
        limits: _core.Limits | None = None,
        strict: bool | None = None,
        context: Any = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
        extra: Literal["allow", "ignore", "forbid"] | None = None,
        emitter: Emitter | None = None,
    ) -> None:
        from pydantic import TypeAdapter  # takes 0.1 s, and who only reads events does not need it

        if extra is not None and "extra" not in signature(TypeAdapter.validate_json).parameters:
            raise TypeError("the option extra= of a StreamingParser needs pydantic 2.12 or newer")
        self._adapter = adapter_of(model_type)
        passed = {
            "strict": strict,
            "context": context,
            "by_alias": by_alias,
            "by_name": by_name,
            "extra": extra,
        }
        self._passed = {name: option for name, option in passed.items() if option is not None}
        self._unfinished: Literal["hide", "whole"] = "hide" if partial_strings else "whole"
        self._limits = limits
        self._fatal = fatal_endings(on_truncated, on_missing_closers)
        self._parts = parts_of(self._adapter, by_alias, by_name)
        self._coerce = coerce
        self._refuse = frozenset([refuse] if isinstance(refuse, str) else refuse)
        self._names = {"strict": strict, "by_alias": by_alias, "by_name": by_name}
        self._emitter = emitter or Emitter()
        judge: Judge | None = None
        self._hand_over: HandOver | None = None
        if on_value is not None:
            values = ValueReader(self._adapter, self._passed)
            judge = self._hand_over = HandOver(values, on_value, self._title)
        elif early and self._parts is not None and self._parts.depth:
            judge = EarlyValidation(self._parts, self._passed)
        watch = 0 if judge is None else judge.depth
        shape = self._shape(shape_of if on_value is None else shape_of_several)
        self._text = Text(self._unfinished, limits, watch, self._fatal, shape, coerce, self._refuse)
        view = None if self._parts is None else View(self._parts, self._passed)
        raise_as = self._title if fail_fast else None
        self._progress = Progress(self._text, self._emitter, view, judge, raise_as, keep_changes)
        self._state: Literal["new", "fed", "streaming", "done", "spent", "failed"] = "new"
        self._failure = ""
        self._result: T | None = None
        self._last_items: list[ProgressItem | T] = []

    # Three ways to drive it.

    def astream_parse(
        self, chunks: AsyncIterable[Chunk] | Iterable[Chunk], *, min_interval: float = 0.0
    ) -> Stream[ProgressItem | T]:
        """Read chunks as they come; the class says what is yielded.

        Items come in order, nothing is dropped and nothing is read ahead. Leaving the stream closes
        ``chunks``. The exceptions below come while iterating, but for the first.

        Args:
            chunks: text or UTF-8, cut anywhere.
            min_interval: seconds from one ``PartialFields`` to the next, for those who cannot draw as
                fast as a model talks: what changes in between comes in one. An error, the end, and
                a field of the root that has settled are never held back, nor is anything for longer
                than this, also when no chunk comes. Needs asyncio; up to 16 chunks are read ahead.

        Raises:
            TerminalStateError: at once; this parser was used before.
            TruncatedError: the text ended too early.
            LimitError: the text crosses a limit.
            pydantic.ValidationError: the value is not a ``model_type``.
            Exception: whatever ``chunks`` raises.

        >>> import asyncio
        >>> async def main():
        ...     async for item in StreamingParser(list[int]).astream_parse(["[1, 2", "0]"]):
        ...         print(item.value if isinstance(item, ProgressItem) else item)
        >>> asyncio.run(main())
        [1]
        [1, 20]
        [1, 20]
        """
        self._enter("streaming", "new")
        source = _chunked(chunks)
        if min_interval > 0:
            pace = self._progress.pace = Pace(min_interval)
            ticking = Ticking(source, pace)
            items = self._arun(ticking, self._progress.read, self._end)
            ticking.stop_with(items)
            return Stream(items, source)
        return Stream(self._aread_all(source), source)

    def stream_parse(
        self, chunks: Iterable[Chunk], *, min_interval: float = 0.0
    ) -> Generator[ProgressItem | T, None, None]:
        """``astream_parse`` without async: the same items and exceptions. ``close()`` closes ``chunks``.

        What ``min_interval`` holds back comes with the next chunk after it, however late that is.

        >>> [*_, result] = StreamingParser(dict[str, bool]).stream_parse(['{"ok": tr', "ue}"])
        >>> result
        {'ok': True}
        """
        self._enter("streaming", "new")
        self._progress.pace = Pace(min_interval) if min_interval > 0 else None
        return self._run(_chunked(chunks), self._progress.read, self._end)

    def feed(self, chunk: Chunk) -> list[ProgressItem | T]:
        """Read one chunk and return its items. What it raises, it raises after them: see ``last_items``.

        Raises:
            LimitError: the text crosses a limit.
            TerminalStateError: the parser has ended or reads a stream.

        >>> parser = StreamingParser(list[str])
        >>> [item.value for item in parser.feed('["a')]
        [['a']]
        >>> parser.feed('b"]')[0].changes
        (((0,), 'append', 'b', None),)
        >>> parser.finish()
        [['ab']]
        """
        self._enter("fed", "new", "fed")
        return self._listed(self._progress.read(chunk))

    def finish(self) -> list[ProgressItem | T]:
        """End of input: return the last items, the result last. What it raises: see ``last_items``.

        Raises:
            TruncatedError: the text ended too early.
            pydantic.ValidationError: the value is not a ``model_type``.
            TerminalStateError: the parser has ended or reads a stream.
        """
        self._enter("fed", "new", "fed")
        return self._listed(self._end())

    def each(self, chunk: Chunk | None) -> Iterator[ProgressItem | T]:
        """``feed(chunk)``, or ``finish()`` for None, item by item, each stamped when it is taken.

        For streams that several sources share, whose ``seq`` is the order of arrival. Take all items
        before the next chunk. What those raise, this raises after its last item.

        >>> parser = StreamingParser(list[str])
        >>> [item.value for item in parser.each('["a"]')], list(parser.each(None))
        ([['a']], [['a']])
        """
        self._enter("fed", "new", "fed")
        try:
            yield from self._progress.read(chunk) if chunk is not None else self._end()
        except Exception as error:
            yield self._fail(error)
            raise

    # Instead of events: items or values.

    def aiter_items(
        self,
        chunks: AsyncIterable[Chunk] | Iterable[Chunk],
        path: str | Path = (),
        *,
        on_error: OnError = "raise",
    ) -> Stream[Any]:
        """The items of one list, validated, each as soon as it has settled.

        Only the items are validated, each once, and not the value around them. A text that ends too
        early raises after the items that are whole. An absent list has no items.

        Args:
            chunks: as for ``astream_parse``.
            path: where the list is, in keys of JSON: ``"a.b"``, ``("a", "b")``, or ``()`` for the root.
            on_error: for an item that does not validate, ``"raise"`` pydantic's exception, ``"skip"``
                it, or ``"yield"`` a ``NonFatalError`` in its place (then every exception is
                announced by one, too).

        Raises:
            ValueError: at once; the type does not say what is in a list there.
            TerminalStateError: at once; this parser was used before.
            TruncatedError: the text ended too early.
            LimitError: the text crosses a limit.
            pydantic.ValidationError: an item is not valid.
            Exception: whatever ``chunks`` raises.

        >>> import asyncio
        >>> async def main():
        ...     parser = StreamingParser(dict[str, list[int]])
        ...     async for item in parser.aiter_items(['{"a": [1, "2', '", 3]}'], "a"):
        ...         print(item)
        >>> asyncio.run(main())
        1
        2
        3
        """
        results, source = (
            self._one_by_one(self._item_reader(path), on_error, self._shape(shape_of)),
            _chunked(chunks),
        )
        return Stream(self._arun(source, results.read, results.end, results.tells), source)

    def iter_items(
        self, chunks: Iterable[Chunk], path: str | Path = (), *, on_error: OnError = "raise"
    ) -> Generator[Any, None, None]:
        """``aiter_items`` without async.

        >>> list(StreamingParser(list[int]).iter_items('[1, "x", 3]', on_error="skip"))
        [1, 3]
        """
        results = self._one_by_one(self._item_reader(path), on_error, self._shape(shape_of))
        return self._run(_chunked(chunks), results.read, results.end, results.tells)

    def aiter_values(
        self, chunks: AsyncIterable[Chunk] | Iterable[Chunk], *, on_error: OnError = "raise"
    ) -> Stream[T]:
        """The values of a text with any number of them, validated: NDJSON, several tool calls, ...

        A value comes when the next one begins, or at the end: until then its end is not certain.

        Args:
            chunks: as for ``astream_parse``.
            on_error: as for ``aiter_items``.

        Raises:
            TerminalStateError: at once; this parser was used before.
            TruncatedError: the text ended too early; the values before have been given.
            LimitError: the text crosses a limit.
            pydantic.ValidationError: a value is not valid.
            Exception: whatever ``chunks`` raises.
        """
        results = self._one_by_one(
            ValueReader(self._adapter, self._passed), on_error, self._shape(shape_of_several)
        )
        source = _chunked(chunks)
        return Stream(self._arun(source, results.read, results.end, results.tells), source)

    def iter_values(
        self, chunks: Iterable[Chunk], *, on_error: OnError = "raise"
    ) -> Generator[T, None, None]:
        r"""``aiter_values`` without async.

        >>> list(StreamingParser(dict[str, int]).iter_values('{"a": 1}\n{"a": 2}\n'))
        [{'a': 1}, {'a': 2}]
        """
        results = self._one_by_one(
            ValueReader(self._adapter, self._passed), on_error, self._shape(shape_of_several)
        )
        return self._run(_chunked(chunks), results.read, results.end, results.tells)

    def _item_reader(self, path: str | Path) -> ItemReader:
        return ItemReader(
            self._parts, tuple(path.split(".")) if isinstance(path, str) else path, self._passed
        )

    def _shape(self, maker: Callable[..., _core.Shape]) -> _core.Shape:
        return maker(self._adapter, **self._names)

    def _one_by_one(self, reader: Reader, on_error: OnError, shape: _core.Shape) -> OneByOne:
        text = Text("whole", self._limits, reader.depth, self._fatal, shape, self._coerce, self._refuse)
        results = OneByOne(text, reader, on_error, self._title, self._emitter.emit)
        self._enter("streaming", "new")
        self._text = text
        return results

    # What it knows.

    @property
    def result(self) -> T:
        """The validated value, once the stream has ended well.

        Raises:
            UnfinishedError: it has not ended.
            TerminalStateError: it failed, was left before its end, or gave items one by one.
        """
        if self._state in ("failed", "spent"):
            raise self._terminal()
        if self._state != "done":
            raise UnfinishedError("the stream has not ended yet", kind="unfinished", offset=self._core.offset)
        return cast(T, self._result)

    @property
    def done(self) -> bool:
        """Whether the value is closed, as far as can be seen before the end of input."""
        return self._core.done

    @property
    def complete(self) -> frozenset[Path]:
        """The paths of all nodes that have settled so far."""
        return self._core.complete

    @property
    def last_items(self) -> list[ProgressItem | T]:
        """What the last ``feed`` or ``finish`` gave, also when it raised an exception.

        >>> parser = StreamingParser(list[str])
        >>> _ = parser.feed('["a')
        >>> try:
        ...     parser.finish()
        ... except ValueError:
        ...     print(parser.last_items[-1].message)
        Could not parse final JSON: the text ended in the middle of a value
        """
        return self._last_items

    # The end, a failure, a stream that was left: the same for all three ways.

    def _end(self) -> Iterator[ProgressItem | T]:
        yield from self._progress.end()
        self._result = self._validated()
        self._state = "done"
        yield self._result

    def _validated(self) -> T:
        if self._hand_over is not None:
            return cast(T, self._hand_over.last(self._text))
        return cast(T, self._adapter.validate_json(self._text.whole(), **self._passed))

    def _fail(self, error: Exception) -> NonFatalError:
        """The parser ends with this exception: the event that goes before it."""
        self._state = "failed"
        self._failure = f"it ended with {type(error).__name__}: {error}"
        kind, path, offset = _facts(error, self._core)
        message = f"Final validation failed: {error}" if kind == "validation" else str(error)
        return self._emitter.emit(
            NonFatalError(
                message=message,
                kind=kind,
                path=path,
                offset=offset,
                exception_type=type(error).__name__,
                recoverable=False,
            )
        )

    def _ended(self) -> None:
        if self._state == "streaming":  # and so without a result
            self._state = "spent"

    def _leave(self) -> None:
        if self._state == "streaming":
            self._state = "failed"
            self._failure = "its stream was left before the end"

    @property
    def _core(self) -> _core.Parser:
        return self._text.core

    @property
    def _title(self) -> str:
        return self._adapter.validator.title

    def _enter(self, state: Literal["fed", "streaming"], *allowed: str) -> None:
        if self._state not in allowed:
            raise self._terminal()
        self._state = state

    def _terminal(self) -> TerminalStateError:
        why = {
            "fed": "it is being fed",
            "streaming": "it reads another one",
            "done": "it has read one to its end",
            "spent": "it has read one to its end, and given everything one by one",
            "failed": self._failure,
        }[self._state]
        message = f"a StreamingParser reads one stream, and this one cannot: {why}"
        return TerminalStateError(message, kind="terminal", offset=self._core.offset)

    # The loops.

    async def _aread_all(
        self, chunks: AsyncIterable[Chunk] | Iterable[Chunk]
    ) -> AsyncGenerator[ProgressItem | T, None]:
        # `Progress.read`, but for the chunks that only change the value, which are most, without a
        # generator and a dozen look-ups: half the time besides `advance`.
        progress, live, emitter = self._progress, self._progress.live, self._emitter
        advance, partial_fields, keep_changes = (
            self._core.advance,
            progress.partial_fields,
            progress.keep_changes,
        )
        async with Reading(chunks) as source:
            try:
                async for chunk in source:
                    step = advance(chunk)
                    if step is None:
                        continue
                    if step[5] and not keep_changes:
                        live.current = emitter.index
                        yield partial_fields(step[2], step[1], live, step[6])
                    else:
                        for item in progress.told(step):
                            yield item
                for last in self._end():
                    yield last
            except Exception as error:
                yield self._fail(error)
                raise
            finally:
                self._leave()

    async def _arun(
        self,
        chunks: AsyncIterable[C] | Iterable[C],
        read: Callable[[C], Iterable[Any]],
        end: Callable[[], Iterable[Any]],
        tell: bool = True,
    ) -> AsyncGenerator[Any, None]:
        """Any stream: what ``read`` makes of each chunk, then ``end``; an exception after its event."""
        async with Reading(chunks) as source:
            try:
                async for chunk in source:
                    for item in read(chunk):
                        yield item
                for item in end():
                    yield item
                self._ended()
            except Exception as error:
                announced = self._fail(error)
                if tell:
                    yield announced
                raise
            finally:
                self._leave()

    def _run(
        self,
        chunks: Iterable[Chunk],
        read: Callable[[Chunk], Iterable[Any]],
        end: Callable[[], Iterable[Any]],
        tell: bool = True,
    ) -> Generator[Any, None, None]:
        """The same without async."""
        try:
            for chunk in chunks:
                yield from read(chunk)
            yield from end()
            self._ended()
        except Exception as error:
            announced = self._fail(error)
            if tell:
                yield announced
            raise
        finally:
            self._leave()
            close_now(chunks)

    def _listed(self, items: Iterator[ProgressItem | T]) -> list[ProgressItem | T]:
        listed = self._last_items = []
        try:
            listed.extend(items)
        except Exception as error:
            listed.append(self._fail(error))
            raise
        return listed


@overload
def parse_json_stream(
    text_stream: AsyncIterable[Chunk] | Iterable[Chunk],
    model_type: type[T],
    *,
    min_interval: float = 0.0,
    **options: Unpack[ParserOptions],
) -> Stream[ProgressItem | T]: ...
@overload
def parse_json_stream(
    text_stream: AsyncIterable[Chunk] | Iterable[Chunk],
    model_type: Any,
    *,
    min_interval: float = 0.0,
    **options: Unpack[ParserOptions],
) -> Stream[Any]: ...
def parse_json_stream(
    text_stream: AsyncIterable[Chunk] | Iterable[Chunk],
    model_type: Any,
    *,
    min_interval: float = 0.0,
    **options: Unpack[ParserOptions],
) -> Stream[Any]:
    """``StreamingParser(model_type, **options).astream_parse(text_stream, ...)`` in one call.

    >>> import asyncio
    >>> from pydantic_flow.streaming import collect_final_result
    >>> asyncio.run(collect_final_result(parse_json_stream(["[1,", "2]"], list[int])))
    [1, 2]
    """
    parser = StreamingParser[Any](model_type, **options)
    return parser.astream_parse(text_stream, min_interval=min_interval)


def _chunked(chunks: Any) -> Any:
    """A text given whole is one chunk, not an iterable of characters."""
    return (chunks,) if isinstance(chunks, str | bytes) else chunks


def _facts(error: Exception, core: _core.Parser) -> tuple[str, Path, int | None]:
    """Kind, path and offset of an exception, as far as it has them."""
    from pydantic_core import ValidationError

    if isinstance(error, JsonError):
        return error.kind, error.path, error.offset
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return "validation", place_in(core.snapshot(), first["loc"], first["type"]), None
    return "exception", (), None
