"""Whole corpora: every prefix, every cut in two."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pydantic_flow.errors import JsonError, LimitError
from pydantic_flow.json import Parser, loads, repair

ROOT = Path(__file__).parents[2]
# Beside the checkout, as in tests/json/shared.py.
SHARED = ROOT.parent / "shared"
# Longer texts are cut at so many random places.
SHORT, SAMPLES = 4_096, 2_000


def suite() -> list[Path]:
    folder = SHARED / "jsontestsuite"
    if not folder.exists():
        pytest.skip("no ../shared/jsontestsuite beside this checkout")
    return sorted(folder.glob("test_*/*.json"))


def texts() -> Iterator[bytes]:
    """The public suite, our tables, the shared cases."""
    yield from (file.read_bytes() for file in suite())
    for file in [*sorted((ROOT / "tests" / "data").glob("*.jsonl")), SHARED / "cases" / "repair.jsonl"]:
        with file.open(encoding="utf-8") as lines:
            yield from (json.loads(line)["input"].encode("utf-8", "surrogatepass") for line in lines)


def places(text: bytes) -> list[int]:
    if len(text) <= SHORT:
        return list(range(len(text) + 1))
    return sorted(random.Random(len(text)).sample(range(len(text) + 1), SAMPLES))


# P2e: every prefix of every text gives a value, and its repair is strictly valid JSON of that value.
def test_every_prefix_is_read(measured: Callable[[str], None]) -> None:
    files = prefixes = 0
    for text in texts():
        files += 1
        for at in places(text):
            prefixes += 1
            try:
                value = loads(text[:at])
            except LimitError:
                continue
            if at % 7 == 0:
                written = repair(text[:at], non_finite="literal")
                assert repr(json.loads(written) if written else None) == repr(value), text[:at]
    measured(f"{files:,} texts, {prefixes:,} prefixes")
    assert files > 500


def verdict(chunks: list[bytes]) -> object:
    parser = Parser(strict=True)
    try:
        for chunk in chunks:
            parser.feed(chunk)
        return repr(parser.finish())
    except JsonError as error:
        return type(error), error.kind, error.offset, error.path


# P1: the public suite under every cut in two: the same verdict, value, error and offset.
def test_the_suite_under_every_cut(measured: Callable[[str], None]) -> None:
    cuts = accepted = refused = wrong = 0
    for file in suite():
        text = file.read_bytes()
        whole = verdict([text])
        if file.name.startswith("y_"):
            accepted += isinstance(whole, str)
            wrong += not isinstance(whole, str)
        if file.name.startswith("n_"):
            refused += not isinstance(whole, str)
            wrong += isinstance(whole, str)
        for at in places(text):
            cuts += 1
            assert verdict([text[:at], text[at:]]) == whole, (file.name, at)
    measured(f"{accepted} accepted, {refused} refused, {wrong} wrong; {cuts:,} cuts, the same verdicts")
    assert (accepted, refused, wrong) == (95, 188, 0)
