"""The short ways: tokens, fields, results."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import AliasChoices, AliasPath, BaseModel, Field
from pydantic.dataclasses import dataclass

from pydantic_flow.errors import GrammarError, PydanticFlowError
from pydantic_flow.streaming import (
    Emitter,
    NonFatalError,
    PartialFields,
    Retract,
    StreamEnd,
    StreamingParser,
    StreamStart,
    TokenChunk,
    check_grammar,
    collect_all_tokens,
    collect_final_result,
    fields_by_attribute,
    iter_fields,
    iter_tokens,
    parse_json_stream,
)

from .conftest import arriving, drain


class Result(BaseModel):
    text: str


def retrying() -> list[Any]:
    """A node that says "Hel", withdraws it, thinks, and says "Hello"."""
    run = Emitter("r")
    first = run.child("n")
    again = first.retry()
    gone = Retract(target_node="n", target_attempt=0, from_index=1, to_index=3, reason="retry")
    return [
        run.emit(StreamStart()),
        first.emit(StreamStart(scope="node")),
        first.emit(TokenChunk(text="He")),
        first.emit(PartialFields(fields={"text": "He"})),
        first.emit(TokenChunk(text="l")),
        again.emit(gone),
        again.emit(TokenChunk(text="hm", channel="thinking")),
        again.emit(TokenChunk(text="Hel")),
        again.emit(PartialFields(fields={"text": "Hel"})),
        again.emit(TokenChunk(text="lo")),
        again.emit(StreamEnd(scope="node", result=Result(text="Hello"))),
        run.emit(StreamEnd(result=Result(text="Hello"))),
    ]


def collected(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


# The example itself keeps the grammar.
def test_the_example_keeps_the_grammar() -> None:
    check_grammar(retrying())


# Only texts, as they come.
@pytest.mark.parametrize("stream", [lambda: arriving(retrying()), retrying])
def test_iter_tokens_yields_only_texts(stream: Any) -> None:
    assert drain(iter_tokens(stream()))[0] == ["He", "l", "Hel", "lo"]


# Withdrawn text is told, before the new text comes.
def test_iter_tokens_tells_what_is_withdrawn() -> None:
    shown: list[Any] = []

    async def main() -> None:
        async for text in iter_tokens(arriving(retrying()), on_retract=lambda gone: shown.clear()):
            shown.append(text)

    asyncio.run(main())
    assert shown == ["Hel", "lo"]


# Thinking is not answering.
@pytest.mark.parametrize(
    ("channel", "texts"), [("answer", "HelHello"), ("thinking", "hm"), (None, "HelhmHello")]
)
def test_channels_are_kept_apart(channel: Any, texts: str) -> None:
    assert "".join(drain(iter_tokens(retrying(), channel=channel))[0]) == texts


# All tokens together are the final text: what was withdrawn is not in it.
def test_collect_all_tokens_is_the_final_text() -> None:
    assert collected(collect_all_tokens(arriving(retrying()))) == "Hello"
    assert collected(collect_all_tokens(retrying(), channel=None)) == "hmHello"
    assert collected(collect_all_tokens([])) == ""


# A new root withdraws fields, but not the text that they were read from.
def test_replaced_fields_do_not_withdraw_text() -> None:
    run = Emitter("r")
    gone = Retract(target_node="", target_attempt=0, from_index=0, to_index=1, reason="replaced")
    items = [run.emit(TokenChunk(text="a")), run.emit(PartialFields(fields={"b": 1})), run.emit(gone)]
    assert collected(collect_all_tokens(items)) == "a"


# Only another attempt of another node is another thing.
@pytest.mark.parametrize(
    "change", [{"target_node": "x"}, {"target_attempt": 1}, {"from_index": 1}, {"run_id": "q"}]
)
def test_a_retract_covers_its_own_range_only(change: dict[str, Any]) -> None:
    facts = {
        "run_id": "r",
        "target_node": "",
        "target_attempt": 0,
        "from_index": 0,
        "to_index": 0,
        "reason": "retry",
    }
    token = TokenChunk(text="a", run_id="r")
    assert Retract(**facts).covers(token)
    assert not Retract(**{**facts, **change}).covers(token)
    assert not Retract(**facts).covers(NonFatalError(message="m", run_id="r"))


# Only fields; an empty dict says that what was shown is withdrawn.
def test_iter_fields_yields_fields_and_an_empty_dict_for_a_retract() -> None:
    assert drain(iter_fields(arriving(retrying())))[0] == [{"text": "He"}, {}, {"text": "Hel"}]


# The same for a parser whose root is replaced.
def test_iter_fields_of_a_replaced_root() -> None:
    stream = StreamingParser(Any).astream_parse(['{"a": "x"}', '</think>{"b": "y"}'])
    assert drain(iter_fields(stream))[0] == [{"a": "x"}, {}, {"b": "y"}]


# A root without members gives no fields.
def test_iter_fields_of_a_list_yields_nothing() -> None:
    assert drain(iter_fields(parse_json_stream(['["a", {"b": "c"}]'], Any)))[0] == []


# The real object of a node stream, not its preview.
def test_collect_final_result_of_a_node_is_the_real_object() -> None:
    events = retrying()
    assert collected(collect_final_result(arriving(events))) is events[-1].result


# The model of a parser's stream, whatever it is.
@pytest.mark.parametrize(
    ("kind", "text", "result"),
    [
        (Result, '{"text": "a"}', Result(text="a")),
        (list[int], "[1]", [1]),
        (Any, "null", None),
        (int, "0", 0),
    ],
)
def test_collect_final_result_of_a_parser_is_the_model(kind: Any, text: str, result: Any) -> None:
    assert collected(collect_final_result(parse_json_stream([text], kind))) == result


class Account(BaseModel):
    plain: int
    aliased: int = Field(alias="theAlias")
    chosen: int = Field(validation_alias=AliasChoices("one", AliasPath("two"), AliasPath("deep", 0)))


@dataclass
class Entry:
    when: str = Field(alias="at")


# JSON keys become attribute names, by every alias that stands for the whole field.
@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (Account, {"plain": 1, "theAlias": 2, "one": 3}, {"plain": 1, "aliased": 2, "chosen": 3}),
        (Account, {"two": 3, "deep": [3], "other": 4}, {"chosen": 3, "deep": [3], "other": 4}),
        (Entry, {"at": "now"}, {"when": "now"}),
        (dict[str, int], {"a": 1}, {"a": 1}),
        (Any, {}, {}),
    ],
)
def test_fields_by_attribute_knows_the_aliases(kind: Any, fields: Any, expected: Any) -> None:
    assert fields_by_attribute(fields, kind) == expected


# What ends the stream ends the helper.
@pytest.mark.parametrize("helper", [collect_final_result, collect_all_tokens])
def test_exceptions_come_through_the_helpers(helper: Any) -> None:
    with pytest.raises(ValueError, match="ended"):
        collected(helper(parse_json_stream(['{"text": "a'], Result)))


# No result is no None.
@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([], GrammarError),
        ([StreamStart()], GrammarError),
        ([StreamStart(), TokenChunk(text="a")], GrammarError),
        ([StreamStart(), StreamEnd(success=False)], PydanticFlowError),
    ],
)
def test_a_stream_without_a_result_is_an_error(events: list[Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        collected(collect_final_result(events))


# parse_json_stream takes the options of the parser.
def test_parse_json_stream_is_the_parser_in_one_call() -> None:
    async def text() -> AsyncIterator[bytes]:
        yield b'{"text": "a'

    items, error = drain(parse_json_stream(text(), Result, on_truncated="accept"))
    assert error is None
    assert items[-1] == Result(text="a")
