"""`pydantic-flow parse --json`: the events of a run as NDJSON, that other programs read."""

import json
import subprocess
from pathlib import Path
from threading import Timer

import pytest

from pydantic_flow.cli.demo.answer import ANSWER
from pydantic_flow.streaming import (
    NonFatalError,
    PartialFields,
    ProgressItem,
    StreamEnd,
    StreamStart,
    check_grammar,
    from_json,
    replay,
)

from .running import COMMAND, in_a_pipe


def events(output: str) -> list[ProgressItem]:
    return [from_json(line) for line in output.splitlines()]


# What is written can be read back: the grammar holds, and the changes lead to the result.
@pytest.mark.parametrize("text", [ANSWER, '{"a": [1, 2]}', "[]", "7", '{"a": 1}\n{"a": 2}', '{"a": "cut'])
def test_the_events_are_a_run_whose_changes_give_the_result(text: str) -> None:
    done = in_a_pipe("parse", "--json", text=text.encode())
    assert done.returncode in (0, 1)
    start, *items, end = events(done.stdout)
    check_grammar([start, *items, end])
    assert isinstance(start, StreamStart) and start.name == "<stdin>"
    assert isinstance(end, StreamEnd) and end.success and end.duration_seconds is not None
    *_, last = (item for item in replay(items) if isinstance(item, PartialFields))
    assert last.value == end.result


# A program sees each event when it happens, not when a buffer is full.
def test_events_come_as_the_text_comes() -> None:
    pieces = ['{"a": "x', 'yz", "b": [1, ', "2]}"]
    seen = []
    with subprocess.Popen(
        [*COMMAND, "parse", "--json"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        patience = Timer(30, process.kill)  # rather than to wait for ever
        patience.start()
        seen.append(from_json(process.stdout.readline()))
        for piece in pieces:
            process.stdin.write(piece)
            process.stdin.flush()
            seen.append(from_json(process.stdout.readline()))
        output, _ = process.communicate()
        patience.cancel()
    assert process.returncode == 0
    check_grammar(seen + events(output))
    assert [type(item) for item in seen] == [StreamStart, PartialFields, PartialFields, PartialFields]


# With a model the result is the model's JSON, and stderr stays silent.
def test_the_result_is_what_parse_would_print(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "from pydantic import BaseModel\nclass A(BaseModel):\n    a: int\n    b: int = 2\n"
    )
    done = in_a_pipe("parse", "--json", "--model", "models:A", text=b'{"a": "1"}', cwd=tmp_path)
    end = events(done.stdout)[-1]
    assert isinstance(end, StreamEnd)
    assert (done.returncode, done.stderr, end.result) == (0, "", {"a": 1, "b": 2})


FAILING: list[tuple[str, str, int, str, tuple[str, ...] | None]] = [
    ("Sorry.", "", 4, "not_readable", ()),
    ("\0\0", "", 4, "not_readable", ()),
    ("[" * 300, "", 4, "limit", None),
    ('{"a": "x"}', "--model models:A", 3, "validation", ("a",)),
    ('{"a": "x"}', "--schema schema.json", 3, "does_not_fit", ()),
    ('{"a": "x"}', "--schema lost.json", 2, "not_read", ()),
]


# A run that fails says why, ends without success, and the code is the same as without --json.
def test_a_failed_run_ends_without_success(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text("from pydantic import BaseModel\nclass A(BaseModel):\n    a: int\n")
    (tmp_path / "schema.json").write_text('{"properties": {"a": {"type": "integer"}}}')
    (tmp_path / "lost.json").write_text('{"$ref": "#/nowhere"}')
    for number, (text, *_) in enumerate(FAILING):
        (tmp_path / str(number)).write_text(text)
    calls = [["parse", "--json", str(number), *case[1].split()] for number, case in enumerate(FAILING)]
    ended = [in_a_pipe(*call, cwd=tmp_path) for call in calls]
    for (_, _, code, kind, path), (ended_with, output, errors) in zip(FAILING, ended, strict=True):
        *items, error, end = events(output)
        check_grammar([*items, error, end])
        assert isinstance(end, StreamEnd) and not end.success and end.result is None
        assert isinstance(error, NonFatalError) and not error.recoverable
        assert (ended_with, error.kind) == (code, kind)
        assert path is None or error.path == path
        assert errors.startswith("pydantic-flow: ")
        if kind == "does_not_fit":
            problem = items[-1]
            assert isinstance(problem, NonFatalError) and problem.path == ("a",)


# Numbers that JSON has no words for do not break the lines.
def test_every_line_is_json() -> None:
    done = in_a_pipe("parse", "--json", text=b'{"a": NaN, "b": "\\ud800", "c": "\xff"}')
    assert [json.loads(line)["type"] for line in done.stdout.splitlines()][-1] == "end"
    assert "NaN" not in done.stdout
