"""The core, built in another way than for use. Comes in: which way. Goes out: a folder to put on PYTHONPATH.

What uses it: `coverage.py`, `sanitized.py`, `soak/panic.py`, `rust/profile/train.py`. Everything is built and
laid out below `target`.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def environment(name: str, flags: str = "", **more: str) -> dict[str, str]:
    """What cargo needs to build that way, in a folder of its own."""
    said = {"PYO3_PYTHON": sys.executable, "CARGO_TARGET_DIR": str(ROOT / "target" / name)}
    return {**os.environ, **said, **({"RUSTFLAGS": flags} if flags else {}), **more}


def package(name: str, environment: dict[str, str], *cargo: str) -> Path:
    """Builds the binding, and lays the package out around it; `cargo` is the command after `cargo`."""
    place = ROOT / "target" / name / "python"
    shutil.rmtree(place, ignore_errors=True)
    unused = shutil.ignore_patterns("_core.*.so", "__pycache__")
    shutil.copytree(ROOT / "python" / "pydantic_flow", place / "pydantic_flow", ignore=unused)
    build = ["cargo", *cargo, "--locked", "--manifest-path", "rust/python/Cargo.toml"]
    subprocess.run(build, cwd=ROOT, env=environment, check=True)
    built = sorted(
        (ROOT / "target" / name).glob("**/debug/lib_core.so"), key=lambda file: file.stat().st_mtime
    )
    shutil.copy(built[-1], place / "pydantic_flow" / "_core.so")
    return place


def llvm_tool(name: str) -> str | None:
    """`llvm-cov` or `llvm-profdata`, of rustc's version of LLVM; says so where there is none."""
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    sysroot = subprocess.run(["rustc", "--print=sysroot"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"LLVM version: (\d+)", said)
    host = re.search(r"host: (\S+)", said)
    assert version and host
    of_rustup = Path(sysroot.strip()) / "lib" / "rustlib" / host[1] / "bin"
    for tool in (f"llvm-{name}-{version[1]}", str(of_rustup / f"llvm-{name}")):
        if shutil.which(tool):
            return tool
    print(f"skipped: no llvm-{name} of version {version[1]} (apt: llvm-{version[1]})")
    return None


def pytest(place: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    """Runs tests with the package that was laid out there."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **more, "PYTHONPATH": str(place)}, check=False
    )
