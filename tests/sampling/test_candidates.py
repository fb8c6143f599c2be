"""Where tiles may lie, aligned and inside the scene, and what is told of their pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.grid import Grid, Window
from geoquant.sampling.candidates import MAX_POSITIONS, cover, describe, fitting_tile, free_positions
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

IDENTITY = (1.0, 0.0, 0.0, 0.0, -1.0, 0.0)


def grid(width: int, height: int) -> Grid:
    return Grid(None, IDENTITY, width, height)


SIZES = st.integers(1, 900), st.integers(1, 900), st.sampled_from([64, 128]), st.sampled_from([1, 8, 16])


@given(*SIZES)
def test_positions_are_aligned_inside_and_reach_every_edge(width, height, tile, stride):
    (windows,) = free_positions([grid(width, height)], tile, stride)
    whole = Window(0, 0, height, width)
    assert all(window.row % stride == window.col % stride == 0 for window in windows)
    assert all(window.intersection(whole) == window for window in windows)
    assert len(windows) == len(set(windows)) <= MAX_POSITIONS
    assert max(window.row_end for window in windows) > height - stride
    assert max(window.col_end for window in windows) > width - stride


def test_small_scenes_have_more_positions_to_a_tile_than_large_ones():
    def found(side: int) -> float:
        return len(free_positions([grid(side, side)], 64, 8)[0]) / (side / 64) ** 2

    assert found(512) > 8
    assert 3 < found(1500) < 8
    assert found(6400) == pytest.approx(1, abs=0.02)


@given(*SIZES, st.booleans())
def test_a_cover_holds_every_pixel_once_in_aligned_tiles(width, height, tile, stride, whole):
    counted = np.zeros((height, width), int)
    for window in cover(grid(width, height), tile, stride, whole):
        assert window.row % stride == window.col % stride == 0
        assert max(window.height, window.width) <= tile
        assert not whole or (window.height, window.width) == (tile, tile)
        counted[window.slices] += 1
    assert (counted == 1).all()


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
