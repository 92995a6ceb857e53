"""The order of events: what a run can produce passes, anything else names its rule."""

from typing import Any

import pytest

from pydantic_flow.errors import GrammarError
from pydantic_flow.streaming import (
    Emitter,
    GrammarChecker,
    NonFatalError,
    PartialFields,
    ProgressItem,
    Retract,
    StreamEnd,
    StreamStart,
    TokenChunk,
    ToolArgProgress,
    ToolCall,
    ToolReady,
    ToolResult,
    ToolStart,
    check_grammar,
)

START, END, TOKEN, FIELDS = StreamStart(), StreamEnd(), TokenChunk(text="x"), PartialFields()
FATAL, FAILED = NonFatalError(message="no", recoverable=False), StreamEnd(success=False)
NODE, NODE_END, NODE_FAILED = (
    StreamStart(scope="node"),
    StreamEnd(scope="node"),
    StreamEnd(scope="node", success=False),
)


def call(name: str) -> ToolCall:
    return ToolCall(tool_name="t", call_id=name)


ARGS = ToolArgProgress(tool_name="t", call_id="c", delta="{")
READY = ToolReady(tool_name="t", call_id="c")
BEGUN = ToolStart(tool_name="t", call_id="c")
DONE = ToolResult(tool_name="t", call_id="c")


def retract(first: int, last: int, node: str = "", attempt: int = 0) -> Retract:
    return Retract(target_node=node, target_attempt=attempt, from_index=first, to_index=last, reason="retry")


def run(*script: Any) -> list[Any]:
    """The events of a script: an event of the run, or a node's name and its event ("a", "a/b", "a+1")."""
    sources = {"": Emitter("r")}

    def source(name: str) -> Emitter:
        if name not in sources:
            if "+" in name:
                sources[name] = source(name.partition("+")[0]).retry()
            else:
                above, _, last = name.rpartition("/")
                sources[name] = source(above).child(last)
        return sources[name]

    events = []
    for step in script:
        name, item = step if isinstance(step, tuple) else ("", step)
        events.append(source(name).emit(item) if isinstance(item, ProgressItem) else item)
    return events


RIGHT: dict[str, list[Any]] = {
    "a run": [START, TOKEN, FIELDS, END],
    "only start and end": [START, END],
    "a node in a run": [START, ("a", NODE), ("a", TOKEN), ("a", NODE_END), END],
    "a node alone": [("a", NODE), ("a", TOKEN), ("a", NODE_END)],
    "nodes at once": [START, ("a", NODE), ("b", NODE), ("a", TOKEN), ("b", NODE_END), ("a", NODE_END), END],
    "nested": [START, ("a", NODE), ("a/b", NODE), ("a/b", NODE_END), ("a", NODE_END), END],
    "scopes of one node": [
        ("a", NODE),
        ("a", StreamStart(scope="agent")),
        ("a", StreamEnd(scope="agent")),
        ("a", NODE_END),
    ],
    "a node twice": [START, ("a", NODE), ("a", NODE_END), ("a", NODE), ("a", NODE_END), END],
    "a recoverable error": [START, NonFatalError(message="hm"), TOKEN, END],
    "a failure": [START, TOKEN, FATAL, FAILED],
    "a tool call": [START, call("c"), ARGS, ARGS, READY, BEGUN, DONE, END],
    "calls at once": [START, call("c"), call("d"), DONE, ToolResult(tool_name="t", call_id="d"), END],
    "an id again": [START, call("c"), DONE, call("c"), DONE, END],
    "an id in two nodes": [
        START,
        ("a", NODE),
        ("a", call("c")),
        call("c"),
        ("a", DONE),
        DONE,
        ("a", NODE_END),
        END,
    ],
    "a failed call": [START, call("c"), ToolResult(tool_name="t", call_id="c", error="e"), END],
    "a failure in a call": [START, call("c"), FATAL, FAILED],
    "a withdrawn call": [
        START,
        ("a", NODE),
        ("a", call("c")),
        ("a+1", retract(0, 1, "a")),
        ("a+1", NODE_END),
        END,
    ],
    "a failure below": [START, ("a", NODE), ("a", FATAL), ("a", NODE_FAILED), FATAL, FAILED],
    "a failure below that is caught": [START, ("a", NODE), ("a", FATAL), ("a", NODE_FAILED), TOKEN, END],
    "others go on while one fails": [
        START,
        ("a", NODE),
        ("b", NODE),
        ("a", FATAL),
        ("b", TOKEN),
        ("a", NODE_FAILED),
        ("b", NODE_END),
        END,
    ],
    "a retry": [
        START,
        ("a", NODE),
        ("a", TOKEN),
        ("a+1", retract(0, 1, "a")),
        ("a+1", TOKEN),
        ("a+1", NODE_END),
        END,
    ],
}
WRONG: dict[str, tuple[list[Any], str]] = {
    "empty": ([], "the stream is empty"),
    "no start": ([TOKEN, END], "came before StreamStart"),
    "end first": ([END], "came before StreamStart"),
    "no end": ([START, TOKEN], "stopped before the StreamEnd of run"),
    "a node without end": ([START, ("a", NODE), END], "node .* has not ended"),
    "a node that never ends": ([START, ("a", NODE)], "stopped before the StreamEnd of node"),
    "two starts": ([START, START], "came twice"),
    "two ends of a node": ([START, ("a", NODE), ("a", NODE_END), ("a", NODE_END)], "without its StreamStart"),
    "another scope": ([START, ("a", NODE), ("a", StreamEnd(scope="agent"))], "without its StreamStart"),
    "another path": ([START, ("a", NODE), ("b", NODE_END)], "without its StreamStart"),
    "after the end": ([START, END, TOKEN], "came after the end of the run"),
    "failed without an error": ([START, FAILED], "no error before it"),
    "failed after a recoverable error": ([START, NonFatalError(message="hm"), FAILED], "no error before it"),
    "success after a fatal error": ([START, FATAL, END], "came after an error that is not recoverable"),
    "more after a fatal error": ([START, FATAL, TOKEN], "came after an error that is not recoverable"),
    "a fatal error without end": ([START, FATAL], "stopped before"),
    "withdrawing what has not come": (
        [START, TOKEN, retract(0, 5)],
        "withdraws 0 to 5 of '', whose last event is 1",
    ),
    "withdrawing another node": ([START, retract(0, 0, "x")], "withdraws"),
    "withdrawing backwards": ([START, TOKEN, retract(1, 0)], "withdraws"),
    "a result without its call": ([START, DONE, END], "of 'c' without its ToolCall"),
    "arguments without their call": ([START, ARGS, END], "of 'c' without its ToolCall"),
    "two results": ([START, call("c"), DONE, DONE, END], "of 'c' without its ToolCall"),
    "a call twice": ([START, call("c"), call("c"), END], "of 'c' came twice"),
    "a call without a result": ([START, call("c"), END], "the call 'c' has no ToolResult"),
    "the result of another node": ([START, ("a", NODE), call("c"), ("a", DONE)], "without its ToolCall"),
    "a call that a retract misses": (
        [START, ("a", NODE), ("a", call("c")), ("a+1", retract(0, 0, "a")), ("a+1", NODE_END), END],
        "the call 'c' has no ToolResult",
    ),
    "something else": ([START, "text"], "no event"),
}


@pytest.mark.parametrize("script", RIGHT.values(), ids=RIGHT)
def test_what_a_run_can_produce_passes(script: list[Any]) -> None:
    check_grammar(run(*script))


# The order of scopes that are open is said by the last of them.
@pytest.mark.parametrize(("script", "rule"), WRONG.values(), ids=WRONG)
def test_anything_else_names_its_rule(script: list[Any], rule: str) -> None:
    with pytest.raises(GrammarError, match=rule):
        check_grammar(run(*script))


# The envelope has rules of its own.
@pytest.mark.parametrize(
    ("field", "rule"),
    [("seq", "has seq 9, not 2"), ("index", "has index 9, not 2"), ("run_id", "is of run '9', not 'r'")],
)
def test_seq_and_index_have_no_gaps_and_there_is_one_run(field: str, rule: str) -> None:
    import msgspec

    events = run(START, TOKEN, TOKEN, END)
    events[2] = msgspec.structs.replace(events[2], **{field: "9" if field == "run_id" else 9})
    with pytest.raises(GrammarError, match=rule):
        check_grammar(events)


# A lost or doubled event is seen.
def test_a_lost_or_doubled_event_is_seen() -> None:
    events = run(START, TOKEN, TOKEN, END)
    for broken in (events[:1] + events[2:], [*events[:2], events[1], *events[2:]]):
        with pytest.raises(GrammarError, match="seq"):
            check_grammar(broken)


# A stream that its consumer left may stop anywhere, but what came must be right.
def test_a_stream_closed_by_its_consumer_ends_without_end() -> None:
    for script in RIGHT.values():
        events = run(*script)
        for length in range(len(events)):
            check_grammar(events[:length], closed=True)
    with pytest.raises(GrammarError):
        check_grammar(run(START, FAILED), closed=True)


# A bare parser's stream: no start, no end, at last the value or an error.
@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ([FIELDS, "value"], None),
        (["value"], None),
        ([None], None),
        ([FIELDS, retract(0, 0), FIELDS, "value"], None),
        ([FIELDS, FATAL], None),
        ([START, "value"], "bare parser"),
        ([FIELDS, END], "bare parser"),
        ([FIELDS], "before its value"),
        ([], "before its value"),
        (["value", FIELDS], "came after the value"),
        (["value", "value"], "came after the value"),
        ([FATAL, "value"], "came after an error"),
    ],
)
def test_the_stream_of_a_bare_parser(script: list[Any], rule: str | None) -> None:
    events = run(*script)
    if rule is None:
        check_grammar(events, bare=True)
    else:
        with pytest.raises(GrammarError, match=rule):
            check_grammar(events, bare=True)


# One by one, the checker raises at the first event that cannot come.
def test_the_checker_raises_at_the_first_event_that_cannot_come() -> None:
    checker = GrammarChecker()
    start, end, token = run(START, END, TOKEN)
    checker.accept(start)
    checker.accept(end)
    checker.finish()
    with pytest.raises(GrammarError, match="TokenChunk 2"):
        checker.accept(token)
