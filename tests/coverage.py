"""What of the core the tests run through: `make coverage`.

    python tests/coverage.py [--missing]

Comes in: nothing. Goes out: lines and regions of every file of the core, by its own tests and by those of
`json`, `dropin` and `streaming`; `--missing` also prints the lines that nothing ran through. Needs tools of
rustc's version of LLVM: `llvm-cov` and `llvm-profdata` with the number behind their names, or rustup's
`llvm-tools`. Where there are none it says so.
"""

import json
import os
import re
import shutil
import subprocess
import sys

from builds import ROOT, environment, llvm_tool, package, pytest

PLACE = ROOT / "target" / "coverage"
RAW = PLACE / "raw"


def run() -> list[str]:
    """Runs the tests with counters in the core; the programs that have them."""
    shutil.rmtree(RAW, ignore_errors=True)
    profile = {"LLVM_PROFILE_FILE": str(RAW / "%p-%m.profraw")}
    # Counters do not change with the level, the time that the tests take does. They need no debug info.
    quick = {"CARGO_PROFILE_DEV_OPT_LEVEL": "1", "CARGO_PROFILE_DEV_DEBUG": "0"}
    instrumented = environment("coverage", "-Cinstrument-coverage", **profile, **quick)
    test = ["cargo", "test", "--locked", "-p", "pydantic-flow-core", "--tests"]
    subprocess.run(test, cwd=ROOT, env=instrumented, check=True)
    command = [*test, "--no-run", "--message-format=json"]
    built = subprocess.run(command, cwd=ROOT, env=instrumented, stdout=subprocess.PIPE, check=True).stdout
    programs = [line["executable"] for line in map(json.loads, built.splitlines()) if line.get("executable")]
    place = package("coverage", instrumented, "build")
    done = pytest(place, "tests/json", "tests/dropin", "tests/streaming", **profile)
    if done.returncode:
        sys.exit(done.returncode)
    return [*programs, str(place / "pydantic_flow" / "_core.so")]


def main() -> None:
    """Run, merge, print."""
    profdata, cov = llvm_tool("profdata"), llvm_tool("cov")
    if profdata is None or cov is None:
        return
    programs = run()
    merged = PLACE / "merged.profdata"
    raw = [str(RAW / name) for name in os.listdir(RAW)]
    subprocess.run([profdata, "merge", "-sparse", *raw, "-o", str(merged)], check=True)
    objects = [programs[0], *[f"-object={program}" for program in programs[1:]]]
    options = [*objects, f"-instr-profile={merged}", "--sources", str(ROOT / "rust" / "core" / "src")]
    subprocess.run([cov, "report", "--show-functions=false", *options], check=True)
    if "--missing" in sys.argv[1:]:
        show = [cov, "show", "--show-instantiations=false", "--show-line-counts-or-regions", *options]
        shown = subprocess.run(show, capture_output=True, text=True, check=True).stdout
        print(
            "\n".join(
                line for line in shown.split("\n") if line.endswith(":") or re.match(r" +\d+\| +0\|", line)
            )
        )


if __name__ == "__main__":
    main()
