"""Candidate tiles and their description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window, align_up
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

MIN_TILE_PX = 64
MIN_VALID_SHARE = 0.1
"""Tiles with less data than this are no candidates."""


@dataclass(frozen=True)
class CandidateTile:
    """A tile that may be chosen, described from a decimated view.

    Attributes:
        scene: The position of its scene.
        window: The tile's place, in pixels of the scene's grid.
        features: The values that diversity is measured on: per band 5, 50, 95 percentile and spread, then the strata's
            shares.
        shares: The share of the tile's pixels per stratum (STRATUM_COUNT,).
        low: The lowest valid value, per band.
        high: The highest valid value, per band.
    """

    scene: int
    window: Window
    features: NDArray[np.float64]
    shares: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def lattice(grid: Grid, tile_px: int, pitch_px: int, stride_px: int) -> list[Window]:
    """Tiles of ``tile_px`` every ``pitch_px``, origins on multiples of the stride; the whole tile when smaller.

    Args:
        grid: the scene's grid.
        tile_px: side of a tile, a multiple of ``stride_px``.
        pitch_px: distance of origins: the tile and the halo that must not be shared.
        stride_px: the model's total stride.
    """
    pitch = align_up(pitch_px, stride_px)
    rows, cols = _origins(grid.height, tile_px, pitch), _origins(grid.width, tile_px, pitch)
    height, width = min(tile_px, grid.height), min(tile_px, grid.width)
    return [Window(row, col, height, width) for row in rows for col in cols]


def _origins(size: int, tile_px: int, pitch: int) -> range:
    return range(0, max(size - tile_px, 0) + 1, pitch)


def fitting_tile(grids: Sequence[tuple[Grid, float]], wanted_px: int, needed: int, halo_px: int, stride_px: int) -> int:
    """The largest tile side, halving from ``wanted_px``, that gives at least half of ``needed`` tiles over all grids.

    Half, because fewer but larger tiles hold more pixels to judge on: a halo lies between any two of them.

    Args:
        grids: of all scenes, each with the share of its pixels that hold data.
        wanted_px: the side that the user asks for.
        needed: tiles to calibrate and to judge with.
        halo_px: gap between tiles.
        stride_px: sides stay multiples of it.
    """
    side = _multiple(wanted_px, stride_px)
    while _multiple(side // 2, stride_px) >= max(MIN_TILE_PX, stride_px) and side // 2 < side:
        if sum(share * len(lattice(grid, side, side + halo_px, stride_px)) for grid, share in grids) >= needed / 2:
            break
        side = _multiple(side // 2, stride_px)
    return side


def _multiple(side: int, stride_px: int) -> int:
    return max(stride_px, side // stride_px * stride_px)


def describe(
    values: NDArray[Any], valid: NDArray[np.bool_], strata: NDArray[np.uint8], scene: int, window: Window
) -> CandidateTile | None:
    """Describe one tile from its decimated pixels; None when under a tenth of them is valid.

    Args:
        values: (band, y, x), in units that are the same in every scene.
        valid: (y, x).
        strata: (y, x).
        scene: position of its scene.
        window: where it lies at full resolution.
    """
    if valid.mean() < MIN_VALID_SHARE:
        return None
    pixels = values[:, valid].astype(np.float64)  # (band, pixel)
    quantiles = np.quantile(pixels, (0.05, 0.5, 0.95), axis=1)  # (3, band)
    shares = np.bincount(strata.ravel(), minlength=STRATUM_COUNT) / strata.size
    features = np.concatenate([quantiles.ravel(), pixels.std(axis=1), shares])
    return CandidateTile(scene, window, features, shares, pixels.min(axis=1), pixels.max(axis=1))


def share_text(share: float) -> str:
    """A share as a person reads it: "43%", "0.3%"."""
    return f"{share:.0%}" if share >= 0.01 else f"{100 * share:.1g}%"


def main_stratum(candidate: CandidateTile) -> Stratum:
    """The stratum that most of its pixels are of."""
    return Stratum(int(np.argmax(candidate.shares[1:])) + 1)
