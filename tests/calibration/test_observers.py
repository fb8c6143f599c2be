"""Observers: what they stream is what NumPy says of all data at once, in any order, of the pixels that take part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.calibration.observers import LEFT_OUT, ActivationObserver, BandObserver, TensorSummary, TileMask
from tests.builders.quantizing import everywhere

VALUES = st.floats(-100, 100, width=32)
TILES = hnp.arrays(np.float32, (4, 3, 5, 6), elements=VALUES | st.floats(-(2.0**-20), 2.0**-20, width=32))
PLACES = hnp.arrays(np.uint8, (4, 5, 6), elements=st.integers(0, 3))


def place_of(strata: np.ndarray) -> TileMask:
    return TileMask(strata > 0, strata)


@given(TILES, PLACES)
def test_band_observer_is_numpy_on_the_concatenated_valid_pixels(z, strata):
    observer = BandObserver(3)
    for tile, places in zip(z, strata, strict=True):
        observer.update(tile, place_of(places))
    valid = strata > 0
    everything = z.transpose(1, 0, 2, 3)[:, valid]
    assert observer.pixels == valid.sum()
    if valid.any():
        np.testing.assert_array_equal(observer.low, everything.min(axis=1))
        np.testing.assert_array_equal(observer.high, everything.max(axis=1))
        for band, seen in zip(everything, observer.distributions(), strict=True):
            for stratum in range(4):
                assert_is_numpys_histogram(seen, stratum, band[strata[valid] == stratum])


def assert_is_numpys_histogram(seen, stratum, values):
    width = seen.widths[0]
    edges = np.append(seen.centres - width / 2, seen.centres[-1] + width / 2)
    full = np.arange(round(edges[0] / width), round(edges[-1] / width) + 1) * width
    expected, _ = np.histogram(values.astype(np.float64), full)
    if len(values) and values.max() == full[-1]:  # NumPy alone closes its last bin
        pytest.fail("a value lies beyond its bin")
    filled = np.searchsorted(full, edges[:-1])
    np.testing.assert_array_equal(seen.counts[stratum], expected[filled])
    assert expected.sum() == len(values) == seen.counts[stratum].sum()


@given(TILES, PLACES, st.permutations(range(4)))
def test_a_map_observer_is_numpy_on_all_pixels_and_blind_to_their_order(maps, strata, order):
    def collect(sequence):
        observer = ActivationObserver()
        for i in sequence:
            observer.update(seen_of(maps[i]), place_of(strata[i]))
        return observer.distribution()

    found, shuffled = collect(range(4)), collect(order)
    np.testing.assert_array_equal(found.counts, shuffled.counts)
    np.testing.assert_array_equal(found.centres, shuffled.centres)
    assert (found.low, found.high) == (shuffled.low, shuffled.high)
    valid = strata > 0
    everything = maps.transpose(1, 0, 2, 3)[:, valid]
    if valid.any():
        assert (found.low, found.high) == (everything.min(), everything.max())
        for stratum in range(1, 4):
            assert_is_numpys_histogram(found, stratum, everything[:, strata[valid] == stratum].ravel())


def seen_of(values: np.ndarray) -> TensorSummary:
    return TensorSummary(values.min(axis=0), values.max(axis=0), values)


def test_what_is_not_finite_is_refused():
    maps = np.ones((2, 4, 4), np.float32)
    observer = ActivationObserver()
    for bad in (np.nan, np.inf, -np.inf):
        broken = maps.copy()
        broken[1, 2, 3] = bad
        with pytest.raises(ValueError, match=r"nan|inf"):
            observer.update(seen_of(broken), everywhere((4, 4)))
        with pytest.raises(ValueError, match="nan"):  # even where minimum and maximum pass over it
            observer.update(TensorSummary(maps.min(axis=0), maps.max(axis=0), broken), everywhere((4, 4)))


def test_a_feature_map_counts_where_its_whole_block_is_valid():
    strata = np.full((8, 12), 2, np.uint8)
    strata[:, 6:] = 5
    strata[0, 0] = strata[5, 7] = 0
    cells = place_of(strata).cells((4, 6))
    expected = np.array([[2, 2, 2, 5, 5, 5]] * 4, np.uint8)
    expected[0, 0] = expected[2, 3] = LEFT_OUT
    np.testing.assert_array_equal(cells, expected)
    np.testing.assert_array_equal(place_of(strata).cells((8, 12)), np.where(strata, strata, LEFT_OUT))
    larger = place_of(strata).cells((16, 24))
    np.testing.assert_array_equal(larger, np.where(strata, strata, LEFT_OUT).repeat(2, 0).repeat(2, 1))


def test_where_no_block_is_whole_those_with_a_valid_centre_count_and_without_pixels_none():
    sieve = np.zeros((8, 8), np.uint8)
    sieve[1::2, 1::2] = 3
    assert (place_of(sieve).cells((4, 4)) == 3).all()
    observer, lonely = ActivationObserver(), np.zeros((8, 8), np.uint8)
    lonely[0, 0] = 3
    for strata in (lonely, np.zeros((8, 8), np.uint8)):
        observer.update(seen_of(np.ones((1, 4, 4), np.float32)), place_of(strata))
    assert not observer.distribution().counts.any()


def test_a_pooled_vector_counts_for_the_stratum_that_most_of_the_tile_shows():
    strata = np.full((8, 8), 4, np.uint8)
    strata[:3] = 7
    observer = ActivationObserver()
    pooled = np.arange(6, dtype=np.float32).reshape(6, 1, 1)
    observer.update(seen_of(pooled), place_of(strata))
    found = observer.distribution()
    assert (found.low, found.high) == (0, 5)
    assert found.counts[4].sum() == found.counts.sum() == 6
