"""Tile choice: aligned, disjoint, every stratum, every extreme, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.numbers.grid import Grid, Window
from geoquant.numbers.sampling import Candidate, choose_tiles, describe, fitting_tile, lattice
from geoquant.numbers.strata import STRATUM_COUNT, Stratum

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


def candidates(count: int, seed: int = 0, rare: int = 2) -> list[Candidate]:
    """Clear land everywhere, snow in ``rare`` tiles only."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        strata = np.full((16, 16), Stratum.LAND_DULL_BARE, np.uint8)
        strata[:, 8:] = Stratum.SNOW if i < rare else Stratum.LAND_BRIGHT_GREEN
        values = rng.integers(0, 4000, (3, 16, 16)).astype(np.uint16) + (5000 if i < rare else 0)
        made.append(describe(values, np.ones((16, 16), bool), strata, 0, Window(0, 16 * i, 16, 16)))
    return made


@settings(max_examples=30, deadline=None)
@given(st.integers(6, 60), st.integers(4, 20), st.integers(2, 20), st.integers(0, 5))
def test_calibration_and_judging_never_share_a_tile(count, tiles, held_out, seed):
    choice = choose_tiles(candidates(count), tiles, held_out, seed)
    first = {c.candidate.window for c in choice.calibration}
    second = {c.candidate.window for c in choice.held_out}
    assert not first & second
    assert len(first) == len(choice.calibration)
    assert choice.held_out
    assert len(first) + len(second) <= count
    assert all(c.reason for c in (*choice.calibration, *choice.held_out))


def test_a_rare_stratum_is_calibrated_and_judged():
    choice = choose_tiles(candidates(200), 16, 16, 0)
    assert Stratum.SNOW in {c.stratum for c in choice.calibration}
    assert Stratum.SNOW in {c.stratum for c in choice.held_out}


def test_calibration_holds_every_bands_extremes():
    pool = candidates(200, rare=40)
    choice = choose_tiles(pool, 16, 16, 3)
    low = np.min([c.candidate.low for c in choice.calibration], axis=0)
    high = np.max([c.candidate.high for c in choice.calibration], axis=0)
    np.testing.assert_array_equal(low, np.min([c.low for c in pool], axis=0))
    np.testing.assert_array_equal(high, np.max([c.high for c in pool], axis=0))


def test_the_same_seed_gives_the_same_tiles_and_another_seed_others():
    def windows(seed):
        return [c.candidate.window for c in choose_tiles(candidates(100), 16, 16, seed).calibration]

    assert windows(1) == windows(1)
    assert windows(1) != windows(2)


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
