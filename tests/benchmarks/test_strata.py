"""Precision, recall and what bits of QA_PIXEL mean to the benchmark of strata."""

from __future__ import annotations

import numpy as np

from benchmarks.strata import _by_qa_pixel, _cell


def test_cells_tell_precision_recall_and_what_is_absent() -> None:
    known = np.ones((1, 10), bool)
    found, true = np.arange(10)[None] < 4, np.arange(10)[None] < 2
    assert _cell(found, true, known, 0.5) == "0.50 / 1.00 / 0.50"
    assert _cell(found, None, known, None) == "0.00 / none (40.0% found) / –"
    assert _cell(~known, None, known, 1.0) == "–"


def test_each_pixel_of_qa_pixel_has_one_condition() -> None:
    bits = np.array([[1, 1 << 6, 1 << 3, 1 << 2, (1 << 3) | (1 << 4), 1 << 4, 1 << 5, 1 << 7]], np.uint16)
    told = _by_qa_pixel(bits)
    assert np.stack(list(told.values())).sum(axis=0).tolist() == [[0, 1, 1, 1, 1, 1, 1, 1]]
    assert told["cloud"].tolist() == [[False, False, True, True, True, False, False, False]]
