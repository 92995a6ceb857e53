"""A short look at any value, for events that must stay small.

Coming in: any object. Going out: text of at most ``LENGTH`` characters, or None for None.
Decided elsewhere: where it is shown.
"""

from reprlib import Repr
from typing import Any

LENGTH = 200

_SHORT = Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 3, LENGTH, LENGTH
_SHORT.maxdict = _SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxset = _SHORT.maxfrozenset = 8


def preview(value: Any) -> str | None:
    """The beginning of a text, or of how a value shows itself.

    >>> preview("a" * 300)[-5:], preview([1, 2]), preview(None)
    ('aaaa…', '[1, 2]', None)
    """
    if value is None:
        return None
    text = value if isinstance(value, str) else _SHORT.repr(value)
    return text if len(text) <= LENGTH else text[: LENGTH - 1] + "…"
