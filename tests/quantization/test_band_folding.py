"""Band factors: from nothing moved to every band filling -1..1."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.quantization.band_folding import STRENGTHS, band_factors

BOUNDS = hnp.arrays(np.float64, 5, elements=st.floats(0, 60).filter(lambda value: value == 0 or value > 1e-6))


@given(BOUNDS, BOUNDS)
def test_full_strength_makes_every_band_fill_the_interval(below, above):
    peak = np.maximum(below, above)
    factors = band_factors(-below, above, 1.0)
    np.testing.assert_allclose((peak / factors)[peak > 0], 1)
    np.testing.assert_array_equal(factors[peak == 0], 1)


@given(BOUNDS, BOUNDS)
def test_no_strength_moves_nothing_and_every_strength_keeps_the_order_of_bands(below, above):
    np.testing.assert_array_equal(band_factors(-below, above, 0.0), 1)
    peak = np.where(np.maximum(below, above) > 0, np.maximum(below, above), 1)
    for strength in STRENGTHS[1:]:
        factors = band_factors(-below, above, strength)
        assert (factors > 0).all()
        assert (np.diff(factors[np.argsort(peak)]) >= -1e-12).all()


def test_a_band_far_out_under_cloud():
    factors = band_factors(np.array([-1.0, -1.0, 0.0]), np.array([36.0, 4.0, 0.0]), 0.5)
    assert factors == pytest.approx([6, 2, 1])
