"""Counting: every value of every shape, the same as the plain way."""

from __future__ import annotations

import csv
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


@pytest.mark.parametrize("name", ['=HYPERLINK("x")', "+1", "-water", "@SUM(A1)"])
def test_a_class_named_like_a_formula_is_text_in_the_table(tmp_path: Path, name: str) -> None:
    labels = ClassLabel(0, name, "#000000"), ClassLabel(1, "a, b", "#ffffff")
    write_areas(tmp_path / "areas.csv", labels, {name: 3, "a, b": 1}, {})
    with (tmp_path / "areas.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["class"] for row in rows] == [f"'{name}", "a, b"]
    assert [row["pixels"] for row in rows] == ["3", "1"]
