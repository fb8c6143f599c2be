"""Tiles to choose from: they describe their own pixels, and the network and the scenes decide their size."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.errors import CalibrationError
from geoquant.model_card.card import Tiling
from geoquant.options.quantize import QuantizeOptions
from geoquant.raster.decimation import decimation
from geoquant.sampling.candidates import free_positions
from geoquant.sampling.tile_selection import candidates_of, tile_geometry
from geoquant.strata.conditions import STRATUM_COUNT
from tests.builders.cards import card


def test_candidates_describe_their_own_pixels(stratified):
    (windows,) = free_positions([stratified.scene.grid], 64, 4)
    found = candidates_of(stratified, 3, windows)
    assert decimation(stratified.scene) == 1
    whole = stratified.strata(stratified.scene.grid.window)
    for candidate in found:
        part = whole[candidate.window.slices]
        np.testing.assert_allclose(candidate.shares, np.bincount(part.ravel(), minlength=STRATUM_COUNT) / part.size)
        assert candidate.scene == 3


def test_a_network_of_fixed_size_decides_the_tile(stratified):
    options = QuantizeOptions(tile=128, tiles=4, held_out=4)
    assert tile_geometry([stratified], card(), options, 80).tile_px == 64
    with pytest.raises(CalibrationError, match="only runs at 16 px"):
        tile_geometry([stratified], card(), options, 16)
    blended = card(tiling=Tiling(halo_px=None, stride_px=4, overlap_px=30))
    assert tile_geometry([stratified], blended, options).context_px == 12
