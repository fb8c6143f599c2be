"""Observers: what they stream is what NumPy says of all data at once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.numbers.observer import BandObserver, Range, RangeObserver

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
