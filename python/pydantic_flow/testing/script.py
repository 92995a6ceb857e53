"""What a model is to say, in words of one list.

Coming in: pieces of text. Going out: steps, in the order in which the model says them.
Decided elsewhere: how they are said (``models.py``).

A step is a ``str`` (a piece of text) or one of the following.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Think(NamedTuple):
    """A piece of thinking."""

    text: str


class Wait(NamedTuple):
    """Silence."""

    seconds: float


class Call(NamedTuple):
    """A tool call, its arguments as pieces of JSON text, with silences between them."""

    tool_name: str
    pieces: Sequence[str | Wait] = ("{}",)
    call_id: str = ""


class Output(NamedTuple):
    """The structured answer as pieces of JSON text, given as the agent asks for it: as a call, or as text."""

    pieces: Sequence[str | Wait]


class Fail(NamedTuple):
    """The connection breaks."""

    error: Exception


Step = str | Think | Call | Output | Wait | Fail
Answer = Sequence[Step]
"""One answer of a model."""
