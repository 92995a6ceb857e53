"""Text chunks in; partial fields, repairs and the validated value out.

Coming in: chunks of JSON text, cut anywhere, possibly broken, and a type that pydantic validates.
Going out: ``PartialFields``, ``NonFatalError`` and ``Retract`` events, last the validated value.
Decided elsewhere: how text is read and repaired (``_core``), what is valid (pydantic; ``early.py``
says what is known of it before the end), the envelope of the events (``emitter.py``).
"""

from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable, Iterator
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypedDict,
    TypeVar,
    Unpack,
    cast,
    overload,
)

from .. import _core
from ..errors import JsonError, Path, StaleItemError, TerminalStateError, TruncatedError, UnfinishedError
from .early import EarlyValidation, Settled
from .emitter import Emitter
from .events import NonFatalError, Record, RecordSource, Retract
from .item import ProgressItem
from .parts import parts_of
from .received import Received
from .stream import Reading, Stream, close_now
from .view import View

if TYPE_CHECKING:
    from pydantic import TypeAdapter

T = TypeVar("T")
Chunk = str | bytes
_Step = tuple[bool, Any, dict[str, Any] | None, list[_core.Repair], str | None]

_TOO_EARLY = {
    "truncated": "the text ended in the middle of a value",
    "empty": "the text ended before any value began",
    "closers": "the text ended without its closing brackets",
}
_REPAIRS_AT_A_CUT = frozenset({"truncated", "missing_closer"})


class ParserOptions(TypedDict, total=False):
    """The options of :class:`StreamingParser`, which explains them."""

    on_truncated: Literal["raise", "accept"]
    on_missing_closers: Literal["repair", "raise"]
    early: bool
    fail_fast: bool
    partial_strings: bool
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
    and ``finish``. It owns the source: leaving the stream closes it.

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
        partial_strings: show strings while they grow; False shows them once they are whole.
            Numbers and literals are always shown whole.
        keep_changes: let ``changes``, ``complete`` and ``partial`` of every item be looked at for
            ever. Without it they are gone with the next item, and what nobody looks at costs nothing.
        limits: what the text may cost.
        strict: passed to pydantic, like the next four.
        context: for validators.
        by_alias: validate by alias.
        by_name: validate by field name.
        extra: what to do with members that the model does not know.
        emitter: stamps the events; by default one for a run of its own.

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
        partial_strings: bool = True,
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

        self._adapter = model_type if isinstance(model_type, TypeAdapter) else TypeAdapter(model_type)
        passed = {
            "strict": strict,
            "context": context,
            "by_alias": by_alias,
            "by_name": by_name,
            "extra": extra,
        }
        self._passed = {name: option for name, option in passed.items() if option is not None}
        self._fatal_endings = _fatal_endings(on_truncated, on_missing_closers)
        self._limits = limits
        parts = parts_of(self._adapter, by_alias, by_name)
        watched = parts.depth if parts is not None and early else 0
        self._early = EarlyValidation(parts, self._passed) if parts is not None and watched else None
        self._fail_fast = fail_fast
        unfinished: Literal["hide", "whole"] = "hide" if partial_strings else "whole"
        self._core = _core.Parser(unfinished=unfinished, limits=limits, watch=watched)
        self._received = Received()
        self._live = _Live(self._core, View(parts, self._passed) if parts is not None else None)
        self._keep_changes = keep_changes
        self._emitter = emitter or Emitter()
        self._partial_fields = self._emitter.partial_fields()
        self._shown_from = self._emitter.index
        self._state: Literal["new", "fed", "streaming", "done", "failed"] = "new"
        self._failure = ""
        self._result: T | None = None
        self._last_items: list[ProgressItem | T] = []

    # Three ways to drive it.

    def astream_parse(self, chunks: AsyncIterable[Chunk] | Iterable[Chunk]) -> Stream[ProgressItem | T]:
        """Read chunks as they come; the class says what is yielded.

        Items come in order, nothing is dropped and nothing is read ahead. Leaving the stream closes
        ``chunks``. The exceptions below come while iterating, but for the first.

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
        return Stream(self._aread_all(source), source)

    def stream_parse(self, chunks: Iterable[Chunk]) -> Generator[ProgressItem | T, None, None]:
        """``astream_parse`` without async: the same items and exceptions. ``close()`` closes ``chunks``.

        >>> [*_, result] = StreamingParser(dict[str, bool]).stream_parse(['{"ok": tr', "ue}"])
        >>> result
        {'ok': True}
        """
        self._enter("streaming", "new")
        return self._read_all(_chunked(chunks))

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
        return self._listed(self._read(chunk))

    def finish(self) -> list[ProgressItem | T]:
        """End of input: return the last items, the result last. What it raises: see ``last_items``.

        Raises:
            TruncatedError: the text ended too early.
            pydantic.ValidationError: the value is not a ``model_type``.
            TerminalStateError: the parser has ended or reads a stream.
        """
        self._enter("fed", "new", "fed")
        return self._listed(self._end())

    # What it knows.

    @property
    def result(self) -> T:
        """The validated value, once the stream has ended well.

        Raises:
            UnfinishedError: it has not ended.
            TerminalStateError: it failed, or was left before its end.
        """
        if self._state == "failed":
            raise self._terminal()
        if self._state != "done":
            raise UnfinishedError("the stream has not ended yet", kind="unfinished", offset=self._core.offset)
        return cast(T, self._result)

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
        the text ended in the middle of a value
        """
        return self._last_items

    # One chunk, the end, a failure: the same for all three ways.

    def _read(self, chunk: Chunk) -> Iterator[ProgressItem]:
        self._live.current = _NO_ITEM
        step = self._core.advance(chunk)
        try:
            self._received.write(chunk)
        except TypeError:
            self._received.mix(chunk)
        yield from self._items(step)
        if self._early is not None:
            yield from self._refusals(self._core.take_settled())

    def _items(self, step: _Step | None, passed_over: frozenset[str] = frozenset()) -> Iterator[ProgressItem]:
        """The events of one step, in the order that the class promises."""
        if step is None:
            return
        changed, value, fields, repairs, replaced = step
        if replaced is not None and self._early is not None:
            self._early.reset()
        if replaced is not None and self._emitter.index > self._shown_from:
            yield self._retract()
        if changed:
            self._live.current = self._emitter.index
            record: RecordSource = self._live.keep() if self._keep_changes else self._live
            yield self._partial_fields(fields or {}, value, record)
        for repair in repairs:
            if repair.kind not in passed_over:
                yield self._error(repair.message, repair.kind, repair.path, repair.offset)

    def _refusals(self, settled: list[Settled]) -> Iterator[NonFatalError]:
        """What is wrong with the fields and items that have settled."""
        for complaint in self._early.check(settled) if self._early is not None else ():
            if self._fail_fast:
                raise complaint.exception(self._adapter.validator.title)
            for path, message in complaint.places.items():
                yield self._emitter.emit(NonFatalError(message=message, kind="validation", path=path))

    def _end(self) -> Iterator[ProgressItem | T]:
        self._live.current = _NO_ITEM
        step = self._core.advance(None)
        ending = self._core.ending
        fatal = ending in self._fatal_endings
        yield from self._items(step, _REPAIRS_AT_A_CUT if fatal else frozenset())
        if fatal:
            raise self._too_early(ending)
        if ending == "empty":  # there is no repair that says so
            yield self._error(_TOO_EARLY[ending], "truncated", self._core.ending_path, self._core.offset)
        self._result = self._validated()
        self._state = "done"
        yield self._result

    def _validated(self) -> T:
        # Pydantic reads text itself: valid JSON as it came, anything else as it was repaired. So the
        # result is pydantic's to the letter, and no validator gets a tree that items share.
        text = self._received.whole()
        if self._core.repairs or self._core.ending != "complete":
            text = _core.repair(text, limits=self._limits, non_finite="literal")
        return cast(T, self._adapter.validate_json(text, **self._passed))

    def _fail(self, error: Exception) -> NonFatalError:
        """The parser ends with this exception: the event that goes before it."""
        self._state = "failed"
        self._failure = f"it ended with {type(error).__name__}: {error}"
        kind, path, offset = _facts(error)
        return self._emitter.emit(
            NonFatalError(
                message=str(error),
                kind=kind,
                path=path,
                offset=offset,
                exception_type=type(error).__name__,
                recoverable=False,
            )
        )

    def _leave(self) -> None:
        if self._state == "streaming":
            self._state = "failed"
            self._failure = "its stream was left before the end"

    # Events and errors.

    def _retract(self) -> Retract:
        withdrawn = Retract(
            target_node=self._emitter.node_id,
            target_attempt=self._emitter.attempt,
            from_index=self._shown_from,
            to_index=self._emitter.index - 1,
            reason="replaced",
        )
        item = self._emitter.emit(withdrawn)
        self._shown_from = self._emitter.index
        return item

    def _error(self, message: str, kind: str, path: Path, offset: int) -> NonFatalError:
        return self._emitter.emit(NonFatalError(message=message, kind=kind, path=path, offset=offset))

    def _too_early(self, ending: str) -> TruncatedError:
        kind = "missing_closer" if ending == "closers" else "truncated"
        path, offset, value = self._core.ending_path, self._core.offset, self._core.finish()
        return TruncatedError(_TOO_EARLY[ending], kind=kind, offset=offset, path=path, value=value)

    def _enter(self, state: Literal["fed", "streaming"], *allowed: str) -> None:
        if self._state not in allowed:
            raise self._terminal()
        self._state = state

    def _terminal(self) -> TerminalStateError:
        why = {
            "fed": "it is being fed",
            "streaming": "it reads another one",
            "done": "it has read one to its end",
            "failed": self._failure,
        }[self._state]
        message = f"a StreamingParser reads one stream, and this one cannot: {why}"
        return TerminalStateError(message, kind="terminal", offset=self._core.offset)

    # The loops.

    async def _aread_all(
        self, chunks: AsyncIterable[Chunk] | Iterable[Chunk]
    ) -> AsyncGenerator[ProgressItem | T, None]:
        # `_read`, but for the chunks that only change the value, which are most, without a generator,
        # a list and a dozen look-ups: 0.5 us instead of 1.0 besides `advance`.
        advance, received, live, emitter = self._core.advance, self._received, self._live, self._emitter
        partial_fields, keep_changes = self._partial_fields, self._keep_changes
        early, take_settled = self._early, self._core.take_settled
        async with Reading(chunks) as source:
            try:
                async for chunk in source:
                    live.current = _NO_ITEM
                    step = advance(chunk)
                    try:
                        received.write(chunk)
                    except TypeError:
                        received.mix(chunk)
                    if step is not None and step[0] and not step[3] and step[4] is None and not keep_changes:
                        live.current = emitter.index
                        yield partial_fields(step[2] or {}, step[1], live)
                    else:
                        for item in self._items(step):
                            yield item
                    if early is not None and (settled := take_settled()):
                        for item in self._refusals(settled):
                            yield item
                for last in self._end():
                    yield last
            except Exception as error:
                yield self._fail(error)
                raise
            finally:
                self._leave()

    def _read_all(self, chunks: Iterable[Chunk]) -> Generator[ProgressItem | T, None, None]:
        try:
            for chunk in chunks:
                yield from self._read(chunk)
            yield from self._end()
        except Exception as error:
            yield self._fail(error)
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


_NO_ITEM = -1


class _Live:
    """What there is to know of the parser's last item; of no other."""

    __slots__ = ("_core", "_view", "current")

    kept = False

    def __init__(self, core: _core.Parser, view: View | None) -> None:
        self._core = core
        self._view = view
        self.current = _NO_ITEM

    def __repr__(self) -> str:
        return "<until the next item>"

    def look(self, index: int, /) -> Record:
        self._refuse_others(index)
        changes, complete = self._core.record()
        return Record(tuple(changes), complete)

    def partial(self, index: int, value: Any, /) -> Any:
        self._refuse_others(index)
        return value if self._view is None else self._view.show(value, self._core.open_path)

    def keep(self) -> "_Kept":
        """The same for the item of now, for ever."""
        return _Kept(self.look(self.current), self._core.open_path, self._view)

    def _refuse_others(self, index: int) -> None:
        if index != self.current:
            raise StaleItemError(
                "the changes of an item are gone when the parser goes on: look at them before the next "
                "item is asked for, or use StreamingParser(..., keep_changes=True)"
            )


class _Kept(NamedTuple):
    """What there is to know of one item."""

    record: Record
    stand: Path
    view: View | None

    @property
    def kept(self) -> bool:
        return True

    def look(self, index: int, /) -> Record:
        return self.record

    def partial(self, index: int, value: Any, /) -> Any:
        return value if self.view is None else self.view.show(value, self.stand)


def _chunked(chunks: Any) -> Any:
    """A text given whole is one chunk, not an iterable of characters."""
    return (chunks,) if isinstance(chunks, str | bytes) else chunks


def _fatal_endings(on_truncated: str, on_missing_closers: str) -> frozenset[str]:
    """The endings of a text that raise."""
    if on_truncated not in ("raise", "accept"):
        raise ValueError(f"on_truncated is 'raise' or 'accept', not {on_truncated!r}")
    if on_missing_closers not in ("repair", "raise"):
        raise ValueError(f"on_missing_closers is 'repair' or 'raise', not {on_missing_closers!r}")
    truncated = {"truncated", "empty"} if on_truncated == "raise" else set()
    return frozenset(truncated | ({"closers"} if on_missing_closers == "raise" else set()))


def _facts(error: Exception) -> tuple[str, Path, int | None]:
    """Kind, path and offset of an exception, as far as it has them."""
    from pydantic_core import ValidationError

    if isinstance(error, JsonError):
        return error.kind, error.path, error.offset
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return "validation", first["loc"], None
    return "exception", (), None
