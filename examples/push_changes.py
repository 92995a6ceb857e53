"""Push style, and a second screen: only what changed is sent, and the copy stays equal."""

from pydantic import BaseModel

from pydantic_flow import PartialFields, StreamingParser, apply_changes


class Order(BaseModel):
    customer: str
    lines: list[str]


parser = StreamingParser(Order)
screen = None  # what the other side holds; it gets changes, never the whole value
for chunk in ('{"customer": "Ada', ' L.", "lines": ["te', 'a", "ca', 'ke"]'):
    for item in parser.feed(chunk):
        if isinstance(item, PartialFields):
            for path, op, value, _reason in item.changes:
                print(op, path, repr(value))
            screen = apply_changes(screen, item.changes)
            assert screen == item.value

*_, order = parser.finish()
print(order)
# -> set () {}
# -> set ('customer',) 'Ada'
# -> append ('customer',) ' L.'
# -> set ('lines',) []
# -> set ('lines', 0) 'te'
# -> append ('lines', 0) 'a'
# -> set ('lines', 1) 'ca'
# -> append ('lines', 1) 'ke'
# -> customer='Ada L.' lines=['tea', 'cake']
