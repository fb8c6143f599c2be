"""Counting: every value of every shape, the same as the plain way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from geoquant.model_card.card import ClassLabel
from geoquant.output.areas import count_values, write_areas

maps = arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(0, 255))


@given(maps)
def test_counts_are_those_of_the_plain_way(classes: np.ndarray) -> None:
    assert np.array_equal(count_values(classes), np.bincount(classes.ravel(), minlength=256))
    assert np.array_equal(count_values(classes[:, ::2]), np.bincount(classes[:, ::2].ravel(), minlength=256))


@given(st.lists(st.integers(0, 255), max_size=40), st.sets(st.integers(0, 255), max_size=30))
def test_counts_do_not_depend_on_what_is_expected(values: list[int], expected: set[int]) -> None:
    classes = np.array(values, np.uint8)
    assert np.array_equal(count_values(classes, sorted(expected)), np.bincount(classes, minlength=256))


@pytest.mark.parametrize("name", ["=HYPERLINK(0)", "+1", "-1", "@sum", "water"])
def test_no_class_name_is_a_formula_in_a_spreadsheet(tmp_path: Path, name: str) -> None:
    write_areas(tmp_path / "areas.csv", [ClassLabel(0, name, "#000000")], {name: 7}, {name: 700.0})
    row = (tmp_path / "areas.csv").read_text(encoding="utf-8").splitlines()[1]
    assert row == f"0,{name if name == 'water' else chr(39) + name},7,1.000000,700.0"
