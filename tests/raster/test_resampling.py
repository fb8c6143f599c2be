"""Exact resampling between nesting grids, against its definition."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoquant.raster.resampling import averaged, repeated


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3))
def test_repeating_is_kron(ky: int, kx: int, height: int, width: int, top: int, left: int) -> None:
    source = np.arange(2 * 12 * 12).reshape(2, 12, 12).astype(np.int32)
    out = np.empty((2, height, width), np.int32)
    repeated(source, (ky, kx), (top, left), out)
    tall = np.repeat(np.repeat(source, ky, axis=1), kx, axis=2)
    np.testing.assert_array_equal(out, tall[:, top : top + height, left : left + width])


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(["uint8", "uint16", "int16", "float32"]))
def test_averaging_counts_valid_pixels_only(ky: int, kx: int, dtype: str) -> None:
    rng = np.random.default_rng(ky * 7 + kx)
    source = rng.integers(0, 250, (2, 3 * ky, 5 * kx)).astype(dtype)
    valid = rng.random((3 * ky, 5 * kx)) > 0.4
    out = np.empty((2, 3, 5), dtype)
    kept = averaged(source, valid, (ky, kx), out)
    for i in range(3):
        for j in range(5):
            block = np.s_[i * ky : (i + 1) * ky, j * kx : (j + 1) * kx]
            assert kept[i, j] == (valid[block].mean() >= 0.5)
            if kept[i, j]:
                mean = source[(slice(None), *block)][:, valid[block]].astype(float).mean(axis=1)
                wanted = mean if dtype == "float32" else np.floor(mean + 0.5)
                np.testing.assert_allclose(out[:, i, j], wanted, rtol=1e-6)
