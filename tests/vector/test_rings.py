"""Rings of pixel edges."""

from __future__ import annotations

import numpy as np

from geoquant.vector.rings import corners_only


def test_a_ring_keeps_its_corners_wherever_it_starts():
    square = np.array([[1, 0], [2, 0], [2, 2], [0, 2], [0, 0], [1, 0]], float)
    np.testing.assert_array_equal(corners_only(square), [[2, 0], [2, 2], [0, 2], [0, 0], [2, 0]])
