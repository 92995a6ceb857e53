"""Lines and columns in a text that is still coming.

Coming in: the text as it comes, and offsets in bytes.
Going out: line and column, both from 1, columns in characters: as ``JsonError.position`` has them.
Decided elsewhere: what is at those places (``reading.py``, ``repair.py``).
"""

BLOCK = 4096
_CONTINUATION = bytes(range(0x80, 0xC0))  # every byte of a UTF-8 character but its first


class Places:
    r"""Answers for many offsets: each reads one block of the text, however long the text is.

    >>> places = Places()
    >>> places.feed('{"ä"\n: }'.encode())
    >>> places.at(4), places.at(7)
    ((1, 4), (2, 2))
    """

    def __init__(self) -> None:
        self._text = bytearray()
        self._marks = [(1, 1)]  # the place where each block begins, as far as anybody asked

    def feed(self, data: bytes) -> None:
        """Take the next piece of the text."""
        self._text += data

    def at(self, offset: int) -> tuple[int, int]:
        """Line and column of a byte; of the end of the text for what lies behind it."""
        offset = min(offset, len(self._text))
        block = offset // BLOCK
        for number in range(len(self._marks) - 1, block):
            start = number * BLOCK
            self._marks.append(_after(self._marks[number], self._text[start : start + BLOCK]))
        return _after(self._marks[block], self._text[block * BLOCK : offset])


def _after(place: tuple[int, int], text: bytearray) -> tuple[int, int]:
    """The place that a text leads to from another place."""
    line, column = place
    if newlines := text.count(b"\n"):
        line, column = line + newlines, 1
        text = text[text.rfind(b"\n") + 1 :]
    return line, column + len(text.translate(None, _CONTINUATION))
