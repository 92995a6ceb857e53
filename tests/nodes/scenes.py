"""What the tests of this room share: models of data, agents over scripted models, ways to read a stream."""

from typing import Any

from pydantic import BaseModel, Field, SecretStr
from pydantic_ai import Agent

from pydantic_flow.streaming import ProgressItem, StreamEnd
from pydantic_flow.testing import Output, ScriptedModel, assert_grammar


class Query(BaseModel):
    question: str


class Answer(BaseModel):
    summary: str
    confidence: float


class Account(BaseModel):
    """Everything in it that should not be seen is 'hunter2'."""

    user: str
    password: str
    api_key: str
    pin: SecretStr
    note: str = Field(repr=False)
    hidden: str = Field(exclude=True)


ACCOUNT = Account(user="ada", **dict.fromkeys(("password", "api_key", "pin", "note", "hidden"), "hunter2"))
ANSWER = ['{"summary": "Bri', 'ef", "confid', 'ence": 0.5', "}"]


def writer(*pieces: Any) -> Agent[Any, str]:
    """An agent that says this, each time."""
    return Agent(ScriptedModel(list(pieces)))


def answering(*answers: list[str]) -> Agent[Any, Answer]:
    """An agent that gives these answers, as structured output, one after the other."""
    model = ScriptedModel(*([Output(answer)] for answer in answers or [ANSWER]))
    return Agent(model, output_type=Answer)


async def read(stream: Any) -> list[Any]:
    """All events, in an order that is right."""
    events = [event async for event in stream]
    assert_grammar(events)
    return events


async def read_to_error(stream: Any) -> tuple[list[Any], Exception]:
    """All events of a run that fails, and its exception."""
    events: list[ProgressItem] = []
    try:
        async for event in stream:
            events.append(event)
    except Exception as error:
        assert_grammar(events)
        return events, error
    raise AssertionError("it did not fail")


def kinds(events: list[Any]) -> list[str]:
    """The types of events, those in a row once."""
    found: list[str] = []
    for event in events:
        if not found or found[-1] != event.type.value:
            found.append(event.type.value)
    return found


def end_of(events: list[Any]) -> StreamEnd:
    assert isinstance(events[-1], StreamEnd)
    return events[-1]
