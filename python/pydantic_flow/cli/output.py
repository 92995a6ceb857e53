"""JSON on stdout.

Coming in: JSON text as UTF-8.
Going out: the same bytes into a pipe or file; on a terminal, text that does not act on it.
Decided elsewhere: what is written (``parse.py``, ``repair.py``).
"""

import sys

from .excerpt import harmless


def write(text: bytes) -> None:
    """Write a whole JSON text.

    Raises:
        BrokenPipeError: nobody reads.
    """
    if sys.stdout.isatty():
        sys.stdout.write(harmless(text.decode()))
    else:
        sys.stdout.buffer.write(text)
    sys.stdout.flush()
