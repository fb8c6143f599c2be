"""Band factors: every band fits one common interval, and none wastes what another needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.numbers.folding import band_factors

BOUNDS = hnp.arrays(np.float64, 5, elements=st.floats(0, 60))
ENERGY = hnp.arrays(np.float64, 5, elements=st.floats(0.01, 10))


def noise(low, high, energy, factors):
    span = (np.maximum(high, 0) / factors).max() - (np.minimum(low, 0) / factors).min()
    return ((factors * span) ** 2 * energy).sum()


@given(BOUNDS, BOUNDS, ENERGY)
def test_factors_keep_every_band_within_one_and_are_never_noisier_than_none(below, above, energy):
    factors = band_factors(-below, above, energy)
    assert (factors > 0).all()
    assert (np.maximum(below, above) / factors <= 1 + 1e-9).all()
    used = (below + above) > 0
    if used.any():
        plain = np.ones(5)
        # the search is on a grid: 2 % of slack
        assert (
            noise(-below[used], above[used], energy[used], factors[used])
            <= 1.02 * noise(-below[used], above[used], energy[used], plain[used]) + 1e-9
        )


def test_a_band_far_out_under_cloud_does_not_cost_the_others():
    low, high = np.array([-1.0, -1.0]), np.array([35.0, 6.0])
    factors = band_factors(low, high, np.ones(2))
    assert factors[0] == pytest.approx(35, rel=0.01)
    assert 6 <= factors[1] < 12
    assert band_factors(np.array([-2.0, -1.0]), np.array([-1.0, 0.0]), np.ones(2)) == pytest.approx([2, 1])
    assert band_factors(np.zeros(2), np.array([0.0, 3.0]), np.ones(2)) == pytest.approx([1, 3])
