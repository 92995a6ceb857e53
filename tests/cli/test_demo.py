"""`pydantic-flow demo`: lines in a pipe, frames on a terminal, and how it ends."""

import os
import pty
import struct
import subprocess
import sys
import termios
from fcntl import ioctl
from signal import SIGINT

import pytest
from rich.console import Console

from pydantic_flow.cli.answer import ANSWER, Incident
from pydantic_flow.cli.cost import clean_run
from pydantic_flow.cli.demo import cut
from pydantic_flow.cli.reading import Reading
from pydantic_flow.cli.screen import frame

COMMAND = [sys.executable, "-c", "from pydantic_flow.cli.main import app; app()"]
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"


def in_a_pipe(*args: str, launcher: list[str] = COMMAND) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*launcher, *args], capture_output=True, encoding="utf-8", check=False)


def on_a_terminal(*args: str, columns: int = 80, interrupt: bool = False, **env: str) -> tuple[int, str]:
    """Run the command on a terminal of its own; with `interrupt`, press Ctrl-C at its first frame."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    unset = {"NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | env
    process = subprocess.Popen([*COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    while part := read(ours):
        seen += part
        if interrupt and b"repairs" in seen:
            process.send_signal(SIGINT)
            interrupt = False
    os.close(ours)
    return process.wait(), seen.decode()


def read(terminal: int) -> bytes:
    """The next bytes; none when the other side has closed, which Linux calls an I/O error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def story(output: str) -> list[str]:
    """What the demo tells before the measurements."""
    return output.partition("This answer")[0].splitlines()


# The whole of the main job, as a log keeps it: settled fields, repairs with places, the model, the cost.
def test_in_a_pipe_the_demo_prints_plain_lines() -> None:
    done = in_a_pipe("demo", "--fast")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    lines = story(done.stdout)
    ticked = [line.split()[1].rstrip(":") for line in lines if line.startswith("✓")]
    assert ticked == list(Incident.model_fields)
    assert len([line for line in lines if line.startswith("! ")]) >= 8
    assert "validated: Incident(" in lines
    assert "from_json, partial" in done.stdout


# Chunking is invisible: other cuts, the same story.
def test_the_seed_changes_the_cuts_and_not_the_story() -> None:
    first, *others = (story(in_a_pipe("demo", "--fast", "--seed", str(seed)).stdout) for seed in range(3))
    assert all(sorted(other) == sorted(first) for other in others)


# A terminal gets frames, and its cursor back.
@pytest.mark.parametrize("columns", [40, 80])
def test_on_a_terminal_the_demo_draws_and_gives_the_cursor_back(columns: int) -> None:
    code, output = on_a_terminal("demo", "--fast", columns=columns)
    assert code == 0
    assert HIDE_CURSOR in output
    assert output.rindex(SHOW_CURSOR) > output.rindex(HIDE_CURSOR)
    assert "validated: Incident(" in output


# People who want no colour get lines, by the variable or by the option.
@pytest.mark.parametrize(
    ("args", "env"), [([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), (["--plain"], {})], ids=str
)
def test_a_terminal_that_wants_lines_gets_lines(args: list[str], env: dict[str, str]) -> None:
    code, output = on_a_terminal("demo", "--fast", *args, **env)
    assert code == 0
    assert "\x1b" not in output


# Ctrl-C in the middle: 130, no traceback, the cursor is there.
def test_ctrl_c_leaves_a_clean_terminal() -> None:
    code, output = on_a_terminal("demo", interrupt=True)
    assert code == 130
    assert "Traceback" not in output
    assert output.rindex(SHOW_CURSOR) > output.rindex(HIDE_CURSOR)


# `| head -1`: the reader leaves, nobody complains.
def test_a_closed_pipe_ends_the_demo_quietly() -> None:
    process = subprocess.Popen([*COMMAND, "demo", "--fast"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


# Without the extra: one line that says what to install.
@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_a_missing_extra_is_one_clear_line(missing: str) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; from pydantic_flow.cli.main import app; app()"
    done = in_a_pipe("demo", launcher=[sys.executable, "-c", code])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == 'The command line needs an extra: pip install "pydantic-flow[cli]"\n'


# A frame fits its window, and its height stays, so that nothing jumps.
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 24), (40, 18), (200, 60)])
def test_a_frame_fits_the_window(columns: int, lines: int) -> None:
    console = Console(width=columns, height=lines, color_system=None)
    reading = Reading()
    heights = set()
    for chunk in cut(ANSWER, seed=1):
        reading.feed(chunk)
        drawn = console.render_lines(frame(reading, columns, lines), pad=False)
        assert all(sum(part.cell_length for part in line) <= columns for line in drawn)
        heights.add(len(drawn))
    assert len(heights) == 1
    assert max(heights) < lines


# Answers are compared before times count: the measurement refuses a reader that reads something else.
def test_the_clean_run_compares_what_was_read() -> None:
    reading = Reading()
    reading.feed(ANSWER)
    incident = reading.finish()
    assert clean_run(incident).chunks > 10_000
    other = incident.model_copy(update={"minutes_down": "41"})
    with (
        pytest.warns(UserWarning, match="serialized value"),
        pytest.raises(ValueError, match="something else"),
    ):
        clean_run(other)
