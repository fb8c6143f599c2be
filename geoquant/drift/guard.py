"""The drift guard: how much of a scene lies outside what calibration saw, band by band, and what that hints at.

A float model knows no calibration; there the guard looks for what its card's normalization can't tell apart: input that
lies beyond the clip, or far beyond any training, in nearly every pixel of every band.

Thresholds are stored numbers, computed once from the card, so that counting is two comparisons a pixel. Every eighth
row of the scene is counted (an eighth of the work, the same rows for every tiling), without the rows between. Every
sixteenth row also goes into a histogram, and some pixels are compared with typical spectra: the diagnosis' evidence, of
which a large scene needs no more than a small one, so that columns are left out there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.band_profile import MIN_SAMPLES, BandProfile, Deviation, bin_edges, distances, orders, quantiles_of
from geoquant.grid import ceil_div
from geoquant.model_card.card import InputUnits
from geoquant.preprocessing.chain import Chain, InputChain

ROW_STEP = 8
PROFILE_ROW_STEP = 16
SPECTRA_ROW_STEP = 128
"""Rows of histograms and of comparisons with typical spectra: multiples of ``ROW_STEP``."""
PROFILE_PX, SPECTRA_PX = 300_000, 20_000
"""About as many pixels of a scene are counted for each, at most: comparing 1 of 128 of a Sentinel-2 tile took 3 s."""
UNUSUAL_SHARE = 0.05
"""Share of a band's pixels outside the calibrated range from which the guard speaks."""
NEARLY_ALL, MOST = 0.9, 0.5
"""Share of the pixels beyond one end of the normalization from which the guard speaks: on average over bands, and in
every band. Vegetation in near infrared stays inside where all else is too dark; half a scene of cloud must not do."""
FAR_Z = {"z-score": (-8.0, 8.0), "min-max": (-1.0, 3.0)}
"""Normalized values beyond which no trained network has seen much, by kind of normalization, where it has no clip.
Bright cloud over a whole scene comes to about 5 standard deviations."""
SLACK = 0.02
"""Share of the calibrated range's width that is added on either side: a value just beyond it saturates by less."""
RANGE_ROWS = 3
"""Rows of the counters that hold pixels below, above and counted; those of the profile follow."""


def counted_rows(first_row: int) -> slice:
    """The rows of a window that are counted: every eighth of the scene, so that every tiling counts the same.

    Args:
        first_row: of the window in the scene.
    """
    return slice(-first_row % ROW_STEP, None, ROW_STEP)


@dataclass(frozen=True)
class ProfileCounter:
    """Counts a scene's profile. Stateless.

    Attributes:
        calibrated: The profile that the scene is compared with.
        units: The units of the card.
        chains: The way from stored numbers to the card's units, per band.
        edges: The edges of the histograms (band, edge).
        tables: The bin of every 16-bit stored number (band, 65536).
        column_steps: The steps between the columns that are sampled for histograms and for comparisons.
    """

    calibrated: BandProfile
    units: InputUnits
    chains: tuple[Chain, ...]
    edges: tuple[NDArray[np.float64], ...]
    tables: tuple[NDArray[np.uint8], ...] = field(repr=False)
    column_steps: tuple[int, int] = (1, 1)

    @property
    def bins(self) -> int:
        """Rows of the counters that hold histograms; those of the distances follow."""
        return max(edges.size for edges in self.edges) + 1

    def count(self, values: NDArray[Any], wanted: NDArray[np.bool_], origin: tuple[int, int]) -> NDArray[np.int64]:
        """Counters ``(row, band)`` of a window, see ``DriftGuard.count``."""
        histograms, bands = np.zeros((self.bins, len(self.edges)), np.int64), len(self.edges)
        sampled = _sampled(values, wanted, origin, (PROFILE_ROW_STEP, self.column_steps[0]))
        for band, stored in enumerate(sampled):
            short = stored.dtype in (np.uint8, np.uint16)
            edges = self.edges[band]
            placed = self.tables[band].take(stored) if short else np.searchsorted(edges, self._scaled(stored, band))
            histograms[:, band] = np.bincount(placed, minlength=self.bins)
        pixels = _sampled(values, wanted, origin, (SPECTRA_ROW_STEP, self.column_steps[1]))
        spectra = np.array([self._scaled(stored, band) for band, stored in enumerate(pixels)])
        away = distances(spectra, self.calibrated.spectra)
        return np.concatenate([histograms, np.pad(away, (0, -away.size % bands)).reshape(-1, bands)])

    def _scaled(self, stored: NDArray[Any], band: int) -> NDArray[np.float32]:
        """Stored numbers in the card's units; float32 is enough to tell bins and spectra apart."""
        return np.asarray(self.chains[band].scaled(stored.astype(np.float32), np.float32), np.float32)

    def deviation(self, names: Sequence[str], counters: NDArray[np.int64]) -> Deviation | None:
        """How counted pixels differ from calibration, or None where they are too few."""
        if int(counters[: self.bins, 0].sum()) < MIN_SAMPLES:
            return None
        found = [quantiles_of(counters[: edges.size + 1, band], edges) for band, edges in enumerate(self.edges)]
        offsets = np.array([chain.offset for chain in self.chains])
        away = counters[self.bins :].ravel()[: 1 + len(orders(len(self.edges)))]
        mean = away[1:] / max(1, away[0]) if away[0] >= MIN_SAMPLES else np.zeros(0)
        limits = np.array([chain.limits for chain in self.chains])
        return Deviation(names, self.units, self.calibrated.quantiles, np.array(found), offsets, mean, limits)


def _sampled(
    values: NDArray[Any], wanted: NDArray[np.bool_], origin: tuple[int, int], steps: tuple[int, int]
) -> NDArray[Any]:
    """The wanted pixels (band, pixel) at every ``steps`` (y, x) of the scene, among the ``counted_rows``."""
    number = ceil_div(origin[0], ROW_STEP)  # of the first counted row, among those of the scene
    every = steps[0] // ROW_STEP
    rows, cols = slice(-number % every, None, every), slice(-origin[1] % steps[1], None, steps[1])
    return np.asarray(values[:, rows, cols][:, wanted[rows, cols]])


@dataclass(frozen=True)
class DriftGuard:
    """Counts stored values outside the calibrated range. Stateless; counters are arrays that the caller adds up.

    Attributes:
        names: The names of the bands.
        low: The lowest stored number that counts as calibrated, per band.
        high: The highest stored number that counts as calibrated, per band.
        profile: The evidence for the diagnosis; None for models whose card keeps none.
        calibrated: Whether the range is what calibration saw. A float model's is what its normalization tells apart.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    profile: ProfileCounter | None = None
    calibrated: bool = True

    def count(
        self, values: NDArray[Any], wanted: NDArray[np.bool_], origin: tuple[int, int] = (0, 0)
    ) -> NDArray[np.int64]:
        """Count a window, of which only ``counted_rows`` are given.

        Args:
            values: stored numbers ``(band, y, x)``.
            wanted: ``(y, x)``, the pixels that count.
            origin: row and column of the window in the scene, so that every tiling counts the same pixels.

        Returns:
            int64 ``(row, band)``: pixels below, above, and counted, then the profile's rows.
        """
        everything = bool(wanted.all())
        counted = int(np.count_nonzero(wanted))
        counters = np.empty((RANGE_ROWS, len(self.names)), np.int64)
        for band, (low, high) in enumerate(zip(self.low, self.high, strict=True)):
            part = values[band] if everything else values[band][wanted]
            counters[:, band] = np.count_nonzero(part < low), np.count_nonzero(part > high), counted
        if self.profile is None:
            return counters
        return np.concatenate([counters, self.profile.count(values, wanted, origin)])

    def shares(self, counters: NDArray[np.int64]) -> dict[str, float]:
        """Band -> share of its pixels outside the calibrated range; empty when nothing was counted, or calibrated."""
        return self._shares(counters) if self.calibrated else {}

    def _shares(self, counters: NDArray[np.int64]) -> dict[str, float]:
        if not counters.size:
            return {}
        below, above, counted = counters[:RANGE_ROWS].astype(np.float64)
        return dict(zip(self.names, ((below + above) / np.maximum(counted, 1)).tolist(), strict=True))

    def diagnosis(self, counters: NDArray[np.int64]) -> str:
        """What the counters hint at, in words.

        Empty when every band lies within ``UNUSUAL_SHARE`` and the profile shows no mistake either; for a float model,
        when some band has pixels that its normalization tells apart.
        """
        if not self.calibrated:
            return self._beyond(counters)
        outside = {name: share for name, share in self.shares(counters).items() if share > UNUSUAL_SHARE}
        mistake = self._mistake(counters)
        if not outside:
            return mistake
        below, above = counters[0], counters[1]
        listed = ", ".join(f"{name} {share:.0%}" for name, share in outside.items())
        return f"Values outside the calibrated range: {listed}. {mistake or self._cause(len(outside), below, above)}"

    def _beyond(self, counters: NDArray[np.int64]) -> str:
        if not counters.size or int(counters[2].min()) < MIN_SAMPLES:
            return ""
        below, above = counters[0] / counters[2], counters[1] / counters[2]
        sides = {"below the lowest": below, "above the highest": above}
        end = next((end for end, far in sides.items() if far.mean() >= NEARLY_ALL and far.min() >= MOST), "")
        if not end:
            return ""
        return (
            f"Nearly all pixels lie {end} value that the model tells apart, in every band, so that they look alike to "
            "it: the scene holds other units than the model was trained on, or is of another sensor. Check --scale and "
            "--offset of the scene, and --units of the model."
        )

    def _mistake(self, counters: NDArray[np.int64]) -> str:
        if self.profile is None or not counters.size:
            return ""
        deviation = self.profile.deviation(self.names, counters[RANGE_ROWS:])
        return "" if deviation is None else deviation.cause()

    def _cause(self, unusual: int, below: NDArray[np.int64], above: NDArray[np.int64]) -> str:
        """The likeliest reason by which bands leave the range and on which side, where the profile names none."""
        unlike = "The scene may come from another sensor or season, or hold conditions that calibration did not see."
        if self.profile is not None:
            return unlike
        whole_scene = "Check the scene's scale and offset (--scale, --offset)"
        if unusual == len(below) and not below.any():
            return f"Every band is too high: an offset is missing, or the scale is another one. {whole_scene}."
        if unusual == len(below) and not above.any():
            return f"Every band is too low: an offset was applied twice, or the scale is another one. {whole_scene}."
        if (below > above).any() and (above > below).any():
            return "Some bands are too high and others too low: the bands may be in another order (--bands)."
        return unlike


def drift_guard(chain: InputChain, scene_px: int = 0) -> DriftGuard | None:
    """The guard for one scene's bands, or None for a float model whose numbers enter as they are.

    Args:
        chain: of the scene into the model.
        scene_px: pixels of the scene; of a large one fewer columns go into the profile.
    """
    card = chain.card
    if card.quantization is None:
        return _normalization_guard(chain)
    low, high = [], []
    limits = zip(card.quantization.calibrated_low, card.quantization.calibrated_high, strict=True)
    for band, (z_low, z_high) in zip(chain.bands, limits, strict=True):
        slack = SLACK * (z_high - z_low)
        # what the normalization clips anyway looks to the network like its calibrated extreme
        ends = (
            -np.inf if z_low - slack <= band.low else band.stored(z_low - slack),
            np.inf if z_high + slack >= band.high else band.stored(z_high + slack),
        )
        falling = band.affine()[0] < 0
        low.append(-ends[1] if falling and np.isinf(ends[1]) else min(ends))
        high.append(-ends[0] if falling and np.isinf(ends[0]) else max(ends))
    return DriftGuard(
        tuple(band.name for band in card.bands), tuple(low), tuple(high), _profile_counter(chain, scene_px)
    )


def _normalization_guard(chain: InputChain) -> DriftGuard | None:
    """The guard of a float model: its ends are those of the clip, or else far from all training."""
    far = FAR_Z.get(chain.card.normalization.kind)
    if far is None:
        return None
    ends = [sorted((band.stored(max(band.low, far[0])), band.stored(min(band.high, far[1])))) for band in chain.bands]
    names = tuple(band.name for band in chain.card.bands)
    return DriftGuard(names, tuple(low for low, _ in ends), tuple(high for _, high in ends), calibrated=False)


def _profile_counter(chain: InputChain, scene_px: int) -> ProfileCounter | None:
    facts = chain.card.quantization
    if facts is None or not facts.calibrated_quantiles:
        return None
    calibrated = BandProfile(np.array(facts.calibrated_quantiles), np.array(facts.typical_spectra))
    edges = tuple(bin_edges(seen, band.offset) for seen, band in zip(calibrated.quantiles, chain.bands, strict=True))
    short = np.arange(1 << 16)
    tables = tuple(
        np.searchsorted(limits, band.scaled(short)).astype(np.uint8)
        for band, limits in zip(chain.bands, edges, strict=True)
    )
    rows = scene_px // PROFILE_ROW_STEP // PROFILE_PX, scene_px // SPECTRA_ROW_STEP // SPECTRA_PX
    return ProfileCounter(calibrated, chain.card.units, chain.bands, edges, tables, (1 + rows[0], 1 + rows[1]))
