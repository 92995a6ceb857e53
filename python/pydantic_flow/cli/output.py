"""JSON on stdout.

Coming in: JSON text as UTF-8.
Going out: the same bytes into a pipe or file; on a terminal, text that does not act on it.
Decided elsewhere: what is written (``parse.py``, ``repair.py``, ``ndjson.py``).
"""

from typing import IO, TextIO

from .excerpt import harmless


def write(text: bytes, stream: TextIO) -> None:
    """Write a whole JSON text, or a line of them.

    Raises:
        BrokenPipeError: nobody reads.
    """
    if stream.isatty():
        text = harmless(text.decode()).encode(stream.encoding, "replace")
    write_all(stream.buffer, text)


def write_all(stream: IO[bytes], data: bytes) -> None:
    """Write every byte, now.

    With PYTHONUNBUFFERED a stream has no buffer, and one write may take only what fits into the pipe.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]
    stream.flush()
