"""Figures as a reader of a report wants them: rounded, with their unit, and a dash where there is none."""

from __future__ import annotations

import math

NONE = "–"


def share(value: float, digits: int = 2) -> str:
    """A share, 0..1, as percent."""
    return NONE if math.isnan(value) else f"{100 * value:.{digits}f} %"


def points(value: float) -> str:
    """A share, 0..1, as points of 100."""
    return NONE if math.isnan(value) else f"{100 * value:.2f}"


def count(value: int) -> str:
    """A whole number in groups of three."""
    return f"{value:,}".replace(",", "\u202f")


def size(size_bytes: int) -> str:
    """Bytes as kB or MB."""
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:.0f} kB"


def signed(value: float, digits: int = 2) -> str:
    """A change, with its sign."""
    if math.isnan(value):
        return NONE
    rounded = round(value, digits)
    return f"{rounded:+.{digits}f}".replace("-", "\u2212") if rounded else f"{0:.{digits}f}"
