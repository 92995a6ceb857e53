"""Other libraries' signatures on this engine: change the import line, keep the calls.

Coming in: the arguments that ``json_repair`` and ``jiter`` take. Going out: what those return, read by
this package's reader. Decided elsewhere: how a text is read (``pydantic_flow.json``); where answers
differ from the original's, and why, is in ``docs/dropin.md``.

>>> from pydantic_flow.dropin import jiter, json_repair
>>> json_repair.loads("{'a': [1, 2,]")
{'a': [1, 2]}
>>> jiter.from_json(b'{"a": [1, 2', partial_mode=True)
{'a': [1, 2]}

Neither original is imported, nor needs to be installed.
"""

from . import jiter, json_repair

__all__ = ["jiter", "json_repair"]
