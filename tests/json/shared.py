"""Where test data lies. Comes in: a file name. Goes out: rows, or a skip with its reason.

Our own tables are in `tests/data`, read by cargo and pytest alike. Recordings, the public suite and
the scorers lie beside the checkout, in `../shared`; where that folder is absent their tests skip.
"""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared"

Row = dict[str, Any]


def rows(path: Path) -> list[Row]:
    """The objects of a JSON-lines file, in order."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def beside(*parts: str) -> Path:
    """A path in `../shared`; skips the test where it does not exist."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no ../shared/{'/'.join(parts)} beside this checkout")
    return path


def scorer(name: str) -> ModuleType:
    """A scorer module of `../shared/cases`, imported from its file; skips where it does not exist."""
    path = beside("cases", f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"shared_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
