"""JSON on stdout.

Coming in: JSON text as UTF-8.
Going out: the same bytes into a pipe or file; on a terminal, text that does not act on it.
Decided elsewhere: what is written (``parse.py``, ``repair.py``, ``ndjson.py``).
"""

import sys
from typing import IO

from .excerpt import harmless


def write(text: bytes) -> None:
    """Write a whole JSON text.

    Raises:
        BrokenPipeError: nobody reads.
    """
    if sys.stdout.isatty():
        text = harmless(text.decode()).encode(sys.stdout.encoding, "replace")
    write_all(sys.stdout.buffer, text)


def write_all(stream: IO[bytes], data: bytes) -> None:
    """Write every byte, now.

    With PYTHONUNBUFFERED a stream has no buffer, and one write may take only what fits into the pipe.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
    stream.flush()
