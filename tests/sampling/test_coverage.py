"""What the calibration tiles cover: a tail that is missed is seen."""

from __future__ import annotations

import numpy as np

from geoquant.sampling.coverage import check_coverage
from tests.builders.sampling import FEW, GEOMETRY


def test_the_check_sees_a_tail_that_is_missed(both) -> None:
    from dataclasses import replace

    from geoquant.progress import silent
    from geoquant.sampling.tile_selection import choose

    chosen = choose(both, GEOMETRY, replace(FEW, seed=1), silent)
    assert all(band.low_covered and band.high_covered for band in check_coverage(chosen))
    beyond = replace(chosen.tails, high=chosen.tails.high + np.array([9, 0, 0, 0, 0, 0]))
    coverage = check_coverage(replace(chosen, tails=beyond))
    assert [band.high_covered for band in coverage] == [False, True, True, True, True, True]
