"""What stands between two values of an object is foreseen from the texts before, and changes no reading.

A text in one piece is read with what the reader has seen before in mind, byte by byte without it: both must
show the same.
"""

from hypothesis import example, given
from hypothesis import strategies as st

from pydantic_flow.json import loads

from . import checks
from .budget import examples
from .drive import one_by_one

KEYS = ("b", "bb", "b\u00e9", "a key of more than sixteen characters", "b" * 45, "")
BEFORE = (",", ", ", ",\n    ", ",\r\n\t", " ,", "", " ", ",,", ";", ",\f", "\n", ',"', "}, {", "], [")
AFTER = (": ", ":", ":  ", " : ", ":\n", ":\n  ", "", " ", "=", ": :", ":\t")
MARKS = ('"', '"', '"', "'", "")
VALUES = (
    "1",
    '"x"',
    "true",
    "null",
    "-1.5e3",
    "[]",
    "[1, 2]",
    "{}",
    '{"b": 1}',
    "nul",
    '"x\\n"',
    "True",
    "'x'",
    "",
)


@st.composite
def heads(draw: st.DrawFn) -> str:
    mark = draw(st.sampled_from(MARKS))
    key = draw(st.sampled_from(KEYS))
    return draw(st.sampled_from(BEFORE)) + mark + key + mark + draw(st.sampled_from(AFTER))


@st.composite
def records(draw: st.DrawFn) -> str:
    pattern = draw(st.lists(heads(), min_size=1, max_size=3))
    members = draw(
        st.lists(st.tuples(st.sampled_from(pattern), st.sampled_from(VALUES)), min_size=1, max_size=8)
    )
    first = draw(st.sampled_from(['{"a": 1', "{", '[{"b": 2', '{"b":']))
    return first + "".join(head + value for head, value in members) + draw(st.sampled_from(["}", "}]", ""]))


# I1: whatever was read before, a text in one piece is read as byte by byte: value, repairs, errors, places.
@examples(4)
@given(st.lists(records(), max_size=3), records(), st.booleans())
@example(['{"b": 1}', '{"b": 1}'], '{"a": 1"b": 2}', False)
@example(['{"a":1,"b":1}', '{"a":1,"b":1}'], '{"a": 1, "b": 2, "b": 3}', True)
@example(['{"a": 1,"b":1}', '{"a": 1,"b":1}'], '{"a": 1,"b":\n2 "c": 3}', False)
def test_what_was_read_before_changes_no_reading(before: list[str], text: str, strict: bool) -> None:
    for other in before * 2:
        loads(other)
    checks.shows_the_same([[text]], [list(one_by_one(text))], strict=strict)
