"""The tile bootstrap against loops, against theory, and with what it must do at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.metrics.bootstrap import draw_tiles, estimate
from geoquant.metrics.confusion import Comparison, agreements_of, compare_maps, f1_of, iou_of
from geoquant.metrics.group_scores import score_groups
from geoquant.metrics.sqnr import ErrorSums
from geoquant.strata.conditions import Stratum

NAMES = ("a", "b", "c")


def random_counts(tiles: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 50, (tiles, 3, 3)) + 200 * np.eye(3, dtype=int)


def test_every_replicate_draws_as_many_tiles_as_there_are_and_a_seed_fixes_them():
    draws = draw_tiles(7, 40, seed=3)
    assert draws.shape == (40, 7)
    np.testing.assert_array_equal(draws.sum(axis=1), 7)
    np.testing.assert_array_equal(draws, draw_tiles(7, 40, seed=3))
    assert (draws != draw_tiles(7, 40, seed=4)).any()


@given(st.integers(1, 9), st.integers(0, 5))
def test_the_interval_is_the_percentiles_of_a_plain_loop(tiles, seed):
    counts, draws = random_counts(tiles, seed), draw_tiles(tiles, 50, seed)
    looped = []
    for row in draws.astype(int):
        total = sum(counts[i] * times for i, times in enumerate(row))
        looped.append(np.trace(total) / total.sum())
    (found,) = estimate(agreements_of, draws, counts)
    assert found.value == pytest.approx(np.trace(counts.sum(axis=0)) / counts.sum())
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(looped, (0.025, 0.975))))


def test_parts_of_the_replicates_give_what_all_at_once_give(monkeypatch):
    counts, draws = random_counts(6), draw_tiles(6, 30, 0)
    whole = estimate(iou_of, draws, counts)
    monkeypatch.setattr("geoquant.metrics.bootstrap.CHUNK_VALUES", 20)
    assert estimate(iou_of, draws, counts) == whole


def test_equal_tiles_leave_nothing_in_doubt_and_unequal_ones_do():
    same, draws = np.repeat(random_counts(1), 8, axis=0), draw_tiles(8, 200, 0)
    (sure,) = estimate(agreements_of, draws, same)
    assert sure.low == pytest.approx(sure.value) == pytest.approx(sure.high)
    good, bad = np.diag([100, 0, 0]), np.array([[50, 50, 0], [0, 0, 0], [0, 0, 0]])
    (unsure,) = estimate(agreements_of, draws, np.stack([good] * 4 + [bad] * 4))
    assert unsure.low < 0.7 < unsure.value == 0.75 < 0.8 < unsure.high


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    for trial in range(200):
        wrong = rng.binomial(400, rng.beta(2, 38, size=40))  # tiles differ: each has its own error rate, 5 % on average
        counts = np.zeros((40, 2, 2), int)
        counts[:, 0, 0], counts[:, 0, 1] = 400 - wrong, wrong
        (found,) = estimate(agreements_of, draw_tiles(40, 300, trial), counts)
        hits += found.low <= 0.95 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_a_value_that_no_replicate_has_is_nan():
    counts = np.zeros((4, 3, 3), int)
    counts[:, 0, 0] = 10
    found = estimate(iou_of, draw_tiles(4, 20, 0), counts)
    assert found[0].value == found[0].low == found[0].high == 1
    assert np.isnan([found[1].value, found[1].low, found[1].high]).all()


def test_f1_by_hand_and_over_leading_axes():
    counts = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    expected = [12 / (12 + 1 + 2), 6 / (6 + 2 + 1), np.nan]
    np.testing.assert_allclose(f1_of(counts), expected)
    np.testing.assert_allclose(f1_of(np.stack([counts, counts])), [expected, expected])


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


def test_sqnr_and_clip_rate_by_hand():
    sums = ErrorSums(-1.0, 2.0)
    sums.update(np.array([1, 2], np.float32), np.array([1, 1.5], np.float32))
    sums.update(np.array([[-3, 4]], np.float32), np.array([[-1, 2]], np.float32))
    assert sums.sqnr_db == pytest.approx(10 * np.log10(30 / 8.25))
    assert sums.clip_rate == 0.5
    assert np.isnan(ErrorSums().sqnr_db)
    equal = ErrorSums()
    equal.update(np.ones(3, np.float32), np.ones(3, np.float32))
    assert equal.sqnr_db == np.inf
