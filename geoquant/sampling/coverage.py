"""Whether chosen tiles cover every band's histogram with its tails: the check, and the histograms that show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geoquant.preprocessing.chain import in_physical_units
from geoquant.raster.decimation import decimation, overview
from geoquant.sampling.tile_selection import TileSelection, view_slices
from geoquant.sampling.value_histogram import Histograms
from geoquant.strata.stratified_scene import StratifiedScene


@dataclass(frozen=True)
class BandCoverage:
    """How calibration covers one band, in the units of ``in_physical_units``.

    Attributes:
        band: The name of the band.
        tail_low: The 0.1 percentile of all valid pixels of all scenes.
        tail_high: The 99.9 percentile of all valid pixels of all scenes.
        lowest: The lowest value in the calibration tiles.
        highest: The highest value in the calibration tiles.
        low_covered: Whether they reach the low tail.
        high_covered: Whether they reach the high tail.
        inside: The share of all pixels between lowest and highest, 0..1.
    """

    band: str
    tail_low: float
    tail_high: float
    lowest: float
    highest: float
    low_covered: bool
    high_covered: bool
    inside: float


def check_coverage(chosen: TileSelection) -> tuple[BandCoverage, ...]:
    """Check the coverage of every band."""
    tiles = [choice.candidate for choice in chosen.tiles.calibration]
    low, high = np.min([tile.low for tile in tiles], axis=0), np.max([tile.high for tile in tiles], axis=0)
    reached = chosen.tails.reached(tiles)
    inside = chosen.pixels.share_between(low, high)
    return tuple(
        BandCoverage(
            band=name,
            tail_low=float(chosen.tails.low[i]),
            tail_high=float(chosen.tails.high[i]),
            lowest=float(low[i]),
            highest=float(high[i]),
            low_covered=bool(reached[0, i]),
            high_covered=bool(reached[1, i]),
            inside=float(inside[i]),
        )
        for i, name in enumerate(chosen.tails.names)
    )


def calibration_pixels(chosen: TileSelection, scenes: Sequence[StratifiedScene]) -> Histograms:
    """Histograms of the calibration tiles, from the same decimated views as those of all pixels."""
    found = Histograms.empty(len(chosen.tails.names))
    for position, stratified in enumerate(scenes):
        view, factor = overview(stratified.scene), decimation(stratified.scene)
        inside = np.zeros_like(view.valid)
        for choice in chosen.tiles.calibration:
            if choice.candidate.scene == position:
                inside[view_slices(choice.candidate.window, factor)] = True
        found.add(in_physical_units(view.values[:, inside & view.valid], stratified.scene.bands))
    return found
