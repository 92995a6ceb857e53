"""Properties of any type and any text: generated types, values that fit them more or less, broken texts."""

import json
from inspect import signature
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from pydantic_flow.json import repair, shape_of
from pydantic_flow.streaming import NonFatalError, PartialFields, Retract, StreamingParser

from .conftest import facts, pieces
from .generated import anything, types

OPTIONS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"strict": True},
    {"by_name": True},
    {"by_name": True, "by_alias": False},
    {"context": {"x": 1}},
]
if "extra" in signature(TypeAdapter.validate_json).parameters:  # an option since pydantic 2.12
    OPTIONS += [{"extra": "forbid"}, {"extra": "allow"}]

sizes = st.integers(1, 9)
thorough = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@st.composite
def cases(draw: st.DrawFn) -> tuple[TypeAdapter[Any], str, dict[str, Any]]:
    """A type, a valid text that it may take, and options."""
    made = draw(types)
    try:
        adapter = TypeAdapter(made.type)
    except (PydanticUserError, TypeError):  # some types cannot stand in some others
        assume(False)
    text = json.dumps(draw(made.values | made.values | anything), ensure_ascii=False)
    return adapter, text, draw(st.sampled_from(OPTIONS))


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """The text with a few letters gone, more or other."""
    marks = st.sampled_from([*"\"'{}[],: \n\\/`#-.0e", "</think>", "```", "null", '{"a": 1}'])
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, max(0, len(text) - 1)))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:place] + text[place + 1 :]
            case 1:
                text = text[:place] + draw(marks) + text[place:]
            case 2:
                text = text[:place]
            case 3:
                text += draw(marks)
    return text


def outcome(run: Any) -> Any:
    """What it gives, or what its exception says."""
    try:
        return run()
    except ValidationError as error:
        return facts(error)
    except Exception as error:  # a validator may raise anything
        return repr(error)


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and (one == other or repr(one) == repr(other))


def streamed(adapter: Any, text: str, size: int, options: dict[str, Any]) -> tuple[list[Any], Any]:
    """The items of a stream whose every item is looked at, and the result or what the exception says."""
    parser, items = StreamingParser(adapter, on_truncated="accept", **options), []

    def run() -> Any:
        for item in parser.stream_parse(pieces(text, size)):
            if isinstance(item, PartialFields):
                _ = item.partial
            items.append(item)
        return items[-1]

    return items, outcome(run)


def complaints(items: list[Any]) -> list[NonFatalError]:
    """What was said early of the root that is there in the end."""
    roots = [place for place, item in enumerate(items) if isinstance(item, Retract)]
    errors = [item for item in items[max(roots, default=0) :] if isinstance(item, NonFatalError)]
    return [error for error in errors if error.kind == "validation" and error.recoverable]


def repeats_keys(text: str) -> bool:
    """Whether an object has a key twice."""
    found = []
    json.loads(text, object_pairs_hook=lambda pairs: found.append(len(dict(pairs)) < len(pairs)))
    return any(found)


# The result, or the error, is that of validate_json, with all options, however the text is cut.
@thorough
@given(case=cases(), size=sizes)
def test_any_type_gives_what_validate_json_gives(case: Any, size: int) -> None:
    adapter, text, options = case
    items, said = streamed(adapter, text, size, options)
    assert same(said, outcome(lambda: adapter.validate_json(text, **options)))
    assert not [e for e in items if isinstance(e, NonFatalError) and e.recoverable and e.kind != "validation"]


# The same for a broken text: validate_json of the text as repaired.
@thorough
@given(case=cases(), size=sizes, data=st.data())
def test_any_broken_text_gives_what_validate_json_gives_of_the_repaired(
    case: Any, size: int, data: Any
) -> None:
    adapter, text, options = case
    broken = data.draw(damaged(text))
    names = {name: options.get(name) for name in ("strict", "by_alias", "by_name")}
    shape = shape_of(adapter, **names)
    fixed = repair(broken, non_finite="literal", shape=shape, coerce=False)
    items, said = streamed(adapter, broken, size, options)
    assert same(said, outcome(lambda: adapter.validate_json(fixed, **options)))
    # A str: a validator broke in another way, which says nothing of the rest.
    if not isinstance(said, tuple | str) and not repeats_keys(fixed):
        assert complaints(items) == []


# An early complaint is never wrong, comes once, and does not depend on the cuts.
@thorough
@given(case=cases(), size=sizes)
def test_early_complaints_are_confirmed_and_independent_of_cuts(case: Any, size: int) -> None:
    adapter, text, options = case
    early = complaints(streamed(adapter, text, size, options)[0])
    for other in (1, len(text) + 1):
        again = complaints(streamed(adapter, text, other, options)[0])
        assert [(e.path, e.message) for e in again] == [(e.path, e.message) for e in early]
    assert len({error.path for error in early}) == len(early)
    said = outcome(lambda: adapter.validate_json(text, **options))
    if early and not isinstance(said, str):  # nor where a validator breaks in another way
        _, lines, _ = said
        messages = " ".join(line["msg"] for line in lines)
        # Where a list is too long, pydantic says nothing of its items.
        assert all(m in messages or "at most" in messages for e in early for m in e.message.split("; "))
