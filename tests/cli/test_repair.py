"""`pydantic-flow repair`: JSON out, repairs by line and column, and files that change at once or not."""

import json
import os
import stat
from pathlib import Path

import pytest

from .running import in_a_pipe

BROKEN = '{\n  \'náme\': "x", // why\n  "list": [1, 2,],\n  "end": True\n'
FIXED = '{"náme": "x", "list": [1, 2], "end": true}\n'
REPAIRS = [
    "2:3: quote_marks: other quotation marks were read as double quotes",
    "2:16: comment: a comment was skipped",
    "3:16: extra_comma: a comma with nothing before or after it was ignored",
    "4:10: literal: a literal was not spelled as JSON spells it",
    "5:1: missing_closer: a closing bracket was missing",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "broken.json"
    file.write_text(BROKEN, encoding="utf-8")
    return file


def listed(name: str) -> list[str]:
    return [f"{name}:{repair}" for repair in REPAIRS]


# JSON for programs, repairs for people: as compilers write them, so that editors find the place.
def test_json_goes_to_stdout_and_repairs_to_stderr(file: Path) -> None:
    done = in_a_pipe("repair", file.name, cwd=file.parent)
    assert (done.returncode, done.stdout) == (0, FIXED)
    assert sorted(done.stderr.splitlines()) == sorted(listed("broken.json"))
    assert file.read_text() == BROKEN


# The same from a pipe.
@pytest.mark.parametrize("args", [["-"], []])
def test_a_pipe_is_called_stdin(args: list[str]) -> None:
    done = in_a_pipe("repair", *args, text=BROKEN.encode())
    assert (done.returncode, done.stdout) == (0, FIXED)
    assert sorted(done.stderr.splitlines()) == sorted(listed("<stdin>"))


VALID = ['{ "a" : 1.50 }', "[1,\r\n 2]\n\n", '"é"', "1e-400000", " 7", '{"a": 1, "a": 2}']


# I4: what is right is not touched, to the byte.
def test_valid_json_comes_back_as_it_is(tmp_path: Path) -> None:
    for number, text in enumerate(VALID):
        (tmp_path / str(number)).write_bytes(text.encode())
    ended = [in_a_pipe("repair", str(number), cwd=tmp_path) for number in range(len(VALID))]
    assert ended == [(0, text, "") for text in VALID]


# --in-place: the file is JSON, its mode is what it was, and nothing else lies around.
def test_in_place_rewrites_the_file_and_keeps_its_mode(file: Path) -> None:
    file.chmod(0o640)
    done = in_a_pipe("repair", "--in-place", file.name, cwd=file.parent)
    assert (done.returncode, done.stdout) == (0, "")
    assert sorted(done.stderr.splitlines()) == sorted(listed("broken.json"))
    assert file.read_text(encoding="utf-8") == FIXED
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert os.listdir(file.parent) == ["broken.json"]


# A second time there is nothing to do, and nothing is done.
def test_in_place_leaves_valid_files_alone(file: Path) -> None:
    file.write_text('{"a": 1}')
    os.utime(file, ns=(1, 1))
    done = in_a_pipe("repair", "--in-place", file.name, cwd=file.parent)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert file.stat().st_mtime_ns == 1


# A link goes on being a link.
def test_in_place_follows_a_link(file: Path) -> None:
    link = file.parent / "link.json"
    link.symlink_to(file.name)
    assert in_a_pipe("repair", "--in-place", link.name, cwd=file.parent).returncode == 0
    assert link.is_symlink()
    assert json.loads(file.read_text(encoding="utf-8"))["end"] is True


# What its owner made read-only, or what is no file, is not replaced by one.
def test_in_place_respects_what_may_not_be_written(file: Path) -> None:
    file.chmod(0o444)
    done = in_a_pipe("repair", "--in-place", file.name, cwd=file.parent)
    assert (done.returncode, file.read_text(encoding="utf-8")) == (2, BROKEN)
    assert done.stderr.splitlines()[-1] == "pydantic-flow: broken.json: not written: it is read-only"
    os.mkfifo(file.parent / "pipe")
    done = in_a_pipe("repair", "--in-place", "pipe", cwd=file.parent)
    assert done == (2, "", "pydantic-flow: --in-place needs the name of a file\n")


# What cannot be read as JSON is not replaced by nothing.
def test_in_place_keeps_a_file_without_json(file: Path) -> None:
    file.write_text("Dear all,")
    done = in_a_pipe("repair", "--in-place", file.name, cwd=file.parent)
    assert (done.returncode, file.read_text()) == (4, "Dear all,")


# --check: 1 and the list, or 0 and silence; the file stays.
def test_check_tells_and_writes_nothing(file: Path) -> None:
    done = in_a_pipe("repair", "--check", file.name, cwd=file.parent)
    assert (done.returncode, done.stdout) == (1, "")
    assert sorted(done.stderr.splitlines()) == sorted(listed("broken.json"))
    assert file.read_text() == BROKEN
    done = in_a_pipe("repair", "--check", text=b'{"a": 1}')
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# One line for each call that makes no sense or cannot be carried out.
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["no.json"], "no.json: No such file or directory"),
        (["--in-place"], "--in-place needs the name of a file"),
        (["--in-place", "--check", "broken.json"], "--in-place writes and --check does not: choose one"),
    ],
)
def test_a_wrong_call_is_one_line_and_code_2(file: Path, args: list[str], said: str) -> None:
    done = in_a_pipe("repair", *args, cwd=file.parent)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"pydantic-flow: {said}\n")


# A folder that may not be written to: one line, the file as it was.
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_one_line(file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        done = in_a_pipe("repair", "--in-place", file.name, cwd=file.parent)
    finally:
        file.parent.chmod(0o700)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "pydantic-flow: broken.json: not written: Permission denied"
    assert file.read_text() == BROKEN
