"""The tile bootstrap against loops, against theory, and with what it must do at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.metrics.bootstrap import draw_tiles, estimate
from geoquant.metrics.confusion import agreements_of, iou_of


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
