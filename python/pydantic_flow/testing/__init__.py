"""For tests of code that streams: texts cut in pieces, models that say what a script says, streams replayed.

Coming in: scripts and recordings. Going out: names only; each is explained where it is defined. The
models need the extra ``agents``; the rest does not.
Decided elsewhere: what is tested.
"""

from typing import TYPE_CHECKING, Any

from ..recording import replay_stream
from .checking import assert_grammar, checked
from .pieces import arriving, cuts, pieces, random_pieces
from .replaying import speech_of
from .script import Answer, Call, Fail, Output, Think, Wait

if TYPE_CHECKING:
    from .models import ScriptedModel, replay_model

__all__ = [
    "Answer",
    "Call",
    "Fail",
    "Output",
    "ScriptedModel",
    "Think",
    "Wait",
    "arriving",
    "assert_grammar",
    "checked",
    "cuts",
    "pieces",
    "random_pieces",
    "replay_model",
    "replay_stream",
    "speech_of",
]


def __getattr__(name: str) -> Any:
    # Importing pydantic-ai takes a second, and cutting a text does not need it.
    if name in ("ScriptedModel", "replay_model"):
        from . import models

        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
