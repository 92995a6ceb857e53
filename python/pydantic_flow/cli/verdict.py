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

from ..errors import JsonError, LimitError
from ..json import loads
from ..streaming.preview import counted
from .ending import Code, Stop
from .excerpt import one_line, reason, where
from .reading import Reading
from .schema import Check, Problem

ANYTHING = "JSON"
"""The name of the model where none was given."""

_WORDS = {
    Code.FINE: "done",
    Code.NOT_WHOLE: "cut short",
    Code.CALL: "not read",
    Code.INVALID: "does not fit",
    Code.UNREADABLE: "not readable",
}


@dataclass(frozen=True)
class Verdict:
    """The end of a reading.

    Attributes:
        code: the exit code.
        text: the final JSON, unless there is nothing that could be printed.
        reason: what is wrong with which text, in one line.
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
        name: the name of the text for people.
        adapter: the type; writes the value as well.
        model: its name for people.
        check: the schema, if there is one.
        schema: its name for people.
        indent: how the final JSON is written; None for one line.
    """

    name: str
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
            return self._judged(reading)
        except LimitError as error:
            return Verdict(Code.UNREADABLE, reason=f"{self._at(reading, error.offset)}: {reason(error)}")
        except ValidationError as error:
            return self._misfit(self.model, _problems(error)) if reading.started else self._nothing(reading)
        except Stop as stop:
            return Verdict(stop.code, reason=str(stop))

    def validate(self, reading: Reading[Any]) -> None:
        """End a reading, which runs the model's validators.

        Raises:
            Stop: one of them failed in a way that is not pydantic's.
        """
        try:
            reading.finish()
        except (ValidationError, JsonError):
            raise
        except Exception as error:  # whatever the user's validators do
            raise Stop(f"{self.name}: {self.model} failed on it: {one_line(error)}", Code.INVALID) from None

    def _judged(self, reading: Reading[Any]) -> Verdict:
        if not reading.started:
            return self._nothing(reading)
        try:
            text = self.adapter.dump_json(reading.result, indent=self.indent, by_alias=True, warnings="none")
        except PydanticSerializationError as error:
            why = f"{self.name}: {self.model} cannot be written as JSON: {reason(error)}"
            return Verdict(Code.INVALID, reason=why)
        if self.check and (problems := self.check(loads(text))):
            return self._misfit(self.schema, problems)
        if cut := reading.cut:
            place = f" (at {where(cut.path)})" if cut.path else ""
            return Verdict(Code.NOT_WHOLE, text, f"{self._at(reading, cut.offset)}: {cut.message}{place}")
        return Verdict(Code.FINE, text)

    def _misfit(self, name: str, problems: Sequence[Problem]) -> Verdict:
        why = f"{self.name}: does not fit {name}: {counted(len(problems), 'problem')}"
        return Verdict(Code.INVALID, reason=why, problems=problems)

    def _nothing(self, reading: Reading[Any]) -> Verdict:
        """No value began. With a model, the text may still have JSON that could not be one of these."""
        what = "no JSON" if self.model == ANYTHING or not reading.size else f"no JSON for {self.model}"
        return Verdict(Code.UNREADABLE, reason=f"{self.name}: there is {what} in it")

    def _at(self, reading: Reading[Any], offset: int | None) -> str:
        line, column = reading.place(offset or 0)
        return f"{self.name}:{line}:{column}"


def _problems(error: ValidationError) -> list[Problem]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [(problem["loc"], problem["msg"]) for problem in found]
