"""The profile that the core is built with: it is used by the compiler that made it, and by no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[1] / "rust" / "profile"

SAY = """
import backend, os
backend.use_profile()
encoded = os.environ.get('CARGO_ENCODED_RUSTFLAGS')
print('FLAGS', os.environ.get('RUSTFLAGS', '') if encoded is None else encoded.replace(chr(31), '|'))
"""


def flags(folder: Path, version: str, place: Path = PLACE, **environment: str) -> str:
    """What rustc is told, by a backend at this place that finds this version of it; a bar between flags."""
    folder.joinpath("rustc").write_text(f"#!/bin/sh\ncat <<'END'\n{version}END\n")
    folder.joinpath("rustc").chmod(0o755)
    clean = {name: value for name, value in os.environ.items() if "RUSTFLAGS" not in name}
    path = f"{folder}{os.pathsep}{clean['PATH']}"
    said = subprocess.run(
        [sys.executable, "-c", SAY],
        env={**clean, "PATH": path, "PYTHONPATH": str(place), **environment},
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
    assert flags(tmp_path, ours, RUSTFLAGS="-Copt-level=2") == f"-Copt-level=2|{profile}"


# Proves that the folder may have any name: a space in it parts no flags.
def test_the_folder_may_have_a_space_in_its_name(tmp_path: Path, ours: str) -> None:
    place = tmp_path / "my projects"
    place.mkdir()
    for name in ("backend.py", "rustc"):
        (place / name).write_bytes((PLACE / name).read_bytes())
    profile = f"-Cprofile-use={place / 'core.profdata'}"
    assert flags(tmp_path, ours, place, RUSTFLAGS="-g  -Copt-level=2") == f"-g|-Copt-level=2|{profile}"


# Proves that another compiler, which may not read it, builds without.
def test_another_compiler_builds_without(tmp_path: Path, ours: str) -> None:
    assert flags(tmp_path, ours.replace("release: 1", "release: 2")) == ""
    assert flags(tmp_path, "", RUSTFLAGS="-g") == "-g"


# Proves that who makes or uses a profile of their own is left alone.
def test_a_profile_of_ones_own_wins(tmp_path: Path, ours: str) -> None:
    assert flags(tmp_path, ours, RUSTFLAGS="-Cprofile-generate") == "-Cprofile-generate"
    assert flags(tmp_path, ours, CARGO_ENCODED_RUSTFLAGS="-g") == "-g"
