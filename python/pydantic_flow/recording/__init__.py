"""Streams of events on disk: recorded while they run, read back, replayed.

Coming in: streams, files. Going out: names only; each is explained where it is defined.
Decided elsewhere: the events and how each stands in JSON (``streaming``), how they are shown (``cli``).
"""

from ..errors import RecordingError
from .playing import replay_stream
from .reading import Recording
from .writing import Recorder, record, recorded

__all__ = ["Recorder", "Recording", "RecordingError", "record", "recorded", "replay_stream"]
