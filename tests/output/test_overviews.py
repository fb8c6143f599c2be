"""Overviews by halving: against a plain formula, and independent of how the map is cut."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoquant.output import overviews as overview

NODATA = 255
MAPS = arrays(np.uint8, st.tuples(st.integers(1, 19), st.integers(1, 19)), elements=st.sampled_from([0, 1, 2, NODATA]))
HALVES = [overview.halve_by_mode, overview.halve_by_mean]


def squares(values):
    """The valid values of every 2 x 2 square, in reading order."""
    height, width = overview.overview_shape(*values.shape, 1)
    for row in range(height):
        for col in range(width):
            square = values[2 * row : 2 * row + 2, 2 * col : 2 * col + 2].ravel()
            yield row, col, [int(value) for value in square if value != NODATA]


@given(MAPS)
def test_mode_is_the_most_frequent_and_first_on_a_tie(values):
    halved = overview.halve_by_mode(values, NODATA)
    for row, col, valid in squares(values):
        expected = Counter(valid).most_common(1)[0][0] if valid else NODATA  # most_common keeps first-seen order
        assert halved[row, col] == expected


@given(MAPS)
def test_mean_of_valid_values_rounded_half_up(values):
    halved = overview.halve_by_mean(values, NODATA)
    for row, col, valid in squares(values):
        expected = int(sum(valid) / len(valid) + 0.5) if valid else NODATA
        assert halved[row, col] == expected


@pytest.mark.parametrize("halve", HALVES)
@settings(max_examples=30)
@given(values=arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_cuts_at_multiples_of_a_power_of_two_do_not_show(halve, values):
    whole = overview.pyramid(values, NODATA, 3, halve)
    for row in range(0, values.shape[0], 16):
        for col in range(0, values.shape[1], 8):
            part = overview.pyramid(values[row : row + 16, col : col + 8], NODATA, 3, halve)
            for level, piece in enumerate(part, start=1):
                y, x = row >> level, col >> level
                np.testing.assert_array_equal(whole[level - 1][y : y + piece.shape[0], x : x + piece.shape[1]], piece)


@pytest.mark.parametrize("halve", HALVES)
def test_strips_do_not_show(halve, monkeypatch):
    values = np.random.default_rng(0).integers(0, 4, (301, 97)).astype(np.uint8)
    whole = halve(values, NODATA)
    monkeypatch.setattr(overview, "STRIP_ROWS", 7)
    np.testing.assert_array_equal(halve(values, NODATA), whole)


@pytest.mark.parametrize(("shape", "levels"), [((512, 512), 0), ((513, 1), 1), ((20000, 20000), 6), ((1, 1), 0)])
def test_number_of_levels(shape, levels):
    assert overview.overview_levels(*shape, 512) == levels
    assert max(overview.overview_shape(*shape, levels)) <= 512
