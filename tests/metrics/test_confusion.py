"""Metrics against their definition, and that blocks add up."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.metrics.confusion import (
    Comparison,
    agreement_of,
    compare_maps,
    confusion,
    f1_of,
    iou_of,
    mean_iou,
)
from geoquant.strata.conditions import STRATUM_COUNT, Stratum

MAPS = hnp.arrays(np.uint8, (9, 11), elements=st.integers(0, 4))  # class 3 and 4 are no data where there are 3 classes
STRATA = hnp.arrays(np.uint8, (9, 11), elements=st.integers(0, STRATUM_COUNT - 1))


@given(MAPS, MAPS, STRATA)
def test_confusion_counts_what_a_loop_counts(rows, columns, strata):
    expected = np.zeros((STRATUM_COUNT, 3, 3), int)
    for r, c, s in zip(rows.ravel(), columns.ravel(), strata.ravel(), strict=True):
        if r < 3 and c < 3 and s > 0:
            expected[s, r, c] += 1
    np.testing.assert_array_equal(confusion(rows, columns, strata, 3), expected)


@given(MAPS, MAPS, STRATA, MAPS)
def test_comparisons_of_parts_add_up_to_the_whole(reference, candidate, strata, labels):
    whole = compare_maps(reference, candidate, strata, labels, 3)
    top = compare_maps(reference[:4], candidate[:4], strata[:4], labels[:4], 3)
    rest = compare_maps(reference[4:], candidate[4:], strata[4:], labels[4:], 3)
    total = top + rest
    for name in ("maps", "reference_labels", "candidate_labels"):
        np.testing.assert_array_equal(getattr(total, name), getattr(whole, name))


def test_iou_and_agreement_by_hand():
    counts = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    assert agreement_of(counts) == pytest.approx(9 / 12)
    np.testing.assert_allclose(iou_of(counts), [6 / 9, 3 / 6, np.nan])
    assert mean_iou(counts, min_class_px=1) == pytest.approx((6 / 9 + 1 / 2) / 2)
    assert mean_iou(counts, min_class_px=5) == pytest.approx(6 / 9)
    assert np.isnan(mean_iou(counts))


def test_the_worst_stratum_is_the_one_with_least_agreement_and_enough_pixels():
    reference = np.zeros((300, 100), np.uint8)
    candidate = reference.copy()
    strata = np.full(reference.shape, Stratum.WATER, np.uint8)
    strata[:100] = Stratum.SNOW
    strata[200, :50] = Stratum.SHADOW  # 50 pixels, all wrong: too few to judge
    candidate[200, :50] = 1
    candidate[:10, :10] = 1
    comparison = compare_maps(reference, candidate, strata, None, 2)
    stratum, scores = comparison.worst()
    assert stratum == Stratum.SNOW
    assert scores.agreement == pytest.approx(0.99)
    assert Stratum.SHADOW not in comparison.strata()
    assert comparison.scores(Stratum.SHADOW).pixels == 50


def test_labels_give_the_loss_against_truth():
    labels = np.repeat(np.array([[0, 1]], np.uint8), 200, axis=0).repeat(20, axis=1)
    reference, candidate = labels.copy(), labels.copy()
    candidate[:20, :] = 1 - candidate[:20, :]
    scores = compare_maps(reference, candidate, np.full(labels.shape, 5, np.uint8), labels, 2).scores()
    assert scores.float_miou == 1
    assert scores.miou_lost == pytest.approx(100 * (1 - 0.9 / 1.1))
    assert Comparison.empty(2).worst() is None


def test_f1_by_hand_and_over_leading_axes():
    counts = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 0]])
    expected = [12 / (12 + 1 + 2), 6 / (6 + 2 + 1), np.nan]
    np.testing.assert_allclose(f1_of(counts), expected)
    np.testing.assert_allclose(f1_of(np.stack([counts, counts])), [expected, expected])
