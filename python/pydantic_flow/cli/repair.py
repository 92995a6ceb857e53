"""``pydantic-flow repair``: broken JSON in, JSON out.

Coming in: the options.
Going out: JSON on stdout or in the file, a line for each repair on stderr, an exit code.
Decided elsewhere: what is repaired, and how (``pydantic_flow.json``).
"""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from tempfile import NamedTemporaryFile

from .. import json
from ..errors import LimitError
from .ending import Code, Stop
from .excerpt import reason
from .output import write
from .places import Places
from .source import opened


def repair(file: str, *, in_place: bool, check: bool) -> int:
    """Repair one text.

    Args:
        file: its name, ``-`` for stdin.
        in_place: write the result into the file.
        check: write nothing; the exit code tells whether there is something to repair.

    Raises:
        Stop: the call cannot be carried out, or there is no JSON in the text.
    """
    if in_place and check:
        raise Stop("--in-place writes and --check does not: choose one")
    if in_place and (file == "-" or (os.path.exists(file) and not os.path.isfile(file))):
        raise Stop("--in-place needs the name of a file")
    with opened(file) as source:
        text, name = source.whole(), source.name
    repairs = list(_repairs(text, name))
    for line in repairs:
        print(line, file=sys.stderr)
    if check:
        return Code.NOT_WHOLE if repairs else Code.FINE
    fixed = f"{json.repair(text)}\n".encode() if repairs else text
    if not in_place:
        write(fixed, sys.stdout)
    elif repairs:
        _replace(file, fixed)
    return Code.FINE


def _repairs(text: bytes, name: str) -> Iterator[str]:
    """A line for each repair: where it is, its kind, what was done."""
    parser, places = json.Parser(), Places()
    try:
        parser.feed(text)
        parser.finish()
    except LimitError as error:
        line, column = error.position(text)
        raise Stop(f"{name}:{line}:{column}: {reason(error)}", Code.UNREADABLE) from None
    if parser.ending == "empty":
        raise Stop(f"{name}: there is no JSON in it", Code.UNREADABLE)
    places.feed(text)
    for one in parser.repairs:
        line, column = places.at(one.offset)
        yield f"{name}:{line}:{column}: {one.kind}: {one.message}"


def _replace(file: str, text: bytes) -> None:
    """Put a text in the place of a file's at once: whoever reads the file sees the one or the other."""
    target = os.path.realpath(file)  # a link stays a link
    try:
        before = os.stat(target)
        # Putting another file in its place would need no permission to write to it.
        if not (before.st_mode & 0o222 and os.access(target, os.W_OK)):
            raise Stop(f"{file}: not written: it is read-only")
        with NamedTemporaryFile(dir=os.path.dirname(target), prefix=".pydantic-flow-", delete=False) as new:
            try:
                new.write(text)
                new.flush()
                os.fsync(new.fileno())
                _like(before, new.name)
                os.replace(new.name, target)
            except BaseException:
                os.unlink(new.name)
                raise
    except OSError as error:
        raise Stop(f"{file}: not written: {error.strerror}") from None


def _like(before: os.stat_result, file: str) -> None:
    """Give a file the owner, if we may, and the mode that another one has."""
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # only root may give files away
            os.chown(file, before.st_uid, before.st_gid)
    os.chmod(file, before.st_mode & 0o7777)
