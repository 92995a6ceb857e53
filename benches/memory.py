"""Peak memory of reading a document in one call. Comes in: nothing. Goes out: a table.

    python benches/memory.py [text ...] [--json OUT]

Every number is from a process of its own: the peak of its resident memory while it reads, less what it had
before. A cell is that peak and its ratio to `json.loads`. Linux only, for `/proc` tells.
"""

import argparse
import gc
import importlib
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

from corpora import MAKERS, corpus
from provenance import Kept, keep, machine, version_of, versions

READERS = {
    "json": ("json", "loads"),
    "orjson": ("orjson", "loads"),
    "jiter": ("jiter", "from_json"),
    "msgspec": ("msgspec.json", "decode"),
    "streaming-json-parser-native": ("streaming_json_parser_native", "decode_complete"),
    "pydantic-flow": ("pydantic_flow.json", "loads"),
}
TIMES = 3
# Less than a few pages cannot be seen.
SMALL = 50_000
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def resident(field: str) -> int:
    """Bytes, from a line of the process's status."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field))


def peak(reader: str, file: str) -> int:
    """Bytes that this process needed at most to read the file, beside the text itself."""
    module, function = READERS[reader]
    loads = getattr(importlib.import_module(module), function)
    loads(b'{"warm": [1.5, "up"]}')
    data = Path(file).read_bytes()
    gc.collect()
    CLEAR.write_text("5")
    before = resident("VmRSS")
    value = loads(data)
    after = resident("VmHWM")
    del value
    return after - before


def measured(reader: str, text: str) -> float:
    """The same in a process of its own, the median of a few."""
    # A file, because making the text would leave room behind that reading it uses again.
    with NamedTemporaryFile() as file:
        file.write(corpus(text).encode())
        file.flush()
        order = [sys.executable, __file__, "--one", reader, file.name]
        return statistics.median(int(subprocess.check_output(order)) for _ in range(TIMES))


def table(kept: Kept) -> str:
    """Readers down, texts across: the peak, and its ratio to `json`'s."""
    rows = kept["results"]
    texts = list(dict.fromkeys(row["corpus"] for row in rows))
    peaks = {(row["contestant"], row["corpus"]): row["bytes"] for row in rows}
    lines = ["| | " + " | ".join(texts) + " |", "|---" * (len(texts) + 1) + "|"]
    for reader in dict.fromkeys(row["contestant"] for row in rows):
        sizes = [(peaks[reader, text], peaks["json", text]) for text in texts]
        cells = [f"{size / 1e6:.2f} MB ({size / max(base, 1):.2f})" for size, base in sizes]
        lines.append(f"| {reader} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description="Peak memory of reading a document in one call.")
    parser.add_argument("texts", nargs="*", help="names of texts, all of some size if none is given")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    options = parser.parse_args()
    texts = options.texts or [text for text in MAKERS if len(corpus(text)) > SMALL]
    readers = [reader for reader in READERS if version_of(reader) or reader == "json"]
    rows = [
        {"corpus": text, "contestant": reader, "bytes": measured(reader, text)}
        for text in texts
        for reader in readers
    ]
    kept = {"machine": machine(), "versions": versions([*readers[1:]]), "results": rows}
    print(table(kept))
    if options.json:
        keep(options.json, kept)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(peak(*sys.argv[2:]))
    else:
        main()
