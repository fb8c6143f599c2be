"""Findings that are known and about to be mended."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fuzz.case import Outcome


@dataclass(frozen=True)
class Known:
    """A finding that does not fail.

    Attributes:
        kind: Of the outcome.
        what: Part of what it says.
        reason: What is wrong, and where that is written down.
    """

    kind: str
    what: str
    reason: str


_GEO = "issue 11, 39 (F9, F10): degenerate geotransforms, scales of 0 or infinity of a scene are refused at its opening"
KNOWN: tuple[Known, ...] = (
    Known("unexpected", " in raster/", _GEO),
    Known("unexpected", " in grid.py", _GEO),
    Known("unexpected", " in preprocessing/chain.py:stored", _GEO),
    Known("unexpected", "File name too long", "issue 11 (F23): a scene's name of more than 255 characters"),
)


def is_known(outcome: Outcome) -> bool:
    """Whether the finding is in the table."""
    return any(outcome.kind == each.kind and each.what in outcome.what for each in KNOWN)
