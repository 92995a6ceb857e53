"""Equality as the contracts mean it. Comes in: two plain values. Goes out: whether they are the same.

`same` is exact (types, float bits, NaN equals NaN); `reads_as` is how tables are scored (1 == 1.0, bool
is not int, member order ignored); `grows` is monotony: what stood there stays there.
"""

import math
import struct
from typing import Any


def same(a: object, b: object) -> bool:
    """Exactly equal: same types, same float bits (any NaN equals any NaN), same members."""
    if type(a) is not type(b):
        return False
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return a == b


def reads_as(value: object, expected: object) -> bool:
    """Equal as a reading: numbers by value, bool is not a number, NaN equals NaN."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, (int, float)) and isinstance(expected, (int, float)):
        return value == expected or (math.isnan(value) and math.isnan(expected))
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(reads_as, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(reads_as(value[key], expected[key]) for key in value)
    return type(value) is type(expected) and value == expected


def grows(before: object, after: object) -> bool:
    """Whether `after` extends `before`: nothing received is lost; only a number may be another one."""
    if isinstance(before, dict):
        return isinstance(after, dict) and all(k in after and grows(before[k], after[k]) for k in before)
    if isinstance(before, list):
        return isinstance(after, list) and len(after) >= len(before) and all(map(grows, before, after))
    if isinstance(before, str):
        return isinstance(after, str) and after.startswith(before)
    if isinstance(before, bool) or before is None:
        return after is before
    return isinstance(after, (int, float)) and not isinstance(after, bool)


def floats_read(value: Any) -> Any:
    """A table's value with its `{"$float": "nan"}` notes turned into floats."""
    if isinstance(value, dict):
        if value.keys() == {"$float"}:
            return float(value["$float"])
        return {key: floats_read(item) for key, item in value.items()}
    return [floats_read(item) for item in value] if isinstance(value, list) else value


def non_finite_as_null(value: Any) -> Any:
    """The value as JSON can write it: NaN and the infinities become None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: non_finite_as_null(item) for key, item in value.items()}
    return [non_finite_as_null(item) for item in value] if isinstance(value, list) else value
