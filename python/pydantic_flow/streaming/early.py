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
from .complaint import Complaint
from .parts import Key, Part
from .text import Settled, Step

if TYPE_CHECKING:
    from pydantic import ValidationError


class EarlyValidation:
    """Checks the settled nodes of one stream.

    Args:
        root: the parts of the type.
        passed: the options of ``validate_json``.
    """

    def __init__(self, root: Part, passed: Mapping[str, Any]) -> None:
        self._root = root
        self._passed = passed
        self.depth = root.depth
        self._reset()

    def notice(self, step: Step) -> None:
        """See whether another root takes the place of what has been checked."""
        if step[4] is not None:
            self._reset()

    def end(self, settled: Iterable[Settled]) -> None:
        """Nothing: pydantic's last word follows."""

    def _reset(self) -> None:
        self._unions: dict[Path, _Union] = {}
        self._last: _Place = (), self._root, ()

    def check(self, settled: Iterable[Settled]) -> list[Complaint]:
        """What is wrong with these nodes, which have settled in this order."""
        from pydantic import ValidationError

        complaints = []
        for check in _joined(self._checks(settled)):
            try:
                check.run(self._passed)
            except ValidationError as error:
                complaints.append(check.complaint(error))
            except Exception:  # no refusal: what else a validator raises, it raises again at the end
                continue
        return complaints

    def _checks(self, settled: Iterable[Settled]) -> "Iterator[Check]":
        for path, value in settled:
            _, part, location = self._place(path[:-1])
            if part is None:
                continue
            if part.kind == "union":
                yield from self._union_checks(part, location, path, value)
            else:
                yield from self._member_checks(part, location, path, value)

    def _member_checks(self, part: Part, location: Path, path: Path, value: Any) -> "Iterator[Check]":
        """Of a member that was entered, only the frame is left; any other one is checked whole."""
        key = path[-1]
        frame, final = part.judged(key)
        whole = frame is None or type(value) is not frame.json_type
        below = (*location, part.step(key))
        if frame is not None and frame.kind == "union":
            union = self._unions.pop(path, _Union())
            frame, whole = union.choice, whole or not union.decided
            below = (*below, union.tag)
            self._last = (), self._root, ()
        if whole and final:
            yield Check(part, path[:-1], location, {key: value})
        elif not whole and frame is not None:
            yield Check(frame, path, below, {}, value)

    def _union_checks(self, part: Part, location: Path, path: Path, value: Any) -> "Iterator[Check]":
        """Members of a tagged union wait for its tag."""
        key = path[-1]
        union = self._unions.setdefault(path[:-1], _Union())
        union.held.append((path, value))
        if key == part.tag_key and not union.decided:
            union.decided, union.tag, union.choice = True, value, part.choice(value)
            self._last = (), self._root, ()
            if union.choice is None:
                yield Check(part, path[:-1], location, {key: value})
        if union.decided:
            held, union.held = union.held, []
            if union.choice is not None:
                for member in held:
                    yield from self._member_checks(union.choice, (*location, union.tag), *member)

    def _place(self, path: Path) -> "_Place":
        """The part at a path, if all parts on the way to it are entered, and the path in pydantic's words."""
        if path != self._last[0]:
            part: Part | None = self._root
            location: list[Any] = []
            for length, key in enumerate(path):
                if part is not None and part.kind == "union":
                    union = self._unions.get(path[:length], _Union())
                    part = union.choice
                    location.append(union.tag)
                if part is None:
                    break
                location.append(part.step(key))
                part = part.judged(key)[0]
            self._last = path, part, tuple(location)
        return self._last


_Place = tuple[Path, Part | None, Path]
"""A path, the part that stands there, if it is entered, and the path as pydantic tells it."""


class _Union:
    """A tagged union in the value: what its tag has chosen, and members that came before the tag."""

    __slots__ = ("choice", "decided", "held", "tag")

    def __init__(self) -> None:
        self.choice: Part | None = None
        self.decided = False
        self.held: list[Settled] = []
        self.tag: Any = None


class Check(NamedTuple):
    """One thing to check: some members of a part, or else the frame of a whole value."""

    part: Part
    path: Path
    location: Path
    members: dict[Key, Any]
    whole: Any = None

    def run(self, passed: Mapping[str, Any]) -> dict[Any, Any]:
        """The members as pydantic makes them.

        Raises:
            pydantic.ValidationError: see ``complaint``.
        """
        if self.members:
            return self.part.check(self.members, passed)
        self.part.check_frame(self.whole, passed)
        return {}

    def complaint(self, error: "ValidationError") -> Complaint:
        """What pydantic says about it, by place."""
        lines = error.errors(include_url=False)
        for line in lines:
            if not self.members:  # the frame was checked with nothing in it
                line["input"] = self.whole
            elif self.part.kind == "list":
                line["loc"] = (list(self.members)[int(line["loc"][0])], *line["loc"][1:])
        keys = {self.part.step(key): key for key in self.members}
        return Complaint.of(lines, self.members or self.whole, self.path, self.location, keys)


def _joined(checks: Iterable[Check]) -> Iterator[Check]:
    """The checks, neighbouring members of one list or map in one."""
    last: Check | None = None
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
