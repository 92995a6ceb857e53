"""The text of a stream, kept whole for pydantic's last word.

Coming in: chunks as they were received. Going out: one text, in the form it came in.
Decided elsewhere: everything about its content.
"""

from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any


class Received:
    """Collects chunks: ``write`` takes those of the first kind, ``mix`` what it refuses with ``TypeError``.

    Buffers and not a list: four characters cost four bytes here and sixty there.
    """

    def __init__(self) -> None:
        self._text = StringIO()
        self._data: BytesIO | None = None
        self.write: Callable[[Any], int] = self._text.write

    def mix(self, chunk: str | bytes) -> None:
        """Take a chunk of the other kind: from the first ``bytes`` on the text is kept as UTF-8."""
        if self._data is None:
            self._data = BytesIO()
            self._data.write(_utf8(self._text.getvalue()))
            self.write = self._data.write
        self._data.write(_utf8(chunk) if isinstance(chunk, str) else chunk)

    def whole(self) -> str | bytes:
        """All that was received; surrogate pairs that two chunks brought are one character."""
        if self._data is not None:
            return self._data.getvalue()
        text = self._text.getvalue()
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text


def _utf8(chunk: str) -> bytes:
    return chunk.encode("utf-8", "surrogatepass")
