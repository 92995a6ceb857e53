"""The profile that the core is built with: it is used by the compiler that made it, and by no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "rust" / "profile"

SAY = "import backend, os; backend.use_profile(); print('FLAGS', os.environ.get('RUSTFLAGS', ''))"


def flags(folder: Path, version: str, **environment: str) -> str:
    """What rustc is told, by a backend that finds this version of it."""
    folder.joinpath("rustc").write_text(f"#!/bin/sh\ncat <<'END'\n{version}END\n")
    folder.joinpath("rustc").chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if "RUSTFLAGS" not in name}
    path = f"{folder}{os.pathsep}{clean['PATH']}"
    said = subprocess.run(
        [sys.executable, "-c", SAY],
        env={**clean, "PATH": path, "PYTHONPATH": str(PLACE), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.partition("FLAGS ")[2].strip()


@pytest.fixture
def ours() -> str:
    """What the rustc that made the profile says of itself."""
    return f"rustc of a name\nbinary: rustc\n{(PLACE / 'rustc').read_text()}"


# Proves that the compiler which made the profile reads it, beside what the user has told it.
def test_the_same_compiler_uses_the_profile(tmp_path: Path, ours: str) -> None:
    profile = f"-Cprofile-use={PLACE / 'core.profdata'}"
    assert (PLACE / "core.profdata").stat().st_size > 10_000
    assert flags(tmp_path, ours) == profile
    assert flags(tmp_path, ours, RUSTFLAGS="-Copt-level=2") == f"-Copt-level=2 {profile}"


# Proves that another compiler, which may not read it, builds without.
def test_another_compiler_builds_without(tmp_path: Path, ours: str) -> None:
    assert flags(tmp_path, ours.replace("release: 1", "release: 2")) == ""
    assert flags(tmp_path, "", RUSTFLAGS="-g") == "-g"


# Proves that who makes or uses a profile of their own is left alone.
def test_a_profile_of_ones_own_wins(tmp_path: Path, ours: str) -> None:
    assert flags(tmp_path, ours, RUSTFLAGS="-Cprofile-generate") == "-Cprofile-generate"
    assert flags(tmp_path, ours, CARGO_ENCODED_RUSTFLAGS="-g") == ""
