"""Histograms of strata: bins fine enough, and none too many."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.calibration.histogram import BINS, StratumHistogram


@given(st.lists(hnp.arrays(np.float32, 7, elements=st.floats(-(2.0**127), 2.0**127, width=32)), min_size=1, max_size=4))
def test_bins_are_never_more_than_needed_and_hold_every_float(batches):
    histogram = StratumHistogram(1)
    for values in batches:
        histogram.widen(float(values.min()), float(values.max()))
        histogram.add(values[None], np.zeros(7, np.uint8))
    peak = float(np.abs(np.concatenate(batches)).max())
    assert histogram.counts.sum() == 7 * len(batches)
    assert peak < BINS * histogram.width
    assert peak >= BINS / 2 * histogram.width or peak < 2.0**-80
