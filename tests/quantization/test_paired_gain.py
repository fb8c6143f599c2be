"""A candidate has to be better on the same tiles, beyond chance, and harm no stratum for it."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.metrics.confusion import Comparison
from geoquant.quantization.paired_gain import paired_gain
from geoquant.strata.conditions import STRATUM_COUNT, Stratum


def tile(**changed: int) -> Comparison:
    """10,000 pixels of each stratum named, of which so many change their class."""
    maps = np.zeros((STRATUM_COUNT, 2, 2), np.int64)
    for name, count in changed.items():
        maps[Stratum[name.upper()]] = [[10_000 - count, count], [0, 0]]
    return Comparison(maps, np.zeros_like(maps), np.zeros_like(maps))


def test_the_gain_is_the_mean_over_strata_whatever_their_size():
    champion = [tile(water=100), tile(water=100), tile(water=100), tile(shadow=300)]
    challenger = [tile(water=100), tile(water=100), tile(water=100), tile(shadow=100)]
    gain = paired_gain(challenger, champion)
    assert gain.mean == pytest.approx((0 + 2.0) / 2)
    assert gain.tiles == 4


def test_equal_candidates_gain_nothing_and_nothing_is_certain():
    tiles = [tile(water=count) for count in (0, 50, 400)]
    gain = paired_gain(tiles, tiles)
    assert (gain.mean, gain.error, gain.harm) == (0.0, 0.0, 0.0)
    assert not gain.certain
    assert not gain.hopeless


def test_what_all_tiles_share_is_certain_although_tiles_differ_by_more():
    levels = (0, 300, 900, 2_000)
    champion, challenger = [tile(water=count + 20) for count in levels], [tile(water=count) for count in levels]
    assert paired_gain(challenger, champion).certain
    assert paired_gain(champion, challenger).hopeless


def test_what_one_tile_brings_is_chance():
    champion = [tile(water=100)] * 5 + [tile(water=300)]
    challenger = [tile(water=110)] * 5 + [tile(water=100)]
    gain = paired_gain(challenger, champion)
    assert gain.mean > 0
    assert not gain.certain
    assert not gain.hopeless


def test_the_other_way_round_is_what_the_other_one_gains():
    one, other = [tile(water=count, snow=2 * count) for count in (10, 40, 90)], [tile(water=50, snow=0)] * 3
    assert paired_gain(one, other).reversed == paired_gain(other, one)


def test_a_stratum_too_small_to_be_judged_still_has_a_say():
    def tiny(lost: int, counts: int = 200) -> Comparison:
        maps = np.zeros((STRATUM_COUNT, 2, 2), np.int64)
        maps[Stratum.WATER] = [[counts - lost, lost], [0, 0]]
        return Comparison(maps, np.zeros_like(maps), np.zeros_like(maps))

    champion = [tile(snow=100)] * 3 + [tiny(10)]
    challenger = [tile(snow=count) for count in (80, 70, 75)] + [tiny(150)]
    gain = paired_gain(challenger, champion)
    assert gain.mean == pytest.approx((0.25 - 0.2 * 70) / 1.2)
    assert gain.harm == 0  # one tile alone is no proof, but it weighs
    assert not gain.likely


def test_a_stratum_that_is_harmed_by_more_than_the_mean_gains_stops_it():
    champion = [tile(water=200, snow=200, shadow=100) for _ in range(4)]
    fair = [tile(water=100, snow=100, shadow=110) for _ in range(4)]
    unfair = [tile(water=0, snow=0, shadow=300) for _ in range(4)]
    assert paired_gain(fair, champion).certain
    assert paired_gain(unfair, champion).mean > 0
    assert not paired_gain(unfair, champion).certain


def test_one_tile_has_no_error_and_decides_by_what_it_shows():
    assert paired_gain([tile(water=1)], [tile(water=5)]).certain
