"""What a StreamingParser shows while the text comes: fields, values, changes, repairs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from pydantic_flow.errors import LimitError, StaleItemError, TerminalStateError, UnfinishedError
from pydantic_flow.json import Limits
from pydantic_flow.streaming import (
    Emitter,
    NonFatalError,
    PartialFields,
    ProgressItem,
    Retract,
    StreamingParser,
    apply_changes,
    check_grammar,
    parse_json_stream,
)

from .conftest import cuts, drain, pieces, values

Way = Callable[..., tuple[list[Any], Exception | None]]


class Report(BaseModel):
    title: str
    count: int
    tags: list[str] = []


TEXT = '{"title": "Wär\\u006de", "count": 120, "tags": ["a", "bc"]}'


def partial(items: list[Any]) -> list[PartialFields]:
    return [item for item in items if isinstance(item, PartialFields)]


def plain(items: list[Any]) -> list[Any]:
    """Items without what a clock or a random id puts in."""
    facts: list[Any] = []
    for item in items:
        match item:
            case PartialFields(fields=fields, value=value, seq=seq):
                facts.append(("partial", seq, fields, value))
            case NonFatalError(kind=kind, path=path, offset=offset, seq=seq):
                facts.append(("error", seq, kind, path, offset))
            case Retract(from_index=first, to_index=last, seq=seq):
                facts.append(("retract", seq, first, last))
            case _:
                facts.append(item)
    return facts


# The order of a stream of one model: fields as they grow, then the model.
def test_partial_fields_come_first_and_the_model_last(way: Way) -> None:
    items, error = way(StreamingParser(Report), pieces(TEXT, 4))
    assert error is None
    assert items[-1] == Report(title="Wärme", count=120, tags=["a", "bc"])
    assert all(isinstance(item, PartialFields) for item in items[:-1])


# All ways to drive a parser give the same items with the same numbers.
@pytest.mark.parametrize("text", [TEXT, "{'a': [1,], b: nul", '{"a": 1} {"a": 2}', "", '{"a": "x', "[1, 2"])
def test_all_ways_give_the_same_items(way: Way, text: str) -> None:
    items, error = way(StreamingParser(Any), pieces(text, 3))
    others, other_error = drain(StreamingParser(Any).stream_parse(pieces(text, 3)))
    assert plain(items) == plain(others)
    assert (type(error), str(error)) == (type(other_error), str(other_error))


# `fields` has the top-level members that this chunk changed, whole, and no others.
def test_fields_are_the_changed_top_level_members_with_their_current_values() -> None:
    chunks = ['{"a": "x', 'y", "b": {"c": [1', ', 2]}, "d": tr', 'ue, "e": "z', '"}']
    items, _ = drain(StreamingParser(Any).stream_parse(chunks))
    assert [item.fields for item in partial(items)] == [
        {"a": "x"},
        {"a": "xy", "b": {"c": []}},
        {"b": {"c": [1, 2]}},
        {"d": True, "e": "z"},
    ]


# JSON keys as sent, whatever the model calls them.
def test_fields_have_json_keys_as_sent() -> None:
    class Aliased(BaseModel):
        user_name: str

        model_config = {"alias_generator": lambda name: name.title()}

    items, _ = drain(StreamingParser(Aliased).stream_parse(['{"User_Name": "A"}']))
    assert items[0].fields == {"User_Name": "A"}
    assert items[-1].user_name == "A"


# A chunk that changes nothing gives no item.
@pytest.mark.parametrize("chunk", ["", " \n", '"', ",", '"ke', "12", "tru", "\\", "\\u00"])
def test_a_chunk_that_changes_nothing_gives_no_item(chunk: str) -> None:
    before = {'"': '{"a": "x', "\\": '{"a": "x', "\\u00": '{"a": "x', ",": '{"a": "x"', '"ke': '{"a": "x", '}
    parser = StreamingParser(Any)
    assert len(parser.feed(before.get(chunk, '{"a": '))) == 1
    assert parser.feed(chunk) == []


# A root that is not an object has a value, but no fields.
@pytest.mark.parametrize(("text", "value"), [('["a"', ["a"]), ('"text', "text"), ("[[{", [[{}]])])
def test_a_root_that_is_not_an_object_has_no_fields_but_value(text: str, value: Any) -> None:
    [item] = StreamingParser(Any).feed(text)
    assert (item.fields, item.value) == ({}, value)


# What was handed out stays as it was, however the value grows.
@given(value=values, size=st.integers(1, 7))
def test_an_item_never_changes_after_it_was_given(value: Any, size: int) -> None:
    text = json.dumps(value)
    items, _ = drain(StreamingParser(Any).stream_parse(pieces(text, size)))
    kept = partial(items)
    seen = []
    for item in StreamingParser(Any).stream_parse(pieces(text, size)):
        if isinstance(item, PartialFields):
            seen.append(json.dumps([item.fields, item.value]))
    assert [json.dumps([item.fields, item.value]) for item in kept] == seen


# Strings grow in sight.
def test_partial_strings_are_shown_as_they_grow() -> None:
    items, _ = drain(StreamingParser(Any).stream_parse(['{"t": "a', "b\\u00", 'e9c"}']))
    assert [item.value for item in partial(items)] == [{"t": "a"}, {"t": "ab"}, {"t": "abéc"}]


# The switch: strings are shown when they are whole, and everything else as before.
@pytest.mark.parametrize("text", ['{"t": "abc", "u": ["x", "yz"]}', '"whole"', '["a", {"b": "c"}, 1]'])
def test_with_partial_strings_off_strings_are_shown_only_whole(text: str) -> None:
    whole = {"abc", "x", "yz", "whole", "a", "c", "t", "u", "b"}

    def strings(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {part for member in value.values() for part in strings(member)}
        if isinstance(value, list):
            return {part for item in value for part in strings(item)}
        return {value} if isinstance(value, str) else set()

    parser = StreamingParser(Any, partial_strings=False, keep_changes=True)
    items, error = drain(parser.stream_parse(list(text)))
    assert error is None
    assert items[-1] == json.loads(text)
    assert set().union(*(strings(item.value) for item in partial(items))) <= whole
    assert all(op != "append" for item in partial(items) for _, op, _, _ in item.changes)
    assert items[-2].value == json.loads(text)


# Numbers and literals are shown when they can no longer change, so none is ever shown in part.
@pytest.mark.parametrize("token", ["12", "-1.5e3", "true", "null", "false", "0"])
def test_numbers_and_literals_are_shown_only_when_they_can_no_longer_change(token: str) -> None:
    parser = StreamingParser(Any)
    for character in '{"a": ' + token:
        for item in parser.feed(character):
            assert item.value == {}
    [item] = parser.feed(', "b": "')
    assert item.fields == {"a": json.loads(token), "b": ""}


# At root level the end of input ends a number or a literal.
@pytest.mark.parametrize("token", ["12", "-1.5e3", "true", "null", '"x"'])
def test_at_root_level_end_of_input_ends_a_number_or_literal(way: Way, token: str) -> None:
    items, error = way(StreamingParser(Any), list(token))
    assert error is None
    assert items[-1] == json.loads(token)
    assert items[-2].value == json.loads(token)


# `changes` rebuild the value, and `complete` settles every path exactly once.
@given(value=values, size=st.integers(1, 9))
def test_changes_replay_and_every_path_settles_once(value: Any, size: int) -> None:
    parser = StreamingParser(Any)
    built: Any = None
    settled: list[Any] = []
    for item in parser.stream_parse(pieces(json.dumps(value), size)):
        if isinstance(item, PartialFields):
            built = apply_changes(built, item.changes)
            assert json.dumps(built) == json.dumps(item.value)
            settled += item.complete
            assert set(settled) == parser.complete
    assert len(settled) == len(set(settled))
    assert built == value


# A settled node keeps its value.
@given(value=values, size=st.integers(1, 9))
def test_a_settled_node_never_changes_on_valid_json(value: Any, size: int) -> None:
    parser = StreamingParser(Any)
    settled: set[Any] = set()
    for item in parser.stream_parse(pieces(json.dumps(value), size)):
        if isinstance(item, PartialFields):
            for path, *_ in item.changes:
                assert not any(path[:length] in settled for length in range(len(path) + 1))
            settled |= item.complete


# Looked at after the next item, the changes are gone, and the error says what to do.
@pytest.mark.parametrize("next_chunk", ['y", "b', "y", "", " "])
def test_looking_at_changes_after_the_next_item_raises(next_chunk: str) -> None:
    parser = StreamingParser(Any)
    [item] = parser.feed('{"a": "x')
    assert item.changes == item.changes != ()
    parser.feed(next_chunk)
    for look in (lambda: item.changes, lambda: item.complete):
        with pytest.raises(StaleItemError, match="keep_changes=True"):
            look()
    assert item.fields == {"a": "x"}


# Also when what came next was an exception.
def test_looking_at_changes_after_a_failed_chunk_raises() -> None:
    parser = StreamingParser(Any, limits=Limits(depth=2))
    [item] = parser.feed('["x"')
    with pytest.raises(LimitError):
        parser.feed(', ["y", [')
    with pytest.raises(StaleItemError):
        _ = item.changes


# The last item of a stream can still be looked at when the stream is over.
def test_the_last_item_can_be_looked_at_after_the_end() -> None:
    items, _ = drain(StreamingParser(Any).stream_parse(["[1, 2", ", true"]))
    assert items[-3].changes == (((2,), "set", True, None),)


# Asked to keep them, every item has its changes for ever: the same as when looked at in time.
@pytest.mark.parametrize("text", [TEXT, '{"a": 1} {"a": 2}', "{'a': [1,], b: nul"])
def test_keep_changes_keeps_them(text: str) -> None:
    in_time = [
        (item.changes, item.complete)
        for item in StreamingParser(Any, on_truncated="accept").stream_parse(pieces(text, 5))
        if isinstance(item, PartialFields)
    ]
    parser = StreamingParser(Any, on_truncated="accept", keep_changes=True)
    items, _ = drain(parser.stream_parse(pieces(text, 5)))
    assert [(item.changes, item.complete) for item in partial(items)] == in_time


# Where the text is cut changes neither the result, nor the repairs, nor the last value.
@pytest.mark.parametrize(
    "text", [TEXT, '{\'a\': [1,], "b": {"c": "d"}}', '```json\n{"a": "é\\ud83d\\ude00"}\n```', "[1, 2] [3]"]
)
@pytest.mark.parametrize("kind", [str, str.encode])
def test_chunking_is_invisible(text: str, kind: Callable[[str], Any]) -> None:
    def facts(chunks: list[Any]) -> Any:
        items, error = drain(StreamingParser(Any).stream_parse(chunks))
        repairs = [(e.kind, e.path, e.offset) for e in items if isinstance(e, NonFatalError)]
        return items[-1], partial(items)[-1].value, repairs, error

    data = kind(text)
    expected = facts([data])
    for chunks in cuts(data):
        assert facts(chunks) == expected


# str and bytes may be mixed.
def test_str_and_bytes_chunks_may_be_mixed(way: Way) -> None:
    text = '{"a": "é", "b": "ü"}'
    items, error = way(StreamingParser(Any), [text[:7], text[7:10].encode(), text[10:12], text[12:].encode()])
    assert error is None
    assert items[-1] == json.loads(text)


# Halves of a surrogate pair in two str chunks are one character, in the items and in the result.
def test_halves_of_a_pair_in_two_chunks_join(way: Way) -> None:
    items, error = way(StreamingParser(Any), ['{"a": "\ud83d', '\ude00"}'])
    assert error is None
    assert items[-1] == {"a": "😀"}
    assert items[-2].value == {"a": "😀"}


# A text given whole is one chunk.
@pytest.mark.parametrize("text", [TEXT, TEXT.encode()])
def test_a_whole_text_is_one_chunk(text: Any) -> None:
    items, _ = drain(StreamingParser(Report).stream_parse(text))
    assert [type(item) for item in items] == [PartialFields, Report]
    again, _ = drain(parse_json_stream(text, Report))
    assert again[-1] == items[-1]


# Every repair is an event with its kind, path and place; the stream goes on.
def test_repairs_are_recoverable_errors(way: Way) -> None:
    items, error = way(StreamingParser(Any), ["{'a': [1,, 2]", ', "b": True}'])
    repairs = [item for item in items if isinstance(item, NonFatalError)]
    assert error is None
    assert items[-1] == {"a": [1, 2], "b": True}
    assert {"quote_marks", "extra_comma", "literal"} <= {repair.kind for repair in repairs}
    assert all(repair.recoverable and repair.message and repair.offset is not None for repair in repairs)


# Valid JSON has no repairs.
@given(value=values)
def test_valid_json_has_no_errors(value: Any) -> None:
    items, error = drain(StreamingParser(Any).stream_parse(pieces(json.dumps(value, ensure_ascii=False), 4)))
    assert error is None
    assert not any(isinstance(item, NonFatalError) for item in items)


# Another root takes the place of what was shown: withdrawn first, then shown, then explained.
@pytest.mark.parametrize("chunks", [['{"a": "x"}\n', '{"a": "y"}\n'], ['["no"]', '</think>{"a": "b"}']])
def test_a_replaced_root_is_retracted_before_the_next_fields(way: Way, chunks: list[str]) -> None:
    items, error = way(StreamingParser(Any), chunks)
    assert error is None
    [at] = [place for place, item in enumerate(items) if isinstance(item, Retract)]
    retract, after = items[at], items[at + 1]
    assert (retract.reason, retract.target_node, retract.target_attempt) == ("replaced", "", 0)
    shown = partial(items[:at])
    assert shown and all(retract.covers(item) for item in shown)
    assert isinstance(after, PartialFields) and not retract.covers(after)
    assert after.value == items[-1]


# A step that begins with a Retract is another step: an item from before it is over once the Retract is there.
@pytest.mark.parametrize("keep", [False, True])
def test_an_item_is_over_when_a_retract_comes(keep: bool) -> None:
    old, shown, looked = None, (), False
    for item in StreamingParser(Any, keep_changes=keep).stream_parse(['{"a": 1}', ' {"b": 2}']):
        if isinstance(item, Retract):
            assert old is not None and old.value == {"a": 1}
            if keep:
                assert old.changes == shown
            else:
                for look in ("changes", "complete", "partial"):
                    with pytest.raises(StaleItemError, match="keep_changes=True"):
                        getattr(old, look)
            looked = True
        elif isinstance(item, PartialFields):
            old, shown = item, item.changes
    assert looked and shown


# Within a chunk: what is withdrawn, what is shown, what was repaired.
def test_the_order_within_a_chunk_is_retract_fields_errors() -> None:
    parser = StreamingParser(Any)
    parser.feed('{"a": 1}')
    kinds = [type(item) for item in parser.feed(" {'a': 2,}\n")]
    assert kinds[:2] == [Retract, PartialFields]
    assert set(kinds[2:]) == {NonFatalError}


# A bare parser's stream has a run id of its own, seq and index from 0 without gaps, and no START or END.
@pytest.mark.parametrize(
    "text", [TEXT, '{"a": 1} {"a": 2}', "{'a': [1,], b: nul", '{"a": "x', "", "[1,", "nope"]
)
def test_a_bare_stream_keeps_the_grammar(way: Way, text: str) -> None:
    items, _ = way(StreamingParser(Any), pieces(text, 2))
    check_grammar(items, bare=True)
    run_ids = {item.run_id for item in items if isinstance(item, ProgressItem)}
    assert len(run_ids) == 1 and all(run_ids)


# Within a run, the run's emitter stamps the events, and others may stamp between them.
def test_an_emitter_makes_the_events_part_of_a_run() -> None:
    run = Emitter("r")
    node = run.child("extract")
    run.emit(NonFatalError(message="before"))
    parser = StreamingParser(Any, emitter=node)
    [item] = parser.feed('{"a": "x')
    run.emit(NonFatalError(message="between"))
    [other] = parser.feed("y")
    assert [(i.run_id, i.node_id, i.node_path, i.seq, i.index) for i in (item, other)] == [
        ("r", "extract", ("extract",), 1, 0),
        ("r", "extract", ("extract",), 3, 1),
    ]
    assert other.changes == ((("a",), "append", "y", None),)


# A parser reads one stream: a second use says so at once, whichever way the first one was.
@pytest.mark.parametrize("first", ["astream_parse", "stream_parse", "feed", "finished"])
@pytest.mark.parametrize("second", ["astream_parse", "stream_parse", "feed", "finish"])
def test_a_second_stream_is_a_clear_error(first: str, second: str) -> None:
    parser = StreamingParser(Any)
    if first == "finished":
        parser.feed("1")
        parser.finish()
    else:
        getattr(parser, first)("[1]")
    if (first, second) in {("feed", "feed"), ("feed", "finish")}:
        return
    arguments = [] if second == "finish" else ["[2]"]
    for _ in range(2):
        with pytest.raises(TerminalStateError, match="reads one stream"):
            getattr(parser, second)(*arguments)


# After a failure it says which.
def test_after_a_failure_the_parser_names_it(way: Way) -> None:
    parser = StreamingParser(Any)
    _, error = way(parser, ['{"a": "x'])
    assert error is not None
    for use in (lambda: parser.feed("1"), parser.finish, lambda: parser.result):
        with pytest.raises(TerminalStateError, match="TruncatedError"):
            use()


# `result` is the validated object itself, and not there before the end.
def test_result_is_the_last_item(way: Way) -> None:
    parser = StreamingParser(Report)
    with pytest.raises(UnfinishedError):
        _ = parser.result
    items, _ = way(parser, [TEXT])
    assert parser.result is items[-1]


# None is a result like any other.
def test_a_result_of_none_is_a_result(way: Way) -> None:
    parser = StreamingParser(Report | None)
    items, error = way(parser, ["nu", "ll"])
    assert (items[-1], error, parser.result) == (None, None, None)


# Options that do not exist are refused when the parser is made.
@pytest.mark.parametrize(
    "options", [{"on_truncated": "ignore"}, {"on_missing_closers": "accept"}, {"partial_string": True}]
)
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        StreamingParser(Any, **options)
