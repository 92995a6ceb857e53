"""Recorded streams of real providers (`../shared/recordings`), chunk by chunk as they came.

Every stream of tool arguments, and every text or reasoning stream that is JSON or starts like JSON: the
value of `json.loads` where that accepts it, otherwise no error, a value, and its repairs listed.
"""

import json
from typing import Any

import pytest

from pydantic_flow.json import Parser

from .compare import grows, same
from .drive import repairs
from .replay import NOTHING, replayed
from .shared import SHARED, Row, rows

STREAMS = SHARED / "recordings" / "streams.jsonl"


def accepted(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def is_json_work(row: Row) -> bool:
    """Whether somebody would read this stream as JSON."""
    text = "".join(row["chunks"])
    return row["kind"] == "tool_args" or accepted(text) or text.lstrip().startswith(("{", "[", "```"))


# Without ../shared there is nothing to parametrize with, and pytest says so.
RECORDED = [row for row in rows(STREAMS) if is_json_work(row)] if STREAMS.exists() else []


# The final value, what is shown on the way, and what the changes build.
@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row["id"])
@pytest.mark.parametrize("mode", ["show", "hide"])
def test_a_recorded_stream(row: Row, mode: str) -> None:
    parser = Parser(changes=True, unfinished=mode, default=NOTHING)  # type: ignore[arg-type]
    shown, replay = NOTHING, NOTHING
    for chunk in row["chunks"]:
        parser.feed(chunk)
        snapshot, changes = parser.snapshot(), parser.changes()
        replay = replayed(changes, replay)
        assert snapshot is replay if replay is NOTHING else same(snapshot, replay)
        taken_back = any(reason is not None for *_, reason in changes)
        assert taken_back or shown is NOTHING or grows(shown, snapshot)
        shown = parser.snapshot(owned=True) if snapshot is not NOTHING else NOTHING
    value = parser.finish()
    replay = replayed(parser.changes(), replay)
    assert same(value, replay)
    check_the_end(parser, value, "".join(row["chunks"]))


def check_the_end(parser: Parser, value: Any, text: str) -> None:
    if accepted(text):
        assert same(value, json.loads(text)) and parser.repairs == []
    else:
        assert value is not NOTHING and value is not None
        assert repairs(parser) != ()


# The other streams are prose: no error and nothing taken for more than it is.
def test_prose_streams_raise_nothing() -> None:
    if not STREAMS.exists():
        pytest.skip("no ../shared/recordings beside this checkout")
    for row in rows(STREAMS):
        parser = Parser(changes=True)
        for chunk in row["chunks"]:
            parser.feed(chunk)
            parser.snapshot()
        parser.finish()
