"""The shared repair cases (`../shared/cases`), scored as `run_matrix.py` scores them."""

from pathlib import Path

from pydantic_flow.json import loads

from .drive import one_by_one, read
from .shared import beside, scorer

FLOOR = 0.90
CASES = ["repair.jsonl", "ambiguous.jsonl"]


def score(name: str) -> tuple[float, list[str]]:
    """The share read right, and the ids of the others."""
    matrix = scorer("run_matrix")
    rows = matrix.load([beside("cases", name)])
    wrong = [row["id"] for row in rows if not matrix.right(row, loads(row["input"]))]
    return 1 - len(wrong) / len(rows), wrong


# Cases with one clearly right reading.
def test_the_repair_cases() -> None:
    share, wrong = score("repair.jsonl")
    print(f"{share:.1%} right; wrong: {' '.join(wrong)}")
    assert share >= FLOOR, wrong


# Cases with several accepted readings.
def test_the_ambiguous_cases() -> None:
    share, wrong = score("ambiguous.jsonl")
    print(f"{share:.1%} right; wrong: {' '.join(wrong)}")
    assert share >= FLOOR, wrong


# Right or wrong, the reading is the same character by character, and nothing is raised.
def test_every_case_reads_the_same_in_pieces() -> None:
    matrix = scorer("run_matrix")
    for row in matrix.load([beside("cases", name) for name in CASES]):
        whole, pieces = read([row["input"]]), read(one_by_one(row["input"]))
        assert whole.error is None and pieces.error is None
        assert matrix.eq(whole.value, pieces.value) and whole.repairs == pieces.repairs, row["id"]


# The scorer's own files are data, not ours.
def test_the_cases_are_not_in_this_project() -> None:
    matrix = scorer("run_matrix")
    theirs = {row["input"] for row in matrix.load([beside("cases", name) for name in CASES])}
    data = Path(__file__).parents[1] / "data"
    ours = {
        row["input"]
        for row in matrix.load([str(path) for path in data.glob("*.jsonl")])
        if row["category"] != "valid"
    }
    assert not {text for text in ours & theirs if text.strip("\n \t")}
