"""What pydantic's core schemas say: what stands below one, what it looks at, whether it has a default.

Coming in: a core schema and its definitions. Going out: answers about pieces of it, and pydantic's own
validators for them.
Decided elsewhere: what the members of an object, list or map are (``parts.py``). Together these two and
``json/core_schema.py`` are all that knows how a core schema is laid out.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator

Schema = Mapping[str, Any]

# Where schemas stand below a schema, and the kinds of schemas that look at nothing but their input.
_BELOW = (
    "schema",
    "items_schema",
    "keys_schema",
    "values_schema",
    "fields",
    "extras_schema",
    "extras_keys_schema",
    "choices",
    "steps",
    "lax_schema",
    "strict_schema",
    "json_schema",  # its other half, python_schema, is never asked about JSON
    "arguments_schema",
    "var_args_schema",
    "var_kwargs_schema",
)
_FUNCTIONS = frozenset({"function-after", "function-before", "function-plain", "function-wrap"})
_KNOWN = frozenset(
    """
    any arguments bool bytes call callable chain complex custom-error dataclass dataclass-args dataclass-field
    date datetime decimal default definition-ref deque dict enum float fraction frozenset int is-instance
    is-subclass json json-or-python lax-or-strict list literal missing-sentinel model model-field model-fields
    multi-host-url named-tuple named-tuple-field none nullable set str tagged-union time timedelta tuple
    typed-dict typed-dict-field union url uuid
    """.split()  # noqa: SIM905 (as a list it is fifty lines)
)
_OWN_CONFIG = frozenset({"model", "dataclass", "typed-dict"})


class Definitions:
    """A core schema, what it refers to, and the config that rules where nothing else does."""

    def __init__(self, schema: Schema, config: Schema | None) -> None:
        self.config = config
        self.definitions: dict[str, Schema] = {}
        if schema["type"] == "definitions":
            self.definitions = {definition["ref"]: definition for definition in schema["definitions"]}
            schema = schema["schema"]
        self.schema = schema

    def validator(self, schema: Schema, config: Schema | None) -> "SchemaValidator":
        """Pydantic's validator for a piece of the type."""
        from pydantic_core import SchemaValidator

        whole: Any = schema
        if self.definitions:
            whole = {
                "type": "definitions",
                "schema": schema,
                "definitions": list(self.definitions.values()),
            }
        return SchemaValidator(whole, None if config is None else dict(config))  # type: ignore[arg-type]

    def waits(self, schema: Schema, config: Schema | None) -> bool:
        """Whether the piece can only be checked with everything else."""
        pieces = list(self._pieces(schema))
        if not all(map(_looks_at_its_input_only, pieces)):
            return True
        refs = {piece["schema_ref"] for piece in pieces if piece["type"] == "definition-ref"}
        return any(self._reads_root_config(self.definitions[ref]) for ref in refs) and (
            without(config or {}, "title") != without(self.config or {}, "title")
        )

    def looks_around(self, schema: Schema) -> bool:
        """Whether a default in the piece is made from the fields before it."""
        return any(piece.get("default_factory_takes_data") for piece in self._pieces(schema))

    def may_omit(self, schema: Schema) -> bool:
        """Whether a value may vanish from the list that it is in."""
        return any(
            piece["type"] in _FUNCTIONS or piece.get("on_error") == "omit" for piece in self._pieces(schema)
        )

    def has_default(self, schema: Schema | None) -> bool:
        """Whether a field with this schema may be missing."""
        while schema is not None and schema["type"] != "default":
            ref = schema.get("schema_ref")
            schema = schema.get("schema") if ref is None else self.definitions[ref]
        return schema is not None

    def _pieces(self, schema: Schema) -> Iterator[Schema]:
        """The schema and all those below it."""
        seen: set[str] = set()
        found = [schema]
        while found:
            piece = found.pop()
            yield piece
            ref = piece.get("schema_ref")
            if ref is not None and ref not in seen:
                seen.add(ref)
                found.append(self.definitions[ref])
            for place in _BELOW:
                found.extend(schemas_in(piece.get(place)))

    @staticmethod
    def _reads_root_config(definition: Schema) -> bool:
        """A definition is made with the config of the root, unless it has its own."""
        while definition["type"] in _FUNCTIONS and "schema" in definition:
            definition = definition["schema"]
        return definition["type"] not in _OWN_CONFIG


def schemas_in(found: Any) -> Iterator[Schema]:
    """The schemas in what stands below a schema: one, a list, a dict by name, pairs with a label."""
    if isinstance(found, dict):
        if isinstance(found.get("type"), str):
            yield found
        elif isinstance(found.get("name"), str) and isinstance(found.get("schema"), dict):
            yield found["schema"]  # an argument of a call
        else:
            yield from schemas_in(list(found.values()))
    elif isinstance(found, list | tuple):
        for value in found:
            yield from schemas_in(value)


def without(schema: Schema, *keys: str) -> Schema:
    """The schema without these keys."""
    return {key: value for key, value in schema.items() if key not in keys}


def _looks_at_its_input_only(schema: Schema) -> bool:
    if schema["type"] in _FUNCTIONS:
        return bool(schema["function"]["type"] == "no-info")
    return schema["type"] in _KNOWN
