"""Tiles to choose from: they describe their own pixels, and the network and the scenes decide their size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geoquant.errors import CalibrationError
from geoquant.model_card.card import Tiling
from geoquant.options.quantize import QuantizeOptions
from geoquant.raster.decimation import decimation
from geoquant.sampling.candidates import free_positions
from geoquant.sampling.tile_selection import TileGeometry, candidates_of, tile_geometry
from geoquant.strata.conditions import STRATUM_COUNT
from geoquant.tile_grid import Lattice
from tests.builders.cards import card
from tests.builders.plans import facts_of


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
    bounded = replace(facts_of(8), stride_px=8)
    fixed = replace(bounded, input_shape=(None, 6, 80, 80))
    assert tile_geometry([stratified], card(tiling=Tiling(halo_px=8, stride_px=8)), options, fixed) == TileGeometry(
        64, 8, 8, whole=True
    )
    wide = card(tiling=Tiling(halo_px=40, stride_px=8))
    with pytest.raises(CalibrationError, match="only runs at 80 px"):
        tile_geometry([stratified], wide, options, fixed)


def test_tiles_of_a_blended_network_follow_its_lattice(stratified):
    """A network that sees its whole tile, and one whose context fills the only tile that it takes."""
    options = QuantizeOptions(tile=128, tiles=4, held_out=4)
    unbounded, filled = facts_of(None), replace(facts_of(64), input_shape=(None, 6, 128, 128))
    stated = card(tiling=Tiling(halo_px=None, stride_px=4, tile_px=96, overlap_px=30))
    found = tile_geometry([stratified], stated, options, replace(unbounded, stride_px=4))
    assert (found.tile_px, found.context_px, found.run_px) == (64, 0, 96)
    assert found.lattice == Lattice(96, 0, 4, overlap_px=32)
    fixed = tile_geometry([stratified], card(tiling=Tiling(halo_px=64, stride_px=32)), options, filled)
    assert (fixed.tile_px, fixed.run_px, fixed.whole) == (64, 128, False)
    labels = replace(card(tiling=Tiling(halo_px=None, stride_px=32)), output="classes")
    assert tile_geometry([stratified], labels, options, unbounded) == TileGeometry(384, 64, 32, whole=True)
