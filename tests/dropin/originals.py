"""The originals' own test suites, run against the drop-ins.

    python tests/dropin/originals.py DIR

Comes in: a folder with the originals' sources, `DIR/json_repair` and `DIR/jiter` (docs/dropin.md says where
they come from; nothing of them is kept here). Goes out: how many of their tests and assertions hold; exit
code 1 where that is not what `refused.json` says, either way. Decided elsewhere: which differences are
meant, and why (`refused.json`).

Each `assert` and each `with pytest.raises` is counted by itself, since many of their tests hold dozens.
"""

import ast
import builtins
import collections
import contextlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
EXPECTED: dict[str, Any] = json.loads((HERE / "refused.json").read_text())

# What is looked at, inside a suite's folder.
TESTS = {"json_repair": "tests", "jiter": "crates/jiter-python/tests"}

# Reasons for a whole test that is about something else than the drop-in's functions.
OUTSIDE = {"schema", "cli", "internal", "times"}

# What stands in for a part of the original that is no public name.
INTERNAL = '''
class Internal(Exception):
    """A part of the original that the drop-in does not have."""


class Part(type):
    def __getattr__(cls, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Internal(f"{cls.__name__}.{name}")

    def __call__(cls, *args: object, **kwargs: object) -> object:
        raise Internal(cls.__name__)


def part(name: str) -> Part:
    if name.startswith("__"):
        raise AttributeError(name)
    return Part(name, (), {})
'''
PUBLIC = "from pydantic_flow.dropin.json_repair import *\n"
HIDDEN = "from src.internal import part as __getattr__\n"


class Recorder:
    """Collects what held and what did not, test by test."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.failed: dict[str, dict[str, str]] = {}
        self.tests = self.assertions = 0

    @contextlib.contextmanager
    def assertion(self, number: int) -> Iterator[None]:
        self.assertions += 1
        try:
            yield
        except Exception as error:
            self.now[str(number)] = f"{type(error).__name__}: {error}"
        except BaseException as error:  # pytest.raises tells with one that nothing was raised
            if type(error).__name__ != "Failed":
                raise
            self.now[str(number)] = str(error)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        result: Any = yield
        report = result.get_result()
        name = f"{item.path.name}::{item.name}"
        if report.when == "call":
            self.tests += 1
            if report.failed:
                self.now["test"] = told(call)
            if self.now:
                self.failed[name] = self.now
        elif report.failed:
            self.tests += 1
            self.failed[name] = {"test": told(call)}
        self.now = {} if report.when != "setup" else self.now

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed[report.nodeid] = {"test": str(report.longrepr)}


def told(call: pytest.CallInfo[None]) -> str:
    assert call.excinfo is not None
    return f"{call.excinfo.typename}: {call.excinfo.value}"


class Wrapping(ast.NodeTransformer):
    """Puts every assertion of a test under the recorder."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.number = 0
        return self.generic_visit(node)

    def wrap(self, node: ast.stmt) -> ast.AST:
        call = ast.parse(f"__assertion__({self.number})", mode="eval").body
        self.number += 1
        return ast.copy_location(ast.With(items=[ast.withitem(context_expr=call)], body=[node]), node)

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        return self.wrap(node)

    def visit_With(self, node: ast.With) -> ast.AST:
        return self.wrap(node) if "pytest.raises" in ast.unparse(node.items[0]) else self.generic_visit(node)


def lay_out(suite: str, source: Path, place: Path) -> None:
    """A copy of the suite's tests that finds the drop-in under the original's name."""
    tests = place / TESTS[suite]
    shutil.copytree(source / TESTS[suite], tests)
    for file in tests.rglob("test_*.py"):
        tree = ast.fix_missing_locations(Wrapping().visit(ast.parse(file.read_text())))
        file.write_text(ast.unparse(tree))
    if suite == "jiter":
        shutil.copytree(source / "crates/jiter/benches", place / "crates/jiter/benches")
        (place / "jiter.py").write_text("from pydantic_flow.dropin.jiter import *\n")
        (place / "dirty_equals.py").write_text(
            "class IsFloatNan:\n    def __eq__(self, other):\n        return other != other\n"
        )
        return
    for folder in ("src/json_repair", "json_repair"):
        package = place / folder
        for file in (source / "src/json_repair").rglob("*.py"):
            stand_in = package / file.relative_to(source / "src/json_repair")
            stand_in.parent.mkdir(parents=True, exist_ok=True)
            stand_in.write_text("" if stand_in.name == "__init__.py" else HIDDEN)
        (package / "__init__.py").write_text(PUBLIC)
        (package / "json_repair.py").write_text(PUBLIC + "import json\n" + HIDDEN)
    (place / "src" / "__init__.py").write_text("")
    (place / "src" / "internal.py").write_text(INTERNAL)


def run(suite: str, source: Path) -> Recorder:
    recorder = Recorder()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        lay_out(suite, source, place)
        builtins.__assertion__ = recorder.assertion  # type: ignore[attr-defined]
        sys.path.insert(0, folder)
        # For the tests that run mypy.
        os.environ["MYPYPATH"] = os.pathsep.join([folder, str(HERE.parents[1] / "python")])
        options = [
            "-q",
            "--no-header",
            "--tb=no",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:asyncio",
        ]
        with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
            pytest.main([*options, "--rootdir", folder, str(place / TESTS[suite])], plugins=[recorder])
        sys.path.remove(folder)
    return recorder


def reason_of(expected: dict[str, Any], name: str, number: str, what: str) -> str | None:
    """The reason given for a refusal: for the assertion, its test, or its whole file."""
    if what.startswith("Internal: "):
        return "internal"
    refused = expected["refused"]
    file, test = name.split("::", maxsplit=1)[0], name.split("[", maxsplit=1)[0]
    reason: str | None = refused.get(test, {}).get(number) or refused.get(file)
    return reason


def report(suite: str, recorder: Recorder) -> bool:
    """Prints the counts and what `refused.json` does not say; true where there is nothing of the kind."""
    expected = EXPECTED[suite]
    reasons: collections.Counter[str] = collections.Counter()
    surprises = [] if recorder.tests else ["  no test ran"]
    for name, numbers in recorder.failed.items():
        for number, what in numbers.items():
            reason = reason_of(expected, name, number, what)
            if reason is None:
                surprises.append(f"  {name} #{number}: {what[:600]}")
            else:
                reasons[reason] += 1
    elsewhere = {
        name: len(numbers)
        for name, numbers in recorder.failed.items()
        if any(reason_of(expected, name, *refusal) in OUTSIDE for refusal in numbers.items())
    }
    held = recorder.assertions - sum(n != "test" for numbers in recorder.failed.values() for n in numbers)
    print(f"{suite} ({expected['version']})")
    print(f"  tests: {recorder.tests - len(recorder.failed)} of {recorder.tests} hold")
    offered = recorder.tests - len(elsewhere)
    print(f"  of what the drop-in offers: {recorder.tests - len(recorder.failed)} of {offered} tests")
    print(f"  assertions reached: {held} of {recorder.assertions} hold")
    for reason, count in reasons.most_common():
        print(f"  refused {count}: {expected['reasons'][reason]}")
    seen = {name.split("[")[0]: numbers for name, numbers in recorder.failed.items()}
    for name, listed in expected["refused"].items():
        stale = [n for n in listed if n not in seen.get(name, {})] if isinstance(listed, dict) else []
        if "::" in name and (name not in seen or stale):
            surprises.append(f"  {name} {stale or ''} is listed as refused, and holds")
    print("\n".join(["  NOT AS LISTED:", *surprises] if surprises else ["  all as listed"]))
    return not surprises


def main(folder: str) -> int:
    as_listed = [report(suite, run(suite, Path(folder) / suite)) for suite in TESTS]
    return 0 if all(as_listed) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the folder that holds json_repair/ and jiter/ (docs/dropin.md)")
    sys.exit(main(sys.argv[1]))
