"""The contracts as checks of one text. Comes in: a text and its cuts. Goes out: nothing, or AssertionError.

test_invariants.py draws the texts, test_found.py has those that once broke a contract.
"""

import copy
import json
from collections.abc import Sequence
from typing import Any

from pydantic_flow.json import Parser, loads, repair

from .compare import non_finite_as_null, reads_as, same
from .drive import Chunk, fed, finished, repairs, seen
from .replay import NOTHING, Change, Path, net, replayed

Chunks = Sequence[Chunk]


def parser_for(mode: str, **options: Any) -> Parser:
    return Parser(unfinished=mode, **options)  # type: ignore[arg-type]


def shows_the_same(one: Sequence[Chunks], other: Sequence[Chunks], **options: Any) -> None:
    """I1: two ways of cutting the same parts of a text show the same after each part, and at the end."""
    first, second = Parser(**options), Parser(**options)
    for chunks, others in zip(one, other, strict=True):
        error, other_error = fed(first, chunks), fed(second, others)
        assert error == other_error
        if error is not None:
            assert repairs(first) == repairs(second)
            return
        left, right = seen(first), seen(second)
        assert same(left.value, right.value)
        assert left == right or "nan" in repr(left.value)
    (value, failed), (other_value, other_failed) = finished(first), finished(second)
    assert same(value, other_value) and failed == other_failed and repairs(first) == repairs(second)
    assert first.complete == second.complete


def changes_the_same(one: Sequence[Chunks], other: Sequence[Chunks], mode: str) -> None:
    """I1: the net of what changed in each part is the same for two ways of cutting it."""
    first, second = parser_for(mode, changes=True), parser_for(mode, changes=True)
    value, other_value = NOTHING, NOTHING
    for chunks, others in zip(one, other, strict=True):
        changes, other_changes = changes_of(first, chunks), changes_of(second, others)
        left, right = net(changes, value), net(other_changes, other_value)
        assert left.keys() == right.keys()
        assert all(left[path][0] == right[path][0] and same(left[path][1], right[path][1]) for path in left)
        value, other_value = replayed(changes, value), replayed(other_changes, other_value)


def changes_of(parser: Parser, chunks: Chunks) -> list[Change]:
    """All changes of some chunks, asked for after each."""
    changes: list[Change] = []
    for chunk in chunks:
        parser.feed(chunk)
        changes += parser.changes()
    return changes


def settled_stays(chunks: Chunks, mode: str) -> None:
    """I3: a settled path stays in `complete` with its value, until something replaces it with a reason."""
    parser = parser_for(mode, changes=True, default=NOTHING)
    settled: dict[Path, Any] = {}
    for chunk in [*chunks, None]:
        assert () not in settled
        if chunk is None:
            parser.finish()
        else:
            parser.feed(chunk)
        value = parser.snapshot(owned=True)
        changes = parser.changes()
        settled = {path: was for path, was in settled.items() if not replaced(path, changes)}
        now = {path: node(value, path) for path in parser.complete}
        for path, was in settled.items():
            assert path in now and same(now[path], was), path
        settled = copy.deepcopy(now)
    assert (() in settled) == (value is not NOTHING)


def replaced(settled: Path, changes: Sequence[Change]) -> bool:
    """Whether a change may replace what had settled: a repeated key its member, a new root everything."""
    return any(
        settled[: len(path)] == path
        and (reason == "duplicate_key" or (path == () and op in {"replace", "remove"} and reason is not None))
        for path, op, _, reason in changes
    )


def node(value: Any, path: Path) -> Any:
    """The node at a path, which must be there."""
    for step in path:
        assert isinstance(value, list) if isinstance(step, int) else isinstance(value, dict), path
        value = value[step]
    return value


def replays(chunks: Chunks, mode: str, *, first_look: int = 0) -> None:
    """I8: from the first look on the changes build the snapshot after every push, and the final value."""
    parser = parser_for(mode, changes=first_look == 0, default=NOTHING)
    value: Any = NOTHING
    for step, chunk in enumerate(chunks):
        parser.feed(chunk)
        if step < first_look:
            continue
        value = replayed(parser.changes(), value)
        assert_same(value, parser.snapshot())
    last = parser.finish()
    assert_same(replayed(parser.changes(), value), last)


def items_replay(chunks: Chunks, mode: str) -> None:
    """I8 for `advance`, which the streaming parser uses: its records build the values that it shows."""
    parser = parser_for(mode)
    value: Any = NOTHING
    for chunk in [*chunks, None]:
        item = parser.advance(chunk)
        if item is None or not item[0]:
            continue
        _, shown, fields, *_ = item
        changes, _ = parser.record()
        value = replayed(changes, value)
        assert same(None if value is NOTHING else value, shown)
        assert not fields or isinstance(shown, dict)
        assert all(same(shown[key], now) for key, now in fields.items())
        if isinstance(shown, dict):
            assert fields.keys() >= {path[0] for path, *_ in changes if path and path[0] in shown}
    assert same(parser.finish(), None if value is NOTHING else value)


def assert_same(value: Any, expected: Any) -> None:
    nothing = value is NOTHING or expected is NOTHING
    assert value is expected if nothing else same(value, expected)


def repair_writes_the_reading(data: Chunk) -> None:
    """`repair` writes strictly valid JSON of the same reading, and a second time changes nothing."""
    text = repair(data)
    assert same(loads(text, strict=True), json.loads(text))
    assert reads_as(json.loads(text), non_finite_as_null(loads(data)))
    assert repair(text) == text
