"""The public tests of joshSzep/pydantic-flow, whose document this project implements, run against ours.

    python tests/nodes/originals.py DIR

Comes in: a checkout of that repository (docs/seeds.md says which); nothing of it is kept here. Goes out: how
many of its tests hold, unmodified; exit code 1 where that is not what `refused.json` says, either way.
Decided elsewhere: which tests are refused, and why (`refused.json`).
"""

import collections
import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

EXPECTED: dict[str, Any] = json.loads(Path(__file__).with_name("refused.json").read_text())
SECONDS = 10


class Recorder:
    """Collects which tests hold, and ends those that hang."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.tests = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGALRM, too_late)
        signal.alarm(SECONDS)
        try:
            return (yield)
        finally:
            signal.alarm(0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report: Any = yield
        name = f"{item.path.stem}::{item.name}"
        if report.when == "call":
            self.tests += 1
        if report.failed:
            assert call.excinfo is not None
            self.failed[name] = f"{call.excinfo.typename}: {str(call.excinfo.value)[:300]}"
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed[Path(report.nodeid).stem] = str(report.longrepr)[-300:]


def too_late(*_: object) -> None:
    raise TimeoutError(f"it has not ended after {SECONDS} s")


def run(files: list[str], checkout: Path) -> Recorder:
    """Runs these of the checkout's test files, in a folder of their own."""
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as place:
        for file in files:
            shutil.copy(checkout / "tests" / f"{file}.py", place)
        settings = Path(place, "pytest.ini")
        settings.write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
        options = ["--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:terminal"]
        pytest.main([place, "-c", str(settings), f"--rootdir={place}", *options], plugins=[recorder])
    return recorder


def report(group: str, expected: dict[str, Any], checkout: Path) -> bool:
    """Prints the counts and what `refused.json` does not say; true where there is nothing of the kind."""
    recorder = run(expected["files"], checkout)
    refused: dict[str, str] = expected["refused"]
    surprises = [f"  {name}: {what}" for name, what in recorder.failed.items() if name not in refused]
    surprises += [
        f"  {name} is listed as refused, and holds" for name in refused.keys() - recorder.failed.keys()
    ]
    if recorder.tests != expected["tests"]:
        surprises.append(f"  {recorder.tests} tests ran, not {expected['tests']}")
    print(f"{group}: {recorder.tests - len(recorder.failed)} of {recorder.tests} hold, unmodified")
    for reason, count in collections.Counter(refused.values()).most_common():
        print(f"  refused {count}: {EXPECTED['reasons'][reason]}")
    print("\n".join(["  NOT AS LISTED:", *surprises] if surprises else ["  all as listed"]))
    return not surprises


def main(checkout: str) -> int:
    groups = EXPECTED["groups"].items()
    as_listed = [report(group, expected, Path(checkout)) for group, expected in groups]
    return 0 if all(as_listed) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give a checkout of joshSzep/pydantic-flow (docs/seeds.md)")
    sys.exit(main(sys.argv[1]))
