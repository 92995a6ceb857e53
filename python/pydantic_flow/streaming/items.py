"""One by one: the items of a list, or the values of a text that holds several.

Coming in: a text. Going out: validated items or values, each as it settles; for one that pydantic
refuses an exception, an event, or nothing.
Decided elsewhere: when a node settles (``_core``), how a text may end (``text.py``), what comes
before an exception (``parser.py``).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .. import _core
from ..errors import Path
from .complaint import Complaint
from .early import Check
from .events import NonFatalError
from .parts import Part
from .text import Chunk, Settled, Step, Text

if TYPE_CHECKING:
    from pydantic import TypeAdapter

OnError = Literal["raise", "skip", "yield"]


class Reader(Protocol):
    """Turns settled nodes into what a stream yields."""

    @property
    def depth(self) -> int:
        """Up to which length of paths it needs to see settled nodes."""

    def notice(self, step: Step | None) -> None:
        """Take note of a step of the core, before what has settled in it is read."""

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """What these nodes give: results, or a ``Complaint`` in the place of one."""

    def end(self, text: Text) -> Iterator[Any]:
        """What the whole text gives beside its nodes, when it has ended well."""


class OneByOne:
    """A stream of results instead of events.

    Args:
        text: is read.
        reader: finds and validates the results.
        on_error: what to do when pydantic refuses one.
        title: the name of the type, for exceptions.
        emit: hands an event over.

    Raises:
        ValueError: there is no such option.
    """

    def __init__(
        self,
        text: Text,
        reader: Reader,
        on_error: OnError,
        title: str,
        emit: Callable[[NonFatalError], NonFatalError],
    ) -> None:
        if on_error not in ("raise", "skip", "yield"):
            raise ValueError(f"on_error is 'raise', 'skip' or 'yield', not {on_error!r}")
        self._text = text
        self._reader = reader
        self._on_error = on_error
        self._title = title
        self._emit = emit

    @property
    def tells(self) -> bool:
        """Whether events are among the results."""
        return self._on_error == "yield"

    def read(self, chunk: Chunk) -> Iterator[Any]:
        """The results that have settled with this chunk."""
        self._reader.notice(self._text.advance(chunk, hold=True))
        return self._given(self._reader.read(self._text.core.take_settled()))

    def end(self) -> Iterator[Any]:
        """The results that the end of input has settled.

        Raises:
            TruncatedError: the text ended too early; after the results that are whole.
        """
        step = self._text.end()
        self._reader.notice(step)
        yield from self._given(self._reader.read(self._text.settled_at_the_end(step)))
        if self._text.too_early:
            raise self._text.truncated()
        yield from self._given(self._reader.end(self._text))

    def _given(self, results: Iterable[Any]) -> Iterator[Any]:
        for result in results:
            if not isinstance(result, Complaint):
                yield result
            elif self._on_error == "raise":
                raise result.exception(self._title)
            elif self._on_error == "yield":
                yield self._emit(NonFatalError(message=result.message, kind="validation", path=result.path))


class ItemReader:
    """Reads the items of one list, each by its own part of the type.

    Args:
        root: the parts of the type.
        path: where the list is, in keys of JSON.
        passed: the options of ``validate_json``.

    Raises:
        ValueError: the type does not say what the items of a list there are.
    """

    def __init__(self, root: Part | None, path: Path, passed: Mapping[str, Any]) -> None:
        lists = [] if root is None else root.lists(path)
        if len(lists) != 1:
            known = "more than one list" if lists else "no list whose items can be validated one by one"
            raise ValueError(f"the type has {known} at {path!r}")
        [self._list] = lists
        self._path = path
        self._passed = passed
        self.depth = len(path) + 1

    def notice(self, step: Step | None) -> None:
        """Nothing: items are found by their path alone."""

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """The items among these nodes."""
        from pydantic import ValidationError

        for path, value in settled:
            if path[:-1] == self._path and isinstance(path[-1], int):
                check = Check(self._list, self._path, self._path, {path[-1]: value})
                try:
                    yield from check.run(self._passed).values()
                except ValidationError as error:
                    yield check.complaint(error)._replace(path=path)

    def end(self, text: Text) -> Iterator[Any]:
        """Nothing: the items are all there is."""
        return iter(())


class ValueReader:
    """Reads the values of a text with several, such as NDJSON or several tool calls.

    A value has settled when the next one begins, or at the end. A text with one value has no
    several: that value is the whole text.

    Args:
        adapter: validates each value.
        passed: the options of ``validate_json``.
    """

    depth = 1

    def __init__(self, adapter: "TypeAdapter[Any]", passed: Mapping[str, Any]) -> None:
        self._adapter = adapter
        self._passed = passed
        self.several = False

    def notice(self, step: Step | None) -> None:
        """See whether the text has several values by now."""
        if step is not None:
            repairs, replaced = step[3], step[4]
            if replaced not in (None, "second_value"):
                self.several = False
            elif any(repair.kind == "several_values" for repair in repairs):
                self.several = True

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """The values among these nodes."""
        from pydantic import ValidationError

        for path, value in settled:
            if self.several and len(path) == 1:
                try:
                    yield self._adapter.validate_json(_core.dumps(value), **self._passed)
                except ValidationError as error:
                    yield Complaint.of(error.errors(include_url=False), value, path, ())

    def end(self, text: Text) -> Iterator[Any]:
        """The one value of a text that has no several."""
        from pydantic import ValidationError

        if self.several or text.core.ending == "empty":
            return
        try:
            yield self._adapter.validate_json(text.whole(), **self._passed)
        except ValidationError as error:
            yield Complaint.of(error.errors(include_url=False), None, ())


class HandOver:
    """Hands the values of a text with several over, instead of giving them.

    Args:
        reader: finds and validates the values.
        on_value: takes each.
        title: the name of the type, for exceptions.
    """

    def __init__(self, reader: ValueReader, on_value: Callable[[Any], object], title: str) -> None:
        self.values: list[Any] = []
        self.depth = reader.depth
        self._reader = reader
        self._on_value = on_value
        self._title = title

    def notice(self, step: Step) -> None:
        """See whether the text has several values by now."""
        self._reader.notice(step)

    def check(self, settled: Iterable[Settled]) -> list[Complaint]:
        """Hand over the values among these nodes; there is nothing to say about them.

        Raises:
            pydantic.ValidationError: one is not valid.
        """
        self._hand_over(self._reader.read(settled))
        return []

    def end(self, settled: Iterable[Settled]) -> None:
        """The same for the nodes that the end has settled."""
        self._hand_over(self._reader.read(settled))

    def last(self, text: Text) -> list[Any]:
        """All values, when the text has ended well."""
        self._hand_over(self._reader.end(text))
        return self.values

    def _hand_over(self, values: Iterable[Any]) -> None:
        for value in values:
            if isinstance(value, Complaint):
                raise value.exception(self._title)
            self.values.append(value)
            self._on_value(value)
