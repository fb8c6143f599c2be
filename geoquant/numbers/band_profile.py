"""What calibration's bands looked like, and how a scene's differ: the evidence behind the drift guard's diagnosis.

A range says little: calibration on clouds and shadows spans nearly everything that reflectance can be, and a missing
offset stays inside. Two more facts are kept, both in the card's units and free of normalization and folding: quantiles
of every band, whose dark end hardly depends on what a scene shows, and for every pair of bands how often the one is
brighter than the other, which neither an offset nor a scale changes but an exchange of bands turns round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PROBABILITIES = (0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995)
MIN_SAMPLES = 500
"""Pixels of a scene from which its distribution says anything."""

KNOWN_OFFSETS = {"physical": (0.1, 0.2), "dn": (1000.0, 0.2 / 2.75e-5)}
"""By the card's units: Sentinel-2 L2A from baseline 04.00, and Landsat Collection 2 level 2; without their sign."""

OFFSET_TOLERANCE = 0.4
"""Of an offset: how far the dark end of any band may lie from where it would put it."""
TOO_LARGE, TOO_SMALL = 8.0, 1 / 100
"""Ratios of the bright ends (95 %) that no scene explains: clouds are 3 times clear land, water is 1/50 of clouds."""
REORDER_GAIN, REORDER_LEFT = 0.1, 0.4
"""Another order of bands is named when it explains the pairs better by this much on average, and leaves this share."""
MAX_PERMUTED = 6
"""Bands up to which all orders are tried (720); beyond, exchanges of two and the reverse."""


@dataclass(frozen=True)
class BandProfile:
    """Facts of some pixels, in the card's units.

    Attributes:
        quantiles: (band, probability), at ``PROBABILITIES``.
        brighter: (band, band), share of pixels where the row's band exceeds the column's.
    """

    quantiles: Floats
    brighter: Floats


def profile_of(samples: NDArray[Any]) -> BandProfile:
    """The profile of pixels (band, pixel)."""
    brighter = np.array([(samples > band).mean(axis=1) for band in samples]).T
    return BandProfile(np.quantile(samples, PROBABILITIES, axis=1).T, brighter)


def bin_edges(quantiles: NDArray[np.floating[Any]]) -> Floats:
    """Edges of a histogram (edge,) that resolves one band's calibrated range and keeps orders of magnitude beyond it.

    Args:
        quantiles: of the band, at ``PROBABILITIES``.
    """
    low, high = float(quantiles[0]), float(quantiles[-1])
    width = max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-12)
    inside = np.linspace(low - width / 2, high + width / 2, 49)
    far = width * 2.0 ** np.arange(17)
    small = abs(high) * 2.0 ** -np.arange(1, 17)  # where all numbers are 1/10,000 of what they should be
    return np.unique(np.concatenate([low - far, inside, high + far, small]))


def quantiles_of(counts: NDArray[np.int64], edges: Floats) -> Floats:
    """Quantiles at ``PROBABILITIES`` from a histogram, linear within a bin.

    Args:
        counts: (edge + 1,), below the first edge, between the edges, above the last.
        edges: (edge,).
    """
    cumulative = np.cumsum(counts[:-1]) / max(1, counts.sum())
    return np.interp(PROBABILITIES, cumulative, edges)


@dataclass(frozen=True)
class Deviation:
    """How a scene's bands differ from calibration's.

    Attributes:
        names: of the bands.
        units: of the card.
        calibrated: what calibration saw.
        scene: what the scene holds.
    """

    names: Sequence[str]
    units: str
    calibrated: BandProfile
    scene: BandProfile

    def cause(self) -> str:
        """The mistake that explains the difference, in words; empty when none does."""
        return self._scale() or self._offset() or self._order()

    def _scale(self) -> str:
        """All bright ends are off by one large factor."""
        calibrated, scene = self.calibrated.quantiles[:, -2], self.scene.quantiles[:, -2]
        if (calibrated <= 0).any():
            return ""
        ratio = scene / calibrated
        if (ratio > TOO_LARGE).all():
            large = f"Every band is about {float(np.median(ratio)):.0f} times as bright as in calibration"
            return f"{large}: the scale is missing, or it is another one. Check --scale and --offset."
        if (np.abs(ratio) < TOO_SMALL).all():
            small = "Every band is less than a hundredth of what calibration saw"
            return f"{small}: the values are scaled already, or the scale is another one. Check --scale and --offset."
        return ""

    def _offset(self) -> str:
        """All dark ends are shifted by one known offset."""
        shift = self.scene.quantiles[:, 0] - self.calibrated.quantiles[:, 0]
        for offset in KNOWN_OFFSETS[self.units]:
            where = f"The darkest pixels of every band lie about {offset:g} "
            if (np.abs(shift - offset) <= OFFSET_TOLERANCE * offset).all():
                return f"{where}above those of calibration: an offset of {-offset:g} is missing. Check --offset."
            if (np.abs(shift + offset) <= OFFSET_TOLERANCE * offset).all():
                return f"{where}below those of calibration: an offset was applied twice. Check --offset."
        return ""

    def _order(self) -> str:
        """Pairs of bands are brighter and darker the other way round, and another order of bands puts that right."""
        count = len(self.names)
        if count < 2:
            return ""
        wrong = {order: self._misfit(order) for order in _orders(count)}
        as_given, best = wrong[tuple(range(count))], min(wrong, key=lambda order: wrong[order])
        if as_given - wrong[best] < REORDER_GAIN or wrong[best] > REORDER_LEFT * as_given:
            return ""
        moved = [(self.names[given], self.names[wanted]) for wanted, given in enumerate(best) if wanted != given]
        fits = ", ".join(f"what is read as {given} looks like {wanted}" for given, wanted in moved)
        return f"The bands seem to be in another order: {fits}. Check --bands."

    def _misfit(self, order: tuple[int, ...]) -> float:
        """Mean difference of the pairs when the scene's band ``order[i]`` is taken for the card's band i."""
        taken = self.scene.brighter[np.ix_(order, order)]
        pairs = np.triu_indices(len(order), 1)
        return float(np.abs(taken - self.calibrated.brighter)[pairs].mean())


def _orders(count: int) -> list[tuple[int, ...]]:
    if count <= MAX_PERMUTED:
        return list(permutations(range(count)))
    given = list(range(count))
    found = [tuple(given), tuple(reversed(given))]
    for i in range(count):
        for j in range(i + 1, count):
            exchanged = given.copy()
            exchanged[i], exchanged[j] = j, i
            found.append(tuple(exchanged))
    return found
