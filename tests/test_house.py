"""The house: rooms in floor order, optional packages behind one door each, a light front door."""

import ast
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "python" / "pydantic_flow"
ROOMS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pydantic_flow"]["rooms"]
# What every installation has.
INSTALLED = {"pydantic", "pydantic_core", "msgspec", "typing_extensions"}

FILES = sorted(PACKAGE.rglob("*.py")) + sorted(PACKAGE.rglob("*.pyi"))


def module_of(file: Path) -> tuple[str, ...]:
    """`.../pydantic_flow/json/__init__.py` -> `("pydantic_flow", "json")`."""
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return parts[:-1] if parts[-1] == "__init__" else parts


def room_of(module: tuple[str, ...]) -> str | None:
    """The room that a module belongs to; None for the front door."""
    return module[1] if len(module) > 1 else None


def package_of(file: Path) -> tuple[str, ...]:
    return file.relative_to(PACKAGE.parent).parent.parts


def imports(source: str, package: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every (line, module) that a file imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, tuple(alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = base + tuple(node.module.split(".") if node.module else ())
            # `from pydantic_flow import json` names a room in the alias.
            yield from ((node.lineno, (*module, alias.name)) for alias in node.names)


def upward_imports(source: str, module: tuple[str, ...], package: tuple[str, ...]) -> list[str]:
    """The imports of one file that lead to a higher room, or through the front door."""
    room = room_of(module)
    if room is None:
        return []
    allowed = ROOMS[: ROOMS.index(room) + 1]
    return [
        f"{'.'.join(module)}:{line} imports {'.'.join(target)}"
        for line, target in imports(source, package)
        if target[0] == "pydantic_flow" and room_of(target) not in allowed
    ]


# A file in a room that the list does not have would escape the other tests.
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_every_file_has_its_room(file: Path) -> None:
    assert room_of(module_of(file)) in [None, *ROOMS]


# Rooms are listed lowest first; a room leans only on rooms before it.
@pytest.mark.parametrize("file", FILES, ids=lambda f: f.relative_to(PACKAGE).as_posix())
def test_no_import_leads_upward(file: Path) -> None:
    assert upward_imports(file.read_text(), module_of(file), package_of(file)) == []


# The check itself sees each way of writing an import.
@pytest.mark.parametrize(
    "source",
    [
        "import pydantic_flow.streaming",
        "from pydantic_flow.streaming import events",
        "from pydantic_flow import streaming",
        "from pydantic_flow import StreamingParser",
        "from ..streaming import events",
        "from .. import streaming",
        "def late():\n    from ..streaming.events import PartialFields",
    ],
)
def test_an_upward_import_is_seen(source: str) -> None:
    package = ("pydantic_flow", "json")
    assert len(upward_imports(source, (*package, "reader"), package)) == 1


# The same, downward: nothing to report.
@pytest.mark.parametrize(
    "source",
    [
        "import json",
        "from ..errors import JsonError",
        "from . import reader",
        "from pydantic_flow import errors",
    ],
)
def test_a_downward_import_is_fine(source: str) -> None:
    package = ("pydantic_flow", "json")
    assert upward_imports(source, (*package, "reader"), package) == []


# An optional package is adapted in one file, so that a missing one fails in one place.
def test_an_optional_package_is_imported_in_one_file_only() -> None:
    importers: dict[str, set[str]] = defaultdict(set)
    for file in FILES:
        for _, target in imports(file.read_text(), package_of(file)):
            if target[0] not in sys.stdlib_module_names | INSTALLED | {"pydantic_flow"}:
                importers[target[0]].add(file.relative_to(PACKAGE).as_posix())
    assert {name: files for name, files in importers.items() if len(files) > 1} == {}


# `import pydantic_flow` loads what every installation has, and nothing else.
def test_the_front_door_pulls_in_pydantic_and_msgspec_only() -> None:
    code = (
        "import sys, pydantic_core, msgspec\n"
        "from pydantic import BaseModel, TypeAdapter\n"
        "before = set(sys.modules)\n"
        "import pydantic_flow\n"
        "tops = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(tops - set(sys.stdlib_module_names) - {'pydantic', 'pydantic_core', 'msgspec'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pydantic_flow"]
