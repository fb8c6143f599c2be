"""Candidate tiles and their description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window, align_down, align_up, ceil_div
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

MIN_TILE_PX = 64
MIN_VALID_SHARE = 0.1
"""Tiles with less data than this are not chosen from."""


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


MAX_POSITIONS = 3000
"""Positions to choose from, about, over all scenes: more take seconds to describe, and large scenes have enough."""


def free_positions(grids: Sequence[Grid], tile_px: int, stride_px: int) -> list[list[Window]]:
    """Per scene, where tiles of ``tile_px`` may lie: all over it, its edges included, up to four steps to a tile.

    Positions overlap. Origins are multiples of the stride, so that less than a stride is out of reach at the far edges;
    a scene that is smaller than a tile is one.

    Args:
        grids: of the scenes.
        tile_px: side of a tile, a multiple of ``stride_px``.
        stride_px: the model's total stride.
    """
    for steps in (4, 3, 2, 1):
        step = max(stride_px, align_down(tile_px // steps, stride_px))
        found = [_positions(grid, tile_px, step, stride_px) for grid in grids]
        if sum(map(len, found)) <= MAX_POSITIONS:
            break
    return found


def _positions(grid: Grid, tile_px: int, step_px: int, stride_px: int) -> list[Window]:
    def origins(size: int) -> list[int]:
        last = align_down(max(size - tile_px, 0), stride_px)
        return [*range(0, last, step_px), last]

    height, width = min(tile_px, grid.height), min(tile_px, grid.width)
    return [Window(row, col, height, width) for row in origins(grid.height) for col in origins(grid.width)]


def cover(grid: Grid, tile_px: int, stride_px: int, whole: bool = False) -> list[Window]:
    """Tiles that hold every pixel of a scene once, origins on multiples of the stride.

    Args:
        grid: the scene's grid.
        tile_px: largest side of a tile, a multiple of ``stride_px``.
        stride_px: the model's total stride.
        whole: whether every tile has that very side and may reach beyond the scene (a network of one size); else they
            are equal parts of the scene.
    """

    def spans(size: int) -> list[tuple[int, int]]:
        side = tile_px if whole else align_up(ceil_div(size, ceil_div(size, tile_px)), stride_px)
        return [(at, side if whole else min(side, size - at)) for at in range(0, size, side)]

    return [Window(row, col, h, w) for row, h in spans(grid.height) for col, w in spans(grid.width)]


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
        if sum(share * _apart(grid, side, align_up(side + halo_px, stride_px)) for grid, share in grids) >= needed / 2:
            break
        side = _multiple(side // 2, stride_px)
    return side


def _apart(grid: Grid, tile_px: int, pitch_px: int) -> int:
    """How many tiles fit into a scene with a gap between any two."""
    return (max(grid.height - tile_px, 0) // pitch_px + 1) * (max(grid.width - tile_px, 0) // pitch_px + 1)


def _multiple(side: int, stride_px: int) -> int:
    return max(stride_px, side // stride_px * stride_px)


def describe(
    values: NDArray[Any], valid: NDArray[np.bool_], strata: NDArray[np.uint8], scene: int, window: Window
) -> CandidateTile | None:
    """Describe one tile from its decimated pixels; None when none of them is valid.

    Args:
        values: (band, y, x), in units that are the same in every scene.
        valid: (y, x).
        strata: (y, x).
        scene: position of its scene.
        window: where it lies at full resolution.
    """
    if not valid.any():
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
