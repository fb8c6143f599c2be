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


_AREAS = "issue 11, 39: areas of interest and tiles of odd structure, coordinates or CRS are validated at the door"
_GEO = "issue 11, 39: degenerate geotransforms and infinite scales of a scene are refused when it is opened"
KNOWN: tuple[Known, ...] = (
    Known("unexpected", " in vector/", _AREAS),
    Known("unexpected", " in sampling/tile_outlines.py", _AREAS),
    Known("unexpected", " in sampling/tiles_from_file.py", _AREAS),
    Known("python", " in a message of vector/", _AREAS),
    Known("python", " in a message of sampling/tile_outlines.py", _AREAS),
    Known("unexpected", " in raster/", _GEO),
    Known("unexpected", " in grid.py", _GEO),
    Known("unexpected", " in preprocessing/chain.py:stored", _GEO),
)


def is_known(outcome: Outcome) -> bool:
    """Whether the finding is in the table."""
    return any(outcome.kind == each.kind and each.what in outcome.what for each in KNOWN)
