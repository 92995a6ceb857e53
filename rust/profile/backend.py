"""The build backend: maturin's, which tells rustc what of the core is used most.

Coming in: the calls of pip and other front ends. Going out: what maturin makes. `core.profdata` is what
`train.py` saw the core do; only the rustc that it was made with (`rustc` has its version) is sure to read it,
and any other one builds without. What it bought: docs/design.md.
"""

import os
import subprocess
from pathlib import Path
from typing import Any

import maturin
from maturin import (  # noqa: F401 (front ends look for them here)
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

HERE = Path(__file__).parent


def build_wheel(directory: str, settings: Any = None, metadata: Any = None) -> str:
    """As PEP 517 has it."""
    use_profile()
    return maturin.build_wheel(directory, settings, metadata)


def build_editable(directory: str, settings: Any = None, metadata: Any = None) -> str:
    """As PEP 660 has it."""
    use_profile()
    return maturin.build_editable(directory, settings, metadata)


def use_profile() -> None:
    """Adds the profile to the flags of rustc, if that can read it and nobody has chosen one."""
    flags = os.environ.get("RUSTFLAGS", "")
    if "CARGO_ENCODED_RUSTFLAGS" in os.environ or "-Cprofile-" in flags:
        return
    version = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=False).stdout
    if release(version) != (HERE / "rustc").read_text():
        print("another rustc than the one that made rust/profile/core.profdata: the core is built without it")
        return
    # Encoded, for there may be a space in the path.
    encoded = [*flags.split(), f"-Cprofile-use={HERE / 'core.profdata'}"]
    os.environ["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(encoded)


def release(version: str) -> str:
    """What of `rustc -vV` must be the same: the compiler's and LLVM's versions."""
    return "".join(
        f"{line}\n" for line in version.splitlines() if line.startswith(("release:", "LLVM version:"))
    )
