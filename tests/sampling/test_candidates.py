"""Tiles of a lattice, aligned and inside the scene, and what is told of their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.grid import Grid, Window
from geoquant.sampling.candidates import describe, fitting_tile, lattice
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

IDENTITY = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


def grid(width: int, height: int) -> Grid:
    return Grid(None, IDENTITY, width, height)


@given(
    st.integers(1, 900),
    st.integers(1, 900),
    st.sampled_from([64, 128]),
    st.integers(0, 50),
    st.sampled_from([1, 8, 16]),
)
def test_lattice_is_aligned_inside_and_its_halos_touch_no_other_tile(width, height, tile, halo, stride):
    windows = lattice(grid(width, height), tile, tile + halo, stride)
    assert windows
    for window in windows:
        assert window.row % stride == 0
        assert window.col % stride == 0
        assert window.intersection(Window(0, 0, height, width)) == window
    for i, window in enumerate(windows[:20]):
        for other in windows[i + 1 : 40]:
            assert window.expand(halo).intersection(other).pixels == 0


def test_small_scenes_get_smaller_tiles():
    assert fitting_tile([(grid(10980, 10980), 1.0)], 256, 128, 48, 8) == 256
    assert fitting_tile([(grid(2048, 2048), 1.0)], 256, 128, 48, 8) == 128
    assert fitting_tile([(grid(2048, 2048), 0.4)], 256, 128, 48, 8) == 64
    assert fitting_tile([(grid(1128, 1428), 1.0)], 256, 128, 48, 8) == 64
    assert fitting_tile([(grid(100, 100), 1.0)], 256, 128, 48, 8) == 64
    assert fitting_tile([(grid(1000, 1000), 1.0)], 256, 128, 0, 48) % 48 == 0


def test_a_tile_without_valid_pixels_is_no_candidate():
    shape = (8, 8)
    nothing = describe(np.zeros((2, *shape)), np.zeros(shape, bool), np.zeros(shape, np.uint8), 0, Window(0, 0, 8, 8))
    assert nothing is None


def test_descriptors_ignore_invalid_pixels():
    values = np.full((1, 4, 4), 7.0)
    values[0, 0, 0] = 9999
    valid = np.ones((4, 4), bool)
    valid[0, 0] = False
    tile = describe(values, valid, np.full((4, 4), Stratum.WATER, np.uint8), 0, Window(0, 0, 4, 4))
    assert tile.high == pytest.approx([7.0])
    assert tile.shares[Stratum.WATER] == 1
    assert tile.features.shape == (3 + 1 + STRATUM_COUNT,)
