"""How much of a condition has to be seen before anything is said of it; stated here and nowhere else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

MIN_STRATUM_PX = 1000
"""A stratum is judged from this many held-out pixels on: below, one pixel weighs more than 0.1 points, ..."""
MIN_STRATUM_TILES = 3
"""... and from this many tiles on: one or two places on the ground say nothing about a third."""
MIN_TILE_PX = 20
"""Pixels of a stratum from which on a tile counts as one of its tiles: a speck is no place of its own."""
DOUBTFUL_PX = 250
"""A stratum that is not judged refuses a model from this many pixels on, calibration tiles included, if it fails
there: 2 % of them are five pixels, which is more than a slip."""
FEW_TILES = 5
"""Below this many tiles an interval says little."""


def enough(pixels: NDArray[Any]) -> NDArray[np.bool_]:
    """Which strata can be judged.

    Args:
        pixels: per tile, its pixels of each stratum (tile, stratum).

    Returns:
        (stratum,).
    """
    tiles = (pixels >= MIN_TILE_PX).sum(axis=0)
    return np.asarray((pixels.sum(axis=0) >= MIN_STRATUM_PX) & (tiles >= MIN_STRATUM_TILES))


MINIMUM = f"{MIN_STRATUM_PX:,} pixels on {MIN_STRATUM_TILES} tiles"
"""What a stratum needs, in words."""
