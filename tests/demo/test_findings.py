"""Figures of the demo's report."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.demo.findings import accuracy


def test_accuracy() -> None:
    assert accuracy(np.array([[3, 1], [0, 4]])) == pytest.approx(7 / 8)
    assert np.isnan(accuracy(np.zeros((2, 2), np.int64)))
