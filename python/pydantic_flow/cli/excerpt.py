"""Values and texts cut to the room there is for them.

Coming in: any JSON value, or a text that grows; both may be of any size.
Going out: plain text that a terminal can show. The work is bounded by the room, not by the value.
Decided elsewhere: where it stands and in which colour (``outline.py``, ``watch.py``).
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any
from unicodedata import east_asian_width

from ..errors import Path

# What would move the cursor, change colours or turn the writing direction: control characters,
# line separators, bidirectional marks. A text from a model must not act on the terminal.
_CONTROLS = [
    *range(0x20),
    *range(0x7F, 0xA0),
    *(0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFFF9, 0xFFFC),
]
_SHOWN = dict.fromkeys(_CONTROLS, "\N{REPLACEMENT CHARACTER}") | {ord(blank): " " for blank in "\t\r\n"}
_ESCAPED = {code: f"\\u{code:04x}" for code in _CONTROLS if code >= 0x20}


def visible(text: str) -> str:
    r"""The text with nothing in it that acts on a terminal; as long as it was.

    >>> visible("a\tb\x1b[2J")
    'a b�[2J'
    """
    return text.translate(_SHOWN)


def harmless(json_text: str) -> str:
    r"""JSON text of the same value, with nothing in it that acts on a terminal.

    >>> harmless('"a\x9b2J"')
    '"a\\u009b2J"'
    """
    return json_text.translate(_ESCAPED)


def brief(value: Any, room: int) -> str:
    """A value as JSON in one line of at most ``room`` characters.

    >>> brief({"at": "14:02", "who": ["deploy bot"]}, 80)
    '{"at": "14:02", "who": ["deploy bot"]}'
    >>> brief(list(range(1000)), 12)
    '[0, 1, 2, 3…'
    """
    text = ""
    for piece in _pieces(value, room):
        text += piece
        if len(text) > room:
            return visible(text[: room - 1]) + "…"
    return visible(text)


def wrapped(text: str, width: int, most: int) -> list[str]:
    """The text in lines of at most ``width`` cells, with a sign where more than ``most`` would be needed.

    >>> wrapped("nothing leads to it", 11, 2), wrapped("nothing leads to it", 11, 1)
    (['nothing', 'leads to it'], ['nothing …'])
    """
    lines = [visible(text[start:end]) for start, end in islice(_wrapped(text, 0, width), most + 1)]
    return lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][: width - 2]} …"]


def reason(error: BaseException | str, longest: int = 160) -> str:
    """What an exception or its message says, in one line: the beginning, and the end if it is long.

    >>> reason(ValueError("no such thing\\nfor details, see elsewhere"))
    'no such thing'
    """
    text = visible(str(error).strip().partition("\n")[0]).partition(" (byte ")[0]
    return text if len(text) <= longest else f"{text[: longest // 2]}…{text[-longest // 2 :]}"


def one_line(error: BaseException) -> str:
    """An exception of somebody else's code: its name and what it says.

    >>> one_line(KeyError("x")), one_line(RuntimeError())
    ("KeyError: 'x'", 'RuntimeError')
    """
    return ": ".join(part for part in (type(error).__name__, reason(error)) if part)


def where(path: Path) -> str:
    """A path as people write one.

    >>> where(("actions", 2, "due date")), where(())
    ('actions[2]["due date"]', 'the whole value')
    """
    text = ""
    for step in path:
        if isinstance(step, str) and step.isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{brief(step, 60)}]"
    return text or "the whole value"


def _pieces(value: Any, room: int) -> Iterator[str]:
    match value:
        case str():
            yield json.dumps(value[: room + 1], ensure_ascii=False)
        case dict():
            yield "{"
            for number, (key, member) in enumerate(value.items()):
                yield (", " if number else "") + json.dumps(key[: room + 1], ensure_ascii=False) + ": "
                yield from _pieces(member, room)
            yield "}"
        case list():
            yield "["
            for number, item in enumerate(value):
                if number:
                    yield ", "
                yield from _pieces(item, room)
            yield "]"
        case _:
            yield json.dumps(value)


class Flow:
    r"""The end of a text that grows, in lines that stay where they are while it does.

    >>> flow = Flow()
    >>> flow.lines("the end of a text", width=10, count=2)
    ['the end of', 'a text']
    >>> flow.lines("the end of a text that\ngrows", width=10, count=2)
    ['that', 'grows']
    """

    def __init__(self) -> None:
        self._start = 0  # of the first line shown: wrapping begins there, so that lines do not jump

    def lines(self, text: str, *, width: int, count: int) -> list[str]:
        """The last lines, at most ``count``, none wider than ``width`` cells."""
        most = 4 * width * count  # more than that at once was not seen by anybody
        if len(text) - self._start > most or self._start > len(text):
            self._start = max(0, len(text) - width * count)
        spans = list(_wrapped(text, self._start, width))[-count:]
        self._start = spans[0][0]
        return [visible(text[start:end]) for start, end in spans]


def _wrapped(text: str, start: int, width: int) -> Iterator[tuple[int, int]]:
    """Beginning and end of each line, blanks at its end left out."""
    while True:
        end, following = _line_end(text, start, width)
        yield start, end
        if following is None:
            return
        start = following


def _line_end(text: str, start: int, width: int) -> tuple[int, int | None]:
    """Where the line that begins at ``start`` ends, and where the next one begins, if there is one."""
    room, blank = max(2, width), -1
    for place, character in enumerate(text[start : start + width + 1], start):
        if character == "\n":
            return place, place + 1
        room -= 2 if east_asian_width(character) in "WF" else 1
        if character == " ":
            blank = place
        elif room < 0:
            return (blank, blank + 1) if blank > start else (place, place)
    return (len(text), None) if start + width + 1 >= len(text) else (blank, blank + 1)
