"""Levels of an engine's input: rounded half to even, and saturated."""

from __future__ import annotations

import numpy as np

from geoquant.preprocessing.chain import EngineInput, levels


def test_levels_round_half_to_even_and_saturate() -> None:
    z = np.array([0.5, 1.5, 2.5, -0.5, 300.0, -300.0])
    np.testing.assert_array_equal(levels(z, EngineInput("uint8", 1.0, 10)), [10, 12, 12, 10, 255, 0])
