"""How a failing node says so: with its name and the shape of what it was given, and no content of it.

Coming in: an exception. Going out: the same with a note, and the event that tells of it.
Decided elsewhere: when (``base.py``, ``wired.py``); what a user's own exception says is the user's.
"""

import asyncio

from pydantic import ValidationError

from ..errors import JsonError, NodeError
from ..streaming.events import NonFatalError
from .typed import without_values


def named(error: BaseException, where: str) -> Exception:
    """The exception with a note of where it happened.

    Raises:
        asyncio.CancelledError: who runs the node has cancelled it; that is no failure.
    """
    if isinstance(error, asyncio.CancelledError):
        if being_cancelled():
            raise error
        own = NodeError(f"{where}: something in it was cancelled, and not by who runs it")
        own.__cause__ = error
        return own
    assert isinstance(error, Exception)
    note = f"in {where}"
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    return error


def being_cancelled() -> bool:
    """Whether somebody outside has cancelled the task that runs."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def failure_of(error: Exception, where: str) -> NonFatalError:
    """The event before the end without success."""
    return NonFatalError(
        message=f"{where}: {said(error)}",
        kind=error.kind if isinstance(error, JsonError) else "exception",
        exception_type=type(error).__name__,
        recoverable=False,
    )


def said(error: BaseException) -> str:
    """What an exception says; of pydantic's without the values that it shows."""
    if isinstance(error, ValidationError):
        count = error.error_count()
        errors = "error" if count == 1 else "errors"
        return f"{count} validation {errors} for {error.title}: {without_values(error)}"
    if isinstance(error, KeyError):  # says the key and nothing else
        return f"KeyError: {error}"
    return str(error) or type(error).__name__
