"""Rebuilds values from the changes of recorded events.

Coming in: events, as read back from JSON. Going out: the same, ``PartialFields`` with the ``fields``
and ``value`` they had when they were sent, ``ToolArgProgress`` with the ``partial_args``: the same, unless
the text is broken or not what the tool asked for, which was read with the tool's schema when it came. Pure:
nothing that comes in or went out is changed.
Decided elsewhere: what the changes are (``_core``), how they are written (``events.py``).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from .. import _core
from ..errors import EventError, LimitError, Path, TerminalStateError
from .events import Change, PartialFields
from .item import ProgressItem
from .tools import ToolArgProgress, ToolCall


def replay(events: Iterable[ProgressItem]) -> Iterator[ProgressItem]:
    """The events with the views of every ``PartialFields`` and ``ToolArgProgress`` filled in.

    Each source (run, node and attempt) has a value of its own, and so has each tool call. An item costs
    as much as the containers and strings that it changes, because the values of the items before it stay.

    Raises:
        EventError: a change does not fit the value, so events are missing or out of order.

    >>> from pydantic_flow.streaming import StreamingParser, from_json, to_json
    >>> items = StreamingParser(list[str]).stream_parse(['["a', 'b"]'])
    >>> wire = [to_json(item) for item in items if isinstance(item, PartialFields)]
    >>> [item.value for item in replay(map(from_json, wire))]
    [['a'], ['ab']]
    """
    values: dict[tuple[str, tuple[str, ...], int], Any] = {}
    calls: dict[tuple[str, tuple[str, ...], str], _core.Parser] = {}
    for item in events:
        if isinstance(item, PartialFields):
            source = item.run_id, item.node_path, item.attempt
            value = values[source] = apply_changes(values.get(source), item.changes)
            yield replace(item, fields=_changed_members(value, item.changes), value=value)
        elif isinstance(item, ToolArgProgress):
            call = item.run_id, item.node_path, item.call_id
            parser = calls.get(call) or calls.setdefault(call, _core.Parser(unfinished="hide"))
            with suppress(LimitError, TerminalStateError):  # then they stay as they were, as when they came
                parser.feed(item.delta)
            yield replace(item, partial_args=parser.snapshot())
        elif isinstance(item, ToolCall):
            calls.pop((item.run_id, item.node_path, item.call_id), None)
            yield item
        else:
            yield item


def apply_changes(value: Any, changes: Iterable[Change]) -> Any:
    """The value after the changes, in order. The value given stays as it is.

    Raises:
        EventError: a change does not fit the value.

    >>> apply_changes({"a": ["x"]}, [(("a", 0), "append", "yz", None), (("b",), "set", 1, None)])
    {'a': ['xyz'], 'b': 1}
    """
    for path, op, new, _ in changes:
        try:
            value = _changed(value, path, op, new)
        except (LookupError, TypeError, AttributeError) as error:
            raise EventError(f"{op} at {path!r} does not fit the value before it") from error
    return value


def _changed(root: Any, path: Path, op: str, new: Any) -> Any:
    """One change: the containers on the way are copied, all others are shared."""
    if not path:
        return root + new if op == "append" else None if op == "remove" else new
    way = [root]
    for step in path[:-1]:
        way.append(way[-1][step])
    made = _with(way.pop(), path[-1], op, new)
    for container, step in zip(reversed(way), reversed(path[:-1]), strict=True):
        made = _with(container, step, "set", made)
    return made


def _with(container: Any, step: Any, op: str, new: Any) -> Any:
    """A copy of one container with one child set, appended to or removed."""
    copy = container.copy()
    if isinstance(copy, dict) is not isinstance(step, str):
        raise TypeError("a key for a list, or an index for an object")
    if op == "remove":
        del copy[step]
    elif op == "append":
        copy[step] = copy[step] + new  # += would change a list that others share
    elif isinstance(copy, list) and step == len(copy):
        copy.append(new)
    else:
        copy[step] = new
    return copy


def _changed_members(value: Any, changes: Sequence[Change]) -> dict[str, Any]:
    """The top-level members that the changes touched, as of now."""
    if not isinstance(value, dict):
        return {}
    if any(not path for path, *_ in changes):
        return value.copy()
    names = [str(path[0]) for path, *_ in changes]
    return {name: value[name] for name in names if name in value}
