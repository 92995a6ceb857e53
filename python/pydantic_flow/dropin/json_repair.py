r"""The Python API of ``json_repair`` on this engine.

Coming in: the text and options that ``json_repair``'s functions take. Going out: what they return: JSON
text, objects, or objects and a log. Decided elsewhere: how broken text is read (the core); where that
differs from the original, and why, is in ``docs/dropin.md``.

>>> repair_json("{'name': 'Ada', 'tags': ['x', 'y'")
'{"name": "Ada", "tags": ["x", "y"]}'
>>> loads("{'name': 'Ada', 'tags': ['x', 'y'")
{'name': 'Ada', 'tags': ['x', 'y']}
>>> loads('{"a": [1, 2,]}', logging=True)
({'a': [1, 2]}, [{'text': 'a comma with nothing before or after it was ignored', 'context': '"a": [1, 2,]}'}])
>>> repair_json("no JSON here")
''
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, TextIO, TypeAlias, overload

from .. import json as engine
from ..errors import MalformedError
from ..json import Limits, Parser, Repair

__all__ = ["JSONReturnType", "from_file", "load", "loads", "repair_json"]

JSONReturnType: TypeAlias = dict[str, Any] | list[Any] | str | float | int | bool | None
"""What ``loads`` returns. ``""`` where the text holds no value."""

_Log: TypeAlias = list[dict[str, str]]
_Mode: TypeAlias = Literal["standard", "salvage"]

_LIMITS = Limits(depth=1024)
_NOTHING: Any = object()
# Characters of text shown before and after the place of a repair.
_AROUND = 10
_FILE_CHUNK = 1 << 20

_SEVERAL = "Multiple top-level JSON elements found in strict mode"
_EMPTY = "Parsed object is empty but contains extra characters in strict mode"
# The defects that `strict` refuses to repair, in the original's words.
_REFUSED = {
    "several_values": _SEVERAL,
    "prose": _SEVERAL,
    "fence": _SEVERAL,
    "early_close": _SEVERAL,
    "missing_colon": "Missing ':' after key in strict mode while parsing object",
    "missing_value": "Parsed value is empty in strict mode while parsing object",
    "set": _EMPTY,
    "escaped_document": _EMPTY,
}


@overload
def repair_json(
    json_str: str = "",
    return_objects: Literal[False] = False,
    skip_json_loads: bool = False,
    logging: Literal[False] = False,
    json_fd: TextIO | None = None,
    chunk_length: int = 0,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
    **json_dumps_args: Any,
) -> str: ...
@overload
def repair_json(
    json_str: str = "",
    *,
    return_objects: Literal[True],
    skip_json_loads: bool = False,
    logging: Literal[False] = False,
    json_fd: TextIO | None = None,
    chunk_length: int = 0,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
    **json_dumps_args: Any,
) -> JSONReturnType: ...
@overload
def repair_json(
    json_str: str = "",
    return_objects: bool = False,
    skip_json_loads: bool = False,
    *,
    logging: Literal[True],
    json_fd: TextIO | None = None,
    chunk_length: int = 0,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
    **json_dumps_args: Any,
) -> tuple[JSONReturnType, _Log]: ...
@overload
def repair_json(
    json_str: str = "",
    return_objects: bool = False,
    skip_json_loads: bool = False,
    logging: bool = False,
    json_fd: TextIO | None = None,
    chunk_length: int = 0,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
    **json_dumps_args: Any,
) -> JSONReturnType | tuple[JSONReturnType, _Log]: ...
def repair_json(
    json_str: str = "",
    return_objects: bool = False,
    skip_json_loads: bool = False,
    logging: bool = False,
    json_fd: TextIO | None = None,
    chunk_length: int = 0,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
    **json_dumps_args: Any,
) -> JSONReturnType | tuple[JSONReturnType, _Log]:
    r"""Reads JSON, broken or not, and writes it again as JSON text.

    Args:
        json_str: the text (``bytes`` are read too).
        return_objects: return the value itself, not text.
        skip_json_loads: only matters with ``strict``: look for repeated and empty keys in valid JSON too.
            There is one reader here, and it reads valid JSON at full speed.
        logging: return the value and a list of repairs, each with ``text`` (what was done) and ``context``
            (the text around the place).
        json_fd: read from this open text file, from where it stands.
        chunk_length: characters to read from ``json_fd`` at a time (1 Mi by default).
        stream_stable: without effect: a growing text is always read in the same way.
        strict: raise for several values, text around the value, missing colons and values, repeated and
            empty keys.
        schema: not offered here: give a model to ``pydantic_flow.StreamingParser``.
        schema_repair_mode: not offered here.
        json_dumps_args: for ``json.dumps``, such as ``ensure_ascii`` or ``indent``.

    Returns:
        JSON text, or what ``return_objects`` and ``logging`` ask for. ``""`` where the text holds no value.

    Raises:
        MalformedError: (a ``ValueError``) with ``strict``, for what is not repaired then.
        LimitError: (a ``ValueError``) for more than 1,024 nested levels, or integers of more digits than
            Python converts.
        NotImplementedError: for ``schema``.

    >>> repair_json("{'ключ': 1.50}", ensure_ascii=False)
    '{"ключ": 1.5}'
    >>> repair_json('{"a": 1}{"b": 2}', strict=True)
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.MalformedError: Multiple top-level JSON elements found in strict mode (byte 8)
    """
    if schema is not None or schema_repair_mode != "standard":
        raise NotImplementedError(
            "schema= is not read by this drop-in; pydantic_flow.StreamingParser(Model) reads and validates "
            "for a model"
        )
    if json_fd is None and not (logging or strict):
        value = engine.loads(json_str, limits=_LIMITS, default=_NOTHING)
        log: _Log = []
    else:
        value, log = _watched(json_str, json_fd, chunk_length, logging, strict, skip_json_loads)
    if value is _NOTHING:
        return ("", log) if logging else ""
    if logging:
        return value, log
    return value if return_objects else json.dumps(value, **json_dumps_args)


def loads(
    json_str: str,
    skip_json_loads: bool = False,
    logging: bool = False,
    stream_stable: bool = False,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
) -> JSONReturnType | tuple[JSONReturnType, _Log]:
    """``json.loads`` for JSON that may be broken. See :func:`repair_json`.

    >>> loads('{"a": 1 "b": [2 3')
    {'a': 1, 'b': [2, 3]}
    """
    return repair_json(
        json_str,
        return_objects=True,
        skip_json_loads=skip_json_loads,
        logging=logging,
        stream_stable=stream_stable,
        strict=strict,
        schema=schema,
        schema_repair_mode=schema_repair_mode,
    )


def load(
    fd: TextIO,
    skip_json_loads: bool = False,
    logging: bool = False,
    chunk_length: int = 0,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
) -> JSONReturnType | tuple[JSONReturnType, _Log]:
    """``json.load`` for JSON that may be broken: reads the file in chunks. See :func:`repair_json`.

    >>> import io
    >>> load(io.StringIO("[1, 2, {'a': 3"), chunk_length=2)
    [1, 2, {'a': 3}]
    """
    return repair_json(
        json_fd=fd,
        chunk_length=chunk_length,
        return_objects=True,
        skip_json_loads=skip_json_loads,
        logging=logging,
        strict=strict,
        schema=schema,
        schema_repair_mode=schema_repair_mode,
    )


def from_file(
    filename: str | Path,
    skip_json_loads: bool = False,
    logging: bool = False,
    chunk_length: int = 0,
    strict: bool = False,
    schema: Any | None = None,
    schema_repair_mode: _Mode = "standard",
) -> JSONReturnType | tuple[JSONReturnType, _Log]:
    """:func:`load` for the name of a file in UTF-8."""
    with Path(filename).open(encoding="utf-8") as file:
        return load(
            file,
            skip_json_loads=skip_json_loads,
            logging=logging,
            chunk_length=chunk_length,
            strict=strict,
            schema=schema,
            schema_repair_mode=schema_repair_mode,
        )


def _watched(
    text: str, file: TextIO | None, chunk_length: int, logging: bool, strict: bool, valid_too: bool
) -> tuple[Any, _Log]:
    """The value and the log, by the reader that tells what it repairs."""
    if file is not None and logging:
        text, file = file.read(), None
    parser = Parser(limits=_LIMITS, default=_NOTHING, changes=strict)
    for chunk in [text] if file is None else _chunks(file, chunk_length or _FILE_CHUNK):
        parser.feed(chunk)
    value = parser.finish()
    if strict:
        _refuse(parser, keys_too=valid_too or bool(parser.repairs))
    return value, _log(text, parser.repairs) if logging else []


def _chunks(file: TextIO, length: int) -> Iterator[str]:
    while chunk := file.read(length):
        yield chunk


def _log(text: str | bytes, repairs: list[Repair]) -> _Log:
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return [{"text": repair.message, "context": _context(data, repair.offset)} for repair in repairs]


def _context(data: bytes, offset: int) -> str:
    """The characters around a byte."""
    before = data[max(0, offset - 4 * _AROUND) : offset].decode("utf-8", "ignore")
    after = data[offset : offset + 4 * _AROUND].decode("utf-8", "ignore")
    return before[-_AROUND:] + after[:_AROUND]


def _refuse(parser: Parser, *, keys_too: bool) -> None:
    """Raises for the first defect that strict reading does not repair."""
    for repair in parser.repairs:
        if repair.kind in _REFUSED:
            raise _malformed(_REFUSED[repair.kind], repair.offset, repair.path)
    for path, _, _, reason in parser.changes() if keys_too else []:
        if reason == "duplicate_key":
            raise _malformed("Duplicate key found in strict mode", parser.offset, path)
        if "" in path:
            raise _malformed("Empty key found in strict mode while parsing object", parser.offset, path)


def _malformed(words: str, offset: int, path: tuple[str | int, ...]) -> MalformedError:
    return MalformedError(f"{words} (byte {offset})", kind="malformed", offset=offset, path=path)
