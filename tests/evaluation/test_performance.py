"""Timing: CPU time beside wall time, on a tile as large as those classified, and when INT8 counts as slower."""

from __future__ import annotations

import pytest

from geoquant.evaluation.performance import TIMED_PX, CpuTime, Rounds, int8_is_slower, large_tile
from geoquant.grid import Window
from geoquant.sampling.candidates import main_stratum
from geoquant.sampling.stratified_sampling import ChosenTile
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import candidates_of
from tests.builders.cards import card
from tests.builders.sampling import GEOMETRY


def test_a_tile_grows_as_far_as_its_scene_and_stays_inside(stratified):
    (last,) = candidates_of(stratified, 0, [Window(176, 176, 64, 64)])
    tiles = TileReader([stratified], card(), GEOMETRY, [ChosenTile(last, main_stratum(last), "")])
    (choice,) = large_tile(tiles).choices
    assert choice.candidate.window == Window(0, 0, 240, 240)
    assert TIMED_PX > 240


def test_cpu_seconds_are_those_of_a_million_pixels():
    found = Rounds([1.0] * 3, [0.2, 0.4, 0.6], 500_000).cpu
    assert (found.median, found.low, found.high) == pytest.approx((0.8, 0.48, 1.12))


@pytest.mark.parametrize(("low", "slower"), [(1.3, True), (1.2, False), (0.9, False)])
def test_int8_is_slower_only_beyond_the_spread(low, slower):
    reference = ("float", CpuTime(1.0, 0.9, 1.2))
    assert int8_is_slower([reference, ("INT8", CpuTime(1.4, low, 1.6))]) == slower
    assert not int8_is_slower([reference, ("INT8", CpuTime(1.4, low, 1.6)), ("INT8", CpuTime(0.5, 0.4, 0.6))])
    assert not int8_is_slower([])
