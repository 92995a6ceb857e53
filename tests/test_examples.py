"""The code that readers see: it runs, and prints what its `# ->` lines say."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def code_blocks(markdown: str) -> list[str]:
    return [block.partition("\n```")[0] for block in markdown.split("```python\n")[1:]]


def promised(code: str) -> list[str]:
    """The lines that the code says it prints."""
    lines = (line.strip() for line in code.splitlines())
    return [line.removeprefix("# -> ") for line in lines if line.startswith("# -> ")]


def printed(code: str, folder: Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


PAGES = {
    f"{page.relative_to(ROOT).as_posix()}:{number}": code
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    for number, code in enumerate(code_blocks(page.read_text()))
}
PROGRAMS = {f"examples/{file.name}": file.read_text() for file in sorted((ROOT / "examples").glob("*.py"))}
SHOWN = PAGES | PROGRAMS


# Nothing that a reader copies is stale.
@pytest.mark.parametrize("name", SHOWN)
def test_shown_code_prints_what_it_says(name: str, tmp_path: Path) -> None:
    assert printed(SHOWN[name], tmp_path) == promised(SHOWN[name])


# The README's example was found; an empty table would prove nothing.
def test_the_readme_has_an_example_and_there_are_programs() -> None:
    assert "README.md:0" in SHOWN
    assert len(PROGRAMS) >= 3
