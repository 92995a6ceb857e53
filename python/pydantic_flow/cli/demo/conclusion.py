"""What the demo says at its end: the validated model, and what reading it took.

Coming in: a finished reading and the measurements.
Going out: lines of plain text, the tables at most 40 columns wide.
Decided elsewhere: colours and cropping (``play.py``).
"""

from collections.abc import Iterator

from ...streaming.preview import counted
from .answer import Incident
from .cost import BrokenRun, CleanRun
from .fields import IncidentReading


def conclusion(
    incident: Incident, reading: IncidentReading, broken: BrokenRun, clean: CleanRun
) -> Iterator[str]:
    """The closing text, line by line."""
    yield "validated: Incident("
    for name, value in incident:
        yield f"  {name}={value!r}"
    yield ")"
    yield ""
    yield f"This answer: {len(reading.text.encode()):,} bytes in {counted(reading.chunks, 'chunk')}"
    yield _columns("", "had a value", "a chunk")
    yield _columns("StreamingParser", f"{reading.shown}/{reading.chunks}", _time(broken.ours_ns))
    yield _columns("json.loads", f"{broken.loads}/{reading.chunks}", "-")
    yield _columns("from_json, partial", f"{broken.from_json}/{reading.chunks}", "-")
    yield ""
    yield f"Clean JSON: {clean.size / 1000:.0f} kB in {counted(clean.chunks, 'chunk')}"
    yield _columns("", "a chunk", "in all")
    yield _columns("StreamingParser", _time(clean.ours_ns), _time(clean.ours_total_ns))
    yield _columns("from_json, partial", _time(clean.reparse_ns), f"~{_time(clean.reparse_total_ns)}")


def _columns(label: str, left: str, right: str) -> str:
    return f"{label:<18}{left:>12}{right:>10}"


def _time(ns: float) -> str:
    """Nanoseconds in the unit that people would say.

    >>> _time(2345), _time(4.2e9)
    ('2.3 µs', '4.2 s')
    """
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if ns < limit:
            return f"{ns * 1e3 / limit:.1f} {unit}"
    return f"{ns / 1e9:.1f} s"
