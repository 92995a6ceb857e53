"""From ``module:name`` to what stands there: a type that validates, or something that runs.

Coming in: what was said on the command line. Going out: a ``TypeAdapter``, or a flow or a node.
Decided elsewhere: what is valid (pydantic), what a flow does (``flow``).
"""

import sys
from enum import Enum
from importlib import import_module
from inspect import isroutine
from typing import Any

from pydantic import TypeAdapter

from ..streaming.preview import kind_of
from .ending import Stop
from .excerpt import one_line


def adapter(spec: str | None) -> TypeAdapter[Any]:
    """What validates the value: without a ``spec``, anything is right.

    Modules are looked for in the current directory first. The class may be any type that pydantic
    validates, also one inside a class (``module:Outer.Inner``) or an alias (``Reports = list[Report]``).

    Raises:
        Stop: there is no such thing, or it is no type.

    >>> adapter("fractions:Fractoin")
    Traceback (most recent call last):
    ...
    pydantic_flow.cli.ending.Stop: --model fractions:Fractoin: 'fractions' has no 'Fractoin'
    """
    if spec is None:
        return TypeAdapter(Any)
    try:
        return _adapter(*_found(spec, "module:Class, such as shop.models:Order"))
    except _Wrong as wrong:
        raise Stop(f"--model {spec}: {wrong}") from None


def runnable(spec: str) -> Any:
    """A flow or a node.

    Raises:
        Stop: there is no such thing, or it is neither.

    >>> runnable("math:pi")
    Traceback (most recent call last):
    ...
    pydantic_flow.cli.ending.Stop: math:pi: 'pi' is a float, no flow and no node
    """
    try:
        name, found = _found(spec, "module:flow, such as shop.flows:answer")
    except _Wrong as wrong:
        raise Stop(f"{spec}: {wrong}") from None
    if not (hasattr(found, "astream") and hasattr(found, "input_type")):
        hint = ": give what it returns a name in the module" if isroutine(found) else ""
        raise Stop(f"{spec}: {name!r} is {kind_of(found)}, no flow and no node{hint}")
    return found


class _Wrong(Exception):
    """Why there is no such thing."""


def _found(spec: str, form: str) -> tuple[str, Any]:
    module, colon, names = spec.partition(":")
    if names and ("/" in module or module.endswith(".py")):
        dotted = module.removesuffix(".py").strip("./").replace("/", ".")
        raise _Wrong(f"a module has no path: write {dotted}:{names}")
    if not (module and colon and names) or module.startswith("."):
        raise _Wrong(f"write {form}")
    found = _imported(module)
    for name in names.split("."):
        if not hasattr(found, name):
            raise _Wrong(f"{getattr(found, '__name__', found)!r} has no {name!r}")
        found = getattr(found, name)
    return names, found


def _imported(module: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return import_module(module)
    except ModuleNotFoundError as missing:
        if missing.name and f"{module}.".startswith(f"{missing.name}."):
            raise _Wrong(f"there is no module {missing.name!r} here or among the installed ones") from None
        raise _Wrong(f"importing {module!r} failed: {missing}") from None
    except (Exception, SystemExit) as error:  # whatever the user's module does when it is imported
        raise _Wrong(f"importing {module!r} failed: {one_line(error)}") from None


def _adapter(name: str, found: Any) -> TypeAdapter[Any]:
    if isroutine(found):
        raise _Wrong(f"{name!r} is a function, not a type")
    if isinstance(found, Enum | str):  # pydantic would take a text for the name of a type
        raise _Wrong(f"{name!r} is {'an enum member' if isinstance(found, Enum) else 'a text'}, not a type")
    try:
        made = TypeAdapter(found)
        made.rebuild(raise_errors=True)  # now, and not at the first value: names that lead nowhere
        return made
    except Exception as error:  # pydantic's errors, and those of the user's own schema hooks
        raise _Wrong(f"pydantic cannot validate {name!r}: {one_line(error)}") from None
