r"""JSON from language models: cut anywhere, often broken, read as it comes.

Coming in: text or UTF-8, whole or in chunks. Going out: plain Python values, what changed, and what
had to be repaired. Decided elsewhere: validation and events (``pydantic_flow.streaming``).

``loads`` reads a whole text. It is tolerant: it closes what is open, reads around fences, prose,
comments, missing and extra commas, other quotation marks and much more, and raises only for limits.

>>> loads('Sure! ```json\n{"name": "Ada", "tags": ["x", "y"')
{'name': 'Ada', 'tags': ['x', 'y']}

``strict=True`` is RFC 8259, and tells a text that may still become right from one that cannot.

>>> loads('[1, 2', strict=True)
Traceback (most recent call last):
...
pydantic_flow.errors.UnfinishedError: ...
>>> loads("[1, 2,]", strict=True)
Traceback (most recent call last):
...
pydantic_flow.errors.MalformedError: ...

Nothing read is None, or what you say.

>>> loads(""), loads("", default=[])
(None, [])

``repair`` gives valid JSON text instead; a valid document comes back as it is.

>>> repair("{'a': 1.50, b: [NaN,]}")
'{"a": 1.50, "b": [null]}'
>>> repair("[ 1e2 ]")
'[ 1e2 ]'

``Parser`` reads chunk by chunk. ``snapshot()`` is the value as of now (yours to read, not to
change), ``changes()`` what happened to it since the last call as ``(path, op, value, reason)``,
``finish()`` ends the text and hands the value over.

>>> parser = Parser()
>>> parser.feed('{"title": "Qui')
>>> parser.snapshot(), parser.changes()
({'title': 'Qui'}, [((), 'set', {'title': 'Qui'}, None)])
>>> parser.feed('et", "tags": [')
>>> parser.changes()
[(('title',), 'append', 'et', None), (('tags',), 'set', [], None)]
>>> parser.feed('"a",]')
>>> parser.finish()
{'title': 'Quiet', 'tags': ['a']}
>>> [repair.kind for repair in parser.repairs]
['extra_comma', 'missing_closer']

``op`` is ``set`` (an index equal to the length of the list appends), ``append`` (text to a string),
``remove`` or ``replace`` (the root); ``reason`` is None unless something shown is taken back.
``complete`` has the paths that have settled, ``started`` tells whether a value has begun, ``done``
whether the root is closed as far as can be seen.

``refuse`` names kinds of repair that are errors instead.

>>> loads("[1 2]", refuse=["missing_comma"])
Traceback (most recent call last):
...
pydantic_flow.errors.MalformedError: a comma is missing (missing_comma is refused) (byte 3, at $[0])

``Limits`` say what a text may cost; by default only nesting (200) and the digits of one integer are
limited. ``Limits.hostile()`` is for text from strangers.

>>> loads("[[[[1]]]]", limits=Limits(depth=3))
Traceback (most recent call last):
...
pydantic_flow.errors.LimitError: ...

A *shape* says what to expect where: give a type that pydantic validates, or a JSON schema, and the
reader settles what the text alone leaves open. It knows which root is the payload, that ``01970`` is a
postal code here and a number there, that one value stands where a list is wanted, that a string holds
JSON where an object is wanted. A value that fits is never changed; what is read otherwise has a repair.

>>> schema = {"properties": {"tags": {"type": "array"}, "zip": {"type": "string"}, "n": {"type": "number"}}}
>>> loads('I took [1]: {"tags": "new", "zip": 01970, "n": "1,234"}', shape=schema)
{'tags': ['new'], 'zip': '01970', 'n': 1234}
>>> loads('{"tags": "new"}', shape=schema, coerce=False)  # valid JSON stays as it is
{'tags': 'new'}
"""

from .._core import Limits, Parser, Repair, Shape, loads, repair
from .shapes import shape_of

__all__ = ["Limits", "Parser", "Repair", "Shape", "loads", "repair", "shape_of"]
