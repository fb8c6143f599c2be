"""Observers: what they stream is what NumPy says of all data at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.numbers.observer import BandObserver, Histogram, Range, RangeObserver, quietest_range

VALUES = st.floats(-100, 100, width=32)


@given(hnp.arrays(np.float32, (5, 2, 3, 4), elements=VALUES), hnp.arrays(bool, (5, 3, 4)))
def test_band_observer_is_numpy_on_the_concatenated_valid_pixels(z, valid):
    observer = BandObserver(2)
    for tile, mask in zip(z, valid, strict=True):
        observer.update(tile, mask)
    everything = z.transpose(1, 0, 2, 3)[:, valid]
    assert observer.pixels == valid.sum()
    if valid.any():
        np.testing.assert_array_equal(observer.low, everything.min(axis=1))
        np.testing.assert_array_equal(observer.high, everything.max(axis=1))
        np.testing.assert_array_equal(
            observer.peak, np.where(np.abs(everything).max(axis=1) > 0, np.abs(everything).max(axis=1), 1)
        )


@given(st.lists(st.tuples(st.sampled_from("abc"), VALUES, VALUES), min_size=1), st.randoms())
def test_range_observer_does_not_depend_on_the_order(updates, random):
    def collect(sequence):
        observer = RangeObserver()
        for name, a, b in sequence:
            observer.update({name: Range(min(a, b), max(a, b))})
        return observer.ranges

    shuffled = list(updates)
    random.shuffle(shuffled)
    assert collect(updates) == collect(shuffled)


def test_range_observer_refuses_nan():
    with pytest.raises(ValueError, match="conv held nan"):
        RangeObserver().update({"conv": Range(float("nan"), 1.0)})


def test_histogram_streams_to_the_counts_of_all_data():
    values = np.random.default_rng(0).normal(size=1000).astype(np.float32)
    span = Range(float(values.min()), float(values.max()))
    parts = Histogram.empty(span, 64)
    for part in np.array_split(values, 7):
        parts = parts.add(part)
    assert parts.counts.sum() == 1000
    np.testing.assert_array_equal(parts.counts, Histogram.empty(span, 64).add(values).counts)


def test_the_quietest_range_clips_a_lone_outlier_and_keeps_an_even_spread():
    rng = np.random.default_rng(0)
    bulk = rng.normal(size=100_000).astype(np.float32)
    spread = rng.uniform(-1, 1, 100_000).astype(np.float32)
    many = Histogram.empty(Range(-5, 200)).add(bulk)
    lone = Histogram(many.low, many.high, 1000 * many.counts).add(np.array([200], np.float32))
    assert quietest_range(lone).high < 100
    assert quietest_range(Histogram.empty(Range(-1, 1)).add(spread)).high == pytest.approx(1, abs=0.05)


def test_the_quietest_range_loses_no_more_than_the_whole_range():
    values = np.random.default_rng(1).laplace(size=50_000).astype(np.float32)
    span = Range(float(values.min()), float(values.max()))
    chosen = quietest_range(Histogram.empty(span).add(values))

    def loss(bounds):
        step = (bounds.high - bounds.low) / 255
        q = np.clip(np.rint((values - bounds.low) / step), 0, 255) * step + bounds.low
        return float(((q - values) ** 2).mean())

    assert loss(chosen) <= loss(span)
