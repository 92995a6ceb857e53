"""The exception tree: one root, the right bases, facts that survive a process boundary."""

import copy
import pickle

import pytest

from pydantic_flow import errors
from pydantic_flow.errors import (
    EventError,
    GrammarError,
    InternalError,
    JsonError,
    LimitError,
    MalformedError,
    MissingExtraError,
    PydanticFlowError,
    StaleItemError,
    TerminalStateError,
    TruncatedError,
    UnfinishedError,
)

READING = [UnfinishedError, MalformedError, LimitError, TerminalStateError, TruncatedError]


# Whoever catches the root catches everything; whoever catches what Python has catches it too.
@pytest.mark.parametrize(
    ("cls", "bases"),
    [
        *[(cls, (JsonError, ValueError)) for cls in READING],
        (TruncatedError, (UnfinishedError,)),
        (EventError, (ValueError,)),
        (GrammarError, (ValueError,)),
        (InternalError, (RuntimeError,)),
        (StaleItemError, (RuntimeError,)),
        (MissingExtraError, (ImportError,)),
    ],
)
def test_every_exception_has_the_root_and_its_python_base(
    cls: type[Exception], bases: tuple[type, ...]
) -> None:
    assert issubclass(cls, (PydanticFlowError, *bases))
    assert all(issubclass(cls, base) for base in bases)


# The four ways to fail are told apart by class: none is a kind of another.
def test_unfinished_malformed_limit_and_terminal_are_different_classes() -> None:
    four = [UnfinishedError, MalformedError, LimitError, TerminalStateError]
    assert [(a, b) for a in four for b in four if a is not b and issubclass(a, b)] == []


# No exception of the module is outside the tree.
def test_the_module_has_no_exception_outside_the_tree() -> None:
    classes = [thing for thing in vars(errors).values() if isinstance(thing, type) and thing is not tuple]
    exceptions = [cls for cls in classes if issubclass(cls, BaseException)]
    assert [cls for cls in exceptions if not issubclass(cls, PydanticFlowError)] == []


# The core makes them by message and keywords; the path is the root unless told.
@pytest.mark.parametrize("cls", READING)
def test_a_reading_error_carries_kind_offset_and_path(cls: type[JsonError]) -> None:
    error = cls("no colon", kind="colon", offset=12, path=("a", 3))
    assert (str(error), error.kind, error.offset, error.path) == ("no colon", "colon", 12, ("a", 3))
    assert cls("x", kind="y", offset=0).path == ()


# A worker process may raise it, and a traceback may copy it.
@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_a_reading_error_survives_pickling_and_copying(again) -> None:  # type: ignore[no-untyped-def]
    error = TruncatedError("cut", kind="truncated", offset=9, path=("a",), value={"a": [1]})
    other = again(error)
    assert type(other) is TruncatedError
    assert (str(other), vars(other)) == ("cut", vars(error))


# Offsets are UTF-8 bytes, columns are characters, for both kinds of text.
@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, (1, 1)),
        ("abc", 2, (1, 3)),
        ("a\nbc", 2, (2, 1)),
        ("é\nüx", 5, (2, 2)),
        ("\n\n", 2, (3, 1)),
        ("ab", 99, (1, 3)),
        ("\ud800x", 3, (1, 2)),
    ],
)
def test_position_counts_lines_and_columns_from_one(text: str, offset: int, place: tuple[int, int]) -> None:
    error = JsonError("?", kind="?", offset=offset)
    assert error.position(text) == place
    assert error.position(text.encode("utf-8", "surrogatepass")) == place
