"""The drift guard: how much of a scene lies outside what calibration saw, band by band, and what that hints at.

Thresholds are stored numbers, computed once from the card, so that counting is two comparisons a pixel. Every eighth
row of the scene is counted (an eighth of the work, the same rows for every tiling), without the rows between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.numbers.normalize import StoredBand, chains
from geoquant.words.card import ModelCard

ROW_STEP = 8
UNUSUAL_SHARE = 0.05
"""Share of a band's pixels outside the calibrated range from which the guard speaks."""
SLACK = 0.02
"""Of the calibrated range's width, on either side: a value just beyond it saturates by less than that."""


def counted_rows(first_row: int) -> slice:
    """The rows of a window that are counted: every eighth of the scene, so that every tiling counts the same.

    Args:
        first_row: of the window in the scene.
    """
    return slice(-first_row % ROW_STEP, None, ROW_STEP)


@dataclass(frozen=True)
class DriftGuard:
    """Counts stored values outside the calibrated range. Stateless; counters are arrays that the caller adds up.

    Attributes:
        names: of the bands.
        low: per band, the lowest stored number that counts as calibrated.
        high: per band, the highest.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def count(self, values: NDArray[Any], wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count a window, of which only ``counted_rows`` are given.

        Args:
            values: stored numbers ``(band, y, x)``.
            wanted: ``(y, x)``, the pixels that count.

        Returns:
            int64 ``(3, band)``: pixels below, above, and counted.
        """
        everything = bool(wanted.all())
        counted = int(np.count_nonzero(wanted))
        counters = np.empty((3, len(self.names)), np.int64)
        for band, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            part = values[band] if everything else values[band][wanted]
            counters[:, band] = np.count_nonzero(part < low), np.count_nonzero(part > high), counted
        return counters

    def shares(self, counters: NDArray[np.int64]) -> dict[str, float]:
        """Band -> share of its pixels outside the calibrated range; empty when nothing was counted."""
        if not counters.size:
            return {}
        below, above, counted = counters.astype(np.float64)
        return dict(zip(self.names, ((below + above) / np.maximum(counted, 1)).tolist(), strict=True))

    def diagnosis(self, counters: NDArray[np.int64]) -> str:
        """What the counters hint at, in words; empty when every band lies within ``UNUSUAL_SHARE``."""
        outside = {name: share for name, share in self.shares(counters).items() if share > UNUSUAL_SHARE}
        if not outside:
            return ""
        below, above = counters[0], counters[1]
        listed = ", ".join(f"{name} {share:.0%}" for name, share in outside.items())
        return f"Values outside the calibrated range: {listed}. {_cause(len(outside), below, above)}"


def _cause(unusual: int, below: NDArray[np.int64], above: NDArray[np.int64]) -> str:
    """The likeliest reason, by which bands leave the range and on which side."""
    whole_scene = "Check the scene's scale and offset (--scale, --offset)"
    if unusual == len(below) and not below.any():
        return f"Every band is too high: an offset is missing, or the scale is another one. {whole_scene}."
    if unusual == len(below) and not above.any():
        return f"Every band is too low: an offset was applied twice, or the scale is another one. {whole_scene}."
    if (below > above).any() and (above > below).any():
        return "Some bands are too high and others too low: the bands may be in another order (--bands)."
    return "The scene may come from another sensor or season, or hold conditions that calibration did not see."


def drift_guard(card: ModelCard, bands: Sequence[StoredBand]) -> DriftGuard | None:
    """The guard for one scene's bands, or None for a model that was never calibrated."""
    if card.quantization is None:
        return None
    low, high = [], []
    limits = zip(card.quantization.calibrated_low, card.quantization.calibrated_high, strict=True)
    for chain, (z_low, z_high) in zip(chains(card, bands), limits, strict=True):
        slack = SLACK * (z_high - z_low)
        # what the normalization clips anyway looks to the network like its calibrated extreme
        ends = (
            -np.inf if z_low - slack <= chain.low else chain.stored(z_low - slack),
            np.inf if z_high + slack >= chain.high else chain.stored(z_high + slack),
        )
        falling = chain.affine()[0] < 0
        low.append(-ends[1] if falling and np.isinf(ends[1]) else min(ends))
        high.append(-ends[0] if falling and np.isinf(ends[0]) else max(ends))
    return DriftGuard(tuple(band.name for band in card.bands), tuple(low), tuple(high))
