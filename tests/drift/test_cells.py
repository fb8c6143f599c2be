"""Cells of the drift map: any cut counts what NumPy counts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoquant.drift.cells import count_cells, merged, percent_outside
from geoquant.drift.guard import DriftGuard, counted_rows
from geoquant.grid import Window
from tests.builders.drift import HEIGHT, WIDTH, expected, pixels


@given(st.integers(1, HEIGHT - 1), st.integers(1, WIDTH - 1))
def test_any_cut_gives_the_map_that_numpy_counts(row: int, col: int) -> None:
    guard = DriftGuard(("a", "b", "c"), (100.0,) * 3, (700.0,) * 3)
    values, valid = pixels()
    cells: dict = {}
    for top, bottom in ((0, row), (row, HEIGHT)):
        for left, right in ((0, col), (col, WIDTH)):
            rows = counted_rows(top)
            part = values[:, top:bottom, left:right][:, rows], valid[top:bottom, left:right][rows]
            window = Window(top, left, bottom - top, right - left)
            cells = merged(cells, count_cells(guard, *part, window))  # type: ignore[assignment]
    whole = Window(0, 0, HEIGHT, WIDTH)
    np.testing.assert_array_equal(percent_outside(cells, whole, 3), expected(100, 700, whole))
