"""What calibration's bands looked like, and how a scene's differ: the evidence behind the drift guard's diagnosis.

A range says little: calibration on clouds and shadows spans nearly everything that reflectance can be, and a missing
offset stays inside. Two more facts are kept, both in the card's units and free of normalization and folding: quantiles
of every band, whose dark end hardly depends on what a scene shows, and typical spectra, near one of which a pixel of
any condition lies, however much of it a scene holds, unless its bands are in another order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PROBABILITIES = (0.005, 0.05, 0.25, 0.5, 0.75, 0.95, 0.995)
MIN_SAMPLES = 500
"""The fewest pixels of a scene whose distribution says anything."""

KNOWN_OFFSETS = {"physical": (0.1, 0.2), "dn": (1000.0, 0.2 / 2.75e-5)}
"""Known offsets, without their sign, by the card's units: Sentinel-2 L2A from baseline 04.00 and Landsat Collection 2
level 2."""

OFFSET_TOLERANCE = 0.4
"""Share of an offset by which the dark end of any band may miss the place where the offset would put it."""
TOO_LARGE, TOO_SMALL = 8.0, 1 / 100
"""Ratios of the bright ends (95 %) that no scene explains: clouds are 3 times clear land, water is 1/50 of clouds."""
REORDERED = 0.75
"""Another order of bands is named when it brings pixels this much nearer to typical spectra.

With 32 spectra of half of a Sentinel-2 tile, the other half, its conditions one by one, and scenes of other places and
sensors had 0.87 at least, exchanges of a visible and an infrared band 0.41 at most; two visible bands may be too alike.
"""
SPECTRA = 32
_SPECTRA_SAMPLES, _SPECTRA_ROUNDS = 16_384, 10
_FIXED_POINT = 1000


@dataclass(frozen=True)
class BandProfile:
    """Facts of some pixels, in the card's units.

    Attributes:
        quantiles: Quantiles (band, probability), at ``PROBABILITIES``.
        spectra: Typical spectra (spectrum, band).
    """

    quantiles: Floats
    spectra: Floats


def profile_of(samples: NDArray[Any]) -> BandProfile:
    """The profile of pixels (band, pixel); the same pixels give the same profile."""
    return BandProfile(np.quantile(samples, PROBABILITIES, axis=1).T, _typical(samples))


def _typical(samples: NDArray[Any]) -> Floats:
    """Centres (spectrum, band) of k-means++ in the space of ``_evened``, seeded."""
    rng = np.random.default_rng(0)
    chosen = rng.permutation(samples.shape[1])[:_SPECTRA_SAMPLES]
    points = _evened(samples[:, chosen]).T.astype(np.float64)
    centres = points[:1]
    for _ in range(min(SPECTRA, len(points)) - 1):
        far = _nearest(points, centres)[1]
        if not far.any():
            break
        centres = np.concatenate([centres, points[rng.choice(len(points), p=far / far.sum())][None]])
    for _ in range(_SPECTRA_ROUNDS):
        owner = _nearest(points, centres)[0]
        centres = np.array([points[owner == i].mean(axis=0) for i in np.unique(owner)])
    return centres**2


def _evened(values: NDArray[Any]) -> NDArray[Any]:
    """Square roots, in which dark and bright spectra differ alike."""
    return np.asarray(np.sqrt(np.maximum(values, 0)))


def _nearest(points: NDArray[Any], centres: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Index of the nearest centre and squared distance to it, (pixel,) each, of points (pixel, band)."""
    square = (points**2).sum(axis=1)[:, None] - 2 * points @ centres.T + (centres**2).sum(axis=1)
    owner = square.argmin(axis=1)
    return owner, np.maximum(square[np.arange(len(points)), owner], 0)


def distances(samples: NDArray[np.float32], spectra: Floats) -> NDArray[np.int64]:
    """How far pixels lie from typical spectra for every order of ``orders``, as sums that add up over tiles.

    Args:
        samples: (band, pixel), in the card's units.
        spectra: (spectrum, band).

    Returns:
        (1 + order,): pixels, then per order the sum of distances in 1/1000 of the root of the brightest spectrum.
    """
    centres = _evened(spectra).astype(np.float32)
    unit = _FIXED_POINT / max(float(centres.max()), 1e-12)
    points = _evened(samples).T
    found = [points.shape[0]]
    for order in orders(len(samples)):
        away = np.sqrt(_nearest(points[:, order], centres)[1]) * unit
        found.append(int(np.minimum(np.rint(away), 10.0 * _FIXED_POINT).sum(dtype=np.float64)))
    return np.array(found, np.int64)


def bin_edges(quantiles: NDArray[np.floating[Any]], offset: float = 0.0) -> Floats:
    """Edges of a histogram (edge,) that resolves one band's calibrated range and keeps orders of magnitude beyond it.

    Args:
        quantiles: of the band, at ``PROBABILITIES``.
        offset: the scene's: what a stored 0 becomes.
    """
    low, high = float(quantiles[0]), float(quantiles[-1])
    width = max(high - low, 1e-6 * max(abs(low), abs(high)), 1e-12)
    inside = np.linspace(low - width / 2, high + width / 2, 129)
    far = width * 2.0 ** np.arange(17)
    small = offset + (high - offset) * 2.0 ** -np.arange(1, 17)  # numbers that are 1/10,000 of what they should be
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
        names: The names of the bands.
        units: The units of the card.
        calibrated: Quantiles of calibration (band, probability).
        scene: Quantiles of the scene, alike.
        offsets: The scene's offset per band: what a stored 0 became.
        distances: The mean distance to typical spectra for every order of ``orders``; empty where too few were counted.
        limits: The lowest and the highest value that the normalization lets through (band, 2).
    """

    names: Sequence[str]
    units: str
    calibrated: Floats
    scene: Floats
    offsets: Floats
    distances: Floats
    limits: Floats

    def cause(self) -> str:
        """The mistake that explains the difference, in words; empty when none does."""
        return self._scale() or self._offset() or self._clipped() or self._order()

    def _scale(self) -> str:
        """The mistake of a wrong scale: all bright ends are off by one large factor."""
        calibrated, scene = self.calibrated[:, -2] - self.offsets, self.scene[:, -2] - self.offsets
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
        """The mistake of a missing offset: all dark ends are shifted by one known offset."""
        shift = self.scene[:, 0] - self.calibrated[:, 0]
        for offset in KNOWN_OFFSETS[self.units]:
            where = f"The darkest pixels of every band lie about {offset:.4g} "
            if (np.abs(shift - offset) <= OFFSET_TOLERANCE * offset).all():
                return f"{where}above those of calibration: an offset of {-offset:.4g} is missing. Check --offset."
            if (np.abs(shift + offset) <= OFFSET_TOLERANCE * offset).all():
                return f"{where}below those of calibration: an offset was applied twice. Check --offset."
        return ""

    def _clipped(self) -> str:
        """Nearly every pixel of every band lies beyond the normalization's clip, which hides it from the ranges."""
        for beyond, end, wanted in (
            (self.scene[:, 0] > self.limits[:, 1], "above the highest", "cloud or snow"),
            (self.scene[:, -1] < self.limits[:, 0], "below the lowest", "dark"),
        ):
            if beyond.all():
                return (
                    f"Nearly every pixel of every band lies {end} value that the model tells apart, so that all look "
                    f"alike to it: the scale or the offset is another one, or the whole scene is {wanted}. "
                    "Check --scale and --offset."
                )
        return ""

    def _order(self) -> str:
        """The mistake of exchanged bands: another order of the bands gives spectra that calibration knows."""
        if not self.distances.size or self.distances.min() > REORDERED * self.distances[0]:
            return ""
        best = orders(len(self.names))[int(self.distances.argmin())]
        moved = [(self.names[given], self.names[wanted]) for wanted, given in enumerate(best) if wanted != given]
        fits = ", ".join(f"what is read as {given} looks like {wanted}" for given, wanted in moved)
        return f"The bands seem to be in another order: {fits}. Check --bands."


def orders(count: int) -> list[tuple[int, ...]]:
    """Orders of bands that mistakes lead to: as given, two exchanged, reversed, shifted by one either way."""
    given = list(range(count))
    found = [tuple(given)]
    for i in range(count):
        for j in range(i + 1, count):
            exchanged = given.copy()
            exchanged[i], exchanged[j] = j, i
            found.append(tuple(exchanged))
    found += [tuple(reversed(given)), (*given[1:], *given[:1]), (*given[-1:], *given[:-1])]
    return list(dict.fromkeys(found))
