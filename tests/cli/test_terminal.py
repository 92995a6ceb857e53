"""`pydantic-flow parse` on a terminal: what a person sees at 80 and 40 columns, and what is left behind."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from signal import SIGCONT, SIGINT, SIGTERM, SIGTSTP
from time import monotonic
from typing import Any

import pytest

from pydantic_flow.cli.demo.answer import ANSWER
from pydantic_flow.cli.lines import Line
from pydantic_flow.cli.reading import Reading
from pydantic_flow.cli.watch import Watch
from pydantic_flow.streaming import StreamingParser

from .running import (
    COMMAND,
    HIDE_CURSOR,
    LINES,
    SHOW_CURSOR,
    Glass,
    on_a_terminal,
    once,
    piece_by_piece,
    printing,
)

LONG = json.dumps({"id": 7, "text": "One word after the other, until the line is full. " * 8, "end": [1, 2]})
NESTED = json.dumps({"meta": {"v": 1}, "rows": [{"n": number, "s": "x" * 9} for number in range(60)], "z": 0})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "text.json"
    file.write_text(ANSWER)
    return file


# The whole of it at both widths: fields ticked once and in order, repairs with places, a footer.
@pytest.mark.parametrize("columns", [80, 40])
def test_the_answer_is_seen_growing(columns: int) -> None:
    seen = piece_by_piece(ANSWER, 180, columns=columns)
    assert seen.code == 0 and seen.cursor_is_back
    last = seen.last
    ticked = [line.split()[1].rstrip(":") for line in last if line.startswith("✓")]
    assert ticked == [
        *("title", "severity", "started", "minutes_down", "customer_facing", "summary"),
        *("services", "timeline", "root_cause", "actions"),
    ]
    assert "! 7:1 fence: a code fence was removed" in last
    assert sum(line.startswith("! ") for line in last) == 24
    assert last[-1].startswith("  done · 1.8 kB · 24 repairs · ")
    assert not any("▸" in line for line in last), "nothing is open at the end"
    growing = [line for screen in seen.screens for line in screen if line.startswith("▸")]
    assert any("summary" in line for line in growing)
    assert any("▌" in line for screen in seen.screens for line in screen)
    assert all(len(line) <= columns for screen in seen.screens for line in screen)


# What has been printed stays: lines that left the frame are never written again.
def test_finished_lines_are_printed_once_and_stay() -> None:
    screens = piece_by_piece(ANSWER, 240).screens
    finished = [[line for line in screen if line.startswith(("✓", "!"))] for screen in screens]
    for earlier, later in pairwise(finished):
        assert later[: len(earlier)] == earlier


# What does not fit the model is told while the rest comes, and is not called a repair.
def test_a_misfit_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        "from pydantic import BaseModel\nclass A(BaseModel):\n    a: int\n    b: str\n"
    )
    model = "models:A"
    seen = piece_by_piece('{"a": "x", "b": "and so on, and so on"}', 8, "--model", model, cwd=tmp_path)
    growing = [screen for screen in seen.screens if any(line.startswith("▸ b: and so") for line in screen)]
    assert any(line.startswith("! a validation: Input should be") for line in growing[0])
    assert any("0 repairs · 1 problem" in line for screen in growing for line in screen)
    assert seen.code == 3 and "pydantic-flow: <stdin>: does not fit models:A: 1 problem" in seen.last


# A text flows over several lines, which stay where they are while it grows.
def test_a_growing_text_shows_its_last_lines() -> None:
    seen = piece_by_piece(LONG, 80)
    flowing = [screen for screen in seen.screens if "▸ text:" in screen]
    assert flowing
    heights = {len(screen) - screen.index("▸ text:") for screen in flowing}
    assert max(heights) <= 8
    assert any(line.startswith("  One word after the other, until") for screen in flowing for line in screen)
    assert seen.last[0] == "✓ id: 7"
    assert seen.last[1].startswith('✓ text: "One word after the other') and seen.last[1].endswith("…")


# A flood in one moment is cut to the window; the count says how much was left out.
def test_a_flood_is_counted() -> None:
    seen = piece_by_piece(json.dumps(list(range(5000))), 30_000)
    assert len(seen.last) < 3 * LINES
    assert any(line.startswith("  … ") and line.endswith(" more") for line in seen.last)
    assert seen.last[-2] == "✓ [4999] 4999"


# However many chunks come, there are at most 15 frames a second, and a last one.
def test_frames_are_few(file: Path) -> None:
    begin = monotonic()
    with printing(file, seconds=0.6, size=4) as printer:
        assert printer.stdout is not None
        seen = on_a_terminal("parse", stdin=printer.stdout.fileno())
    facts = seen.output.count(" kB · ") + seen.output.count(" B · ")
    assert 2 < facts <= 2 * (15 * (monotonic() - begin) + 2)  # with lines above it, a frame is written twice


# A frame fits into any window, so that nothing is redrawn but itself.
@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (40, 10), (20, 6), (9, 5), (200, 60)])
def test_a_frame_fits_into_any_window(columns: int, lines: int) -> None:
    reading = Reading(StreamingParser(Any))
    window = Window(columns, lines)
    watch = Watch(reading, window)
    for text in (ANSWER, LONG, NESTED):
        for start in range(0, len(text), 9):
            reading.feed(text[start : start + 9])
            watch._draw("")
    assert max(window.heights) < lines
    assert window.heights


class Window:
    """A surface that only counts."""

    keeps_all = False

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.heights: set[int] = set()

    def draw(self, frame: Sequence[Line], above: Iterable[Line] = ()) -> None:
        self.heights.add(len(frame))
        assert len(list(above)) <= 3 * self.height + 3

    def close(self) -> None: ...

    def say(self, lines: Iterable[Line]) -> None: ...


# When everything is on the terminal, the JSON stands below the view, pretty, and is the last thing.
def test_the_final_json_stands_below(file: Path) -> None:
    seen = on_a_terminal("parse", file.name, cwd=file.parent)
    lines = seen.last
    footer = next(number for number, line in enumerate(lines) if line.startswith("  done · "))
    value = json.loads("".join(line.ljust(80) if len(line) > 78 else line for line in lines[footer + 1 :]))
    assert value["severity"] == "sev1"
    assert lines[footer + 1 : footer + 3] == ["{", '  "title": "Empty baskets in the EU shop",']


# What stands in a text does not act on the terminal: no colours, no clearing, no other direction.
def test_a_text_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "text.json"
    evil = "\x1b[2J\x9b2J\u202e\x07"
    file.write_text(json.dumps({evil: evil, "b": [evil]}, ensure_ascii=False) + "\n")
    seen = on_a_terminal("parse", file.name, cwd=tmp_path)
    for character in ("\x1b[2J", "\x9b", "\u202e", "\x07"):
        assert character not in seen.output
    final = json.loads("".join(seen.last[seen.last.index("{") :]))
    assert final == {evil: evil, "b": [evil]}


# The events, too, when a person looks at them: the same JSON, with its controls escaped.
def test_events_cannot_act_on_the_terminal(tmp_path: Path) -> None:
    file = tmp_path / "odd.json"
    file.write_text('{"a": "\x9b2J \u202e \x7f"}')
    seen = on_a_terminal("parse", "--json", str(file))
    assert seen.code == 0
    assert not set(seen.output) & set("\x9b\u202e\x7f\x1b")
    assert '"\\u009b2J \\u202e \\u007f"' in seen.output.replace("\r\n", "")


# Wide characters take two cells, and lines still fit.
def test_wide_characters_fit() -> None:
    text = json.dumps({"題": "流れる文字。" * 60, "b": 1}, ensure_ascii=False)
    seen = piece_by_piece(text, 250, columns=40)
    assert any("▌" in line for screen in seen.screens for line in screen)
    assert seen.last[0].startswith('✓ 題: "流れる文字。') and seen.last[0].endswith("…")
    assert len(seen.last) == 3


# People who want no colour get plain lines.
@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_a_terminal_that_wants_lines_gets_lines(file: Path, env: dict[str, str]) -> None:
    seen = on_a_terminal("parse", file.name, cwd=file.parent, **env)
    assert seen.code == 0
    assert "\x1b" not in seen.output
    assert '✓ severity: "sev1"' in seen.last


# At a terminal without a file: say that it waits for text, and how to end it.
def test_typing_is_possible() -> None:
    typed: list[bytes] = []

    def type_in(process: subprocess.Popen[bytes], glass: object) -> None:
        if not typed:
            typed.append(b"{'a': 1}\n\x04")
            os.write(keyboard, typed[0])

    import pty

    keyboard, stdin = pty.openpty()
    seen = on_a_terminal("parse", stdin=stdin, meanwhile=type_in)
    os.close(stdin)
    os.close(keyboard)
    assert seen.code == 0
    assert seen.last[0] == "reading what you type; Ctrl-D on an empty line ends it"
    assert "✓ a: 1" in seen.last
    assert seen.last[-3:] == ["{", '  "a": 1', "}"]


# Ctrl-C, kill: the codes of the shell, no traceback, no result, the cursor is there, the view stays.
@pytest.mark.parametrize(("signal", "code"), [(SIGINT, 130), (SIGTERM, 143)])
def test_an_interrupted_reading_leaves_a_clean_terminal(signal: int, code: int) -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"a": 1, "b": "half a te')
    seen = on_a_terminal("parse", stdin=reading, meanwhile=once("▸ b: half a te", signal))
    os.close(reading)
    os.close(writing)
    assert seen.code == code
    assert "Traceback" not in seen.output and seen.cursor_is_back
    assert not any(line.startswith("{") for line in seen.last)
    assert seen.last[:2] == ["✓ a: 1", "▸ b: half a te▌"]


# Ctrl-Z and fg: the shell has the cursor meanwhile; the old frame stands, and the view goes on below.
def test_a_suspended_reading_leaves_a_clean_terminal() -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"a": 1, "b": "half a te')
    stops: list[int] = []

    def suspend(process: subprocess.Popen[bytes], glass: Glass) -> None:
        if not stops and any("▸ b: half a te" in line for line in glass.lines()):
            process.send_signal(SIGTSTP)
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            stops.append(status)
            process.send_signal(SIGCONT)
            os.write(writing, b'xt"}')
            os.close(writing)

    seen = on_a_terminal("parse", stdin=reading, meanwhile=suspend)
    os.close(reading)
    assert os.WIFSTOPPED(stops[0])
    *_, after = seen.output.partition("half a te")
    assert after.index(SHOW_CURSOR) < after.index(HIDE_CURSOR)
    assert seen.code == 0 and seen.cursor_is_back
    assert "▸ b: half a te▌" in seen.last and '✓ b: "half a text"' in seen.last


# A broken stdout while the view is drawn: 141, and the cursor is there.
def test_a_closed_pipe_leaves_a_clean_terminal(file: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    seen = on_a_terminal("parse", file.name, cwd=file.parent, stdout=writing)
    os.close(writing)
    assert seen.code == 141
    assert "Traceback" not in seen.output and "Broken" not in seen.output and seen.cursor_is_back


# The same with an error at the end: the line that says so is the last.
def test_an_error_is_the_last_line(tmp_path: Path) -> None:
    (tmp_path / "text.json").write_text('{"a": "cut')
    seen = on_a_terminal("parse", "text.json", cwd=tmp_path)
    assert seen.code == 1 and seen.cursor_is_back
    assert seen.last[-1] == "pydantic-flow: text.json:1:11: the text ended in the middle of a value (at a)"


# Without rich a terminal cannot be drawn on: one line says what to install.
def test_a_missing_extra_is_one_clear_line(file: Path) -> None:
    code = f"import sys; sys.modules['rich'] = None; {COMMAND[2]}"
    seen = on_a_terminal("parse", file.name, cwd=file.parent, launcher=[sys.executable, "-c", code])
    assert seen.code == 2
    assert (
        "".join(seen.last)
        == 'pydantic-flow: The command line needs an extra: pip install "pydantic-flow[cli]"'
    )
