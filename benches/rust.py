"""The core and other Rust readers in one run. Comes in: nothing but options. Goes out: a table, and JSON.

    python benches/rust.py [--quick] [--json OUT] [--rounds N]

Builds `rust/`, a workspace of its own, gives it the texts as files, shows what it says. Exit code 1 when one
of our own answers is wrong. Decided elsewhere: what is measured and how (`rust/src`).
"""

import argparse
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

from corpora import MAKERS, corpus
from provenance import keep, machine
from report import origin, tables
from run import LONGEST_QUICK, ROUNDS, one_core
from worker import pin

WORKSPACE = Path(__file__).parent / "rust"
CRATES = ["jiter", "serde_json", "simd-json"]


def versions() -> dict[str, str]:
    """The crates that ours is measured against, from the lock file."""
    packages = tomllib.loads((WORKSPACE / "Cargo.lock").read_text())["package"]
    found = {package["name"]: package["version"] for package in packages}
    return {f"{name} (crate)": found[name] for name in CRATES}


def build() -> str:
    """The program, built."""
    command = [
        "cargo",
        "build",
        "--release",
        "--locked",
        "--bin=pydantic-flow-benches",
        "--message-format=json-render-diagnostics",
    ]
    built = subprocess.run(command, cwd=WORKSPACE, stdout=subprocess.PIPE, text=True, check=True)
    said = [json.loads(line) for line in built.stdout.splitlines()]
    programs: list[str] = [line["executable"] for line in said if line.get("executable")]
    return programs[-1]


def main() -> int:
    """Build, run, print, keep."""
    parser = argparse.ArgumentParser(description="The core and other Rust readers, measured in one run.")
    parser.add_argument(
        "--quick", action="store_true", help="compare answers in shorter texts, take no times"
    )
    parser.add_argument("--json", type=Path, help="write every number to this file")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    program = build()
    pin(one_core())
    with TemporaryDirectory() as folder:
        files = []
        for name in MAKERS:
            if not options.quick or len(corpus(name)) <= LONGEST_QUICK:
                files.append(Path(folder) / f"{name}.json")
                files[-1].write_text(corpus(name), "utf-8")
        rounds = "0" if options.quick else str(options.rounds)
        done = subprocess.run(
            [program, rounds, *map(str, files)], stdout=subprocess.PIPE, text=True, check=False
        )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    for row in rows:
        row["seconds"] = [float(f"{second:.4g}") for second in row["seconds"]]
    kept = {"machine": machine(), "versions": versions(), "results": rows}
    print(origin(kept), tables(kept), sep="\n")
    if options.json:
        keep(options.json, kept)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
