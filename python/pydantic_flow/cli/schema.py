"""``--schema``: a JSON schema for the final value. The one file that knows jsonschema.

Coming in: a file with a schema, then the value. Going out: what does not fit.
Decided elsewhere: what is done about it (``parse.py``).
"""

from collections.abc import Callable
from typing import Any

from ..errors import JsonError, Path
from ..json import loads
from .ending import EXTRA, Stop
from .excerpt import reason
from .source import opened

Problem = tuple[Path, str]
Check = Callable[[Any], list[Problem]]


def loaded(file: str) -> Check:
    """Read a schema; what this returns names the problems of a value.

    Drafts are told apart by ``$schema``; without it, 2020-12 holds. ``format`` is not checked.
    References are looked up in the file itself and among the published drafts, never on the net.

    Raises:
        Stop: no such file, not JSON, no schema, or the extra is missing.
    """
    try:
        from jsonschema import Draft202012Validator, SchemaError
        from jsonschema.validators import validator_for
        from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
        from referencing.exceptions import Unresolvable
    except ModuleNotFoundError:
        raise Stop(EXTRA) from None
    schema = _schema(file)
    kind = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise Stop(f"--schema {file}: not a JSON schema: {reason(error.message)}") from None
    validator = kind(schema, registry=REGISTRY)

    def check(value: Any) -> list[Problem]:
        try:
            problems = [(tuple(e.absolute_path), reason(e.message)) for e in validator.iter_errors(value)]
        except Unresolvable as error:
            raise Stop(f"--schema {file}: a reference leads nowhere: {reason(error)}") from None
        except RecursionError:
            raise Stop(f"--schema {file}: its references go in circles") from None
        return list(dict.fromkeys(problems))

    return check


def _schema(file: str) -> Any:
    with opened(file) as source:
        text = source.whole()
    try:
        schema = loads(text, strict=True)
    except JsonError as error:
        line, column = error.position(text)
        raise Stop(f"--schema {file}:{line}:{column}: not JSON: {reason(error)}") from None
    if isinstance(schema, bool) or (isinstance(schema, dict) and isinstance(schema.get("$schema", ""), str)):
        return schema
    raise Stop(f"--schema {file}: not a JSON schema: it must be an object")
