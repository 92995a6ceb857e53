"""The suite under AddressSanitizer: `make asan`.

Comes in: nothing. Goes out: the tests' own report; exit code 1 where one fails or an address is wrong. The
core's tests run as a program of their own; `tests/json`, `tests/dropin` and the long checks that lean on
unsafe code run in Python, with the sanitizer loaded before it. Needs a nightly Rust and gcc's libasan; says
so where there are none.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from builds import ROOT, environment, package, pytest

FLAGS = "-Zsanitizer=address"
LONG = ["stack.py", "reentrancy.py", "threads.py"]


def said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def missing() -> str | None:
    """Why it cannot be done here."""
    if "nightly" not in said("rustup", "toolchain", "list"):
        return "no nightly toolchain of Rust"
    if shutil.which("gcc") is None or not Path(library()).is_absolute():
        return "no libasan of gcc"
    return None


def library() -> str:
    return said("gcc", "-print-file-name=libasan.so")


def main() -> int:
    """Build and run both."""
    why = missing()
    if why:
        print(f"skipped: {why}")
        return 0
    host = next(line.split()[1] for line in said("rustc", "-vV").splitlines() if line.startswith("host:"))
    target = ["--target", host]
    built = environment("asan", FLAGS, CARGO_PROFILE_DEV_OPT_LEVEL="1")
    core = ["cargo", "+nightly", "test", "--locked", "-p", "pydantic-flow-core", "--tests", *target]
    if subprocess.run(core, cwd=ROOT, env=built, check=False).returncode:
        return 1
    place = package("asan", built, "+nightly", "build", *target)
    options = {
        "LD_PRELOAD": library(),
        # CPython frees little at its end; its own allocator would hide what a block is used after.
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
    }
    files = [str(ROOT / "tests" / "soak" / name) for name in LONG]
    runs = [["tests/json", "tests/dropin"], files]
    return max(pytest(place, *arguments, **options).returncode for arguments in runs)


if __name__ == "__main__":
    sys.exit(main())
