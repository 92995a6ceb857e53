"""What pydantic refuses, by place.

Coming in: pydantic's errors about a piece of a value, and where the piece is. Going out: messages by
path, for people; the exception as pydantic would raise it for the whole value, for programs.
Decided elsewhere: which piece is validated, and when (``early.py``, ``items.py``).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Path

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails, InitErrorDetails


NO_KEYS: Mapping[str | int, str | int] = MappingProxyType({})


class Complaint(NamedTuple):
    """What is wrong with one piece of a value.

    Attributes:
        path: where the piece is.
        places: for each place in it, what is wrong there.
        details: pydantic's own account.
    """

    path: Path
    places: dict[Path, str]
    details: "list[InitErrorDetails]"

    @classmethod
    def of(
        cls,
        lines: "Iterable[ErrorDetails]",
        piece: Any,
        path: Path,
        location: Path | None = None,
        keys: Mapping[str | int, str | int] = NO_KEYS,
    ) -> "Complaint":
        """A complaint from the ``errors()`` about a piece.

        Args:
            lines: what pydantic says, its locations relative to the piece.
            piece: what it says it of.
            path: where that is.
            location: the same in pydantic's words, if those differ.
            keys: what the first steps below it are in JSON, if pydantic calls them otherwise.
        """
        places: dict[Path, str] = {}
        details = []
        for line in lines:
            first, rest = line["loc"][:1], line["loc"][1:]
            steps = (*(keys.get(step, step) for step in first), *rest)
            place = path + place_in(piece, steps, line["type"])
            places[place] = f"{places[place]}; {line['msg']}" if place in places else line["msg"]
            details.append(_detail(line, (path if location is None else location) + line["loc"]))
        return cls(path, places, details)

    def exception(self, title: str) -> "ValidationError":
        """As pydantic's exception about a value of this title."""
        from pydantic import ValidationError

        return ValidationError.from_exception_data(title, self.details, "json")

    @property
    def message(self) -> str:
        """All of it in one line, with the way from the piece to each place."""
        below = {".".join(map(str, place[len(self.path) :])): words for place, words in self.places.items()}
        return "; ".join(f"{way}: {words}" if way else words for way, words in below.items())


def place_in(value: Any, steps: Path, kind: str) -> Path:
    """Those of pydantic's steps that lead through the value: no tags, no names of validators.

    Args:
        value: what was validated, as JSON.
        steps: the location of a complaint about it.
        kind: the type of the complaint; the last step to what is missing leads nowhere, but counts.
    """
    place: list[str | int] = []
    for number, step in enumerate(steps, 1):
        inside = step in value if isinstance(value, dict) else _is_index(value, step)
        value = value[step] if inside else value
        if inside or (kind == "missing" and number == len(steps)):
            place.append(step)
    return tuple(place)


def _is_index(value: Any, step: str | int) -> bool:
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _detail(line: "ErrorDetails", location: Path) -> "InitErrorDetails":
    """A line of ``errors()`` in the form in which pydantic takes it back."""
    from pydantic_core import PydanticCustomError, PydanticKnownError

    context: Any = line.get("ctx")
    kind: Any = line["type"]
    try:
        PydanticKnownError(kind, context)
    except KeyError:  # a type of the user's own
        kind = PydanticCustomError(kind, line["msg"], context)
    return {"type": kind, "loc": location, "input": line["input"], "ctx": context or {}}
