"""What tests of sampling ask for: few small tiles of scenes with six bands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from geoquant.options.quantize import SampleOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.stratified_scene import StratifiedScene, stratify
from tests.builders.cards import card

SIX = ("B02", "B03", "B04", "B8A", "B11", "B12")
FEW = SampleOptions(tiles=8, held_out=6, tile=64)
GEOMETRY = TileGeometry(64, 16, 8)


def stratified_patches(make_tif: Callable[..., Path]) -> StratifiedScene:
    """240 x 240 pixels of patches with a corner of no data."""
    rng = np.random.default_rng(0)
    values = np.kron(rng.integers(200, 6000, (6, 15, 15)), np.ones((16, 16))).astype(np.uint16)
    values[:, :40, :40] = 0
    path = make_tif(values, nodata=0, descriptions=SIX)
    options = SceneOptions(scale=1e-4, offset=0.0)
    return stratify(fit_to_card(open_scene(path, options), card(), options), card())
