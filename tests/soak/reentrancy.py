"""Calls into a parser from inside its own calls: whole, or refused with a defined error, never a crash."""

import gc
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pydantic_flow.errors import PydanticFlowError
from pydantic_flow.json import Parser, loads

CHUNKS = [
    '[{"a": [[], {}, [1, {"b": []}]], ',
    '"text": "he said "no"", \'c\': (1, 2',
    ")}, {}, [",
    '"x" /* y */',
] * 3
Action = Callable[[Parser], Any]


class Stop(Exception):
    """Raised by a hook on purpose."""


def stop(parser: Parser) -> None:
    raise Stop


ACTIONS: dict[str, Action] = {
    "feed": lambda parser: parser.feed(", "),
    "finish": lambda parser: parser.finish(),
    "snapshot": lambda parser: parser.snapshot(owned=True),
    "changes": lambda parser: parser.changes(),
    "complete": lambda parser: (parser.complete, parser.open_path, parser.repairs),
    "another parser": lambda parser: loads("[1, {'a': [2"),
    "collect": lambda parser: gc.collect(),
    "raise": stop,
}


def guarded(action: Action, parser: Parser, seen: list[BaseException]) -> None:
    """Does it, and keeps what is neither an answer nor a defined error."""
    try:
        action(parser)
    except (PydanticFlowError, RuntimeError):
        return
    except Stop:
        raise
    except BaseException as error:
        seen.append(error)


@contextmanager
def collector(act: Callable[[], None]) -> Iterator[None]:
    """At every collection, with one for nearly every allocation."""
    hook = lambda phase, info: act()  # noqa: E731
    before = gc.get_threshold()
    gc.callbacks.append(hook)
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(hook)


@contextmanager
def finalizer(act: Callable[[], None]) -> Iterator[None]:
    """When garbage in a cycle is destroyed: `__del__` runs inside the collector."""

    class Garbage:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            act()

    before = gc.get_threshold()
    for _ in range(200):
        Garbage()
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.collect()


@contextmanager
def weak_reference(act: Callable[[], None]) -> Iterator[None]:
    """When weakly referenced garbage dies."""

    class Garbage:
        def __init__(self) -> None:
            self.me = self

    kept = []
    for _ in range(200):
        kept.append(weakref.ref(Garbage(), lambda _: act()))
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def profiler(act: Callable[[], None]) -> Iterator[None]:
    """Before and after every call of a compiled function."""
    inside = False

    def hook(frame: Any, event: str, argument: Any) -> None:
        nonlocal inside
        if inside or not event.startswith("c_"):
            return
        inside = True
        try:
            act()
        finally:
            inside = False

    sys.setprofile(hook)
    try:
        yield
    finally:
        sys.setprofile(None)


HOOKS = [collector, finalizer, weak_reference, profiler]


# P12: each hook with each action, while feeding, looking and finishing.
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_call_from_inside_a_call(hook: Any, action: str, measured: Callable[[str], None]) -> None:
    unexpected: list[BaseException] = []
    calls = 0
    for _ in range(4):
        parser = Parser(changes=True)

        def act(parser: Parser = parser) -> None:
            nonlocal calls
            calls += 1
            guarded(ACTIONS[action], parser, unexpected)

        with hook(act):
            for chunk in CHUNKS:
                for call in (lambda chunk=chunk, p=parser: p.feed(chunk), parser.snapshot, parser.changes):
                    try:
                        call()
                    except (PydanticFlowError, RuntimeError, Stop):
                        continue
            try:
                parser.finish()
            except (PydanticFlowError, RuntimeError, Stop):
                continue
    measured(f"{calls} calls from inside")
    assert unexpected == []
    assert calls
    # The process is whole: the next parser reads as ever.
    assert loads('[1, {"a": "b"}]') == [1, {"a": "b"}]


# A parser that dies while its own call runs.
def test_the_last_reference_goes_during_a_call() -> None:
    holder: list[Any] = [Parser()]
    holder[0].feed("[")

    def drop() -> None:
        holder.clear()

    with collector(drop):
        feed = holder[0].feed
        for _ in range(50):
            feed('[{"a": []}],')
        del feed
    assert holder == []


# The default of a parser may be anything, a parser included.
def test_a_default_that_leads_back() -> None:
    class Default:
        def __del__(self) -> None:
            self.parser.feed("[1")
            self.parser.snapshot()

        parser: Any

    for _ in range(100):
        default = Default()
        default.parser = Parser(default=default)
        del default
    gc.collect()


# P15: a child process after a fork reads on from where its parent stood.
def test_a_parser_goes_on_after_a_fork() -> None:
    import os

    parser = Parser(changes=True)
    parser.feed('{"a": [1, "te')
    child = os.fork()
    if child == 0:
        try:
            parser.feed('xt"]}')
            os._exit(0 if parser.finish() == {"a": [1, "text"]} else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    parser.feed('st"')
    assert parser.finish() == {"a": [1, "test"]}


# P15: parsers alive when the interpreter ends do not disturb the end.
def test_parsers_alive_at_the_end_of_the_interpreter() -> None:
    import subprocess

    code = """
import atexit
from pydantic_flow.json import Parser
class Late:
    def __init__(self): self.parser = Parser(changes=True); self.parser.feed('{"a": [1, "te')
    def __del__(self): self.parser.feed("x"); self.parser.snapshot()
late = Late()
cycle = [late]; cycle.append(cycle)
atexit.register(lambda: late.parser.feed("y"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
