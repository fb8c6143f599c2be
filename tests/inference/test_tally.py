"""Counting: every value of every shape, the same as the plain way; sums do not depend on order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geoquant.grid import Window
from geoquant.inference.tally import Tally
from geoquant.inference.tile_grid import downward_runs, shards
from geoquant.output.areas import count_values

maps = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 255))


@given(maps)
def test_counts_are_those_of_the_plain_way(classes: np.ndarray) -> None:
    assert np.array_equal(count_values(classes), np.bincount(classes.ravel(), minlength=256))
    assert np.array_equal(count_values(classes[:, ::2]), np.bincount(classes[:, ::2].ravel(), minlength=256))


@given(maps, maps)
def test_tallies_add_up_in_any_order_and_survive_json(first: np.ndarray, second: np.ndarray) -> None:
    one = Tally(count_values(first), np.ones((3, 2), np.int64), frozenset({Window(0, 0, 1, 1)}))
    two = Tally(count_values(second), np.full((3, 2), 5, np.int64), frozenset({Window(0, 0, 1, 1), Window(1, 0, 1, 1)}))
    total = one + two
    for other in (two + one, Tally.from_json(total.to_json()), Tally() + total):
        assert np.array_equal(total.values, other.values)
        assert np.array_equal(total.drift, other.drift)
        assert total.bad_blocks == other.bad_blocks == two.bad_blocks


@given(st.lists(st.integers(0, 255), max_size=40), st.sets(st.integers(0, 255), max_size=30))
def test_counts_do_not_depend_on_what_is_expected(values: list[int], expected: set[int]) -> None:
    classes = np.array(values, np.uint8)
    assert np.array_equal(count_values(classes, sorted(expected)), np.bincount(classes, minlength=256))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 3))
def test_runs_keep_every_shard_and_walk_down(height: int, width: int, side: int, readers: int) -> None:
    plain = shards(Window(0, 0, height, width), side)
    runs = downward_runs(plain, readers)
    assert sorted(window for run in runs for window in run) == sorted(plain)
    for run in runs:
        assert all((below.row - above.row, below.col) == (side, above.col) for above, below in pairwise(run))
    assert len(runs) >= min(readers, -(-height // side))
