"""Depth on a thread with 64 KB of stack, while and after reading."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from pydantic_flow._core import dumps
from pydantic_flow.dropin import jiter, json_repair
from pydantic_flow.errors import LimitError
from pydantic_flow.json import Limits, Parser, loads, repair

SMALL = 64 << 10
DEEPEST = Limits(depth=1024)
OPENERS = {"[": "]", '{"a":': "}", '[{"a":': "}]", "(": ")", "[(": ")]"}


def on_a_small_stack(work: Callable[[], Any]) -> Any:
    """Runs it there, and hands over what it returns or raises."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    before = threading.stack_size(SMALL)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


def fed_and_looked_at(text: str) -> None:
    parser = Parser(limits=DEEPEST, changes=True)
    for at in range(0, len(text), 7):
        parser.feed(text[at : at + 7])
        parser.snapshot()
        parser.snapshot(owned=True)
        assert parser.complete is not None and parser.open_path is not None
        parser.changes()
    value = parser.finish()
    del parser
    dumps(value)
    del value


# P6: read, shown, copied, recorded, written, repaired and dropped at the deepest depth there is.
@pytest.mark.parametrize("opener", OPENERS)
def test_the_deepest_text_on_a_small_stack(opener: str) -> None:
    count = 1024 // len(OPENERS[opener])
    text = opener * count + "1" + OPENERS[opener] * count
    for cut in [len(text), len(text) // 2, len(opener) * count]:
        on_a_small_stack(lambda cut=cut: fed_and_looked_at(text[:cut]))  # type: ignore[misc]
        on_a_small_stack(lambda cut=cut: loads(text[:cut], limits=DEEPEST) and None)  # type: ignore[misc]
        on_a_small_stack(lambda cut=cut: repair(text[:cut], limits=DEEPEST) and None)  # type: ignore[misc]
        on_a_small_stack(lambda cut=cut: json_repair.loads(text[:cut]) and None)  # type: ignore[misc]


# P5b: ten million brackets end at the limit, with its place, at once.
@pytest.mark.parametrize("opener", ["[", '{"a":', '[{"a":', "("])
def test_ten_million_brackets(opener: str, measured: Callable[[str], None]) -> None:
    text = opener * (10_000_000 // len(opener))
    for limits in [None, DEEPEST]:
        start = time.perf_counter()
        with pytest.raises(LimitError) as error:
            on_a_small_stack(lambda limits=limits: loads(text, limits=limits))  # type: ignore[misc]
        took = time.perf_counter() - start
        measured(
            f"{opener!r}: LimitError at byte {error.value.offset} after {took * 1e3:.1f} ms, thread and all"
        )
    data = text.encode()
    with pytest.raises(ValueError):
        on_a_small_stack(lambda: jiter.from_json(data))


# P7a: a number of a million digits is refused where the limit is, not after converting it.
def test_a_million_digits(measured: Callable[[str], None]) -> None:
    for text in ["1" * 1_000_000, "[" + "9" * 1_000_000 + "]", '{"a": -' + "7" * 1_000_000]:
        start = time.perf_counter()
        with pytest.raises(LimitError) as error:
            loads(text)
        took = time.perf_counter() - start
        measured(f"LimitError at byte {error.value.offset} after {took * 1e3:.2f} ms")
    long = "0." + "1" * 1_000_000
    assert loads(long) == float(long)
