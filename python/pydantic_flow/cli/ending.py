"""How a command ends: the exit codes, and the one line that says why.

Coming in: the work of a command.
Going out: an exit code; for what a person can put right, a line on stderr and never a traceback.
Decided elsewhere: which ending applies (``parse.py``, ``repair.py``), usage errors (typer).
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from types import FrameType
from typing import NoReturn

EXTRA = 'The command line needs an extra: pip install "pydantic-flow[cli]"'


class Code(IntEnum):
    """What scripts see; ``docs/cli.md`` explains each."""

    FINE = 0
    NOT_WHOLE = 1
    """``parse``: the text was cut short. ``repair --check``: there is something to repair."""
    CALL = 2
    """The call cannot be carried out: a wrong option, a missing file, a wrong model path, a full disk."""
    INVALID = 3
    """The value does not fit the model or the schema."""
    UNREADABLE = 4
    """There is no JSON in the text, or it crosses a limit."""
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


class Stop(Exception):
    """The command ends here, for a reason that takes one line.

    Args:
        reason: the line.
        code: the exit code.
    """

    def __init__(self, reason: str, code: Code = Code.CALL) -> None:
        super().__init__(reason)
        self.code = code


def ends(work: Callable[[], int]) -> int:
    """Do the work and return the exit code that its ending has.

    >>> ends(lambda: Code.FINE)
    <Code.FINE: 0>
    """
    # A terminated process gives the cursor back as well: `with` blocks end on SystemExit.
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        return work()
    except Stop as stop:
        complain(str(stop))
        return stop.code
    except KeyboardInterrupt:
        return Code.INTERRUPTED
    except BrokenPipeError:
        _forget_what_is_buffered()
        return Code.CLOSED_PIPE
    except OSError as error:  # on output: whoever reads or imports has turned theirs into a Stop
        with suppress(OSError):
            complain(f"the output cannot be written: {error.strerror}")
        _forget_what_is_buffered()
        return Code.CALL
    finally:
        signal.signal(signal.SIGTERM, before)


def complain(reason: str) -> None:
    """One line on stderr."""
    print(f"pydantic-flow: {reason}", file=sys.stderr)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(Code.TERMINATED)


def _forget_what_is_buffered() -> None:
    # It would raise again when the interpreter flushes at its exit.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
