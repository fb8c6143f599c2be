"""Scores of all tiles and of each condition hold what the sums hold."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.metrics.confusion import Comparison, compare_maps
from geoquant.metrics.group_scores import score_groups
from geoquant.strata.conditions import Stratum

NAMES = ("a", "b", "c")


def maps_of_tiles(tiles: int, labelled: bool) -> list[Comparison]:
    rng = np.random.default_rng(1)
    found = []
    for _ in range(tiles):
        truth = rng.integers(0, 3, (60, 60)).astype(np.uint8)
        strata = np.where(np.arange(60) < 30, Stratum.WATER, Stratum.SHADOW).astype(np.uint8) * np.ones(
            (60, 1), np.uint8
        )
        by_float = np.where(rng.random((60, 60)) < 0.1, (truth + 1) % 3, truth).astype(np.uint8)
        by_int8 = np.where(rng.random((60, 60)) < 0.03, (by_float + 1) % 3, by_float).astype(np.uint8)
        found.append(compare_maps(by_float, by_int8, strata, truth if labelled else None, 3))
    return found


def test_groups_hold_what_the_sums_hold():
    tiles = maps_of_tiles(6, labelled=True)
    total = sum(tiles[1:], tiles[0])
    whole, water, shadow = score_groups(tiles, NAMES, 100, 0)
    assert (whole.name, water.name, shadow.name) == ("all", "water", "shadow")
    for group, stratum in ((whole, None), (water, Stratum.WATER), (shadow, Stratum.SHADOW)):
        scores = total.scores(stratum)
        assert group.pixels == scores.pixels
        assert group.agreement.value == pytest.approx(scores.agreement)
        assert group.miou_lost.value == pytest.approx(scores.miou_lost)
        assert group.float_miou.value == pytest.approx(scores.float_miou)
        for figure in (group.agreement, group.miou_lost, group.float_miou, group.classes[0].f1):
            assert figure.low < figure.value < figure.high
    assert whole.tiles == 6
    assert whole.enough
    assert sum(entry.pixels for entry in whole.classes) == whole.pixels


def test_without_labels_the_loss_is_against_the_float_map():
    whole = score_groups(maps_of_tiles(3, labelled=False), NAMES, 50, 0)[0]
    assert whole.float_miou is None
    assert whole.classes[0].float_f1 is None
    assert 0 < whole.miou_lost.value < 10


def test_a_paired_difference_is_surer_than_two_figures_apart():
    whole = score_groups(maps_of_tiles(12, labelled=True), NAMES, 300, 0)[0]
    apart = (whole.float_miou.high - whole.float_miou.low) + (whole.int8_miou.high - whole.int8_miou.low)
    assert whole.miou_lost.high - whole.miou_lost.low < 100 * apart
