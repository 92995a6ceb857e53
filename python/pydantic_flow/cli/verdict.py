"""How a reading ended: what is printed, what is wrong, and the exit code.

Coming in: a reading that has ended, or what ended it; the type and the schema it should fit.
Going out: a ``Verdict``.
Decided elsewhere: what is done with it (``parse.py``, ``watch.py``, ``ndjson.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from ..errors import LimitError
from ..json import loads
from .ending import Code
from .excerpt import where
from .meter import times
from .reading import Reading
from .schema import Check, Problem

_WORDS = {
    Code.FINE: "done",
    Code.NOT_WHOLE: "cut short",
    Code.INVALID: "does not fit",
    Code.UNREADABLE: "not readable",
}


@dataclass(frozen=True)
class Verdict:
    """The end of a reading.

    Attributes:
        code: the exit code.
        text: the final JSON, unless there is nothing that could be printed.
        reason: what is wrong, in one line, with its place in the text if it has one.
        problems: what does not fit, each with its path.
    """

    code: Code
    text: bytes | None = None
    reason: str = ""
    problems: Sequence[Problem] = ()

    @property
    def word(self) -> str:
        """The verdict in a word or two."""
        return _WORDS[self.code]


@dataclass(frozen=True)
class Judge:
    """Knows what a value should be.

    Attributes:
        adapter: the type; writes the value as well.
        model: its name for people.
        check: the schema, if there is one.
        schema: its name for people.
        indent: how the final JSON is written; None for one line.
    """

    adapter: TypeAdapter[Any]
    model: str
    check: Check | None
    schema: str
    indent: int | None

    def verdict(self, reading: Reading[Any], finish: Callable[[], None]) -> Verdict:
        """Read to the end and judge.

        Args:
            reading: what is read.
            finish: reads the rest.
        """
        try:
            finish()
        except LimitError as error:
            line, column = reading.place(error.offset)
            return Verdict(Code.UNREADABLE, reason=f"{line}:{column}: {error}")
        except ValidationError as error:
            problems = _problems(error)
            return self._misfit(self.model, problems) if reading.started else _NOTHING
        return self._judged(reading) if reading.started else _NOTHING

    def _judged(self, reading: Reading[Any]) -> Verdict:
        try:
            text = self.adapter.dump_json(reading.result, indent=self.indent, by_alias=True, warnings="none")
        except PydanticSerializationError as error:
            return Verdict(Code.INVALID, reason=f"{self.model} cannot be written as JSON: {error}")
        if self.check and (problems := self.check(loads(text))):
            return self._misfit(self.schema, problems)
        if cut := reading.cut:
            place = f" (at {where(cut.path)})" if cut.path else ""
            return Verdict(Code.NOT_WHOLE, text, f"{cut.line}:{cut.column}: {cut.message}{place}")
        return Verdict(Code.FINE, text)

    def _misfit(self, name: str, problems: Sequence[Problem]) -> Verdict:
        reason = f"does not fit {name}: {times(len(problems), 'problem')}"
        return Verdict(Code.INVALID, reason=reason, problems=problems)


_NOTHING = Verdict(Code.UNREADABLE, reason="there is no JSON in it")


def _problems(error: ValidationError) -> list[Problem]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [(problem["loc"], problem["msg"]) for problem in found]
