"""Streaming observers: the range of every tensor of a network over any number of tiles, in constant memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    @property
    def peak(self) -> NDArray[np.float64]:
        """Per band max |z|; 1 where nothing but zero was seen."""
        peak = np.maximum(np.abs(self.low), np.abs(self.high))
        return np.where((peak > 0) & np.isfinite(peak), peak, 1.0)


@dataclass(frozen=True)
class Histogram:
    """Counts of a tensor's values in equal bins over a range known beforehand."""

    low: float
    high: float
    counts: NDArray[np.int64]

    @classmethod
    def empty(cls, span: Range, bins: int = 2048) -> Histogram:
        """No counts yet, over ``span``."""
        return cls(span.low, span.high, np.zeros(bins, np.int64))

    def add(self, values: NDArray[Any]) -> Histogram:
        """With the values counted; those outside the range count in the outermost bins."""
        width = (self.high - self.low) or 1.0
        bins = len(self.counts)
        index = ((values.ravel() - np.float32(self.low)) * np.float32(bins / width)).astype(np.int64)
        return Histogram(self.low, self.high, self.counts + np.bincount(np.clip(index, 0, bins - 1), minlength=bins))


def quietest_range(histogram: Histogram, levels: int = 256, steps: int = 40) -> Range:
    """The range inside the histogram's that loses least when it is cut into ``levels`` and the rest is clipped.

    The expected squared error is the clipped values' distance to the bound plus step^2 / 12 inside (Bennett 1948).
    Low and high shrink independently on a grid; bounds never cross zero, which must stay representable.
    """
    edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)
    centres, counts = (edges[:-1] + edges[1:]) / 2, histogram.counts.astype(np.float64)
    total = counts.sum()
    if total == 0 or histogram.low >= histogram.high:
        return Range(histogram.low, histogram.high)
    factors = np.linspace(1, 0.2, steps)
    lows, highs = min(histogram.low, 0.0) * factors, max(histogram.high, 0.0) * factors
    low_error = [float((counts * np.minimum(centres - low, 0) ** 2).sum()) for low in lows]
    high_error = [float((counts * np.maximum(centres - high, 0) ** 2).sum()) for high in highs]
    step = (highs[None, :] - lows[:, None]) / (levels - 1)
    error = np.add.outer(low_error, high_error) / total + step**2 / 12
    i, j = np.unravel_index(int(np.argmin(error)), error.shape)
    return Range(float(lows[i]), float(highs[j]))
