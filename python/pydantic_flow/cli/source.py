"""The text, as it comes: from a file, a file that grows, or a pipe.

Coming in: a name from the command line.
Going out: bytes as soon as they are there, and an empty chunk where nothing came for a moment.
Decided elsewhere: what is in them (``reading.py``).
"""

import os
import select
import signal
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from stat import S_ISREG
from time import monotonic, sleep
from types import FrameType

from .ending import Code, Stop
from .lines import FRAME_SECONDS

CHUNK = 65_536
BEGINNING = 8_000
IDLE_SECONDS = 1.0
_MARKS = {
    BOM_UTF32_LE: "UTF-32, not UTF-8",  # first: it begins with the mark of UTF-16
    BOM_UTF32_BE: "UTF-32, not UTF-8",
    BOM_UTF16_LE: "UTF-16, not UTF-8",
    BOM_UTF16_BE: "UTF-16, not UTF-8",
    b"": "binary data, not text",
}


class Source:
    """An open text.

    Attributes:
        name: its name for people.
        typed: whether a person types it.
    """

    def __init__(self, name: str, fd: int) -> None:
        self.name = name
        self.typed = os.isatty(fd)
        self._fd = fd
        self._is_file = S_ISREG(os.fstat(fd).st_mode)
        self._seen = 0
        self._stopped = False

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """To the end of the file or pipe.

        Raises:
            Stop: it cannot be read.
        """
        while (chunk := self._next()) is not None:
            yield chunk

    def followed(self, done: Callable[[], bool]) -> Iterator[bytes]:
        """On behind the end of a file, until Ctrl-C, or until ``done()`` and nothing came for a second.

        Raises:
            Stop: it cannot be read, or became shorter.
        """
        heard = monotonic()
        with self._stopped_by_ctrl_c():
            while not self._stopped:
                chunk = self._next()
                if chunk is None and not self._is_file:
                    return
                if chunk:
                    heard = monotonic()
                elif done() and monotonic() - heard >= IDLE_SECONDS:
                    return
                elif chunk is None:
                    self._wait_for_more()
                yield chunk or b""

    def _next(self) -> bytes | None:
        """The next bytes; none if nothing came for a moment; None at the end."""
        try:
            if not _is_ready(self._fd):
                return b""
            return self._text(os.read(self._fd, CHUNK)) or None
        except OSError as error:
            raise Stop(f"{self.name}: {error.strerror}") from None

    def _text(self, chunk: bytes) -> bytes:
        """The chunk, if it can be text: a NUL near the beginning is what tells binary data, as git has it."""
        if self._seen < BEGINNING and b"\0" in chunk[: BEGINNING - self._seen]:
            what = next(what for mark, what in _MARKS.items() if chunk.startswith(mark))
            raise Stop(f"{self.name}: {what}", Code.UNREADABLE)
        self._seen += len(chunk)
        return chunk

    def _wait_for_more(self) -> None:
        if os.fstat(self._fd).st_size < os.lseek(self._fd, 0, os.SEEK_CUR):
            raise Stop(f"{self.name}: became shorter while it was followed")
        sleep(FRAME_SECONDS)

    @contextmanager
    def _stopped_by_ctrl_c(self) -> Iterator[None]:
        """Ctrl-C ends the text as its writer would; a second one ends the command."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self._stopped = True
            signal.signal(signal.SIGINT, before)

        before = signal.signal(signal.SIGINT, stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


@contextmanager
def opened(name: str) -> Iterator[Source]:
    """Open a file by its name, or stdin as ``-``.

    Raises:
        Stop: there is none, or it may not be read.
    """
    stdin = name == "-"
    try:
        fd = 0 if stdin else os.open(name, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        source = Source("<stdin>" if stdin else name, fd)
    except OSError as error:
        raise Stop(f"{name}: {error.strerror}") from None
    try:
        yield source
    finally:
        if not stdin:
            os.close(fd)


def _is_ready(fd: int) -> bool:
    """Whether reading would not wait; asks for the time of a frame at most."""
    if sys.platform == "win32":  # which can only ask this of sockets
        return True
    return bool(select.select([fd], [], [], FRAME_SECONDS)[0])
