"""A second implementation of changes, written from DESIGN I1 and I8 and not from the core.

Comes in: the changes that a parser hands out. Goes out: the value they build (`replayed`), and their
net (`net`). Decided elsewhere: which changes there are.
"""

import copy
from collections.abc import Iterable
from typing import Any

Path = tuple[str | int, ...]
Change = tuple[Path, str, Any, str | None]

NOTHING: Any = object()


def replayed(changes: Iterable[Change], onto: Any = NOTHING) -> Any:
    """The value that the changes build on top of `onto`, which is edited in place."""
    for change in changes:
        onto = applied(onto, change)
    return onto


def applied(root: Any, change: Change) -> Any:
    """The root after one change. A change that does not fit what is there is an AssertionError."""
    path, op, value, _ = change
    value = copy.deepcopy(value)
    if not path:
        return at_root(root, op, value)
    holder = root
    for step in path[:-1]:
        holder = holder[step]
    check_step(holder, path[-1])
    if isinstance(holder, list):
        in_list(holder, path[-1], op, value)
    else:
        in_dict(holder, path[-1], op, value)
    return root


def check_step(holder: Any, step: str | int) -> None:
    fits = (isinstance(holder, list) and type(step) is int) or (
        isinstance(holder, dict) and type(step) is str
    )
    assert fits, (holder, step)


def at_root(root: Any, op: str, value: Any) -> Any:
    if op == "append":
        assert isinstance(root, str) and isinstance(value, str)
        return root + value
    assert op in {"set", "replace", "remove"}, op
    return NOTHING if op == "remove" else value


def in_list(holder: list[Any], index: Any, op: str, value: Any) -> None:
    if op == "set":
        assert 0 <= index <= len(holder), (index, holder)
        holder[index : index + 1] = [value]
    elif op == "append":
        assert isinstance(holder[index], str) and isinstance(value, str)
        holder[index] += value
    else:
        assert op == "remove", op
        del holder[index]


def in_dict(holder: dict[str, Any], key: Any, op: str, value: Any) -> None:
    if op == "set":
        holder[key] = value
    elif op == "append":
        assert isinstance(holder[key], str) and isinstance(value, str)
        holder[key] += value
    else:
        assert op == "remove", op
        del holder[key]


def present(root: Any, path: Path) -> bool:
    """Whether a node stands at `path`."""
    for step in path:
        in_list = isinstance(root, list) and type(step) is int and 0 <= step < len(root)
        if not in_list and not (isinstance(root, dict) and step in root):
            return False
        root = root[step]
    return root is not NOTHING


def net(changes: Iterable[Change], onto: Any = NOTHING) -> dict[Path, tuple[str, Any]]:
    """The net of consecutive changes (DESIGN I1): path -> (op, value); `onto` is the value before them.

    >>> net([(("a",), "set", "x", None), (("a",), "append", "y", None)], {})
    {('a',): ('set', 'xy')}
    """
    root = copy.deepcopy(onto) if onto is not NOTHING else NOTHING
    kept: dict[Path, tuple[str, Any]] = {}
    fresh: set[Path] = set()
    for change in changes:
        path, op, value, _ = change
        was_there = present(root, path)
        root = applied(root, change)
        if op != "append":
            vanish_below(kept, fresh, path)
        earlier = kept.get(path)
        if op == "append" and earlier is not None:
            kept[path] = (earlier[0], earlier[1] + value)
        elif op == "remove" and path in fresh:
            del kept[path]
            fresh.discard(path)
        else:
            if earlier is None and not was_there:
                fresh.add(path)
            kept[path] = ("set" if op == "replace" else op, value)
    return {path: entry for path, entry in shortened(kept, onto).items() if entry is not None}


def shortened(kept: dict[Path, tuple[str, Any]], onto: Any) -> dict[Path, tuple[str, Any] | None]:
    """A `set` to what stood there is nothing; one of a text that goes on from what stood there appends."""
    return {path: short(op, value, at(onto, path)) for path, (op, value) in kept.items()}


def short(op: str, value: Any, before: Any) -> tuple[str, Any] | None:
    if op == "set" and isinstance(value, str) and isinstance(before, str) and value.startswith(before):
        op, value = "append", value[len(before) :]
    same_again = op == "set" and before is not NOTHING and repr(value) == repr(before)
    return None if same_again or (op, value) == ("append", "") else (op, value)


def at(root: Any, path: Path) -> Any:
    """The node at `path`; NOTHING where there is none."""
    if not present(root, path):
        return NOTHING
    for step in path:
        root = root[step]
    return root


def vanish_below(kept: dict[Path, tuple[str, Any]], fresh: set[Path], path: Path) -> None:
    below = [p for p in kept if len(p) > len(path) and p[: len(path)] == path]
    for p in below:
        del kept[p]
        fresh.discard(p)
