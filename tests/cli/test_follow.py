"""`pydantic-flow parse --follow`: a file that grows, until it is whole and quiet, or Ctrl-C."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT
from time import monotonic

import pytest

from .running import COMMAND, Glass, in_a_pipe, on_a_terminal, once, wait_until

# The command waits for a second; for a test a third of it is as good.
IDLE_SECONDS = 0.35
IMPATIENT = f"import pydantic_flow.cli.source as source; source.IDLE_SECONDS = {IDLE_SECONDS}"
LAUNCHER = [*COMMAND[:2], f"{IMPATIENT}; {COMMAND[2]}"]


@contextmanager
def following(file: Path | str, **streams: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*LAUNCHER, "parse", "--follow", file],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        **streams,
    )
    with process:
        yield process


def append(file: Path, text: str) -> None:
    with file.open("a") as end:
        end.write(text)


# A writer that takes its time: each part is seen when it is there, and the end is found.
def test_a_growing_file_is_read_until_it_is_whole_and_quiet(tmp_path: Path) -> None:
    file = tmp_path / "grows.json"
    file.write_text("")
    with following(file) as process:
        assert process.stdout is not None and process.stderr is not None
        append(file, '{"a": [1, 2], "b": {"c')
        assert process.stderr.readline() == "✓ a: [1, 2]\n"
        append(file, '": "x"}}\n')
        begin = monotonic()
        output, _ = process.communicate(timeout=20)
    assert monotonic() - begin > IDLE_SECONDS * 0.8
    assert (process.returncode, output) == (0, '{"a":[1,2],"b":{"c":"x"}}\n')


# As long as the value is open, silence is no end; Ctrl-C is, and what there is, is printed.
def test_ctrl_c_ends_the_text(tmp_path: Path) -> None:
    file = tmp_path / "grows.json"
    file.write_text('{"a": [1, 2], "b": "half a te')
    shown: list[float] = []
    waiting = [SIGINT]

    def interrupt(process: subprocess.Popen[bytes], glass: Glass) -> None:
        if any("half a te▌" in line for line in glass.lines()):
            shown.append(monotonic())
            if waiting and shown[-1] - shown[0] > IDLE_SECONDS * 2:
                process.send_signal(waiting.pop())

    seen = on_a_terminal("parse", "--follow", file.name, cwd=tmp_path, launcher=LAUNCHER, meanwhile=interrupt)
    assert seen.code == 1 and seen.cursor_is_back
    assert json.loads("".join(seen.last[seen.last.index("{") : seen.last.index("}") + 1])) == {
        "a": [1, 2],
        "b": "half a te",
    }


# A value that is whole when Ctrl-C comes is an ordinary end.
def test_ctrl_c_after_the_end_is_fine(tmp_path: Path) -> None:
    (tmp_path / "whole.json").write_text("[1]")
    seen = on_a_terminal(
        "parse", "--follow", "whole.json", cwd=tmp_path, launcher=LAUNCHER, meanwhile=once("3 B", SIGINT)
    )
    assert seen.code == 0


# A file that was started anew: nobody knows what that means, so it is said.
def test_a_file_that_becomes_shorter_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "grows.json"
    file.write_text('{"a": [1, 2], "b": {"c')
    with following(file) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "✓ a: [1, 2]\n"
        file.write_text("{")
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (2, "")
    assert errors.splitlines()[-1] == f"pydantic-flow: {file}: became shorter while it was followed"


# A pipe has an end of its own; a writer that never closes it is not waited for once all is there.
@pytest.mark.parametrize("closes", [True, False])
def test_a_pipe_can_be_followed(closes: bool) -> None:
    reading, writing = os.pipe()
    with following("-", stdin=reading) as process:
        os.close(reading)
        os.write(writing, b"[1, 2]")
        if closes:
            os.close(writing)
        wait_until(lambda: process.poll() is not None)
        assert process.stdout is not None
        assert (process.returncode, process.stdout.read()) == (0, "[1,2]\n")
    if not closes:
        os.close(writing)


# Without --follow the end of the file is the end of the text.
def test_without_follow_the_end_is_the_end(tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text('{"a": "b')
    assert in_a_pipe("parse", "half.json", cwd=tmp_path).returncode == 1
