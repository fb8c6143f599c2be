"""Reflection beyond the scene's edge: NumPy's, however far out."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoquant.raster.reflection import reflected


@given(st.integers(-300, 300), st.integers(1, 200), st.integers(1, 60))
def test_reflection_is_that_of_numpy(start: int, length: int, size: int) -> None:
    axis = np.pad(np.arange(size), 600, mode="reflect")
    np.testing.assert_array_equal(reflected(start, start + length, size), axis[600 + start : 600 + start + length])
