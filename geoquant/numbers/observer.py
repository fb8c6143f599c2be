"""Streaming observers: the range of every tensor of a network over any number of tiles, in constant memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Range:
    """What a tensor held: the lowest and the highest value."""

    low: float
    high: float

    def union(self, other: Range) -> Range:
        """The range of both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


class RangeObserver:
    """Collects minimum and maximum per name; the result does not depend on the order or the size of updates."""

    def __init__(self) -> None:
        self._ranges: dict[str, Range] = {}

    def update(self, ranges: Mapping[str, Range]) -> None:
        """Widen every name's range.

        Raises:
            ValueError: a bound is not finite: NaN in the data or overflow in the network.
        """
        for name, seen in ranges.items():
            if not (np.isfinite(seen.low) and np.isfinite(seen.high)):
                raise ValueError(f"{name} held {seen.low}..{seen.high}")
            self._ranges[name] = self._ranges[name].union(seen) if name in self._ranges else seen

    @property
    def ranges(self) -> dict[str, Range]:
        """Name -> range, sorted by name."""
        return dict(sorted(self._ranges.items()))


class BandObserver:
    """Collects, per band, the lowest and highest z of valid pixels only."""

    def __init__(self, band_count: int) -> None:
        self.low = np.full(band_count, np.inf)
        self.high = np.full(band_count, -np.inf)
        self.pixels = 0

    def update(self, z: NDArray[np.float32], valid: NDArray[np.bool_]) -> None:
        """Take one tile.

        Args:
            z: (band, y, x), normalized.
            valid: (y, x).
        """
        pixels = z[:, valid]
        if pixels.shape[1]:
            self.low = np.minimum(self.low, pixels.min(axis=1))
            self.high = np.maximum(self.high, pixels.max(axis=1))
            self.pixels += pixels.shape[1]
