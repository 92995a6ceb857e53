"""One text as it is read: what is known of it so far, how it ends, and what pydantic gets of it.

Coming in: chunks. Going out: the steps of the core, settled nodes, and at the end the whole text, or
the exception for a text that ended too early.
Decided elsewhere: how text is read and repaired (``_core``), what is made of a step (``parser.py``).
"""

from collections.abc import Iterable
from typing import Any, Literal

from .. import _core
from ..errors import Path, TruncatedError

Chunk = str | bytes
Settled = tuple[Path, Any]
Step = tuple[bool, Any, dict[str, Any], tuple[_core.Repair, ...], str | None, bool, int]
"""What ``_core.Parser.advance`` gives: changed, value, fields, repairs, why the root was replaced, whether
there is nothing but the change, when (microseconds since 1970)."""

TOO_EARLY = {
    "truncated": "the text ended in the middle of a value",
    "empty": "the text ended before any value began",
    "closers": "the text ended without its closing brackets",
}


class Text:
    """Reads one text.

    Args:
        unfinished: what the core shows at the edge.
        limits: what the text may cost.
        watch: up to which length of paths settled nodes are collected.
        fatal: the endings that are too early.
        shape: what is expected where.
        coerce: whether valid JSON is fitted to it.
        refuse: kinds of repair that are errors.
    """

    def __init__(
        self,
        unfinished: Literal["hide", "whole"],
        limits: _core.Limits | None,
        watch: int,
        fatal: frozenset[str],
        shape: _core.Shape,
        coerce: bool,
        refuse: Iterable[str],
    ) -> None:
        self.core = _core.Parser(
            unfinished=unfinished, limits=limits, watch=watch, shape=shape, coerce=coerce, refuse=refuse
        )
        self._limits = limits
        self._shape = shape
        self._coerce = coerce
        self._fatal = fatal

    def advance(self, chunk: Chunk, hold: bool = False) -> Step | None:
        """Read a chunk; ``hold`` as for the core."""
        return self.core.advance(chunk, hold=hold)

    def end(self) -> Step | None:
        """End of input. What it settles is in the step's place; see ``settled_at_the_end``."""
        return self.core.advance(None)

    @property
    def too_early(self) -> bool:
        """Whether the text ended too early."""
        return self.core.ending in self._fatal

    def settled_at_the_end(self, step: Step | None) -> list[Settled]:
        """The nodes that the end has settled; of a text that ended too early, not those that it cut."""
        settled = self.core.take_settled()
        if step is None or not self.too_early:
            return settled
        cut = {repair.path for repair in step[3] if repair.kind == "missing_closer"} | {self.core.ending_path}
        return [(path, value) for path, value in settled if path not in cut]

    def whole(self) -> str | bytes:
        """The text for pydantic: valid JSON as it came, anything else as it was repaired.

        Pydantic reads text itself, so that its result is its own to the letter, and no validator
        gets a tree that others share.
        """
        text = self.core.text
        if self.core.repairs or self.core.ending != "complete":
            return _core.repair(
                text, limits=self._limits, non_finite="literal", shape=self._shape, coerce=self._coerce
            )
        return text

    def truncated(self) -> TruncatedError:
        """The exception for a text that ended too early."""
        ending, path, offset = self.core.ending, self.core.ending_path, self.core.offset
        kind = "missing_closer" if ending == "closers" else "truncated"
        return TruncatedError(
            f"Could not parse final JSON: {TOO_EARLY[ending]}",
            kind=kind,
            offset=offset,
            path=path,
            value=self.core.finish(),
        )


def fatal_endings(on_truncated: str, on_missing_closers: str) -> frozenset[str]:
    """The endings of a text that raise.

    Raises:
        ValueError: there is no such option.
    """
    if on_truncated not in ("raise", "accept"):
        raise ValueError(f"on_truncated is 'raise' or 'accept', not {on_truncated!r}")
    if on_missing_closers not in ("repair", "raise"):
        raise ValueError(f"on_missing_closers is 'repair' or 'raise', not {on_missing_closers!r}")
    truncated = {"truncated", "empty"} if on_truncated == "raise" else set()
    return frozenset(truncated | ({"closers"} if on_missing_closers == "raise" else set()))
