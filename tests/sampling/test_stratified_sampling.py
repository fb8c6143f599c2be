"""Tile choice: disjoint, every stratum, every extreme, the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.grid import Window
from geoquant.sampling.candidates import CandidateTile, describe
from geoquant.sampling.stratified_sampling import TailCoverage, TileChoice, choose_tiles
from geoquant.sampling.tile_picking import Wanted
from geoquant.strata.conditions import Stratum


def candidates(count: int, seed: int = 0, rare: int = 2) -> list[CandidateTile]:
    """Clear land everywhere, snow in ``rare`` tiles only."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        strata = np.full((16, 16), Stratum.LAND_DULL_BARE, np.uint8)
        strata[:, 8:] = Stratum.SNOW if i < rare else Stratum.LAND_BRIGHT_GREEN
        values = rng.integers(0, 4000, (3, 16, 16)).astype(np.uint16) + (5000 if i < rare else 0)
        made.append(describe(values, np.ones((16, 16), bool), strata, 0, Window(0, 16 * i, 16, 16)))
    return made


def tails_of(pool: list[CandidateTile], margin: float = 0.0) -> TailCoverage:
    """Tails that begin ``margin`` of the whole span inside of what the candidates hold."""
    low, high = np.min([c.low for c in pool], axis=0), np.max([c.high for c in pool], axis=0)
    inset = margin * (high - low)
    return TailCoverage(tuple(f"b{i}" for i in range(len(low))), low + inset, high - inset)


def choose(pool: list[CandidateTile], tiles: int, held_out: int, seed: int) -> TileChoice:
    return choose_tiles(pool, Wanted(tiles, held_out, seed), tails_of(pool))


@settings(max_examples=30, deadline=None)
@given(st.integers(6, 60), st.integers(4, 20), st.integers(2, 20), st.integers(0, 5))
def test_calibration_and_judging_never_share_a_tile(count, tiles, held_out, seed):
    choice = choose(candidates(count), tiles, held_out, seed)
    first = {c.candidate.window for c in choice.calibration}
    second = {c.candidate.window for c in choice.held_out}
    assert not first & second
    assert len(first) == len(choice.calibration)
    assert choice.held_out
    assert len(first) + len(second) <= count
    assert all(c.reason for c in (*choice.calibration, *choice.held_out))


def test_a_rare_stratum_is_calibrated_and_judged():
    choice = choose(candidates(200), 16, 16, 0)
    assert Stratum.SNOW in {c.stratum for c in choice.calibration}
    assert Stratum.SNOW in {c.stratum for c in choice.held_out}


@settings(max_examples=40, deadline=None)
@given(st.integers(8, 80), st.integers(4, 20), st.integers(2, 20), st.integers(0, 3), st.floats(0, 0.3))
def test_calibration_reaches_every_tail_that_can_be_spared(count, tiles, held_out, seed, margin):
    pool = candidates(count, seed, rare=4)
    tails = tails_of(pool, margin)
    choice = choose_tiles(pool, Wanted(tiles, held_out, seed), tails)
    first = [c.candidate for c in choice.calibration]
    # a tile that alone stands for its stratum among the judging ones is not taken from them
    alone = [c.candidate for c in choice.held_out if sum(o.stratum == c.stratum for o in choice.held_out) < 2]
    free = [c for c in pool if not any(c is other for other in alone)]
    missing = tails.reached(free) & ~tails.reached(first)
    assert not missing.any()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 8), st.integers(8, 20), st.integers(0, 5))
def test_no_scene_is_left_out_for_being_small(scenes, tiles, seed):
    """The first scene has all but a few of the candidates; a tail may take a scene's only judging tile."""
    pool = candidates(100, seed)
    for scene in range(1, scenes):
        pool[10 * scene] = replace(pool[10 * scene], scene=scene)
        pool[10 * scene + 1] = replace(pool[10 * scene + 1], scene=scene)
    choice = choose(pool, tiles, tiles, seed)
    assert {c.candidate.scene for c in choice.calibration} == set(range(scenes))


def test_covering_the_tails_swaps_tiles_and_keeps_the_numbers():
    pool = candidates(200, rare=40)
    choice = choose(pool, 16, 16, 3)
    assert (len(choice.calibration), len(choice.held_out)) == (16, 16)
    reasons = [c.reason for c in choice.calibration if "est of b" in c.reason]
    assert reasons
    assert all(Stratum.SNOW in {c.stratum for c in part} for part in (choice.calibration, choice.held_out))


def test_the_same_seed_gives_the_same_tiles_and_another_seed_others():
    def windows(seed):
        return [c.candidate.window for c in choose(candidates(100), 16, 16, seed).calibration]

    assert windows(1) == windows(1)
    assert windows(1) != windows(2)


def anywhere(seed: int) -> list[CandidateTile]:
    """Tiles of 16 px every 4 px of a scene of 120 x 120 px: half bare, half green, a corner of snow."""
    strata = np.full((120, 120), Stratum.LAND_DULL_BARE, np.uint8)
    strata[:, 60:] = Stratum.LAND_BRIGHT_GREEN
    strata[:48, :48] = Stratum.SNOW
    values = np.random.default_rng(seed).integers(0, 4000, (2, 120, 120)).astype(np.uint16)
    found = []
    for row in range(0, 105, 4):
        for col in range(0, 105, 4):
            window = Window(row, col, 16, 16)
            part = values[:, row : row + 16, col : col + 16], np.ones((16, 16), bool), strata[window.slices]
            found.append(describe(*part, 0, window))
    return found


@settings(max_examples=15, deadline=None)
@given(st.integers(4, 24), st.integers(2, 24), st.integers(0, 3), st.sampled_from([0, 5, 16]))
def test_free_positions_never_overlap_and_a_gap_lies_between_the_roles_only(tiles, held_out, seed, gap):
    pool = anywhere(seed)
    choice = choose_tiles(pool, Wanted(tiles, held_out, seed, gap), tails_of(pool))
    first, second = ([c.candidate.window for c in part] for part in (choice.calibration, choice.held_out))
    together = [*first, *second]
    assert all(one.intersection(other).pixels == 0 for i, one in enumerate(together) for other in together[:i])
    assert all(one.expand(gap).intersection(other).pixels == 0 for one in first for other in second)
    for part in (choice.calibration, choice.held_out):
        assert Stratum.SNOW in {c.stratum for c in part} or gap == 16


def test_tiles_of_one_role_lie_close_so_that_many_fit():
    pool = anywhere(0)
    choice = choose_tiles(pool, Wanted(60, 2, 0, 16), tails_of(pool))
    assert len(choice.calibration) + len(choice.held_out) >= 0.6 * (120 / 16) ** 2
