"""What the pages in `docs/` say about the code: names, tests and exit codes that exist."""

import re
from pathlib import Path

import pytest

from pydantic_flow import agents, errors, flow, json, nodes, recording, streaming, testing
from pydantic_flow.cli.ending import Code
from pydantic_flow.errors import PydanticFlowError

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def rows(page: str) -> list[list[str]]:
    """The cells of each row of the tables of a page."""
    lines = (line for line in (DOCS / page).read_text().splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def names_of_tests() -> set[str]:
    """The names of all tests, in Python and in Rust."""
    files = {"def": ROOT.glob("tests/**/test_*.py"), "fn": ROOT.glob("rust/core/tests/*.rs")}
    return {
        name
        for word, found in files.items()
        for file in found
        for name in re.findall(rf"^\s*(?:async )?{word} (\w+)", file.read_text(), re.MULTILINE)
    }


_HEAD, *COMPARED = rows("comparison.md")


# A row that claims something names the test that shows it; renaming the test breaks this one.
@pytest.mark.parametrize("row", COMPARED, ids=lambda row: row[0][:40])
def test_each_row_of_the_comparison_names_a_test(row: list[str]) -> None:
    claim, name = row[0].split("<br>")
    assert claim and len(row) == 6
    assert name.strip("`") in names_of_tests()


# Without rows the test above would prove nothing.
def test_the_comparison_has_rows() -> None:
    assert len(COMPARED) > 10


# Every public name is in the reference.
@pytest.mark.parametrize(
    "module", [json, streaming, recording, agents, nodes, flow, testing], ids=lambda module: module.__name__
)
def test_every_public_name_is_in_the_reference(module: object) -> None:
    page = (DOCS / f"api/{module.__name__.rpartition('.')[2]}.md").read_text()
    assert [name for name in module.__all__ if not re.search(rf"\b{name}\b", page)] == []


# Every exception is in the tables of its page, and says what to do.
def test_every_exception_is_explained() -> None:
    _head, *explained = (row[0].strip("`") for row in rows("errors.md"))
    ours = {
        name
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, PydanticFlowError)
    }
    assert set(explained) == ours - {"PydanticFlowError", "JsonError"}


# Scripts count on the exit codes.
def test_the_exit_codes_are_those_of_the_page() -> None:
    assert [row[0] for row in rows("cli.md") if row[0].isdigit()] == [str(int(code)) for code in Code]
