"""Counting: every value of every shape, the same as the plain way."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geoquant.output.areas import count_values

maps = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 255))


@given(maps)
def test_counts_are_those_of_the_plain_way(classes: np.ndarray) -> None:
    assert np.array_equal(count_values(classes), np.bincount(classes.ravel(), minlength=256))
    assert np.array_equal(count_values(classes[:, ::2]), np.bincount(classes[:, ::2].ravel(), minlength=256))


@given(st.lists(st.integers(0, 255), max_size=40), st.sets(st.integers(0, 255), max_size=30))
def test_counts_do_not_depend_on_what_is_expected(values: list[int], expected: set[int]) -> None:
    classes = np.array(values, np.uint8)
    assert np.array_equal(count_values(classes, sorted(expected)), np.bincount(classes, minlength=256))
