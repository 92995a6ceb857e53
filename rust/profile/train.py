"""Makes `core.profdata`, what the compiler is told of the core's use: `make profile`.

    python rust/profile/train.py

Coming in: nothing; the texts are made here, and are others than those of `benches/`. Going out: the profile
and the version of the rustc that can read it, beside this file. Needs `llvm-profdata` of rustc's version of
LLVM; says so where there is none. To be made anew when the core's hot paths have changed: a function that is
not the same any more is built as if there were no profile.
"""

import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(HERE)]

from builds import environment, llvm_tool  # noqa: E402 (a script beside them, not a package)

PLACE = ROOT / "target" / "profile"
WORDS = {
    "latin": [
        "the",
        "cat",
        "sat",
        "on",
        "a",
        "mat",
        "while",
        "rain",
        "fell",
        "over",
        "roof",
        "tiles",
        "tonight",
    ],
    "accents": ["être", "naïve", "façade", "Zürich", "año", "señor", "über", "größer", "déjà"],
    "wide": ["весна", "город", "東京", "駅前", "नमस्ते", "दुनिया", "Ελλάδα"],
    "emoji": ["ok", "🎉", "fine", "👩\u200d🚀", "done", "✅"],
    "escaped": ['say "so"', "a\\b", "line\nbreak", "tab\there", "/path/to", "\u0007"],
}


def sentence(dice: random.Random, kind: str, words: int) -> str:
    """Words, two of three of the kind."""
    return " ".join(dice.choices(WORDS["latin"] + 2 * WORDS[kind], k=words))


def order(dice: random.Random, kind: str) -> dict[str, object]:
    """Like a row of an interface: short members of every type."""
    return {
        "order": dice.randrange(10**9),
        "customer": sentence(dice, kind, 2),
        "paid": dice.random() < 0.5,
        "total": round(dice.uniform(-50, 5000), 2),
        "coupon": None,
        "lines": [{"sku": f"A-{n}", "count": dice.randrange(9)} for n in range(dice.randrange(4))],
        "labels": dice.choices(WORDS[kind], k=dice.randrange(4)),
        "remark": sentence(dice, kind, dice.randrange(30)),
    }


def answer(dice: random.Random, kind: str) -> dict[str, object]:
    """Like an answer of a model: nested, long texts."""
    return {
        "question": sentence(dice, kind, 8),
        "steps": [
            {
                "thought": sentence(dice, kind, 40),
                "action": {"tool": "search", "args": {"q": sentence(dice, kind, 4)}},
            }
            for _ in range(4)
        ],
        "confidence": dice.random(),
        "sources": [
            {"url": "https://example.org/a?b=c", "quote": sentence(dice, kind, 60)} for _ in range(3)
        ],
    }


def points(dice: random.Random) -> list[list[float]]:
    """Numbers of several lengths."""
    return [[dice.gauss(0, 1e3), round(dice.random(), 3), dice.randrange(-9999, 9999)] for _ in range(100)]


def texts() -> list[str]:
    """What is read, in three layouts, with escapes and without."""
    dice = random.Random(5)
    values: list[object] = [points(dice) for _ in range(4)]
    values += [{"text": " ".join(sentence(dice, kind, 500) for kind in WORDS)} for _ in range(8)]
    for kind in WORDS:
        share = 4 if kind == "latin" else 1
        values += [[order(dice, kind) for _ in range(40)] for _ in range(share)]
        values += [answer(dice, kind) for _ in range(6 * share)]
        values += [order(dice, kind) for _ in range(6 * share)]
    made = []
    for number, value in enumerate(values):
        layout = {"indent": 2} if number % 3 == 1 else {"separators": (",", ":")} if number % 3 == 2 else {}
        made.append(json.dumps(value, ensure_ascii=number % 4 == 3, **layout))
    return made


def broken(text: str) -> list[str]:
    """The same as models break it."""
    return [
        f"Here it is:\n```json\n{text}\n```\nAnything else?",
        str(json.loads(text)),
        text.replace("}", ",}").replace("]", ",]"),
        text.replace('": ', "': ").replace(', "', ", '"),
        text[: len(text) * 2 // 3],
        text.replace('"', '\\"'),
    ]


def load(built: str) -> None:
    """The core at work."""
    spec = importlib.util.spec_from_file_location("_core", built)
    assert spec and spec.loader
    core = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(core)
    for text in texts():
        data = text.encode()
        for _ in range(200):
            core.loads(data)
            core.loads(text)
        for size in (1, 4, 4, 12, 60):
            stream(core, [text[at : at + size] for at in range(0, len(text), size)])
        for worse in broken(text):
            core.loads(worse)
            core.repair(worse)
            stream(core, [worse[at : at + 5] for at in range(0, min(len(worse), 3000), 5)])


def stream(core: ModuleType, chunks: list[str]) -> None:
    """One text in each of the ways to read it in chunks."""
    ways: list[tuple[dict[str, Any], Any]] = [
        ({}, lambda parser: None),
        ({}, lambda parser: parser.snapshot()),
        ({"changes": True}, lambda parser: parser.changes()),
    ]
    for options, look in ways:
        parser = core.Parser(**options)
        for chunk in chunks:
            parser.feed(chunk)
            look(parser)
        parser.finish()
    parser = core.Parser(changes=True, unfinished="hide")
    for chunk in chunks:
        parser.advance(chunk)
    parser.advance(None)


def main() -> None:
    """Build with counters, run, merge."""
    profdata = llvm_tool("profdata")
    if profdata is None:
        return
    raw, wheels = PLACE / "raw", PLACE / "wheels"
    for old in (raw, wheels):
        shutil.rmtree(old, ignore_errors=True)
    # Built as for use, for the names of functions depend on how. What runs while building counts elsewhere.
    pip = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        str(wheels),
    ]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # where maturin is
    unused = str(PLACE / "unused")
    counting = environment("profile", "-Cprofile-generate", LLVM_PROFILE_FILE=unused, PATH=path)
    subprocess.run([*pip, "."], cwd=ROOT, env=counting, check=True)
    [wheel] = wheels.iterdir()
    with zipfile.ZipFile(wheel) as files:
        [name] = [name for name in files.namelist() if "_core." in name and name.endswith((".so", ".pyd"))]
        built = files.extract(name, wheels)
    running = {**os.environ, "LLVM_PROFILE_FILE": str(raw / "%p")}
    subprocess.run([sys.executable, __file__, built], env=running, check=True)
    made = str(HERE / "core.profdata")
    subprocess.run([profdata, "merge", "-sparse", *map(str, raw.iterdir()), "-o", made], check=True)
    said = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    from backend import release

    (HERE / "rustc").write_text(release(said))


if __name__ == "__main__":
    load(sys.argv[1]) if sys.argv[1:] else main()
