"""`pydantic-flow demo`: lines in a pipe, frames on a terminal, and how it ends."""

import subprocess
from signal import SIGINT

import pytest

from pydantic_flow.cli.demo.answer import ANSWER, Incident
from pydantic_flow.cli.demo.cost import clean_run
from pydantic_flow.cli.demo.fields import IncidentReading
from pydantic_flow.cli.demo.frame import frame
from pydantic_flow.cli.demo.play import cut

from .running import COMMAND, HIDE_CURSOR, in_a_pipe, on_a_terminal, once


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
    seen = on_a_terminal("demo", "--fast", columns=columns)
    assert seen.code == 0
    assert HIDE_CURSOR in seen.output and seen.cursor_is_back
    assert "validated: Incident(" in seen.last


# People who want no colour get lines, by the variable or by the option.
@pytest.mark.parametrize(
    ("args", "env"), [([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"}), (["--plain"], {})], ids=str
)
def test_a_terminal_that_wants_lines_gets_lines(args: list[str], env: dict[str, str]) -> None:
    seen = on_a_terminal("demo", "--fast", *args, **env)
    assert seen.code == 0
    assert "\x1b" not in seen.output


# Ctrl-C in the middle: 130, no traceback, the cursor is there.
def test_ctrl_c_leaves_a_clean_terminal() -> None:
    seen = on_a_terminal("demo", meanwhile=once("repairs", SIGINT))
    assert seen.code == 130
    assert "Traceback" not in seen.output
    assert seen.cursor_is_back


# `| head -1`: the reader leaves, nobody complains.
def test_a_closed_pipe_ends_the_demo_quietly() -> None:
    process = subprocess.Popen([*COMMAND, "demo", "--fast"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


# A frame fits into the window's height, and its own stays, so that nothing jumps.
@pytest.mark.parametrize(
    ("columns", "lines"), [(80, 24), (40, 24), (40, 18), (200, 60), (80, 16), (80, 12), (40, 6), (20, 3)]
)
def test_a_frame_fits_the_window(columns: int, lines: int) -> None:
    reading = IncidentReading()
    heights = set()
    for chunk in cut(ANSWER, seed=1):
        reading.feed(chunk)
        drawn = frame(reading, columns, lines)
        heights.add(len(drawn))
    assert len(heights) == 1
    assert max(heights) < lines


# Answers are compared before times count: the measurement refuses a reader that reads something else.
def test_the_clean_run_compares_what_was_read() -> None:
    reading = IncidentReading()
    reading.feed(ANSWER)
    reading.finish()
    incident = reading.result
    assert clean_run(incident).chunks > 10_000
    other = incident.model_copy(update={"minutes_down": "41"})
    with (
        pytest.warns(UserWarning, match="serialized value"),
        pytest.raises(ValueError, match="something else"),
    ):
        clean_run(other)
