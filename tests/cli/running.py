"""Runs the command as people do: in a pipe, on a terminal of its own, and looks at that terminal."""

import atexit
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from functools import cache
from pathlib import Path
from select import select
from socket import send_fds, socket, socketpair
from tempfile import TemporaryFile
from time import monotonic
from typing import NamedTuple
from unicodedata import east_asian_width

from pydantic_flow.cli.meter import amount

COMMAND = [sys.executable, "-c", "from pydantic_flow.cli.main import app; app()"]
SHOW_CURSOR, HIDE_CURSOR = "\x1b[?25h", "\x1b[?25l"
LINES = 24

# Writes a file piece by piece, as a model does: seconds in all, bytes at once.
PRINTER = """
import sys, time
_, file, seconds, size = sys.argv
text, size = open(file, "rb").read(), int(size)
for start in range(0, len(text), size):
    sys.stdout.buffer.write(text[start : start + size])
    sys.stdout.buffer.flush()
    time.sleep(float(seconds) * size / len(text))
"""


def clean_environment(**env: str) -> dict[str, str]:
    unset = {"NO_COLOR", "COLUMNS", "LINES", "FORCE_COLOR"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    return inherited | {"TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"} | env


# Starting Python and importing takes half a second, so one process has done both, and forks for each call.
STARTED = """
import contextlib, io, json, os, socket, sys
import jsonschema, pydantic_flow.cli.run, pydantic_flow.cli.replay
from pydantic_flow.cli.main import app
tests = socket.socket(fileno=int(sys.argv.pop()))
for command in ("parse", "repair"):  # imports whatever is imported late
    sys.argv[1:] = [command, os.devnull]
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        app()
while True:
    call, streams, *_ = socket.recv_fds(tests, 100_000, 3)
    if not call:
        break
    child = os.fork()
    if not child:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        arguments, folder = json.loads(call)
        sys.argv[1:] = arguments
        os.chdir(folder)
        try:
            app()
        except SystemExit as end:
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(end.code)  # an interpreter takes its time to end
    for stream in streams:
        os.close(stream)
    tests.sendall(bytes([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]))
"""


@cache
def started() -> socket:
    ours, theirs = socketpair()
    number = theirs.fileno()
    process = subprocess.Popen(
        [sys.executable, "-c", STARTED, str(number)], env=clean_environment(), pass_fds=[number]
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


class Done(NamedTuple):
    """How a call ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def in_a_pipe(*args: str, text: bytes = b"", cwd: Path | None = None) -> Done:
    """Run to the end, with nothing a terminal."""
    reading, writing = os.pipe()
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        call = json.dumps([args, os.fspath(cwd or Path.cwd())]).encode()
        send_fds(started(), [call], [reading, stdout.fileno(), stderr.fileno()])
        os.close(reading)
        with open(writing, "wb") as stdin, suppress(BrokenPipeError):
            stdin.write(text)
        [code] = started().recv(1)
        for stream in (stdout, stderr):
            stream.seek(0)
        return Done(code, stdout.read().decode(), stderr.read().decode())


def in_a_new_process(*launcher: str, text: bytes = b"", cwd: Path | None = None) -> Done:
    """The same, from the first instruction of the interpreter on."""
    done = subprocess.run(
        launcher, input=text, capture_output=True, cwd=cwd, env=clean_environment(), check=False
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def printing(file: Path, seconds: float, size: int) -> subprocess.Popen[bytes]:
    """A slow printer."""
    return subprocess.Popen(
        [sys.executable, "-c", PRINTER, file, str(seconds), str(size)], stdout=subprocess.PIPE
    )


@dataclass
class Seen:
    """What a terminal got, and how it ended."""

    code: int
    output: str
    screens: list[list[str]] = field(default_factory=list)

    @property
    def last(self) -> list[str]:
        return self.screens[-1]

    @property
    def cursor_is_back(self) -> bool:
        return self.output.rfind(SHOW_CURSOR) >= self.output.rfind(HIDE_CURSOR)


def piece_by_piece(text: str, size: int, *args: str, columns: int = 80, cwd: Path | None = None) -> "Seen":
    """Watch `parse` read from a pipe that gets the next piece when a frame tells that it has this one.

    The final JSON goes elsewhere: what is on the terminal is the view.
    """
    data = text.encode()
    pieces = [data[start : start + size] for start in range(0, len(data), size)][::-1]
    reading, writing = os.pipe()
    sent = 0

    def feed(process: subprocess.Popen[bytes], glass: "Glass") -> None:
        nonlocal sent
        if pieces and f" {amount(sent)} ·" in glass.lines()[-1]:
            sent += os.write(writing, pieces.pop())
            if not pieces:
                os.close(writing)

    with open(os.devnull, "wb") as nowhere:
        seen = on_a_terminal(
            "parse", *args, columns=columns, stdin=reading, stdout=nowhere.fileno(), cwd=cwd, meanwhile=feed
        )
    os.close(reading)
    return seen


def on_a_terminal(
    *args: str,
    columns: int = 80,
    stdin: int | None = None,
    stdout: int | None = None,
    meanwhile: Callable[[subprocess.Popen[bytes], "Glass"], object] = lambda process, glass: None,
    cwd: Path | None = None,
    launcher: list[str] = COMMAND,
    **env: str,
) -> Seen:
    """Run on a terminal, but for the streams given. ``meanwhile`` is called at every write."""
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    process = subprocess.Popen(
        [*launcher, *args],
        stdin=theirs if stdin is None else stdin,
        stdout=theirs if stdout is None else stdout,
        stderr=theirs,
        env=clean_environment(**env),
        cwd=cwd,
        process_group=0,
    )
    os.close(theirs)
    glass = Glass(columns)
    seen = Seen(-1, "")
    raw = b""
    while part := read(ours):
        raw += part
        text = raw.decode(errors="ignore")
        glass.write(text[len(seen.output) :])
        seen.output = text
        seen.screens.append(glass.lines())
        meanwhile(process, glass)
    os.close(ours)
    seen.code = process.wait(timeout=20)
    return seen


def read(terminal: int) -> bytes:
    """The next bytes; none when the other side has closed, which Linux calls an I/O error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait for a condition that another process brings about."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it never happened"
        select([], [], [], 0.01)


def once(text: str, signal: int) -> Callable[[subprocess.Popen[bytes], "Glass"], None]:
    """Send a signal when a text is seen, the first time."""
    waiting = [signal]

    def send(process: subprocess.Popen[bytes], glass: Glass) -> None:
        if waiting and any(text in line for line in glass.lines()):
            process.send_signal(waiting.pop())

    return send


class Glass:
    """A terminal: what its window and the lines that left it at the top look like.

    Knows what our output uses: newlines, returns, moving up, erasing, colours, and long lines that
    go on in the next one.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._rows: list[list[str]] = [[]]
        self._row = self._column = 0

    def lines(self) -> list[str]:
        """All lines but the empty ones at the end, without the blanks at their ends."""
        return "\n".join("".join(row).rstrip() for row in self._rows).rstrip("\n").split("\n")

    def write(self, text: str) -> None:
        for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b.|\r|\n|[^\x1b\r\n]", text, re.DOTALL):
            if piece.startswith("\x1b"):
                self._control(piece)
            elif piece == "\r":
                self._column = 0
            elif piece == "\n":
                self._down()
            else:
                self._put(piece)

    def _control(self, sequence: str) -> None:
        number = int(re.sub(r"\D", "", sequence) or "1")
        match sequence[-1]:
            case "A":
                self._row -= number
                top = max(0, len(self._rows) - LINES)
                assert self._row >= top, "the cursor left the window at its top"
            case "K":
                self._rows[self._row] = []
            case "m" | "h" | "l":
                pass
            case _:
                raise AssertionError(f"what is {sequence!r}?")

    def _put(self, character: str) -> None:
        cells = [character, ""] if east_asian_width(character) in "WF" else [character]
        if self._column + len(cells) > self._columns:
            self._down()
            self._column = 0
        row = self._rows[self._row]
        row.extend(" " * (self._column + len(cells) - len(row)))
        row[self._column : self._column + len(cells)] = cells
        self._column += len(cells)

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append([])
