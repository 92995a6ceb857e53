"""`pydantic-flow parse` where nothing is a terminal: the final JSON, lines for logs, codes for scripts."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pydantic_flow import __version__

from .running import COMMAND, in_a_new_process, in_a_pipe

MODELS = """
from datetime import date
from enum import Enum
from pydantic import BaseModel, Field

class Step(BaseModel):
    task: str
    hours: int = 1

class Plan(BaseModel):
    name: str = Field(alias="planName")
    due: date
    steps: list[Step] = []

    class Inner(BaseModel):
        x: int

Plans = list[Plan]

def function(x: int) -> int:
    return x

class Colour(Enum):
    RED = "red"

class Word(str, Enum):
    YES = "yes"

class Lost(BaseModel):
    it: "Nowhere"

number = 5
name = "Plan"
"""
PLAN = b"""{"planName": "Move", 'due': "2026-03-11", "steps": [{"task": "pack", "hours": "4"},]}"""
REPAIRED = '{"planName":"Move","due":"2026-03-11","steps":[{"task":"pack","hours":"4"}]}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models.py").write_text(MODELS)
    (tmp_path / "plan.json").write_bytes(PLAN)
    return tmp_path


# A script gets the final JSON, in one line, and nothing else on stdout; a log gets the rest.
@pytest.mark.parametrize("args", [["plan.json"], ["-"], []])
def test_stdout_has_the_final_json_and_stderr_plain_lines(folder: Path, args: list[str]) -> None:
    done = in_a_pipe("parse", *args, text=PLAN, cwd=folder)
    assert (done.returncode, done.stdout) == (0, REPAIRED)
    assert sorted(done.stderr.splitlines()) == [
        "! 1:22 quote_marks: other quotation marks were read as double quotes",
        "! 1:83 extra_comma: a comma with nothing before or after it was ignored",
        '✓ due: "2026-03-11"',
        '✓ planName: "Move"',
        '✓ steps: [{"task": "pack", "hours": "4"}]',
    ]


ANY = {
    "null": "null",
    "42": "42",
    '"a\\nb é"': '"a\\nb é"',
    "[]": "[]",
    "{}": "{}",
    "123456789012345678901234567890": "123456789012345678901234567890",
    "[NaN, 1e999, 1.50]": "[null,null,1.5]",
    '```json\n{"a": True}\n```': '{"a":true}',
    '{"a": 1}\n{"a": 2}\n': '[{"a":1},{"a":2}]',
    '{"a": [1, {"b": "x"}': '{"a":[1,{"b":"x"}]}',
    '{"a": "caf\udcff"}': '{"a":"caf�"}',
}


# Every root, with what JSON can hold; what it cannot is null. Missing closers are a repair like any other.
def test_any_value_is_printed(tmp_path: Path) -> None:
    calls = [["parse", str(number)] for number in range(len(ANY))]
    for number, text in enumerate(ANY):
        (tmp_path / str(number)).write_bytes(text.encode("utf-8", "surrogateescape"))
    ended = [in_a_pipe(*call, cwd=tmp_path) for call in calls]
    assert [(code, output) for code, output, _ in ended] == [(0, f"{printed}\n") for printed in ANY.values()]


# With --model the value is pydantic's: converted, with defaults, under the aliases it came with.
@pytest.mark.parametrize("model", ["models:Plan", "models:Plans"])
def test_a_model_validates_and_writes(folder: Path, model: str) -> None:
    text = PLAN if model == "models:Plan" else b"[" + PLAN + b"]"
    done = in_a_pipe("parse", "--model", model, text=text, cwd=folder)
    plan = {"planName": "Move", "due": "2026-03-11", "steps": [{"task": "pack", "hours": 4}]}
    assert done.returncode == 0
    assert json.loads(done.stdout) == (plan if model == "models:Plan" else [plan])


# 3: it does not fit. Nothing on stdout that a script could take for a result.
def test_a_value_that_does_not_fit_the_model_is_told_by_path(folder: Path) -> None:
    text = b'{"planName": 7, "due": "soon", "steps": [{"task": "pack", "hours": "many"}]}'
    done = in_a_pipe("parse", "--model", "models:Plan", text=text, cwd=folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-3:] == [
        "pydantic-flow: <stdin>: does not fit models:Plan: 3 problems",
        "  steps[0].hours: Input should be a valid integer, unable to parse string as an integer",
        "  2 told above",
    ]
    assert [line for line in done.stderr.splitlines() if " validation: " in line] == [
        "! planName validation: Input should be a valid string",
        "! due validation: Input should be a valid date or datetime, input is too short",
    ]


# The schema judges what would be printed; with a model, that is the model's JSON.
def test_a_schema_checks_the_final_value(folder: Path) -> None:
    schema = {"properties": {"steps": {"items": {"properties": {"hours": {"type": "integer"}}}}}}
    (folder / "schema.json").write_text(json.dumps(schema))
    done = in_a_pipe("parse", "plan.json", "--schema", "schema.json", cwd=folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-2:] == [
        "pydantic-flow: plan.json: does not fit schema.json: 1 problem",
        "  steps[0].hours: '4' is not of type 'integer'",
    ]
    done = in_a_pipe("parse", "plan.json", "--schema", "schema.json", "--model", "models:Plan", cwd=folder)
    assert (done.returncode, json.loads(done.stdout)["steps"][0]["hours"]) == (0, 4)


# A flood of problems is cut; a long value in a message too.
def test_many_problems_are_counted(folder: Path) -> None:
    (folder / "schema.json").write_text('{"items": {"type": "string"}}')
    text = json.dumps([[number] * 500 for number in range(50)]).encode()
    done = in_a_pipe("parse", "--schema", "schema.json", text=text, cwd=folder)
    first, *problems, last = done.stderr.splitlines()[-22:]
    assert first.endswith("does not fit schema.json: 50 problems")
    assert all(len(line) < 200 and line.endswith("is not of type 'string'") for line in problems)
    assert last == "  … 30 more"


CUT = {
    '{"a": [1, {"b": "x': (
        '{"a":[1,{"b":"x"}]}',
        "1:19: the text ended in the middle of a value (at a[1].b)",
    ),
    '{"a":\n': ("{}", "2:1: the text ended in the middle of a value (at a)"),
    '"half': ('"half"', "1:6: the text ended in the middle of a value"),
}


# 1: cut short. What there is, is printed; where the cut is, is said.
@pytest.mark.parametrize("text", CUT)
def test_a_text_that_was_cut_short_is_printed_with_code_1(text: str) -> None:
    printed, said = CUT[text]
    done = in_a_pipe("parse", text=text.encode())
    assert (done.returncode, done.stdout) == (1, printed + "\n")
    assert done.stderr.splitlines()[-1] == f"pydantic-flow: <stdin>:{said}"


# What the end of the text cut off is not ticked, in whatever it stands; what had settled before is.
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"id": 1, "b": [{"sku": "ab', ["✓ id: 1", "▸ b: 1 item", "  ▸ [0] 1 field", '    ▸ sku: "ab"']),
        ('{"id": 1, "b": tr', ["✓ id: 1", "▸ b: true"]),
        ("[1, [2", ["✓ [0] 1", "▸ [1] 1 item", "  ▸ [0] 2"]),
        ('"half', ['▸ "half"']),
        ('{"id": 1, "b": [1, 2]', ["✓ id: 1", "✓ b: [1, 2]"]),
    ],
)
def test_a_part_that_was_cut_is_not_ticked(text: str, shown: list[str]) -> None:
    errors = in_a_pipe("parse", text=text.encode()).stderr
    assert [line for line in errors.splitlines() if line.lstrip()[0] in "✓▸"] == shown


# A repair that came several times at one place is one line with a count.
def test_a_repeated_repair_is_counted() -> None:
    errors = in_a_pipe("parse", text=b'{"a": [[{"b": "x').stderr
    assert [line for line in errors.splitlines() if "missing_closer" in line] == [
        "! 1:17 missing_closer: a closing bracket was missing (and 3 more)"
    ]


# A problem that was told while the text came is not told again at the end; events tell people nothing.
def test_a_problem_is_told_once(folder: Path) -> None:
    text = b'{"planName": 7, "due": "2026-03-11", "steps": [{"task": 1}]}'
    errors = in_a_pipe("parse", "--model", "models:Plan", text=text, cwd=folder).stderr
    assert errors.count("Input should be a valid string") == 2
    told, early, late, count = [line for line in errors.splitlines() if line[0] in " !p"]
    assert told == "! planName validation: Input should be a valid string"
    assert early == "pydantic-flow: <stdin>: does not fit models:Plan: 2 problems"
    assert (late, count) == ("  steps[0].task: Input should be a valid string", "  1 told above")
    errors = in_a_pipe("parse", "--model", "models:Plan", "--json", text=text, cwd=folder).stderr
    assert "  planName: Input should be a valid string" in errors.splitlines() and "above" not in errors


# JSON of another kind than the model is not called no JSON at all.
def test_json_that_could_not_be_the_model_is_not_denied(folder: Path) -> None:
    said = [
        in_a_pipe("parse", *args, text=b"Here: [1, 2]", cwd=folder).stderr.splitlines()[-1]
        for args in (["--model", "models:Plan"], ["--model", "models:Plans"])
    ]
    assert said[0] == "pydantic-flow: <stdin>: there is no JSON for models:Plan in it"
    assert said[1].startswith("  ")
    empty = in_a_pipe("parse", "--model", "models:Plan", cwd=folder)
    assert (empty.returncode, empty.stderr) == (4, "pydantic-flow: <stdin>: there is no JSON in it\n")


UNREADABLE = {
    b"": ": there is no JSON in it",
    b" \n": ": there is no JSON in it",
    b"Sorry, I cannot help with that.": ": there is no JSON in it",
    b"\x7fELF\x02\x01\x01\x00\x00\x00 [1, 2]": ": binary data, not text",
    b"\x1f\x8b\x08\x00" + bytes(range(256)) * 100: ": binary data, not text",
    '{"a": 1}'.encode("utf-16"): ": UTF-16, not UTF-8",
    '{"a": 1}'.encode("utf-32"): ": UTF-32, not UTF-8",
    b"[" * 300: ":1:201: nested deeper than 200 levels",
}


# 4: not JSON at all. One line each, whatever it is.
@pytest.mark.parametrize("command", ["parse", "repair"])
def test_what_is_not_json_is_one_line_and_code_4(tmp_path: Path, command: str) -> None:
    for number, text in enumerate(UNREADABLE):
        (tmp_path / str(number)).write_bytes(text)
    ended = [in_a_pipe(command, str(number), cwd=tmp_path) for number in range(len(UNREADABLE))]
    for number, (said, (code, output, errors)) in enumerate(zip(UNREADABLE.values(), ended, strict=True)):
        assert (code, output) == (4, "")
        assert errors.splitlines()[-1] == f"pydantic-flow: {number}{said}"
        assert len(errors.splitlines()) == 1 or "deeper" in said


WRONG = {
    "no.json": "no.json: No such file or directory",
    ".": ".: Is a directory",
    "plan.json --schema no.json": "no.json: No such file or directory",
    "plan.json --schema=": ": No such file or directory",
    "plan.json --schema models.py": "--schema models.py:2:2: not JSON: ",
    "plan.json --schema wrong.json": "--schema wrong.json: not a JSON schema: 'text' is not ",
    "plan.json --schema list.json": "--schema list.json: not a JSON schema: it must be an object",
    "plan.json --schema lost.json": "--schema lost.json: a reference leads nowhere: ",
    "plan.json --schema net.json": "--schema net.json: a reference leads nowhere: ",
    "plan.json --schema circle.json": "--schema circle.json: its references go in circles",
    "plan.json --model models": "--model models: write module:Class, such as shop.models:Order",
    "plan.json --model models:No": "--model models:No: 'models' has no 'No'",
    "plan.json --model models:Plan.No": "--model models:Plan.No: 'Plan' has no 'No'",
    "plan.json --model no.where:X": "--model no.where:X: there is no module 'no' here or among ",
    "plan.json --model models:function": "--model models:function: 'function' is a function, not ",
    "plan.json --model models:number": "--model models:number: pydantic cannot validate 'number': ",
    "plan.json --model models:Colour.RED": "--model models:Colour.RED: 'Colour.RED' is an enum member, ",
    "plan.json --model models:Word.YES": "--model models:Word.YES: 'Word.YES' is an enum member, not a type",
    "plan.json --model models:name": "--model models:name: 'name' is a text, not a type",
    "plan.json --model models:Lost": "--model models:Lost: pydantic cannot validate 'Lost': ",
    "plan.json --model needs:X": "--model needs:X: importing 'needs' failed: No module named 'gone'",
    "plan.json --model broken:X": "--model broken:X: importing 'broken' failed: SyntaxError: ",
    "plan.json --model leaves:X": "--model leaves:X: importing 'leaves' failed: SystemExit: 3",
}
FILES = {
    "wrong.json": '{"type": "text"}',
    "list.json": "[1]",
    "lost.json": '{"$ref": "#/nowhere"}',
    "net.json": '{"$ref": "http://127.0.0.1:9/schema"}',
    "circle.json": '{"$ref": "#"}',
    "needs.py": "import gone",
    "broken.py": "def (",
    "leaves.py": "import sys; sys.exit(3)",
}


# 2: the call cannot be carried out. One line says why.
def test_a_wrong_call_is_one_line_and_code_2(folder: Path) -> None:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    ended = [in_a_pipe("parse", *call.split(), cwd=folder) for call in WRONG]
    for said, (code, output, errors) in zip(WRONG.values(), ended, strict=True):
        assert (code, output) == (2, "")
        assert errors.splitlines()[-1].startswith(f"pydantic-flow: {said}")
        assert "Traceback" not in errors


# A validator may do anything. What it says goes to stderr: stdout has the answer and nothing else.
@pytest.mark.parametrize("events", [[], ["--json"]], ids=str)
def test_a_validator_that_fails_is_one_line_and_one_that_prints_does_not_disturb(
    folder: Path, events: list[str]
) -> None:
    (folder / "odd.py").write_text(
        "from typing import Annotated\nfrom pydantic import AfterValidator\nprint('imported')\n"
        "def f(x):\n    print('called')\n    return 60 // x\nX = Annotated[int, AfterValidator(f)]\n"
    )
    done = in_a_pipe("parse", "--model", "odd:X", *events, text=b"5", cwd=folder)
    assert (done.returncode, set(done.stderr.splitlines())) == (0, {"imported", "called"})
    assert [json.loads(line) for line in done.stdout.splitlines()]
    done = in_a_pipe("parse", "--model", "odd:X", *events, text=b"0", cwd=folder)
    assert done.returncode == 3
    assert done.stderr.splitlines()[-1] == (
        "pydantic-flow: <stdin>: odd:X failed on it: ZeroDivisionError: integer division or modulo by zero"
    )


# Bug reports begin with it.
def test_the_version_is_told() -> None:
    assert in_a_pipe("--version") == (0, f"pydantic-flow {__version__}\n", "")


# A usage error is typer's: code 2, and how to get help.
def test_an_unknown_option_is_code_2() -> None:
    done = in_a_pipe("parse", "--no-such")
    assert done.returncode == 2
    assert "No such option" in done.stderr


# Without the extra: one line that says what to install.
@pytest.mark.parametrize(
    ("missing", "args"),
    [("typer", ["parse", "plan.json"]), ("jsonschema", ["parse", "plan.json", "--schema", "plan.json"])],
)
def test_a_missing_extra_is_one_clear_line(folder: Path, missing: str, args: list[str]) -> None:
    code = f"import sys; sys.modules['{missing}'] = None; {COMMAND[2]}"
    done = in_a_new_process(sys.executable, "-c", code, *args, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[-1].endswith(
        'The command line needs an extra: pip install "pydantic-flow[cli]"'
    )
    assert len(done.stderr.splitlines()) == 1


# `| head -c 1`: the reader leaves, nobody complains; a script that looks sees 141.
@pytest.mark.parametrize("args", [["parse"], ["parse", "--json"], ["repair"]])
def test_a_closed_pipe_ends_quietly(tmp_path: Path, args: list[str]) -> None:
    file = tmp_path / "long.json"
    file.write_text(json.dumps(["a text of some length"] * 20_000))
    process = subprocess.Popen([*COMMAND, *args, file], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    errors = process.stderr.read().decode().splitlines()
    process.stderr.close()
    assert process.wait() == 141
    assert [line for line in errors if not line.startswith(("✓", "  …"))] == []


# A full disk is one line and no traceback; if that line has no place either, the code tells.
@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
@pytest.mark.parametrize(
    ("command", "full", "said"),
    [
        ("parse", "1", "pydantic-flow: the output cannot be written: No space left on device"),
        ("repair", "1", "pydantic-flow: the output cannot be written: No space left on device"),
        ("parse", "2", ""),
    ],
)
def test_a_full_disk_is_one_line(folder: Path, command: str, full: str, said: str) -> None:
    shell = f'exec "$@" {full}>/dev/full'
    done = in_a_new_process("sh", "-c", shell, "sh", *COMMAND, command, "plan.json", cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "".join(done.stderr.splitlines()[-1:]) == said


# Streams that the caller has closed are no reason to fall over.
def test_closed_streams_are_no_traceback(folder: Path) -> None:
    code = f"import sys; sys.stdout = sys.stderr = None; {COMMAND[2]}"
    done = in_a_new_process(sys.executable, "-c", code, "parse", "plan.json", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")  # what it found got lost
    lost = in_a_new_process("sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "parse", "plan.json", cwd=folder)
    assert lost.returncode == 2 and "the output cannot be written" in lost.stderr
    shell = in_a_new_process("sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "parse")
    assert (shell.returncode, shell.stdout) == (2, "")
    assert "Traceback" not in shell.stderr and len(shell.stderr.splitlines()) == 1
