"""How much comes in and how fast.

Coming in: counts and the time, from a clock that the caller reads.
Going out: numbers, and numbers as people write them.
Decided elsewhere: where they stand (``watch.py``).
"""

from collections import deque

WINDOW = 2.0


class Meter:
    """The rate of the last two seconds; of the whole time, if that was shorter.

    >>> meter = Meter(now=10.0)
    >>> meter.count(500, now=10.5)
    >>> meter.rate(now=11.0), meter.elapsed(now=11.0)
    (500.0, 1.0)
    """

    def __init__(self, now: float) -> None:
        self._begin = now
        self._marks = deque([(now, 0)])

    def count(self, total: int, now: float) -> None:
        """So much has come in all."""
        self._marks.append((now, total))
        while now - self._marks[1][0] >= WINDOW:
            self._marks.popleft()

    def rate(self, now: float) -> float:
        """Per second."""
        then, before = self._marks[0]
        _, total = self._marks[-1]
        return (total - before) / max(now - then, 1e-3)

    def elapsed(self, now: float) -> float:
        """Seconds since the beginning."""
        return now - self._begin


def amount(size: float) -> str:
    """Bytes in the unit that people would say.

    >>> amount(310), amount(12_345), amount(8_577_780)
    ('310 B', '12.3 kB', '8.6 MB')
    """
    for limit, unit in ((1e6, "kB"), (1e9, "MB"), (1e12, "GB")):
        if size < 1e3:
            break
        if size < limit:
            return f"{size / limit * 1e3:.1f} {unit}"
    return f"{size:.0f} B"
