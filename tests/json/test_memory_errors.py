"""When an object cannot be made: the call says so, its parser is done, and nobody else notices.

CPython's own test hooks let each allocation fail in turn; every run is a process of its own.
"""

import subprocess
import sys

import pytest

pytest.importorskip("_testcapi", reason="this Python comes without its test hooks")

SCRIPT = """
import sys
import _testcapi
from pydantic_flow.errors import JsonError
from pydantic_flow.json import Parser, loads

TEXT = '{"alpha_beta": 1, "gamma": ["text", 2.5, {"a key of more than sixteen": "\\u00e9t\\u00e9"}]}'
WANT = {"alpha_beta": 1, "gamma": ["text", 2.5, {"a key of more than sixteen": "\\u00e9t\\u00e9"}]}
way, fails = sys.argv[1], int(sys.argv[2])
# What is made once in a process is made.
assert loads("[1, 2]") == [1, 2]
try:
    loads("[" * 999)
except JsonError:
    pass
parser, error, shown = Parser(changes=way == "changes"), None, None
if way != "feed":
    parser.feed(TEXT[:60])
    parser.snapshot()
    parser.feed(TEXT[60:-3])
call = {"feed": lambda: parser.feed(TEXT), "loads": lambda: loads(TEXT)}.get(way) or getattr(parser, way)
_testcapi.set_nomemory(fails, fails + 1)
try:
    shown = call()
except MemoryError as raised:
    error = raised
_testcapi.remove_mem_hooks()
assert loads(TEXT) == WANT, loads(TEXT)
assert loads('[{"gamma": 1}]') == [{"gamma": 1}]
if error is None:
    assert way != "loads" or shown == WANT, shown
    print("went well")
elif way == "snapshot":
    # What has been read is there; it is shown the next time.
    parser.feed(TEXT[-3:])
    assert parser.finish() == WANT
else:
    for call in (parser.finish, lambda: parser.feed("x")):
        if way == "loads":
            break
        try:
            call()
        except (JsonError, MemoryError):
            continue
        raise AssertionError("the parser went on")
"""


# I11: whichever allocation fails, the call raises MemoryError or gives the right value, the parser it broke
# is done (one that only failed to show a value is not), and later readings are right.
@pytest.mark.parametrize("way", ["loads", "feed", "snapshot", "changes", "finish"])
def test_memory_that_cannot_be_had_breaks_one_call(way: str) -> None:
    went_well = 0
    for fails in range(40):
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT, way, str(fails)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, (way, fails, run.stderr)
        went_well += run.stdout.startswith("went well")
        if went_well == 2:
            return
