"""`Parser`: the same reading, chunk by chunk, with what is there now and what changed."""

import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from pydantic_flow.errors import (
    JsonError,
    MalformedError,
    PydanticFlowError,
    TerminalStateError,
    UnfinishedError,
)
from pydantic_flow.json import Limits, Parser, Repair

from .compare import same
from .drive import failure, fed, one_by_one
from .replay import replayed


# The first look: nothing, then what has come.
def test_a_snapshot_is_the_value_so_far() -> None:
    parser = Parser()
    assert parser.snapshot() is None and not parser.started and not parser.done
    parser.feed('{"title": "Ha')
    assert parser.snapshot() == {"title": "Ha"} and parser.started
    parser.feed('lf", "n": 4')
    assert parser.snapshot() == {"title": "Half", "n": 4}
    parser.feed("2}")
    assert parser.snapshot() == {"title": "Half", "n": 42} and parser.done
    assert parser.finish() == {"title": "Half", "n": 42}


# Hidden until they can no longer change: numbers and literals. Strings are shown as they grow.
def test_hide_holds_numbers_and_literals_back() -> None:
    parser = Parser(unfinished="hide")
    parser.feed('{"s": "te')
    assert parser.snapshot() == {"s": "te"}
    parser.feed('xt", "n": 4')
    assert parser.snapshot() == {"s": "text"}
    parser.feed('2, "b": tr')
    assert parser.snapshot() == {"s": "text", "n": 42}
    parser.feed("ue}")
    assert parser.finish() == {"s": "text", "n": 42, "b": True}


# At the end of input nothing can change any more.
def test_hide_shows_everything_at_the_end() -> None:
    parser = Parser(unfinished="hide")
    parser.feed("[1, 2")
    assert parser.finish() == [1, 2]


# With nothing read there is no value: None, or the default that was asked for.
def test_nothing_read_gives_the_default() -> None:
    assert Parser().finish() is None
    mark = object()
    parser = Parser(default=mark)
    parser.feed("  ")
    assert parser.snapshot() is mark and parser.finish() is mark


# Strict: with nothing read the text is unfinished.
def test_nothing_read_is_unfinished_in_strict_mode() -> None:
    with pytest.raises(UnfinishedError):
        Parser(strict=True).finish()


# Empty chunks change nothing.
@pytest.mark.parametrize("empty", ["", b""])
def test_empty_chunks_are_nothing(empty: str | bytes) -> None:
    parser = Parser(changes=True)
    for chunk in (empty, '{"a"', empty, ": [", empty, "1", empty, "]}", empty):
        parser.feed(chunk)
    assert parser.finish() == {"a": [1]}
    assert parser.repairs == []


# Text and bytes may take turns, also inside one string.
def test_str_and_bytes_may_be_mixed() -> None:
    parser = Parser()
    for chunk in ('{"é": "', b"\xc3\xa9", "é", "🚀".encode(), '", ', b'"n": 1}'):
        parser.feed(chunk)
    assert parser.finish() == {"é": "éé🚀", "n": 1}


# A character that bytes began is finished by bytes; text in between is not part of it.
def test_text_after_half_a_character_is_a_character_of_its_own() -> None:
    parser = Parser()
    for chunk in ('["', b"\xf0\x9f", "x", b"\x9a\x80", '"]'):
        parser.feed(chunk)
    (text,) = parser.finish()
    assert "x" in text and "�" in text and "🚀" not in text


# Halves of a pair in consecutive str chunks join.
def test_halves_of_a_surrogate_pair_join() -> None:
    parser = Parser()
    for chunk in ('["', "\ud83d", "\ude80", '"]'):
        parser.feed(chunk)
    assert parser.finish() == ["🚀"]
    assert parser.repairs == []


# A half that stays alone is U+FFFD, and not shown before that is sure.
def test_a_lone_half_becomes_a_replacement_character() -> None:
    parser = Parser()
    parser.feed('["a\ud83d')
    assert parser.snapshot() == ["a"]
    parser.feed('b"]')
    assert parser.finish() == ["a�b"]
    assert len(parser.repairs) == 1


# Wrong types are refused, and the parser goes on.
@pytest.mark.parametrize("chunk", [None, 1, ["x"], object(), 2.5, {"a": 1}])
def test_wrong_types_are_a_type_error_and_change_nothing(chunk: Any) -> None:
    parser = Parser()
    parser.feed("[1")
    with pytest.raises(TypeError):
        parser.feed(chunk)
    parser.feed("2]")
    assert parser.finish() == [12]


# Options are keywords with known values.
def test_options_are_checked() -> None:
    with pytest.raises(TypeError):
        Parser(True)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Parser(strikt=True)  # type: ignore[call-arg]
    with pytest.raises((ValueError, TypeError)):
        Parser(unfinished="maybe")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Parser(limits=3)  # type: ignore[arg-type]


# After the end, feeding and finishing say the same thing each time.
def test_after_finish_the_parser_is_terminal() -> None:
    parser = Parser()
    parser.feed("[1]")
    parser.finish()
    said = [terminal(lambda: parser.feed("[2]")), terminal(parser.finish), terminal(lambda: parser.feed(b""))]
    said += [terminal(lambda: parser.feed("[2]")), terminal(parser.finish)]
    assert said[0] == said[3] and said[1] == said[4]


# After an error too; what was repaired up to there can still be asked.
@pytest.mark.parametrize("options", [{"strict": True}, {"limits": Limits(values=2)}])
def test_after_an_error_the_parser_is_terminal(options: dict[str, Any]) -> None:
    parser = Parser(**options)
    first = fed(parser, ['{"a": 1, "b": [2, 3, ', "'x'"])
    assert first is not None and first.type is not TerminalStateError
    said = [terminal(lambda: parser.feed("]")), terminal(parser.finish)]
    said += [terminal(lambda: parser.feed("]")), terminal(parser.finish)]
    assert said[0] == said[2] and said[1] == said[3]
    assert isinstance(parser.repairs, list)


def terminal(call: Callable[[], Any]) -> tuple[str, str, int, tuple[str | int, ...]]:
    """The message and fields of the terminal-state error that the call raises."""
    with pytest.raises(TerminalStateError) as caught:
        call()
    assert isinstance(caught.value, JsonError) and isinstance(caught.value, ValueError)
    return str(caught.value), caught.value.kind, caught.value.offset, caught.value.path


# A call of the wrong kind after the end is still a TypeError or the terminal error, never a crash.
def test_a_wrong_type_after_the_end() -> None:
    parser = Parser()
    parser.finish()
    with pytest.raises((TypeError, TerminalStateError)):
        parser.feed(None)  # type: ignore[arg-type]


# What was read can be looked at after the end.
def test_looking_after_the_end() -> None:
    parser = Parser(changes=True)
    parser.feed("{'a': [1, 2")
    value = parser.finish()
    assert value == {"a": [1, 2]}
    assert same(replayed(parser.changes()), value)
    assert parser.changes() == []
    assert {r.kind for r in parser.repairs} and parser.offset == len("{'a': [1, 2")


# `changes` tells what came since the last look; the first one, when not asked for before, all.
def test_changes_since_the_last_look() -> None:
    parser = Parser()
    parser.feed('{"a": "x')
    assert parser.changes() == [((), "set", {"a": "x"}, None)]
    assert parser.changes() == []
    parser.feed("y")
    assert parser.changes() == [(("a",), "append", "y", None)]
    parser.feed('z", "b": [true, {')
    value = replayed(parser.changes(), {"a": "xy"})
    assert value == {"a": "xyz", "b": [True, {}]}


# Nothing read, nothing changed.
def test_no_changes_without_a_value() -> None:
    parser = Parser()
    parser.feed("  ")
    assert parser.changes() == []
    recorder = Parser(changes=True)
    recorder.feed("  ")
    assert recorder.changes() == []


# From the start on: every step, and each change fits what is there.
def test_changes_from_the_start() -> None:
    parser = Parser(changes=True)
    seen = []
    for chunk in one_by_one('{"a": ["x", 10], "b": {"c": null}}'):
        parser.feed(chunk)
        seen += parser.changes()
    assert replayed(seen) == {"a": ["x", 10], "b": {"c": None}}
    assert all(reason is None for *_, reason in seen)


# Settled paths: what can no longer change, in the order of the text.
def test_complete_is_what_can_no_longer_change() -> None:
    parser = Parser()
    parser.feed('{"a": "x", "b": [1, 2], "c": 3')
    assert ("c",) not in parser.complete and () not in parser.complete
    parser.feed(', "d": 4')
    assert {("a",), ("b",), ("b", 0), ("b", 1)} <= set(parser.complete)
    parser.feed("}")
    parser.finish()
    assert {(), ("c",), ("d",)} <= set(parser.complete)


# A closed root is done as far as can be seen; more text may reopen it.
def test_done_is_as_far_as_can_be_seen() -> None:
    parser = Parser()
    parser.feed('{"a": 1}')
    assert parser.done
    parser.feed(', "b": 2')
    assert not parser.done
    parser.feed("}")
    assert parser.finish() == {"a": 1, "b": 2}


# Started: a value has begun, not merely text.
def test_started_is_the_first_sign_of_a_value() -> None:
    parser = Parser()
    parser.feed("Sure, here it is:\n```json\n")
    assert not parser.started
    parser.feed("{")
    assert parser.started


# A repair says what and where, and is a value.
def test_a_repair_is_a_frozen_value() -> None:
    first, second = Parser(), Parser()
    for parser in (first, second):
        parser.feed('{"é": [1, 2,], "b": 1}')
        parser.finish()
    (repair,) = first.repairs
    assert isinstance(repair, Repair) and isinstance(repair.kind, str) and isinstance(repair.message, str)
    assert repair.path[:1] == ("é",) and repair.offset == len('{"é": [1, 2'.encode())
    assert first.repairs == second.repairs and hash(repair) == hash(second.repairs[0])
    with pytest.raises(AttributeError):
        repair.kind = "other"  # type: ignore[misc]


# A defect of a key belongs to the object, whatever member came before, and one of a value to its member.
@pytest.mark.parametrize("size", [1, 100])
def test_a_defect_of_a_key_has_the_path_of_its_object(size: int) -> None:
    text = """{"a": "x", b: [1, {'c': True, "d" 3}]}"""
    parser = Parser()
    for start in range(0, len(text), size):
        parser.feed(text[start : start + size])
    parser.finish()
    assert [
        (repair.kind, repair.path) for repair in sorted(parser.repairs, key=lambda repair: repair.offset)
    ] == [
        ("unquoted_key", ()),
        ("quote_marks", ("b", 1)),
        ("literal", ("b", 1, "c")),
        ("missing_colon", ("b", 1)),
    ]


# Missing closers are known only at the end.
def test_missing_closers_are_repaired_at_the_end() -> None:
    parser = Parser()
    parser.feed('{"a": [1')
    assert parser.repairs == []
    parser.finish()
    assert len(parser.repairs) > 0


# The list of repairs handed out is the caller's.
def test_the_list_of_repairs_is_a_copy() -> None:
    parser = Parser()
    parser.feed("[1,,2]")
    parser.repairs.clear()
    assert len(parser.repairs) == 1


# An owned snapshot shares nothing with the parser.
def test_an_owned_snapshot_may_be_edited() -> None:
    parser = Parser()
    parser.feed('{"a": [1, {"b": "x"}], "c": "op')
    mine = parser.snapshot(owned=True)
    mine["a"][1]["b"] = "edited"
    mine["a"].clear()
    mine["new"] = 1
    parser.feed('en"}')
    assert parser.snapshot() == {"a": [1, {"b": "x"}], "c": "open"}
    assert parser.finish() == {"a": [1, {"b": "x"}], "c": "open"}


# Editing the final value does not reach what was handed out before.
def test_the_final_value_is_owned() -> None:
    parser = Parser()
    parser.feed('{"a": [1, 2, [3]]}')
    shown = parser.snapshot()
    value = parser.finish()
    value["a"][2].append(4)
    assert shown == {"a": [1, 2, [3]]}


# The offset counts bytes of the UTF-8 text, for text and bytes alike.
def test_offsets_count_bytes() -> None:
    for chunk in ('["é🚀"', '["é🚀"'.encode()):
        parser = Parser()
        parser.feed(chunk)
        assert parser.offset == 9


# Errors of strict mode carry the same offset for text and bytes.
def test_an_error_offset_counts_bytes() -> None:
    for chunk in ('["é", oops]', '["é", oops]'.encode()):
        with pytest.raises(MalformedError) as caught:
            Parser(strict=True).feed(chunk)
        assert failure(caught.value).offset == 7


# Two threads on one parser: each call happens whole, or is refused with a defined error.
def test_two_threads_on_one_parser() -> None:
    parser = Parser(changes=True)
    parser.feed("[")
    unexpected: list[BaseException] = []

    def work(call: Callable[[], Any]) -> None:
        for _ in range(2000):
            try:
                call()
            except (PydanticFlowError, RuntimeError):
                continue
            except BaseException as error:
                unexpected.append(error)
                return

    calls: list[Callable[[], Any]] = [
        lambda: parser.feed('"x", '),
        lambda: parser.feed('"y", '),
        parser.snapshot,
        parser.changes,
        lambda: (parser.repairs, parser.complete, parser.done),
    ]
    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert unexpected == []
    assert set(parser.finish()) <= {"x", "y"}


# A parser may move from one thread to another between calls.
def test_a_parser_may_change_threads() -> None:
    parser = Parser()
    for chunk in one_by_one('{"a": [1, "two"]}'):
        thread = threading.Thread(target=parser.feed, args=(chunk,))
        thread.start()
        thread.join()
    assert parser.finish() == {"a": [1, "two"]}


# The collector may run inside any call and call back: a defined error or a whole call, never a crash.
def test_calls_from_inside_a_call() -> None:
    parser = Parser(changes=True)
    unexpected: list[BaseException] = []

    def reenter(phase: str, info: dict[str, int]) -> None:
        for call in (parser.snapshot, parser.changes, lambda: parser.feed(" "), lambda: parser.complete):
            try:
                call()
            except (PydanticFlowError, RuntimeError):
                continue
            except BaseException as error:
                unexpected.append(error)

    thresholds = gc.get_threshold()
    gc.callbacks.append(reenter)
    gc.set_threshold(1)
    try:
        for _ in range(50):
            try:
                parser.feed('[{"a": [[], {}, [1, {"b": []}]]}, ')
                parser.snapshot()
            except (PydanticFlowError, RuntimeError):
                continue
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(reenter)
    assert unexpected == []


# A parser that is shown says something, and cannot be copied or pickled by accident into a broken one.
def test_repr_does_not_fail() -> None:
    parser = Parser()
    parser.feed("[1")
    assert "Parser" in repr(parser)
