"""Texts that once broke a contract, found by fuzzing and made small: every check of each of them.

A new one is added to `tests/data/found.json` when it is found. Nobody says how they must be read; only that
it does not depend on the cuts, replays, stays, and can be written as JSON.
"""

import json

import pytest

from pydantic_flow.json import Limits

from . import checks, oracle
from .drive import one_by_one, read
from .shared import DATA

FOUND: list[str] = json.loads((DATA / "found.json").read_text(encoding="utf-8"))
LIMITS = [
    Limits(depth=1),
    Limits(values=2),
    Limits(key_bytes=1),
    Limits(string_bytes=1),
    Limits(input_bytes=6),
]

each = pytest.mark.parametrize("text", FOUND)
both = pytest.mark.parametrize("mode", ["show", "hide"])


# I1, at every place in the text.
@each
@both
def test_the_cuts_do_not_show(text: str, mode: str) -> None:
    for at in range(len(text) + 1):
        parts = [text[:at], text[at:]]
        pieces = [list(one_by_one(part)) for part in parts]
        checks.shows_the_same([[part] for part in parts], pieces, unfinished=mode)
        checks.changes_the_same([[part] for part in parts], pieces, mode)


# I3 and I8, whole and character by character.
@each
@both
def test_what_is_settled_stays_and_changes_replay(text: str, mode: str) -> None:
    for chunks in ([text], list(one_by_one(text))):
        checks.settled_stays(chunks, mode)
        checks.replays(chunks, mode)
        checks.items_replay(chunks, mode)


# What `repair` writes.
@each
def test_it_can_be_written_as_json(text: str) -> None:
    checks.repair_writes_the_reading(text)


# I5 and I6: limits and strict mode stop at the same byte, which is one of the text's.
@each
def test_errors_do_not_depend_on_the_cuts(text: str) -> None:
    size = len(text.encode())
    for limits in LIMITS:
        whole, pieces = read([text], limits=limits), read(one_by_one(text), limits=limits)
        assert whole.error == pieces.error and whole.repairs == pieces.repairs
        assert whole.error is None or 0 <= whole.error.offset < size
    strict = read([text], strict=True)
    assert strict.error == read(one_by_one(text), strict=True).error
    offence = oracle.first_offence(text.encode())
    assert (strict.error is None) == (offence is None and oracle.is_whole(text.encode()))
    assert strict.error is None or offence is None or strict.error.offset <= offence
