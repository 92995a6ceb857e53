"""I11: random sequences of calls on a parser, held against what has been fed so far.

The model is small: the text so far, whether the end or an error came, the snapshots that are held. After
each call the parser must show what a fresh parser shows for the same text.
"""

import copy
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pydantic_flow.errors import JsonError, TerminalStateError
from pydantic_flow.json import Limits, Parser

from . import texts
from .budget import examples
from .compare import same
from .drive import Chunk
from .replay import NOTHING, replayed

chunks = st.one_of(
    st.sampled_from(
        [*texts.TOKENS, *texts.STRUCTURE, "", b"", b"\xf0\x9f", b"\x9a\x80", "\ud83d", "\ude80", b"\xff"]
    ),
    texts.documents,
    st.text(max_size=4),
)
options = st.fixed_dictionaries(
    {
        "strict": st.sampled_from([False, False, True]),
        "unfinished": st.sampled_from(["show", "hide"]),
        "limits": st.sampled_from(
            [None, Limits(depth=3), Limits(values=6), Limits(string_bytes=3, key_bytes=2)]
        ),
        "changes": st.booleans(),
        "default": st.sampled_from([None, NOTHING]),
    }
)


class Calls(RuleBasedStateMachine):
    """Calls on one parser in any order, beside what is known about it."""

    def __init__(self) -> None:
        super().__init__()
        self.fed: list[Chunk] = []
        self.ended = False
        self.kept: list[tuple[Any, Any]] = []
        self.replay: Any = NOTHING
        self.follows = True

    @initialize(options=options)
    def begin(self, options: dict[str, Any]) -> None:
        self.options = options
        self.parser = Parser(**options)
        self.follows = options["changes"]

    @precondition(lambda self: not self.ended)
    @rule(chunk=chunks)
    def feed(self, chunk: Chunk) -> None:
        try:
            self.parser.feed(chunk)
            self.fed.append(chunk)
        except TerminalStateError:
            raise AssertionError("terminal before the end") from None
        except JsonError as error:
            assert error.kind
            self.ended = True
            self.follows = False

    @precondition(lambda self: not self.ended)
    @rule()
    def finish(self) -> None:
        self.ended = True
        try:
            value = self.parser.finish()
        except JsonError as error:
            assert self.options["strict"] and error.kind
            self.follows = False
        else:
            if self.follows:
                self.replay = replayed(self.parser.changes(), self.replay)
                assert value is NOTHING or self.replay is NOTHING or same(value, self.replay)

    @precondition(lambda self: self.ended)
    @rule(chunk=chunks)
    def feed_after_the_end(self, chunk: Chunk) -> None:
        with pytest.raises(TerminalStateError):
            self.parser.feed(chunk)

    @precondition(lambda self: self.ended)
    @rule()
    def finish_after_the_end(self) -> None:
        with pytest.raises(TerminalStateError):
            self.parser.finish()

    @precondition(lambda self: not self.ended)
    @rule()
    def look_and_keep(self) -> None:
        snapshot = self.parser.snapshot()
        if snapshot is not NOTHING:
            self.kept.append((snapshot, copy.deepcopy(snapshot)))

    @precondition(lambda self: not self.ended)
    @rule(owned=st.booleans())
    def look(self, owned: bool) -> None:
        snapshot = self.parser.snapshot(owned=owned)
        if owned and isinstance(snapshot, (list, dict)):
            snapshot.clear()

    @rule()
    def let_go(self) -> None:
        self.kept.clear()

    @precondition(lambda self: not self.ended)
    @rule()
    def what_changed(self) -> None:
        changes = self.parser.changes()
        if not self.follows:
            self.replay, self.follows = NOTHING, True
        self.replay = replayed(changes, self.replay)
        snapshot = self.parser.snapshot()
        assert snapshot is self.options["default"] if self.replay is NOTHING else same(self.replay, snapshot)

    @rule()
    def ask(self) -> None:
        parser = self.parser
        assert isinstance(parser.complete, frozenset) and isinstance(parser.repairs, list)
        assert isinstance(parser.started, bool) and isinstance(parser.done, bool) and parser.offset >= 0
        repr(parser)

    @rule(chunk=st.sampled_from([None, 1, [], 2.5]))
    def wrong_type(self, chunk: Any) -> None:
        with pytest.raises((TypeError, TerminalStateError)):
            self.parser.feed(chunk)

    @rule()
    def drop_and_begin_again(self) -> None:
        self.fed, self.kept = [], []
        self.ended, self.replay = False, NOTHING
        self.begin(self.options)

    @invariant()
    def what_is_kept_stays(self) -> None:
        assert all(same(value, was) for value, was in self.kept)

    @invariant()
    def a_fresh_parser_shows_the_same(self) -> None:
        if self.ended or not hasattr(self, "parser"):
            return
        fresh = Parser(**self.options)
        for chunk in self.fed:
            fresh.feed(chunk)
        shown, expected = self.parser.snapshot(), fresh.snapshot()
        assert shown is expected if expected is self.options["default"] else same(shown, expected)


TestCalls = Calls.TestCase
TestCalls.settings = examples(0.6)
