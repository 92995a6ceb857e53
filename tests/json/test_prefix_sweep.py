"""The shared prefix sweep: valid documents cut after every character, by `loads` and by `Parser`."""

import warnings
from typing import Any

from pydantic_flow.json import Parser, loads

from . import oracle
from .compare import grows, same
from .shared import scorer


def documents(sweep: Any) -> list[str]:
    """The documents of the sweep, which leaves a file to the collector to close."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        found: list[str] = sweep.docs()
        return found


# One call per prefix: all right, nothing raised, nothing taken back.
def test_loads_reads_every_prefix() -> None:
    sweep = scorer("prefix_sweep")
    for document in documents(sweep):
        before: Any = None
        for at in range(1, len(document) + 1):
            value = loads(document[:at])
            assert same(value, sweep.prefix_value(document[:at])), document[:at]
            assert before is None or grows(before, value)
            before = value


# One parser per document, fed character by character.
def test_a_parser_reads_every_prefix() -> None:
    sweep = scorer("prefix_sweep")
    for document in documents(sweep):
        parser = Parser(changes=True)
        for at in range(1, len(document) + 1):
            parser.feed(document[at - 1 : at])
            assert same(parser.snapshot(), sweep.prefix_value(document[:at])), document[:at]
            assert all(reason is None for *_, reason in parser.changes())
        assert parser.repairs == []


# Two oracles, written apart: ours and the sweep's.
def test_our_oracle_agrees_with_the_sweep() -> None:
    sweep = scorer("prefix_sweep")
    for document in documents(sweep):
        for at in range(1, len(document) + 1):
            assert same(oracle.prefix_reading(document[:at]), sweep.prefix_value(document[:at]))
