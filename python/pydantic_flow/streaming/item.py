"""What all events share: the envelope, the views under other names, JSON both ways, the registry.

Coming in: payloads (any object) and, on reading, JSON. Going out: frozen events, or plain data.
Decided elsewhere: the kinds of events (``events.py``), who fills the envelope (``emitter.py``),
which order is right (``grammar.py``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from ..errors import EventError
from .preview import article
from .vocabulary import ProgressType

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

_KINDS = {kind.value: kind for kind in ProgressType}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ProgressItem(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", repr_omit_defaults=True):
    """The base of every event: frozen, keyword-only, told apart by ``type``.

    The fields here are the envelope. An :class:`~pydantic_flow.streaming.Emitter` fills them when
    it hands the event over; until then they have their defaults. Payloads are read-only by contract.

    Attributes:
        run_id: one id for the whole run, inherited by everything in it.
        node_id: the source, ``""`` for the run itself.
        node_path: the nesting of flows and nodes that leads to the source.
        seq: position in the run, gapless from 0: the order of arrival.
        index: position in the source's own stream, gapless from 0 for each attempt;
            ``(node_path, attempt, index)`` is the order of replay.
        attempt: 0, or which restart of the node's output this belongs to.
        t_us: when, in microseconds since 1970 (UTC); ``timestamp`` is the same as a ``datetime``.
        trace_id: W3C trace id, if the run is traced.
        span_id: W3C span id, if the run is traced.
    """

    _views: ClassVar[frozenset[str]] = frozenset()
    """Fields that stay in the process: they never go over the wire."""

    run_id: str = ""
    node_id: str = ""
    node_path: tuple[str, ...] = ()
    seq: int = 0
    index: int = 0
    attempt: int = 0
    t_us: int = 0
    trace_id: str | None = None
    span_id: str | None = None

    @property
    def type(self) -> ProgressType:
        """The kind of this event."""
        return _KINDS[_tag(self.__class__)]

    @property
    def timestamp(self) -> datetime:
        """When the event was handed over, as an aware UTC ``datetime``."""
        return _EPOCH + timedelta(microseconds=self.t_us)

    # Views under the names of other vocabularies. A field of the same name takes their place.

    @property
    def event_type(self) -> ProgressType:
        """Other name of ``type``."""
        return self.type

    @property
    def execution_id(self) -> str:
        """Other name of ``run_id``."""
        return self.run_id

    @property
    def step_id(self) -> str:
        """Other name of ``node_id``."""
        return self.node_id

    @property
    def data(self) -> dict[str, Any]:
        """The payload as a plain dict that JSON can hold, made anew each time."""
        payload: dict[str, Any] = _plain(self._payload())
        return payload

    @property
    def metadata(self) -> dict[str, Any]:
        """Other name of ``data``."""
        return self.data

    @property
    def content(self) -> str:
        """The text of a token, the message of an error, else ``""``."""
        return ""

    @property
    def delta(self) -> str:
        """What a token or a piece of tool arguments adds, else ``""``."""
        return ""

    @property
    def tool_call(self) -> dict[str, Any] | None:
        """``{"id", "name", "arguments"}`` of an event about a tool call, else None."""
        return None

    @property
    def tool_result(self) -> Any:
        """What a tool returned, else None."""
        return None

    @property
    def error(self) -> str | None:
        """The message of an error, else None."""
        return None

    # How a kind of event meets the wire. A kind that writes other things than its fields overrides these.

    def _payload(self) -> dict[str, Any]:
        """What ``data`` shows."""
        return {name: getattr(self, name) for name in self.__struct_fields__ if name not in _ENVELOPE}

    def _written(self) -> dict[str, Any]:
        """What goes over the wire: every field that is no view and not at its default."""
        written: dict[str, Any] = {}
        for name, default in _wire_fields(self.__class__):
            value = getattr(self, name)
            if value is default:
                continue
            if value.__class__ not in _PLAIN:  # what is written as the default is read as the default
                value = _plain(value)
            if not _same(value, default):
                written[name] = value
                if name == "t_us":
                    written["timestamp"] = self.timestamp
        return written

    @classmethod
    def _read(cls, fields: dict[str, Any]) -> "ProgressItem":
        """An event of this class from what ``_written`` gave, as JSON brings it back."""
        return msgspec.convert(fields, cls)

    # Events as fields of pydantic models.

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Instances pass as they are, mappings are read by ``from_dict``, JSON dumps are ``to_dict``."""
        from pydantic_core import core_schema

        def read(value: Any) -> "ProgressItem":
            item = from_dict(value) if isinstance(value, Mapping) else value
            if not isinstance(item, cls):
                raise ValueError(f"not {article(cls.__name__)}")
            return item

        written = core_schema.plain_serializer_function_ser_schema(to_dict, when_used="json")
        return core_schema.no_info_plain_validator_function(read, serialization=written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: "CoreSchema", handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """An object whose ``type`` is this class's; payloads are open."""
        kind = {"const": _tag(cls)} if _tag(cls) in _KINDS else {"type": "string"}
        return {"type": "object", "title": cls.__name__, "properties": {"type": kind}, "required": ["type"]}


_ENVELOPE = frozenset(ProgressItem.__struct_fields__)
_PLAIN = frozenset({str, int, bool, dict, list, tuple, type(None)})
_REGISTRY: dict[str, type[ProgressItem]] = {}

ItemT = TypeVar("ItemT", bound=ProgressItem)


def register(cls: type[ItemT]) -> type[ItemT]:
    """Make a class known to ``from_json`` and ``from_dict``; used as a decorator.

    The tag of the class is a value of :class:`ProgressType`, and no other class has it.

    Raises:
        EventError: the tag is unknown or taken.
    """
    tag = _tag(cls)
    if tag not in _KINDS:
        raise EventError(f"{cls.__name__}: {tag!r} is not a ProgressType")
    if tag in _REGISTRY:
        raise EventError(f"{cls.__name__}: {tag!r} is taken by {_REGISTRY[tag].__name__}")
    _REGISTRY[tag] = cls
    return cls


def to_dict(item: ProgressItem) -> dict[str, Any]:
    """The event as plain data that JSON can hold; what has its default is left out.

    Payloads that are not plain data are written as pydantic writes them.

    Raises:
        StaleItemError: ``PartialFields`` whose changes are gone.
        EventError: a payload that neither pydantic nor msgspec can write.

    >>> from pydantic_flow.streaming import TokenChunk
    >>> to_dict(TokenChunk(text="hi", seq=3, t_us=1))
    {'type': 'token', 'seq': 3, 't_us': 1, 'timestamp': '1970-01-01T00:00:00.000001Z', 'text': 'hi'}
    """
    plain: dict[str, Any] = _plain(_wire(item))
    return plain


def to_json(item: ProgressItem) -> bytes:
    """``to_dict`` as UTF-8 JSON in one step. NaN and infinities are written as null.

    >>> from pydantic_flow.streaming import TokenChunk
    >>> to_json(TokenChunk(text="hi", seq=3))
    b'{"type":"token","seq":3,"text":"hi"}'
    """
    import pydantic_core

    try:
        return pydantic_core.to_json(_wire(item), inf_nan_mode="null", fallback=_fallback)
    except pydantic_core.PydanticSerializationError as error:
        raise EventError(f"a payload cannot be written as JSON: {error}") from error


def from_dict(data: Mapping[str, Any]) -> ProgressItem:
    """The event that ``to_dict`` wrote. Fields that this version does not know are passed over.

    Payload objects come back as plain data; ``replay`` gives ``PartialFields`` their ``fields`` and
    ``value`` again.

    Raises:
        EventError: no event, an unknown type, or a field of the wrong kind.

    >>> from_dict({"type": "token", "text": "hi"}).content
    'hi'
    >>> from_dict({"type": "tokens"})
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.EventError: unknown event type 'tokens'; known are end, error, ...
    """
    tag = data.get("type")
    cls = _REGISTRY.get(tag) if isinstance(tag, str) else None
    if cls is None:
        raise EventError(f"unknown event type {tag!r}; known are {', '.join(sorted(_REGISTRY))}")
    try:
        return cls._read(dict(data))
    except msgspec.ValidationError as error:
        raise EventError(f"not a valid {tag!r} event: {error}") from error


def from_json(data: str | bytes) -> ProgressItem:
    """The event that ``to_json`` wrote; see ``from_dict``.

    Raises:
        EventError: as ``from_dict``, or not JSON.

    >>> from_json(b'{"type":"token","text":"hi"}').type
    <ProgressType.TOKEN: 'token'>
    """
    import pydantic_core

    try:
        fields = pydantic_core.from_json(data)
    except ValueError as error:
        raise EventError(f"an event must be JSON: {error}") from error
    if not isinstance(fields, dict):
        raise EventError(f"an event must be a JSON object, not {type(fields).__name__}")
    return from_dict(fields)


def _wire(item: ProgressItem) -> dict[str, Any]:
    return {"type": _tag(item.__class__), **item._written()}


@cache
def _wire_fields(cls: type[ProgressItem]) -> tuple[tuple[str, Any], ...]:
    """The fields that are no views, each with its default."""
    names, defaults = cls.__struct_fields__, cls.__struct_defaults__
    defaults = (msgspec.NODEFAULT,) * (len(names) - len(defaults)) + defaults
    pairs = zip(names, defaults, strict=True)
    return tuple((name, default) for name, default in pairs if name not in cls._views)


@cache
def _tag(cls: type[ProgressItem]) -> str:
    return str(cls.__struct_config__.tag)


def _same(value: Any, default: Any) -> bool:
    # Only values of the default's own plain type are compared: a payload may have any `==`.
    return value is default or (type(value) is type(default) and bool(value == default))


def _plain(value: Any) -> Any:
    import pydantic_core

    try:
        return pydantic_core.to_jsonable_python(value, inf_nan_mode="null", fallback=_fallback)
    except pydantic_core.PydanticSerializationError as error:
        raise EventError(f"a payload cannot be written as JSON: {error}") from error


def _fallback(value: Any) -> Any:
    """What pydantic does not know but msgspec does: structs, events among them."""
    if isinstance(value, ProgressItem):
        return _wire(value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.asdict(value)
    raise EventError(f"nobody knows how to write {type(value)}")
