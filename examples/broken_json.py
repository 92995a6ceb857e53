"""Broken JSON, one call: what is right stays, what is wrong is read as it was meant."""

from pydantic_flow.errors import MalformedError
from pydantic_flow.json import Parser, loads, repair

# What a model wrote when it was asked for JSON.
text = """Sure! Here it is:
{
  'name': "the "Green" Café",   # inner quotes, Python's quotes, a comment
  "open": True,
  "tables": [2, 4, 4,],
  "phone": None,
"""

print(loads(text))
# -> {'name': 'the "Green" Café', 'open': True, 'tables': [2, 4, 4], 'phone': None}

# The same as valid JSON text, for whoever reads it next.
print(repair("{a: 'b', c: [1 2]}"))
# -> {"a": "b", "c": [1, 2]}

# Which repairs were made, and where (bytes from the beginning).
parser = Parser()
parser.feed("{'a': 1,}")
parser.finish()
for fix in parser.repairs:
    print(fix.offset, fix.kind)
# -> 1 quote_marks
# -> 7 extra_comma

# Strict is RFC 8259 and nothing else.
try:
    loads("{'a': 1}", strict=True)
except MalformedError as error:
    print(error.kind, error.offset)
    # -> malformed 1
