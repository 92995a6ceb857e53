"""``pydantic-flow run``: a flow, or a node, from the command line.

Coming in: where it stands, and its input. Going out: what is to be seen of the run, and its result.
Decided elsewhere: how a flow runs (``flow``), how runs are shown (``playing.py``).
"""

import os
import sys
from collections.abc import AsyncIterable, Mapping
from contextlib import redirect_stdout
from io import BytesIO
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from ..errors import FlowError, FlowInputError, MissingExtraError, NodeError
from ..flow import Flow, RunConfig
from ..nodes.typed import type_name, without_values
from ..recording import Recording, recorded
from ..streaming.item import ProgressItem
from .ending import Code, Stop, complain
from .excerpt import one_line, reason
from .playing import play, print_result, view
from .source import opened
from .target import runnable

LINE = 1_000_000
"""The longest first line of a recording that is looked at, in bytes."""


def run(
    spec: str,
    value: str,
    *,
    record: str | None,
    force: bool,
    limits: Mapping[str, Any],
    plain: bool,
    events: bool,
) -> int:
    """Run it once.

    Args:
        spec: ``module:flow``.
        value: its input: JSON, ``@`` and the name of a file, or ``-`` for stdin.
        record: the name of a file for the events.
        force: replace that file, whatever is in it.
        limits: of the run, see :class:`~pydantic_flow.flow.RunConfig`; for flows.
        plain: lines even on a terminal.
        events: write NDJSON events, and nothing else, on stdout.

    Raises:
        Stop: the call cannot be carried out.
    """
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):  # what a user's code prints is no part of the answer
        found = runnable(spec)
        stream = _stream(spec, found, _input(found.input_type, value), limits)
        if record is not None:
            stream = _recorded(stream, record, force)
        shown = view(stdout, plain=plain, events=events)
        try:
            play(stream, shown)
        except MissingExtraError as missing:
            raise Stop(str(missing)) from None
        except FlowError as error:
            complain(reason(error))
            return Code.NOT_WHOLE
        except OSError:  # nobody reads stdout any more
            raise
        except Exception as error:  # whatever a node raises that runs alone
            complain(one_line(error))
            return Code.NOT_WHOLE
    if not events:
        print_result(shown.board.result)
    return Code.FINE


def _stream(spec: str, found: Any, value: Any, limits: Mapping[str, Any]) -> AsyncIterable[ProgressItem]:
    if limits and not isinstance(found, Flow):
        raise Stop(f"{spec}: --timeout and --max-steps are for flows, and this is a node alone")
    try:
        stream: AsyncIterable[ProgressItem] = (
            found.astream(value, RunConfig(**limits)) if isinstance(found, Flow) else found.astream(value)
        )
    except FlowInputError as error:
        raise Stop(f"--input: {reason(error)}", Code.INVALID) from None
    except (FlowError, NodeError) as error:
        raise Stop(f"{spec}: {reason(error)}") from None
    return stream


def _recorded(stream: AsyncIterable[ProgressItem], file: str, force: bool) -> AsyncIterable[ProgressItem]:
    try:
        if not force and not _is_free(file):
            raise Stop(f"--record {file}: there is something in it that is no recording: --force replaces it")
        with open(file, "ab"):
            pass
    except OSError as error:
        raise Stop(f"--record {file}: {error.strerror}") from None
    return recorded(stream, file)


def _is_free(file: str) -> bool:
    """Whether nothing but a recording would be lost, as far as its first line tells."""
    if not os.path.isfile(file) or not os.path.getsize(file):
        return True
    with open(file, "rb") as there:
        first = Recording(BytesIO(there.readline(LINE)), on_damage="stop")
    return bool([*first]) or first.damage is None


def _input(kind: Any, value: str) -> Any:
    """The input as an object of its type.

    Raises:
        Stop: it does not fit, or cannot be read.
    """
    text = _text(value)
    try:
        plain = text.decode()
    except UnicodeDecodeError as error:
        raise Stop(f"--input is not UTF-8, from byte {error.start} on", Code.INVALID) from None
    if not text.strip() and (value == "-" or value.startswith("@") or kind is not str):
        raise Stop(_nothing(value), Code.INVALID)
    try:
        adapter: TypeAdapter[Any] = TypeAdapter(kind)
    except PydanticSchemaGenerationError:
        raise Stop(f"--input: nothing written can be of {type_name(kind)}") from None
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        if kind is str or kind is Any:  # a text that is not JSON stands for itself
            return plain
        raise Stop(f"--input {_misfit(error, kind)}", Code.INVALID) from None


def _misfit(error: ValidationError, kind: Any) -> str:
    first = error.errors()[0]
    if first["type"] == "json_invalid" and not first["loc"]:
        return f"is no JSON: {first['ctx']['error']}; {type_name(kind)} is given as JSON"
    return f"does not fit: {without_values(error)}"


def _nothing(value: str) -> str:
    if value == "-":
        return "there is no input: nothing came on stdin; --input JSON or --input @FILE gives it, too"
    return f"--input {value}: the file is empty" if value else "--input is empty: give it as JSON"


def _text(value: str) -> bytes:
    if value != "-" and not value.startswith("@"):
        return os.fsencode(value)
    with opened("-" if value == "-" else value[1:]) as source:
        if source.typed:
            print("reading the input that you type; Ctrl-D on an empty line ends it", file=sys.stderr)
        return source.whole()
