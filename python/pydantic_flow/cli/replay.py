"""``pydantic-flow replay``: a recorded run, shown as it was.

Coming in: a file. Going out: what was to be seen of the run, and its result.
Decided elsewhere: how recordings are read (``recording``), how runs are shown (``playing.py``).
"""

import sys
from collections.abc import Iterator

from ..errors import EventError
from ..flow.board import Board
from ..recording import Recording, replay_stream
from ..streaming.item import ProgressItem
from .ending import Code, Stop, complain
from .excerpt import reason
from .playing import play, print_result, view


def replay(file: str, *, pace: float, plain: bool, events: bool) -> int:
    """Show a recording.

    Args:
        file: its name, ``-`` for stdin.
        pace: 0 for at once, 1 for as fast as recorded, 0.5 for twice as fast.
        plain: lines even on a terminal.
        events: write NDJSON events, and nothing else, on stdout.

    Raises:
        Stop: there is no such file, or no recording in it.
    """
    if file != "-":
        _check(file)
    recording = Recording(sys.stdin.buffer if file == "-" else file, on_damage="stop")
    counted = _Counted(recording)
    shown = view(sys.stdout, plain=plain, events=events, speed=1 / pace if pace else 0.0)
    try:
        play(replay_stream(counted, pace=pace), shown)
    except EventError as error:  # changes that do not fit each other
        complain(f"{file}: event {counted.count}: {reason(error)}")
        return Code.NOT_WHOLE
    return _ended(file, recording, counted.count, shown.board, events)


def _ended(file: str, recording: Recording, count: int, board: Board, events: bool) -> int:
    damage = recording.damage
    if damage is not None and not count:
        raise Stop(f"{file}: {damage}", Code.UNREADABLE)
    if not count:
        raise Stop(f"{file}: there are no events in it", Code.UNREADABLE)
    if board.success and not events:
        print_result(board.result)
    if damage is not None:
        complain(f"{file}: {damage}")
    elif not recording.whole:
        complain(f"{file}: the recording stops before the end of the run")
    return Code.FINE if recording.whole and board.success is not False else Code.NOT_WHOLE


def _check(file: str) -> None:
    try:
        with open(file, "rb"):
            pass
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}") from None


class _Counted:
    """The events of a recording, counted."""

    def __init__(self, recording: Recording) -> None:
        self.count = 0
        self._recording = recording

    def __iter__(self) -> Iterator[ProgressItem]:
        for item in self._recording:
            self.count += 1
            yield item
