"""A process for each contestant, and how to talk to it. Comes in: orders. Goes out: answers, or `Gone`.

A seat starts its process when it is first asked something, and again after that process died or hung.
Decided elsewhere: what the process does (`worker.py`, `node/worker.mjs`), what it is asked (`run.py`,
`rates.py`).
"""

import json
import multiprocessing
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from contestants import Job, NodeContestant
from worker import Prepared, looks, pin

NODE = Path(__file__).parent / "node"


class Gone(Exception):
    """The process died or did not answer in time."""


@dataclass
class Seat:
    """A Python process that serves orders over a pipe: `target(pipe, *arguments)`."""

    target: Callable[..., None]
    arguments: tuple[Any, ...]
    patience: float
    process: Any = None
    pipe: Connection | None = None

    def ask(self, *order: Any) -> Any:
        """Send an order and wait for the answer."""
        if self.process is None:
            self.start()
        assert self.pipe is not None
        try:
            self.pipe.send(order)
            if self.pipe.poll(self.patience):
                return self.pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.stop()
            raise Gone("crashed") from None
        self.stop()
        raise Gone(f"no answer in {self.patience:g} s")

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=self.target, args=(far, *self.arguments), daemon=True)
        self.process.start()
        far.close()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = None


def why_no_node() -> str | None:
    """Why no peer in JavaScript can be measured here, if none can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (NODE / "node_modules").is_dir():
        return "`npm ci` has not been run in benches/node"
    return None


@dataclass
class NodeSeat:
    """A process of Node that serves orders as lines of JSON."""

    who: NodeContestant
    core: int | None
    patience: float
    process: subprocess.Popen[str] | None = None
    files: list[Any] = field(default_factory=list)

    def ask(self, verb: str, *arguments: Any) -> Any:
        """Send an order and wait for the answer, in the same words as to a seat of Python."""
        if verb == "prepare":
            return self.prepare(*arguments)
        if verb == "read":
            return self.reading(*arguments)
        return self.send({"order": verb}).get("is")

    def prepare(self, corpus: str, mode: str) -> Prepared:
        job = Job(corpus, mode)
        order = {
            "order": "prepare",
            "way": self.who.ways[mode],
            "file": self.file(job.text),
            "whole": self.file(job.whole),
            "size": 4,
            "looks": looks(job),
        }
        reply = self.send(order)
        if "failed" in reply:
            return Prepared(reply["failed"])
        return Prepared(**{**reply["is"], "fresh": reply["is"]["fresh"] and tuple(reply["is"]["fresh"])})

    def reading(self, text: str) -> tuple[str, Any]:
        reply = self.send({"order": "read", "text": text})
        if "failed" in reply or "error" in reply["is"]:
            return "failed", reply.get("failed", "nothing")
        return "value", reply["is"]["value"]

    def send(self, order: dict[str, Any]) -> dict[str, Any]:
        if self.process is None:
            self.start()
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            if not wait([self.process.stdout], self.patience):
                self.stop()
                raise Gone(f"no answer in {self.patience:g} s")
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.stop()
            raise Gone("crashed")
        reply: dict[str, Any] = json.loads(line, object_hook=non_finite)
        return reply

    def file(self, text: str) -> str:
        """A file with this text, there until the next preparation is over."""
        file = NamedTemporaryFile("w", encoding="utf-8", suffix=".json")  # noqa: SIM115 (kept open, it is deleted when closed)
        file.write(text)
        file.flush()
        self.files = [*self.files[-1:], file]
        return file.name

    def start(self) -> None:
        command = ["node", str(NODE / "worker.mjs"), self.who.reader]
        pipe = subprocess.PIPE
        # Node starts its other threads at once: they are where their parent is when it starts them.
        here = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
        pin(self.core)
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        if here is not None:
            os.sched_setaffinity(0, here)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
        self.process = None


def non_finite(value: dict[str, Any]) -> Any:
    """JSON has no NaN; the process of Node writes `{"$float": "NaN"}`."""
    return float(value["$float"]) if value.keys() == {"$float"} else value
