"""What the parser knows from its type alone: which root is the payload, what is shown only when whole."""

from datetime import date
from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from pydantic_flow import NonFatalError, PartialFields, Retract, StreamingParser
from pydantic_flow.errors import MalformedError


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Car(BaseModel):
    colour: Colour
    built: date
    note: str = ""
    kind: Literal["car", "caravan"] = "car"
    tags: list[str] = []


def _shown(items: list[Any]) -> list[dict[str, Any]]:
    return [item.fields for item in items if isinstance(item, PartialFields)]


def test_enums_dates_and_literals_show_when_they_are_whole() -> None:
    """Character by character, only the plain text grows."""
    text = '{"colour": "red", "built": "2026-01-31", "kind": "car", "note": "ab"}'
    shown = _shown(list(StreamingParser(Car).stream_parse(list(text))))
    assert [fields for fields in shown if fields] == [
        {"colour": "red"},
        {"built": "2026-01-31"},
        {"kind": "car"},
        {"note": ""},
        {"note": "a"},
        {"note": "ab"},
    ]


def test_the_first_root_of_the_wanted_kind_wins() -> None:
    """Further values are reported and change nothing, whatever stands in them."""
    text = '{"colour": "red", "built": "2026-01-31"}\n{"colour": "green", "note": "</think>"}'
    *items, car = StreamingParser(Car).stream_parse(list(text))
    assert car == Car(colour=Colour.RED, built=date(2026, 1, 31))
    assert [item.kind for item in items if isinstance(item, NonFatalError)] == ["extra_value"]
    assert not any(isinstance(item, Retract) for item in items)


@pytest.mark.parametrize("before", ["[1, 2]\n", "see [3] and ", "draft: [1]</think>"])
def test_a_list_is_not_the_payload_where_an_object_is_wanted(before: str) -> None:
    """A root of another kind gives way, with a Retract if it was shown."""
    *_, car = StreamingParser(Car).stream_parse(list(before + '{"colour": "red", "built": "2026-01-31"}'))
    assert car == Car(colour=Colour.RED, built=date(2026, 1, 31))


def test_valid_json_is_left_to_pydantic_unless_told_otherwise() -> None:
    """``coerce`` reads what does not fit as what was meant, and says so."""
    text = '{"colour": "red", "built": "2026-01-31", "tags": "new"}'
    with pytest.raises(ValidationError) as refused:
        list(StreamingParser(Car).stream_parse([text]))
    with pytest.raises(ValidationError) as by_pydantic:
        TypeAdapter(Car).validate_json(text)
    assert refused.value.errors() == by_pydantic.value.errors()
    *items, car = StreamingParser(Car, coerce=True).stream_parse(list(text))
    assert isinstance(car, Car) and car.tags == ["new"]
    assert [item.kind for item in items if isinstance(item, NonFatalError)] == ["single_item"]


def test_several_values_are_still_several_where_they_are_asked_for() -> None:
    """With ``on_value`` and ``iter_values`` no value is an extra one."""
    text = '{"colour": "red", "built": "2026-01-31"}\n{"colour": "green", "built": "2026-01-31"}'
    seen: list[Any] = []
    StreamingParser(Car, on_value=seen.append).feed(text)
    assert len(list(StreamingParser(Car).iter_values([text]))) == 2
    assert [car.colour for car in seen] == [Colour.RED]


def test_a_refused_repair_ends_the_stream() -> None:
    """The error is announced like any other, and the kinds are checked when the parser is made."""
    items: list[Any] = []
    with pytest.raises(MalformedError, match="single_item"):
        for item in StreamingParser(Car, coerce=True, refuse=["single_item"]).stream_parse(
            list('{"tags": "a", "x": 1}')
        ):
            items.append(item)
    assert isinstance(items[-1], NonFatalError) and not items[-1].recoverable
    with pytest.raises(ValueError, match="no repair is called 'nothing'"):
        StreamingParser(Car, refuse=["nothing"])
