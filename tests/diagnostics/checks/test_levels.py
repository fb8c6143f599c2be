"""Levels of a file: how many pairs of weights may overflow 16 bits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.diagnostics.checks.levels import overflow_share


@given(hnp.arrays(np.int8, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.integers(-127, 127)))
def test_overflow_is_what_the_instruction_would_do(levels: np.ndarray) -> None:
    """A pair is at risk exactly if some uint8 inputs make vpmaddubsw's 16-bit sum saturate."""
    corners = np.array([[a, b] for a in (0, 255) for b in (0, 255)])
    pairs = levels[:, : levels.shape[1] // 2 * 2].reshape(-1, 2).astype(int)
    sums = pairs @ corners.T
    risky = ((sums > 32767) | (sums < -32768)).any(axis=1)
    assert overflow_share(levels) == pytest.approx(risky.mean() if len(pairs) else 0.0)
