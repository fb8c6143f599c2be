"""Tallies of shards: sums do not depend on order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geoquant.grid import Window
from geoquant.inference.tally import Tally
from geoquant.output.areas import count_values

maps = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 255))


@given(maps, maps)
def test_tallies_add_up_in_any_order_and_survive_json(first: np.ndarray, second: np.ndarray) -> None:
    one = Tally(count_values(first), np.ones((3, 2), np.int64), frozenset({Window(0, 0, 1, 1)}))
    two = Tally(count_values(second), np.full((3, 2), 5, np.int64), frozenset({Window(0, 0, 1, 1), Window(1, 0, 1, 1)}))
    total = one + two
    for other in (two + one, Tally.from_json(total.to_json()), Tally() + total):
        assert np.array_equal(total.values, other.values)
        assert np.array_equal(total.drift, other.drift)
        assert total.bad_blocks == other.bad_blocks == two.bad_blocks
