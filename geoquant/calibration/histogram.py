"""Histograms per stratum that stream: bins have power-of-two widths, so that they merge exactly in any order.

The width doubles when a value does not fit. Halving the resolution adds neighbouring counts and nothing else, so what
is counted depends neither on the order nor on the size of the updates: it is NumPy's histogram of all data at once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 4096
"""Bins on each side of zero. Half of them are in use at least, so that one of 255 levels spans 8 bins or more."""

_BITS = BINS.bit_length() - 1
_LOWEST_EXPONENT = -100  # narrower bins than 2 ** -100 would overflow the float32 that divides by them


@dataclass(frozen=True)
class Distribution:
    """Weighted values: what a histogram says about a tensor.

    Attributes:
        centres: The middle of each bin (bin,), not necessarily in order.
        widths: The width of each bin (bin,).
        counts: Values per bin (stratum, bin); row 0 holds pixels whose stratum is unknown.
        low: The lowest value observed, exactly; 0 where nothing was observed.
        high: The highest value observed, alike.
        seen: Whether any value was observed at all.
        usual: The lowest and the highest value of a tile, on average over tiles.
    """

    centres: NDArray[np.float64]
    widths: NDArray[np.float64]
    counts: NDArray[np.int64]
    low: float
    high: float
    seen: bool = True
    usual: tuple[float, float] = (0.0, 0.0)

    def divided(self, factor: float) -> Distribution:
        """The distribution of the values divided by a factor above 0."""
        parts = self.centres / factor, self.widths / factor, self.counts
        usual = self.usual[0] / factor, self.usual[1] / factor
        return Distribution(*parts, self.low / factor, self.high / factor, self.seen, usual)

    def within(self, low: float, high: float) -> Distribution:
        """The distribution between two bounds that hold 0: what lies beyond costs nothing to clip."""
        kept = (self.centres + self.widths / 2 > low) & (self.centres - self.widths / 2 < high)
        parts = self.centres[kept], self.widths[kept], self.counts[:, kept]
        usual = max(self.usual[0], low), min(self.usual[1], high)
        return Distribution(*parts, max(self.low, low), min(self.high, high), self.seen, usual)

    @classmethod
    def together(cls, parts: Iterable[Distribution]) -> Distribution:
        """One distribution of the values of several, at least one."""
        every = list(parts)
        return cls(
            np.concatenate([part.centres for part in every]),
            np.concatenate([part.widths for part in every]),
            np.concatenate([part.counts for part in every], axis=1),
            min(part.low for part in every),
            max(part.high for part in every),
            any(part.seen for part in every),
            (min(part.usual[0] for part in every), max(part.usual[1] for part in every)),
        )


class StratumHistogram:
    """Counts values per stratum in ``2 * BINS`` bins ``[i * w, (i + 1) * w)``, w the power of two that they need.

    Attributes:
        low: The lowest bound given, inf at first.
        high: The highest bound given, -inf at first.
        counts: Values per bin (stratum, bin); bin ``BINS + i`` starts at ``i * w``.
    """

    def __init__(self, strata: int) -> None:
        self.low, self.high = math.inf, -math.inf
        self.counts = np.zeros((strata, 2 * BINS), np.int64)
        self._exponent = _LOWEST_EXPONENT
        self._lows: list[float] = []
        self._highs: list[float] = []

    @property
    def width(self) -> float:
        """The width of a bin."""
        return math.ldexp(1.0, self._exponent)

    def widen(self, low: float, high: float) -> None:
        """Widen the bins until they reach over an interval, that of one tile.

        Raises:
            ValueError: a bound is not finite: NaN in the data or overflow in the network.
        """
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"{low}..{high}")
        self.low, self.high = min(self.low, low), max(self.high, high)
        self._lows.append(low)
        self._highs.append(high)
        peak = max(abs(low), abs(high))
        self._coarsen(math.frexp(peak)[1] - _BITS if peak else _LOWEST_EXPONENT)

    def _coarsen(self, exponent: int) -> None:
        steps = exponent - self._exponent
        if steps <= 0:
            return
        halvings = min(steps, _BITS + 1)  # by then all counts are in the two bins beside zero, and stay there
        for _ in range(halvings if self.counts.any() else 0):
            pairs = self.counts.reshape(len(self.counts), BINS, 2).sum(axis=2)
            self.counts = np.zeros_like(self.counts)
            self.counts[:, BINS // 2 : BINS // 2 + BINS] = pairs
        self._exponent = exponent

    def add(self, values: NDArray[np.float32], strata: NDArray[np.uint8]) -> None:
        """Count values that lie within the bounds given to ``widen``.

        Args:
            values: (channel, pixel).
            strata: (pixel,).

        Raises:
            ValueError: a value is not finite.
        """
        if not np.isfinite(values).all():
            raise ValueError("nan")
        with np.errstate(under="ignore"):
            bins = values * np.float32(1 / self.width)  # exact: a power of two
        np.floor(bins, out=bins)
        bins += (strata.astype(np.float32) * (2 * BINS) + BINS)[None]  # exact: below 2 ** 24
        flat = np.bincount(bins.astype(np.intp).ravel(), minlength=self.counts.size)
        self.counts += flat.reshape(self.counts.shape)

    def distribution(self) -> Distribution:
        """The distribution of everything counted, without the empty bins."""
        filled = np.flatnonzero(self.counts.any(axis=0))
        centres = np.asarray((filled - BINS + 0.5) * self.width, np.float64)
        seen = self.low <= self.high
        bounds = (self.low, self.high) if seen else (0.0, 0.0)
        tiles = max(len(self._lows), 1)
        usual = math.fsum(self._lows) / tiles, math.fsum(self._highs) / tiles  # exact sums: in any order
        return Distribution(centres, np.full(len(filled), self.width), self.counts[:, filled], *bounds, seen, usual)
