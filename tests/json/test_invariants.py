"""The contracts of the reader, one property each, by the names of DESIGN section 3 (I1 to I11).

I6 is in test_strict.py too. I7 (linear work) is counted in Rust and shown by benches/; I11's random call
sequences are in test_calls.py.
"""

import copy
import gc
import itertools
import json
import sys
import weakref
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pydantic_flow.errors import LimitError
from pydantic_flow.json import Limits, Parser, loads

from . import checks, defects, oracle, texts
from .budget import examples
from .compare import grows, same
from .drive import Chunk, cut, fed, finished, one_by_one, read, repairs, seen
from .replay import NOTHING, replayed
from .shared import DATA, rows

TABLES = [row["input"] for path in sorted(DATA.glob("*.jsonl")) for row in rows(path)]

broken = st.one_of(texts.broken, texts.spliced(TABLES))
inputs = st.one_of(texts.texts, texts.byte_soups(), texts.spliced(TABLES))
modes = st.sampled_from(["show", "hide"])
stricts = st.sampled_from([False, False, False, True])


# I1: two ways of cutting the same bytes show the same, at every place both of them stop, and at the end.
@examples(4)
@given(inputs, texts.places(), st.one_of(st.none(), texts.places()), stricts, modes)
def test_i1_chunking_is_invisible(
    data: Chunk, a: list[int], b: list[int] | None, strict: bool, mode: str
) -> None:
    parts = cut(data, a[:1])
    ways = [list(one_by_one(part)) if b is None else cut(part, b) for part in parts]
    checks.shows_the_same([cut(part, a) for part in parts], ways, strict=strict, unfinished=mode)


# I1: the same for text and for its UTF-8, cut inside characters or not.
@examples(2)
@given(texts.texts, texts.places())
def test_i1_text_and_bytes_are_the_same_input(text: str, places: list[int]) -> None:
    whole, pieces = Parser(), Parser()
    assert fed(whole, [text]) == fed(pieces, cut(text.encode(), places))
    left, right = seen(whole), seen(pieces)
    assert same(left.value, right.value)
    assert (left.done, left.offset, left.repairs, left.complete) == (
        right.done,
        right.offset,
        right.repairs,
        right.complete,
    )


# I1: the net of what changed between two places is the same, however it was cut in between.
@examples(4)
@given(inputs, st.integers(0, 60), st.one_of(st.none(), texts.places()), modes)
def test_i1_net_changes_do_not_depend_on_the_cuts(
    data: Chunk, at: int, places: list[int] | None, mode: str
) -> None:
    parts = cut(data, [at])
    ways = [list(one_by_one(part)) if places is None else cut(part, places) for part in parts]
    checks.changes_the_same([[part] for part in parts], ways, mode)


# I1: also after an error everything that can be seen is the same, however the text was cut: the error, the
# value, the repairs, the offset, what has settled, and what the changes come to.
@examples(4)
@given(inputs, texts.places(), st.integers(0, 9), st.booleans(), modes)
def test_i1_what_is_left_after_an_error_does_not_depend_on_the_cuts(
    data: Chunk, places: list[int], most: int, strict: bool, mode: str
) -> None:
    limits = Limits(depth=most + 1, values=most, key_bytes=most, string_bytes=most, input_bytes=most * 4)
    left = []
    for chunks in ([data], cut(data, places), one_by_one(data)):
        parser = Parser(strict=strict, limits=limits, unfinished=mode, changes=True)
        error, replay = None, NOTHING
        for chunk in chunks:
            error = error or fed(parser, [chunk])
            replay = replayed(parser.changes(), replay)
        error = error or finished(parser)[1]
        left.append((error, seen(parser), replayed(parser.changes(), replay)))
    assume(left[0][0] is not None)
    for error, shown, replay in left:
        assert error == left[0][0] and error is not None and shown.offset == error.offset
        assert same(shown.value, left[0][1].value)
        assert replace(shown, value=None) == replace(left[0][1], value=None)
        assert shown.value is None if replay is NOTHING else same(replay, shown.value)


# I1: a repair is listed when it is decided and never withdrawn, and each is listed once.
@examples(2)
@given(inputs)
def test_i1_repairs_are_never_withdrawn(data: Chunk) -> None:
    parser, before = Parser(), ()
    for chunk in one_by_one(data):
        parser.feed(chunk)
        now = repairs(parser)
        assert now[: len(before)] == before
        before = now  # type: ignore[assignment]
    parser.finish()
    assert repairs(parser)[: len(before)] == before
    assert read([data]).repairs == repairs(parser)


# I2: valid JSON reads as json.loads reads it, to the bit, in order, and without a repair.
@examples(4)
@given(texts.documents, texts.places(), modes)
def test_i2_valid_json_is_exact(text: str, places: list[int], mode: str) -> None:
    expected = json.loads(text)
    for data in (text, text.encode()):
        for reading in (
            read([data]),
            read(cut(data, places), unfinished=mode),
            read(cut(data, places), strict=True),
        ):
            assert reading.error is None and reading.repairs == ()
            assert same(reading.value, expected)
            assert json.dumps(reading.value) == json.dumps(expected)
    assert same(loads(text), expected) and same(loads(text.encode(), strict=True), expected)


# I2: every prefix of valid JSON reads as the oracle says, and so does the snapshot there.
@examples(4)
@given(texts.documents)
@example('{"a": 1, "a": 2}')
def test_i2_every_prefix_reads_as_the_oracle_says(text: str) -> None:
    parser = Parser()
    for at, char in enumerate(text, 1):
        parser.feed(char)
        expected = oracle.prefix_reading(text[:at])
        assert same(parser.snapshot(), None if expected is oracle.NOTHING else expected)
    for at in range(len(text) + 1):
        expected = oracle.prefix_reading(text[:at])
        assert same(loads(text[:at]), None if expected is oracle.NOTHING else expected)


# I2: in strict mode the same prefixes show the same.
@examples(1)
@given(texts.documents)
def test_i2_strict_snapshots_are_the_same_prefixes(text: str) -> None:
    parser = Parser(strict=True)
    for at, char in enumerate(text, 1):
        parser.feed(char)
        expected = oracle.prefix_reading(text[:at])
        assert same(parser.snapshot(), None if expected is oracle.NOTHING else expected)


# I3: on valid JSON the value only grows, and no change takes anything back.
@examples(2)
@given(texts.documents, modes)
def test_i3_valid_json_only_grows(text: str, mode: str) -> None:
    parser = Parser(changes=True, unfinished=mode)  # type: ignore[arg-type]
    before, begun = None, False
    for char in text:
        parser.feed(char)
        now = parser.snapshot(owned=True)
        assert not begun or grows(before, now)
        before, begun = now, begun or now is not None
        assert all(reason is None for *_, reason in parser.changes())


# I3: what is settled stays: the path stays in `complete`, the value stays what it was. Two things may
# replace it, with a reason: a repeated key its member, a new root everything.
@examples(4)
@given(inputs, modes)
def test_i3_settled_never_changes(data: Chunk, mode: str) -> None:
    checks.settled_stays(list(one_by_one(data)), mode)


# I3: a comma alone does not settle the root, and the end of input settles everything.
def test_i3_the_root_settles_at_the_end() -> None:
    for text in ('{"a": 1}', "[1, 2]", '"x"', "12", '{"a": 1},'):
        parser = Parser()
        parser.feed(text)
        assert () not in parser.complete
        parser.finish()
        assert () in parser.complete


# I4: one defect among any members: the others read as if it were not there.
@examples(4)
@given(texts.objects, defects.members, texts.seeds)
def test_i4_one_defect_changes_no_other_member(
    others: dict[str, Any], defect: defects.Defect, seed: int
) -> None:
    assume(defect.key not in others)
    text, expected = defects.injected(others, defect, seed)
    assert same(loads(text), expected)
    assert same(read(one_by_one(text)).value, expected)


# I4: the same one level down, between untouched neighbours.
@examples(2)
@given(texts.values, texts.objects, texts.objects, defects.members, texts.seeds)
def test_i4_one_defect_changes_no_neighbour(
    before: Any, others: dict[str, Any], after: dict[str, Any], defect: defects.Defect, seed: int
) -> None:
    assume(defect.key not in others and defect.name != "extra closer")  # it has a match out there
    text, expected = defects.injected(others, defect, seed)
    whole = f'[{texts.written([before], seed)}, {text}, {{"after": {texts.written(after, seed)}}}]'
    assert same(loads(whole), [[before], expected, {"after": after}])


# I4: among the items of a list.
@examples(3)
@given(st.lists(texts.values, max_size=4), defects.items, texts.seeds)
def test_i4_one_defect_changes_no_other_item(others: list[Any], defect: defects.Defect, seed: int) -> None:
    text, expected = defects.injected_item(others, defect, seed)
    assert same(loads(text), expected)
    assert same(read(one_by_one(text)).value, expected)


# I4: what stands around a document changes nothing in it.
@examples(4)
@given(texts.objects, texts.seeds, st.sampled_from(texts.WRAPPINGS))
def test_i4_a_wrapping_changes_nothing_inside(
    value: dict[str, Any], seed: int, wrapping: tuple[str, str]
) -> None:
    text = wrapping[0] + texts.written(value, seed) + wrapping[1]
    assert same(loads(text), value)
    assert same(read(one_by_one(text)).value, value)


# I4: no string and no number that does not stand in the input.
@examples(2)
@given(texts.soup)
def test_i4_nothing_is_invented(text: str) -> None:
    assume("\\" not in text and "&" not in text)
    for leaf in leaves(loads(text)):
        if isinstance(leaf, str):
            assert all(char in text or char == "\ufffd" for char in leaf)
        elif type(leaf) is int:
            assert any(char in "0123456789" for char in text)


def leaves(value: Any) -> Any:
    """Every scalar and every key."""
    if isinstance(value, dict):
        yield from value
        yield from itertools.chain.from_iterable(map(leaves, value.values()))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(leaves, value))
    else:
        yield value


# I5: any text, any bytes, whole or in pieces: a value and no error.
@examples(6)
@given(st.one_of(inputs, st.binary(max_size=60), st.text(max_size=60)), texts.places(), modes)
def test_i5_tolerant_reading_is_total(data: Chunk, places: list[int], mode: str) -> None:
    assert read([data]).error is None
    assert read(cut(data, places), unfinished=mode).error is None
    loads(data)


# I5: what is read wrong, odd or nothing at all, only limits stop it; and they stop it at the same byte.
@examples(2)
@given(inputs, texts.places(), st.integers(1, 4), st.integers(0, 12))
def test_i5_limits_are_the_only_errors(data: Chunk, places: list[int], depth: int, most: int) -> None:
    limits = Limits(depth=depth, values=most, key_bytes=most, string_bytes=most, input_bytes=most * 4)
    whole, pieces = read([data], limits=limits), read(cut(data, places), limits=limits)
    assert whole.error == pieces.error and whole.repairs == pieces.repairs
    if whole.error is not None:
        assert whole.error.type is LimitError and whole.error.kind
        offset = whole.error.offset
        size = len(data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data)
        assert 0 <= offset < size


# I8: the changes, applied by another implementation, give the snapshot after every push, and the end.
@examples(4)
@given(inputs, texts.places(12), modes, st.integers(0, 12))
def test_i8_changes_replay(data: Chunk, places: list[int], mode: str, first_look: int) -> None:
    checks.replays(cut(data, places), mode, first_look=first_look)


# I8: character by character, where most is provisional.
@examples(2)
@given(broken, modes)
def test_i8_changes_replay_character_by_character(text: str, mode: str) -> None:
    checks.replays(list(text), mode)


# I8: the items that the streaming parser works with, too.
@examples(2)
@given(inputs, texts.places(12), modes)
def test_i8_items_replay(data: Chunk, places: list[int], mode: str) -> None:
    checks.items_replay(cut(data, places), mode)


# I9: snapshots that somebody keeps, or parts of them, never change.
@examples(2)
@given(inputs, st.integers(1, 7), modes)
def test_i9_kept_snapshots_never_change(data: Chunk, keep: int, mode: str) -> None:
    parser = Parser(unfinished=mode)  # type: ignore[arg-type]
    kept: list[tuple[Any, Any]] = []
    for step, chunk in enumerate(one_by_one(data)):
        parser.feed(chunk)
        snapshot = parser.snapshot()
        if step % keep == 0:
            part = inner(snapshot) if step % 3 == 0 else snapshot
            kept.append((part, copy.deepcopy(part)))
        del snapshot
    kept.append((parser.finish(), None))
    for part, was in kept[:-1]:
        assert same(part, was)


def inner(value: Any) -> Any:
    """Only the innermost open container: a part that is held while its holder is not."""
    while isinstance(value, (dict, list)) and value:
        last = list(value.values())[-1] if isinstance(value, dict) else value[-1]
        if not isinstance(last, (dict, list)):
            break
        value = last
    return value


# I9: a kept snapshot does not stop the next ones from being right.
@examples(2)
@given(texts.documents, st.lists(st.booleans(), min_size=1, max_size=6))
def test_i9_keeping_does_not_disturb(text: str, keeping: list[bool]) -> None:
    parser = Parser()
    kept = []
    for step, char in enumerate(text):
        parser.feed(char)
        if keeping[step % len(keeping)]:
            kept.append((parser.snapshot(), oracle.prefix_reading(text[: step + 1])))
    for snapshot, expected in kept:
        assert same(snapshot, None if expected is oracle.NOTHING else expected)
    assert same(parser.finish(), json.loads(text))


# I10: whatever bytes or halves of pairs come in, what goes out is clean text.
@examples(4)
@given(
    st.lists(
        st.one_of(texts.byte_soups(), st.text(max_size=6), st.sampled_from(["\ud83d", "\ude80", '"'])),
        max_size=8,
    )
)
def test_i10_only_clean_text_leaves(chunks: list[Chunk]) -> None:
    parser = Parser(changes=True)
    for chunk in chunks:
        parser.feed(chunk)
        clean(parser.snapshot())
        clean([[*path, value, reason] for path, _, value, reason in parser.changes()])
    clean(parser.finish())
    clean([[*r.path, r.kind, r.message] for r in parser.repairs])
    clean([list(path) for path in parser.complete])


def clean(value: Any) -> None:
    for leaf in leaves(value):
        if isinstance(leaf, str):
            leaf.encode("utf-8")


# I10: undecodable bytes become U+FFFD as Python's own decoder has it, and are recorded.
@examples(2)
@given(st.binary(max_size=12), texts.places())
def test_i10_invalid_utf8_in_a_string(data: bytes, places: list[int]) -> None:
    assume(min(data, default=32) >= 32 and not set(data) & set(b'"\\'))
    text = data.decode("utf-8", "replace")
    reading = read(cut(b'["' + data + b'", 1]', places))
    assert reading.value == [text, 1]
    assert reading.repairs != () or "\ufffd" not in text or "\ufffd" in data.decode("utf-8", "ignore")


# I10: a str chunk may end in half a pair; the other half joins it.
@examples(2)
@given(texts.strings, texts.places())
def test_i10_halves_of_a_pair_join(text: str, places: list[int]) -> None:
    halves = "".join(chr(unit) for char in json.dumps(text, ensure_ascii=False) for unit in texts.utf16(char))
    reading = read(cut(halves, places))
    assert reading.value == text and reading.repairs == ()


# I11: deep nesting is cheap to read, show, compare and drop, in both modes and cut anywhere.
@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":', "[1, "])
def test_i11_deep_nesting(opening: str) -> None:
    text = opening * (1024 // (2 if opening == '[{"a":' else 1))
    for strict in (False, True):
        parser = Parser(limits=Limits(depth=1024), strict=strict, changes=True)
        for chunk in cut(text, range(0, len(text), 61)):
            parser.feed(chunk)
            parser.snapshot()
        parser.changes()
        del parser
    assert loads(text, limits=Limits(depth=1024)) is not None
    for hostile in ("[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000):
        with pytest.raises(LimitError):
            loads(hostile)


# I11: long, repetitive, ugly texts end in a value.
@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "[",
        "{",
        "a [b] ",
        '"',
        "'",
        "\\",
        "```",
        "<think>",
        "{{",
        "}",
        "]",
        ")",
        ",",
        ":",
        "...",
        "/*",
        "//",
        "-",
        "“",
        '", "',
        "&quot;",
    ],
)
def test_i11_repetition_is_harmless(piece: str) -> None:
    for text in (piece * 2000, "[" + piece * 2000, '{"a": ' + piece * 2000, '["' + piece * 2000):
        try:
            loads(text)
        except LimitError as error:
            assert error.kind


# I11: a parser that is dropped in the middle of anything leaves nothing behind.
@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, {"b": "op',
        "{'a': [1, 2,, \"x\\",
        "```json\n[[[[",
        '{"n": 12',
        "<think>so",
        '["\\ud83d',
        "plain prose",
    ],
)
def test_i11_a_dropped_parser_leaks_nothing(text: str) -> None:
    def once() -> None:
        parser = Parser(changes=True)
        for chunk in one_by_one(text):
            parser.feed(chunk)
            parser.snapshot()
        parser.changes()

    for _ in range(50):
        once()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(300):
        once()
    gc.collect()
    assert sys.getallocatedblocks() - before < 300  # less than one block for each


# I11: the same after errors, finish and reading in one call; the caller's objects are let go.
def test_i11_nothing_of_the_caller_is_kept() -> None:
    class Default:
        pass

    default = Default()
    watch = weakref.ref(default)
    parser = Parser(default=default)
    parser.feed(" ")
    assert parser.snapshot() is default
    del default, parser
    gc.collect()
    assert watch() is None


# I11: errors leave nothing behind either.
def test_i11_errors_leak_nothing() -> None:
    def once() -> None:
        for text in ("[1, oops]", "[" * 201, '{"a": [1'):
            assert read([text], strict=True).error is not None

    for _ in range(50):
        once()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(300):
        once()
    gc.collect()
    assert sys.getallocatedblocks() - before < 300  # less than one block for each
