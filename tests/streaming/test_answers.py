"""Whole answers of models, and not only bare JSON: reasoning, prose, fences, tags, several values."""

import pytest
from pydantic import BaseModel

from pydantic_flow.streaming import NonFatalError, PartialFields, Retract, StreamingParser, check_grammar

from .conftest import cuts, drain


class Trip(BaseModel):
    to: str
    days: list[int] = []


OSLO = Trip(to="Oslo", days=[1, 2])
JSON = '{"to": "Oslo", "days": [1, 2]}'

# What a model may write around the one object that was asked for.
ANSWERS: dict[str, str] = {
    "bare": JSON,
    "blanks": f"\n\n  {JSON}\n",
    "a byte order mark": f"\ufeff{JSON}",
    "prose before": f"Here is the trip you asked for: {JSON}",
    "prose after": f"{JSON}\n\nLet me know if anything is missing!",
    "a fence": f"```json\n{JSON}\n```",
    "a fence without a language": f"```\n{JSON}\n```",
    "prose around a fence": f"Sure!\n\n```json\n{JSON}\n```\nEnjoy Oslo.",
    "a fence that never closes": f"```json\n{JSON}",
    "reasoning": f"<think>They want days, maybe [3, 4]? No.</think>{JSON}",
    "reasoning with an object in it": f'<think>{{"to": "Rome"}} would be wrong.</think>\n{JSON}',
    "reasoning whose beginning was cut off": f'Maybe {{"to": "Rome", "days": [9]}}\n</think>\n{JSON}',
    "reasoning, prose and a fence": f"<thinking>hm</thinking>\nOf course:\n```json\n{JSON}\n```\n",
    "a tool call in tags": f"<tool_call>\n{JSON}\n</tool_call>",
    "a comment": f"// the trip\n{JSON}",
    "quotes of another kind": "{'to': 'Oslo', 'days': [1, 2]}",
    "no quotes": "{to: Oslo, days: [1, 2]}",
    "commas at the ends": '{"to": "Oslo", "days": [1, 2,],}',
    "a missing comma": '{"to": "Oslo" "days": [1, 2]}',
    "no closers": '{"to": "Oslo", "days": [1, 2 ',
}


# The model is found and validated, wherever the answer is cut; nothing raises, and every event is in order.
@pytest.mark.parametrize("name", ANSWERS)
def test_the_answer_is_found_at_every_cut(name: str) -> None:
    for chunks in cuts(ANSWERS[name]):
        items, error = drain(StreamingParser(Trip).stream_parse(chunks))
        assert (error, items[-1]) == (None, OSLO)
        check_grammar(items, bare=True)


# What was shown and not withdrawn is the answer: before the end there is nothing of the reasoning.
@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "bare"])
def test_what_stands_in_the_end_is_the_answer_alone(name: str) -> None:
    items, _ = drain(StreamingParser(Trip).stream_parse(list(ANSWERS[name])))
    withdrawn = [item for item in items if isinstance(item, Retract)]
    shown = [item for item in items if isinstance(item, PartialFields)]
    standing = [item for item in shown if not any(retract.covers(item) for retract in withdrawn)]
    assert standing[-1].value == {"to": "Oslo", "days": [1, 2]}
    assert all("Rome" not in repr(item.value) for item in standing)


# A clean answer has no errors; around it is what was passed over, and each such event is recoverable.
@pytest.mark.parametrize("name", ANSWERS)
def test_what_was_passed_over_is_said(name: str) -> None:
    items, _ = drain(StreamingParser(Trip).stream_parse([ANSWERS[name]]))
    errors = [item for item in items if isinstance(item, NonFatalError)]
    assert bool(errors) is (name not in ("bare", "blanks"))
    assert all(error.recoverable and error.offset is not None for error in errors)


# `</think>` in the middle shows that what came before was no answer: it is withdrawn at once.
def test_a_late_end_of_reasoning_withdraws_what_was_shown() -> None:
    parser = StreamingParser(Trip)
    shown = parser.feed('{"to": "Rome", "days": [9]}')
    items = parser.feed("\n</think>\n")
    assert isinstance(items[0], Retract)
    assert items[0].covers(shown[0])
    assert items[0].reason == "replaced"
    [again] = parser.feed('{"to": "Os')
    assert isinstance(again, PartialFields)
    assert (again.fields, items[0].covers(again)) == ({"to": "Os"}, False)
    parser.feed('lo", "days": [1, 2]}')
    assert parser.finish()[-1] == OSLO


# The first of several may be the answer of a type that takes a list, or all of them.
@pytest.mark.parametrize(
    "text", [f"{JSON}\n{JSON}\n", f"{JSON}{JSON}", f"```json\n{JSON}\n```\n```json\n{JSON}\n```"]
)
def test_several_objects_make_a_list_of_a_type_that_is_one(text: str) -> None:
    for chunks in cuts(text):
        items, error = drain(StreamingParser(list[Trip]).stream_parse(chunks))
        assert (error, items[-1]) == (None, [OSLO, OSLO])


# An answer without any value is truncated, whatever it says.
@pytest.mark.parametrize("text", ["", "  \n", "<think>hm</think>", "```json\n"])
def test_an_answer_without_a_value_is_too_early(text: str) -> None:
    for chunks in cuts(text) if text else [[text]]:
        items, error = drain(StreamingParser(Trip).stream_parse(chunks))
        assert type(error).__name__ == "TruncatedError"
        assert not items[-1].recoverable
