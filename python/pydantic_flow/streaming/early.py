"""Early validation: what has settled is checked while the rest still comes.

Coming in: settled nodes with their paths, in order. Going out: complaints by path, each once.
Decided elsewhere: what the parts of a type are and how one is checked (``parts.py``), what is said
about a complaint (``parser.py``). Pydantic validates the whole value at the end in any case.

Each settled piece is checked once: a field or an item whole; or, where a list of objects is inside,
member by member as those settle, and then only whether some are missing. A complaint is never
wrong, unless what it is about is replaced: by a repeated key, or with the whole root.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Path
from .parts import Key, Part

if TYPE_CHECKING:
    from pydantic_core import InitErrorDetails, ValidationError

Settled = tuple[Path, Any]


class Complaint(NamedTuple):
    """What pydantic refuses in one settled piece.

    Attributes:
        places: for each place in the value, what is wrong there.
        details: pydantic's own account, its locations from the root of the value.
    """

    places: dict[Path, str]
    details: "list[InitErrorDetails]"

    def exception(self, title: str) -> "ValidationError":
        """The same as pydantic's exception."""
        from pydantic_core import ValidationError

        return ValidationError.from_exception_data(title, self.details, "json")


class EarlyValidation:
    """Checks the settled nodes of one stream.

    Args:
        root: the parts of the type.
        passed: the options of ``validate_json``.
    """

    def __init__(self, root: Part, passed: Mapping[str, Any]) -> None:
        self._root = root
        self._passed = passed
        self.reset()

    def reset(self) -> None:
        """Another root takes the place of what has been checked."""
        self._unions: dict[Path, _Union] = {}
        self._last: tuple[Path, Part | None] = (), self._root

    def check(self, settled: Iterable[Settled]) -> list[Complaint]:
        """What is wrong with these nodes, which have settled in this order."""
        return [
            complaint
            for check in _joined(self._checks(settled))
            if (complaint := check.complaint(self._passed)) is not None
        ]

    def _checks(self, settled: Iterable[Settled]) -> "Iterator[_Check]":
        for path, value in settled:
            part = self._part(path[:-1])
            if part is None:
                continue
            if part.kind == "union":
                yield from self._union_checks(part, path, value)
            else:
                yield from self._member_checks(part, path, value)

    def _member_checks(self, part: Part, path: Path, value: Any) -> "Iterator[_Check]":
        """Of a member that was entered, only the frame is left; any other one is checked whole."""
        key = path[-1]
        frame, final = part.judged(key)
        whole = frame is None or type(value) is not frame.json_type
        location = self._location(path)
        if frame is not None and frame.kind == "union":
            union = self._unions.pop(path, _Union())
            frame, whole = union.choice, whole or not union.decided
            self._last = (), self._root
        if whole and final:
            yield _Check(part, path[:-1], location[:-1], {key: value})
        elif not whole and frame is not None:
            yield _Check(frame, path, location, {}, value)

    def _union_checks(self, part: Part, path: Path, value: Any) -> "Iterator[_Check]":
        """Members of a tagged union wait for its tag."""
        key = path[-1]
        union = self._unions.setdefault(path[:-1], _Union())
        union.held.append((path, value))
        if key == part.tag_key and not union.decided:
            union.decided, union.tag, union.choice = True, value, part.choice(value)
            self._last = (), self._root
            if union.choice is None:
                yield _Check(part, path[:-1], self._location(path[:-1]), {key: value})
        if union.decided:
            held, union.held = union.held, []
            if union.choice is not None:
                for member in held:
                    yield from self._member_checks(union.choice, *member)

    def _part(self, path: Path) -> Part | None:
        """The part at a path, if all parts on the way to it are entered."""
        if path != self._last[0]:
            part: Part | None = self._root
            for length, key in enumerate(path):
                if part is not None and part.kind == "union":
                    part = self._unions.get(path[:length], _Union()).choice
                part = None if part is None else part.judged(key)[0]
            self._last = path, part
        return self._last[1]

    def _location(self, path: Path) -> Path:
        """The path as pydantic tells it: with the tags of the unions on the way."""
        if not self._unions:
            return path
        location: list[Any] = []
        for length in range(len(path) + 1):
            location.extend(path[length - 1 : length])
            union = self._unions.get(path[:length])
            location.extend([union.tag] if union is not None and union.choice is not None else ())
        return tuple(location)


class _Union:
    """A tagged union in the value: what its tag has chosen, and members that came before the tag."""

    __slots__ = ("choice", "decided", "held", "tag")

    def __init__(self) -> None:
        self.choice: Part | None = None
        self.decided = False
        self.held: list[Settled] = []
        self.tag: Any = None


class _Check(NamedTuple):
    """One thing to check: some members of a part, or else the frame of a whole value."""

    part: Part
    path: Path
    location: Path
    members: dict[Key, Any]
    whole: Any = None

    def complaint(self, passed: Mapping[str, Any]) -> Complaint | None:
        """What pydantic says against it."""
        from pydantic_core import ValidationError

        try:
            if self.members:
                self.part.check(self.members, passed)
            else:
                self.part.check_frame(self.whole, passed)
        except ValidationError as error:
            return self._complaint(error)
        except Exception:  # not a refusal: what else a validator raises, it raises again at the end
            return None
        return None

    def _complaint(self, error: "ValidationError") -> Complaint:
        places: dict[Path, str] = {}
        details = []
        for line in error.errors(include_url=False):
            steps = line["loc"]
            if self.part.kind == "list" and self.members:
                steps = (list(self.members)[int(steps[0])], *steps[1:])
            place = self.path + self._place(steps, line["type"])
            places[place] = f"{places[place]}; {line['msg']}" if place in places else line["msg"]
            details.append(
                _detail(line, self.location + steps, line["input"] if self.members else self.whole)
            )
        return Complaint(places, details)

    def _place(self, steps: Path, kind: str) -> Path:
        """Those of pydantic's steps that lead through the value: not tags, not names of validators."""
        value: Any = self.members or self.whole
        place: list[Key] = []
        for step in steps:
            inside = step in (value if isinstance(value, dict) else range(_length(value)))
            if inside:
                value = value[step]
            if inside or (kind == "missing" and step == steps[-1]):
                place.append(step)
        return tuple(place)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _joined(checks: Iterable[_Check]) -> Iterator[_Check]:
    """The checks, neighbouring members of one list or map in one."""
    last: _Check | None = None
    for check in checks:
        if last is not None:
            same = last.part is check.part and last.path == check.path and last.members and check.members
            if same and check.part.uniform:
                last.members.update(check.members)
                continue
            yield last
        last = check
    if last is not None:
        yield last


def _detail(line: Any, location: Path, value: Any) -> "InitErrorDetails":
    """A line of pydantic's ``errors()`` in the form that it takes them."""
    from pydantic_core import PydanticCustomError, PydanticKnownError

    kind, context = line["type"], line.get("ctx")
    try:
        PydanticKnownError(kind, context)
    except KeyError:  # a type of the user's own
        kind = PydanticCustomError(kind, line["msg"], context)
    return {"type": kind, "loc": location, "input": value, "ctx": context or {}}
