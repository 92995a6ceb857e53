"""What the model said in a recorded run.

Coming in: the events of a run, read back from JSON or collected. Going out: the script of what the model
said.
Decided elsewhere: the events themselves, again (``recording``).
"""

from collections.abc import Iterable

from ..streaming.events import PartialFields, Progress, Retract, TokenChunk
from ..streaming.item import ProgressItem
from ..streaming.tools import ToolArgProgress, ToolCall
from .script import Call, Output, Step, Think, Wait


def speech_of(events: Iterable[ProgressItem], pace: float = 0.0) -> list[list[Step]]:
    """What the model said in a recorded run of an agent: the steps of each of its answers.

    >>> speech_of([TokenChunk(text="a"), TokenChunk(text="b"), Progress(iteration=1)])
    [['a', 'b']]
    """
    answers: list[list[Step]] = []
    answer = _Answer()
    before: int | None = None
    listed = list(events)
    for item, follows in zip(listed, [*listed[1:], None], strict=True):
        if isinstance(item, Retract | Progress):
            answers += [answer.steps] if answer.steps else []
            answer = _Answer()
        elif isinstance(item, TokenChunk | ToolCall | ToolArgProgress):
            if pace and before is not None and item.t_us > before:
                answer.wait(item, (item.t_us - before) * pace / 1e6)
            before = item.t_us
            answer.say(item, follows)
    return answers + ([answer.steps] if answer.steps else [])


class _Answer:
    """The steps of one answer, as they are found."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._calls: dict[str, int] = {}
        self._structured = False
        self._output = 0

    def say(self, item: TokenChunk | ToolCall | ToolArgProgress, follows: ProgressItem | None) -> None:
        match item:
            case ToolCall():
                self._calls[item.call_id] = len(self.steps)
                self.steps.append(Call(item.tool_name, (), item.call_id))
            case ToolArgProgress():
                self._piece(self._calls[item.call_id], item.delta)
            case TokenChunk(channel="thinking"):
                self.steps.append(Think(item.text))
            case _ if self._structured:
                self._piece(self._output, item.text)
            case _ if isinstance(follows, PartialFields):  # from here on it is structured output
                self._structured = True
                self._output = len(self.steps)
                self.steps.append(Output((item.text,)))
            case _:
                self.steps.append(item.text)

    def wait(self, item: TokenChunk | ToolCall | ToolArgProgress, seconds: float) -> None:
        if isinstance(item, ToolArgProgress):
            self._piece(self._calls[item.call_id], Wait(seconds))
        elif isinstance(item, TokenChunk) and item.channel == "answer" and self._structured:
            self._piece(self._output, Wait(seconds))
        else:
            self.steps.append(Wait(seconds))

    def _piece(self, place: int, piece: str | Wait) -> None:
        step = self.steps[place]
        assert isinstance(step, Call | Output)
        self.steps[place] = step._replace(pieces=(*step.pieces, piece))
