"""Histograms of any values in fixed bins, so that those of many scenes add up and need no second reading.

A bin holds the float32 values that share their first 20 bits (sign, exponent and 11 bits of the fraction), in rising
order: bins are at most 0.05 % of the value wide, whatever its size, and no range has to be known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

BITS = 20
BINS = 1 << BITS
_SHIFT = 32 - BITS
_SIGN = np.uint32(0x80000000)


def bin_of(values: NDArray[Any]) -> NDArray[np.int64]:
    """The bin of every value, rising with it; values must be finite."""
    plain = np.ascontiguousarray(values, np.float32) + np.float32(0)  # -0 becomes 0
    bits = plain.view(np.uint32)
    rising = np.where(bits & _SIGN, ~bits, bits | _SIGN)  # as unsigned integers these sort as the floats do
    return (rising >> np.uint32(_SHIFT)).astype(np.int64)


def edges_of(bins: NDArray[np.integer[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The lowest and the highest value of each bin."""
    first = bins.astype(np.uint64).astype(np.uint32) << np.uint32(_SHIFT)
    return _float(first), _float(first | np.uint32((1 << _SHIFT) - 1))


def _float(rising: NDArray[np.uint32]) -> NDArray[np.float32]:
    bits = np.where(rising & _SIGN, rising & ~_SIGN, ~rising)
    return np.ascontiguousarray(bits, np.uint32).view(np.float32)


@dataclass(frozen=True)
class Histograms:
    """How often each value occurs, per band.

    Attributes:
        counts: Pixels per bin (band, BINS).
    """

    counts: NDArray[np.int64]

    @staticmethod
    def empty(bands: int) -> Histograms:
        """Histograms of no pixel."""
        return Histograms(np.zeros((bands, BINS), np.int64))

    def add(self, pixels: NDArray[Any]) -> None:
        """Count pixels (band, pixel) in place; NaN and infinity must be left out."""
        for counts, values in zip(self.counts, pixels, strict=True):
            counts += np.bincount(bin_of(values), minlength=BINS)

    def quantiles(self, low: float, high: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Per band, a value that a share ``low`` of all pixels does not exceed, and one that 1 - ``high`` reach.

        Both are given towards the middle by less than a bin, so that whatever holds the true quantile passes them.

        Args:
            low: 0..1.
            high: 0..1.
        """
        sums = np.cumsum(self.counts, axis=1)
        total = sums[:, -1:]
        first = np.argmax(sums >= np.maximum(low * total, 1), axis=1)
        last = np.argmax(sums >= np.maximum(high * total, 1), axis=1)
        return edges_of(first)[1].astype(np.float64), edges_of(last)[0].astype(np.float64)

    def share_between(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.float64]:
        """Per band, the share of pixels from ``low`` to ``high``, to a bin's width; 1 where there are none."""
        shares = np.ones(len(self.counts))
        for band, counts in enumerate(self.counts):
            first, last = bin_of(np.array([low[band], high[band]]))
            total = counts.sum()
            if total:
                shares[band] = counts[first : last + 1].sum() / total
        return shares

    def rebinned(self, band: int, low: float, high: float, bins: int) -> NDArray[np.float64]:
        """Shares of a band's pixels in ``bins`` equal bins from ``low`` to ``high`` (bins,), for drawing."""
        counts = self.counts[band]
        filled = np.flatnonzero(counts)
        lower, upper = edges_of(filled)
        middle = (lower.astype(np.float64) + upper) / 2
        drawn, _ = np.histogram(middle, bins, (low, high), weights=counts[filled])
        return np.asarray(drawn / max(counts.sum(), 1), np.float64)
