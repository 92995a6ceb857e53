"""Threads: eight parsers of their own, and eight threads on one parser."""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from pydantic_flow.errors import PydanticFlowError
from pydantic_flow.json import Parser, loads

THREADS, FEEDS = 8, 200_000
TEXT = json.dumps([{"id": n, "name": f"näme {n}", "ok": n % 2 == 0, "x": [n / 7, None]} for n in range(40)])


@pytest.fixture(autouse=True)
def switch_often() -> object:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], None]) -> None:
    failed: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


# P13: each with a parser of its own: every value right.
def test_parsers_of_their_own(measured: Callable[[str], None]) -> None:
    expected = json.loads(TEXT)
    documents = Counter[int]()

    def work(number: int) -> None:
        size, fed = 3 + number, 0
        while fed < FEEDS:
            parser = Parser(changes=number % 2 == 0)
            for at in range(0, len(TEXT), size):
                parser.feed(TEXT[at : at + size])
                if at % 64 < size:
                    parser.snapshot()
                    parser.changes()
                fed += 1
            assert parser.finish() == expected
            documents[number] += 1

    in_threads(work)
    measured(
        f"{THREADS} threads, {THREADS * FEEDS:,} feeds, {sum(documents.values()):,} documents, all right"
    )


# P13: all on one parser: every call happens whole or is refused; nothing is lost, doubled or torn.
def test_one_parser_for_all(measured: Callable[[str], None]) -> None:
    parser = Parser(changes=True)
    parser.feed("[")
    taken, refused = Counter[str](), Counter[str]()

    def work(number: int) -> None:
        item = f'"{number}-{"x" * number}", '
        for turn in range(FEEDS // 10):
            try:
                parser.feed(item)
                taken[item[1:-3]] += 1
                if turn % 100 == 0:
                    parser.snapshot()
                    parser.changes()
            except (PydanticFlowError, RuntimeError) as error:
                refused[f"{type(error).__name__}: {error}"] += 1

    in_threads(work)
    assert Counter(parser.finish()) == taken
    measured(f"{sum(taken.values()):,} feeds taken, {sum(refused.values()):,} refused {dict(refused) or ''}")


# P13: one-call reading at the same time in all of them.
def test_one_call_in_every_thread(measured: Callable[[str], None]) -> None:
    expected = json.loads(TEXT)

    def work(number: int) -> None:
        for _ in range(5_000):
            assert loads(TEXT, strict=number % 2 == 0) == expected

    in_threads(work)
    measured(f"{THREADS * 5_000:,} documents")
