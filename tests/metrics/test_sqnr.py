"""Signal to quantization noise, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.metrics.sqnr import ErrorSums


def test_sqnr_and_clip_rate_by_hand():
    sums = ErrorSums(-1.0, 2.0)
    sums.update(np.array([1, 2], np.float32), np.array([1, 1.5], np.float32))
    sums.update(np.array([[-3, 4]], np.float32), np.array([[-1, 2]], np.float32))
    assert sums.sqnr_db == pytest.approx(10 * np.log10(30 / 8.25))
    assert sums.clip_rate == 0.5
    assert np.isnan(ErrorSums().sqnr_db)
    equal = ErrorSums()
    equal.update(np.ones(3, np.float32), np.ones(3, np.float32))
    assert equal.sqnr_db == np.inf
