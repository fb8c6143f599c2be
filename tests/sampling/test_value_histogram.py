"""Histograms in fixed bins: order is kept, sums add up, quantiles are right to a bin."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoquant.sampling.value_histogram import Histograms, bin_of, edges_of

FLOATS = arrays(np.float32, st.integers(1, 60), elements=st.floats(-(2.0**99), 2.0**99, width=32))


@given(FLOATS)
def test_bins_rise_with_the_values_and_hold_them(values: np.ndarray) -> None:
    bins = bin_of(values)
    order = np.argsort(values, kind="stable")
    assert (np.diff(bins[order]) >= 0).all()
    low, high = edges_of(bins)
    assert ((low <= values) & (values <= high)).all()
    normal = np.abs(values) > 1e-30
    assert (np.abs(high - low)[normal] <= 5e-4 * np.abs(values)[normal]).all()


def test_zero_is_one_value_whatever_its_sign() -> None:
    assert len(set(bin_of(np.array([0.0, -0.0], np.float32)).tolist())) == 1


@given(FLOATS, FLOATS)
def test_adding_scenes_is_counting_all_pixels(first: np.ndarray, second: np.ndarray) -> None:
    parts, whole = Histograms.empty(1), Histograms.empty(1)
    parts.add(first[None])
    parts.add(second[None])
    whole.add(np.concatenate([first, second])[None])
    np.testing.assert_array_equal(parts.counts, whole.counts)


@given(arrays(np.uint16, st.integers(1, 500)))
def test_quantiles_are_those_of_the_values_to_a_bin_and_lean_inwards(values: np.ndarray) -> None:
    histogram = Histograms.empty(1)
    histogram.add(values[None])
    low, high = histogram.quantiles(0.1, 0.9)
    true_low = np.quantile(values, 0.1, method="inverted_cdf")
    true_high = np.quantile(values, 0.9, method="inverted_cdf")
    assert true_low <= low[0] <= true_low * 1.0005 + 1e-30
    assert true_high * 0.9995 <= high[0] <= true_high


def test_shares_and_bins_to_draw() -> None:
    histogram = Histograms.empty(2)
    histogram.add(np.array([[1.0, 2, 3, 4], [-1, -1, 1, 1]]))
    np.testing.assert_allclose(histogram.share_between(np.array([2.0, -2]), np.array([3.0, 0])), [0.5, 0.5])
    np.testing.assert_allclose(histogram.rebinned(0, 0.5, 4.5, 4), [0.25] * 4)
