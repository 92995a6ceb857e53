"""The suite under AddressSanitizer: `make asan`.

    python tests/sanitized.py [PART ...]

Comes in: parts (`PARTS`; all of them). Goes out: the tests' own report and the time of each part; exit code 1
where one fails or an address is wrong. The core's tests run as a program of their own; `tests/json`,
`tests/dropin` and the long checks that lean on unsafe code run in Python, with the sanitizer loaded before
it. Needs a nightly Rust and gcc's libasan; says so where there are none.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from builds import ROOT, environment, package, pytest

FLAGS = "-Zsanitizer=address"
SOAK = ROOT / "tests" / "soak"
#: What is run through Python, part by part; "core" is not.
PARTS: dict[str, list[str]] = {
    "core": [],
    "json": ["tests/json"],
    "dropin": ["tests/dropin"],
    "stack": [str(SOAK / "stack.py")],
    "reentrancy": [str(SOAK / "reentrancy.py")],
    "threads": [str(SOAK / "threads.py")],
}


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


def core(built: dict[str, str], target: list[str]) -> int:
    """The core's own tests. It has no unsafe code, what it leans on has: fewer random cases are enough."""
    command = ["cargo", "+nightly", "test", "--locked", "-p", "pydantic-flow-core", "--tests", *target]
    return subprocess.run(command, cwd=ROOT, env={**built, "PROPTEST_CASES": "50"}, check=False).returncode


def binding(built: dict[str, str], target: list[str], parts: list[str]) -> list[int]:
    """Tests through Python, and how each part of them ended."""
    place = package("asan", built, "+nightly", "build", *target)
    options = {
        "LD_PRELOAD": library(),
        # CPython frees little at its end; its own allocator would hide what a block is used after.
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONMALLOC": "malloc",
    }
    return [timed(part, partial(returned, place, part, options)) for part in parts]


def returned(place: Path, part: str, options: dict[str, str]) -> int:
    return pytest(place, *PARTS[part], **options).returncode


def timed(part: str, run: Callable[[], int]) -> int:
    """Runs a part and says how long it took and how it ended."""
    start = time.monotonic()
    code = run()
    print(
        f"{part}: {'nothing found' if code == 0 else f'exit code {code}'}, {time.monotonic() - start:.0f} s",
        flush=True,
    )
    return code


def main() -> int:
    """Build and run the parts asked for."""
    wanted = sys.argv[1:] or list(PARTS)
    if unknown := set(wanted) - set(PARTS):
        print(f"no part is called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    why = missing()
    if why:
        print(f"skipped: {why}")
        return 0
    host = next(line.split()[1] for line in said("rustc", "-vV").splitlines() if line.startswith("host:"))
    target = ["--target", host]
    # A report names lines, and needs no more debug information than that.
    quick = {"CARGO_PROFILE_DEV_OPT_LEVEL": "1", "CARGO_PROFILE_DEV_DEBUG": "line-tables-only"}
    built = environment("asan", FLAGS, **quick)
    codes = [timed("core", partial(core, built, target))] if "core" in wanted else []
    through_python = [part for part in wanted if part != "core"]
    codes += binding(built, target, through_python) if through_python else []
    return int(any(codes))  # a process that was killed has a code below zero


if __name__ == "__main__":
    sys.exit(main())
