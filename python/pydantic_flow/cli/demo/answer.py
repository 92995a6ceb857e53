"""The demo's material: a model's answer as such answers come, and the type it is meant to be.

Coming in: nothing.
Going out: ``ANSWER``, a text with the usual defects (``answer.txt``), and ``Incident``.
Decided elsewhere: how it is cut and played (``play.py``).
"""

from datetime import date, datetime, time
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel


class Step(BaseModel):
    """One line of the timeline."""

    at: time
    who: str
    what: str


class Cause(BaseModel):
    """Why it happened."""

    component: str
    trigger: str
    evidence: list[str]
    seen_before: date | None


class Action(BaseModel):
    """What is done about it."""

    task: str
    owner: str
    due: date
    done: bool


class Incident(BaseModel):
    """A report on an outage."""

    title: str
    severity: Literal["sev1", "sev2", "sev3"]
    started: datetime
    minutes_down: int
    customer_facing: bool
    summary: str
    services: list[str]
    timeline: list[Step]
    root_cause: Cause
    actions: list[Action]


# Wrong on purpose: thoughts and prose around it, a comment, quotes inside a string, Python's
# literals and quote marks, commas before closing brackets, and an object that is never closed.
ANSWER = files(__package__).joinpath("answer.txt").read_text(encoding="utf-8")
