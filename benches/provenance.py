"""Where numbers come from, and how they are kept. Comes in: numbers. Goes out: a file.

It tells the machine and the versions. One line a row, so that a change of the numbers can be read.
"""

import json
import os
import platform
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Kept = dict[str, Any]


def version_of(package: str) -> str | None:
    """The version that is installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def versions(packages: list[str], *, javascript: bool = False) -> dict[str, str]:
    """The versions of Python packages, and where peers in JavaScript take part, of those."""
    found = {package: version_of(package) or "not installed" for package in packages}
    if javascript and shutil.which("node"):
        lock = json.loads((HERE / "node" / "package-lock.json").read_text())
        names = lock["packages"][""]["dependencies"]
        found |= {f"{name} (JS)": lock["packages"][f"node_modules/{name}"]["version"] for name in names}
    return found


def machine() -> dict[str, str]:
    """The processor, the system, the languages, and which state of this project was measured."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        cpu = next((line.partition(":")[2].strip() for line in lines if "model name" in line), cpu)
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "node": said(["node", "--version"]),
        "rustc": said(["rustc", "--version"]),
        "commit": said(["git", "-C", str(HERE), "describe", "--always", "--dirty", "--exclude=*"]),
    }


def said(command: list[str]) -> str:
    """What a command prints, or that it is not here."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "not here"
    return done.stdout.strip()


def keep(path: Path, kept: Kept) -> None:
    """Write it down: lists one item a line, everything else one member a line."""
    members = []
    for name, value in kept.items():
        if isinstance(value, list):
            items = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in value)
            members.append(f'"{name}": [\n{items}\n]')
        else:
            members.append(f'"{name}": {json.dumps(value, ensure_ascii=False, indent=1)}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{" + ",\n".join(members) + "}\n", encoding="utf-8")
