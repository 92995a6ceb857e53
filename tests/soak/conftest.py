"""What the long checks print. Comes in: a sentence with numbers. Goes out: those sentences after the run.

These files are not collected with the others: `make soak` runs them, docs/reliability.md has the results.
"""

from collections.abc import Callable

import pytest

MEASURED: list[str] = []


@pytest.fixture
def measured(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Keeps a sentence for the end of the run."""
    return lambda said: MEASURED.append(f"{request.node.name}: {said}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if MEASURED:
        terminalreporter.section("measured")
    for said in MEASURED:
        terminalreporter.write_line(said)
