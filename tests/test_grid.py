"""Laws of windows, of whole-number rounding and of affine transforms, north-up and rotated alike."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from geoquant.grid import (
    Grid,
    Transform,
    Window,
    align_down,
    align_up,
    apply,
    ceil_div,
    compose,
    inverse,
    magnified,
    pixel_map,
)

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
NORTH_UP = (10.0, 0.0, 600_000.0, 0.0, -10.0, 5_900_040.0)

whole = st.integers(-(10**18), 10**18)
pixels = st.integers(-20_000, 20_000)
windows = st.builds(Window, st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 60), st.integers(1, 60))


@st.composite
def transforms(draw: st.DrawFn) -> Transform:
    """Pixels of 1 cm to 1 km anywhere on a projected plane, turned, sheared a little, north-up or south-up."""
    width, height = draw(st.floats(0.01, 1000)), draw(st.floats(0.01, 1000))
    turn, shear = draw(st.sampled_from([0.0, 0.4, 1.3, -2.0])), draw(st.sampled_from([0.0, 0.2]))
    sign = draw(st.sampled_from([-1.0, 1.0]))
    x, y = draw(st.floats(-1e6, 1e6)), draw(st.floats(-1e7, 1e7))
    cos, sin = math.cos(turn), math.sin(turn)
    return width * cos, sign * height * (shear * cos - sin), x, width * sin, sign * height * (shear * sin + cos), y


def grids() -> st.SearchStrategy[Grid]:
    return st.builds(Grid, st.none(), transforms(), st.integers(1, 500), st.integers(1, 500))


def grid_of(transform: Transform, width: int = 30, height: int = 20) -> Grid:
    return Grid(None, transform, width, height)


@given(whole, st.integers(1, 10**9))
def test_rounding_up_and_down_is_exact_in_whole_numbers(value: int, divisor: int) -> None:
    parts = ceil_div(value, divisor)
    assert (parts - 1) * divisor < value <= parts * divisor
    low, high = align_down(value, divisor), align_up(value, divisor)
    assert low % divisor == high % divisor == 0
    assert low <= value <= high
    assert high - low == (0 if value % divisor == 0 else divisor)


@given(windows, windows)
def test_an_intersection_holds_what_both_windows_cover(one: Window, other: Window) -> None:
    def cells(window: Window) -> set[tuple[int, int]]:
        return {(r, c) for r in range(window.row, window.row_end) for c in range(window.col, window.col_end)}

    both = one.intersection(other)
    assert cells(both) == cells(one) & cells(other)
    assert both.pixels == len(cells(both))
    inside = one.relative_to(one.expand(7))
    assert inside == Window(7, 7, one.height, one.width)


@given(transforms())
def test_the_inverse_is_affines_to_the_bit(transform: Transform) -> None:
    assert inverse(transform) == tuple(~Affine(*transform))[:6]


@given(transforms(), transforms(), pixels, pixels)
def test_a_composition_applies_one_after_the_other(outer: Transform, inner: Transform, column: int, row: int) -> None:
    at_once = apply(compose(outer, inner), column, row)
    step = apply(outer, *apply(inner, column, row))
    scale = sum(map(abs, outer)) * (sum(map(abs, inner)) + 1) * 20_000
    assert at_once == pytest.approx(step, abs=1e-15 * scale)


@given(transforms())
def test_a_transform_and_its_inverse_are_the_identity(transform: Transform) -> None:
    there_and_back = compose(inverse(transform), transform)
    assert there_and_back[:2] + there_and_back[3:5] == pytest.approx((1.0, 0.0, 0.0, 1.0), abs=1e-6)
    pixels_away = max(map(abs, transform)) / 0.01  # from the plane's origin
    assert there_and_back[2::3] == pytest.approx((0.0, 0.0), abs=1e-15 * pixels_away * 100)


def test_a_transform_onto_a_line_has_no_inverse() -> None:
    with pytest.raises(ZeroDivisionError):
        inverse((1.0, 2.0, 0.0, 2.0, 4.0, 0.0))


@given(grids(), pixels, pixels)
def test_a_point_is_found_again_far_from_the_planes_origin(grid: Grid, column: int, row: int) -> None:
    found = grid.pixel_at(*grid.xy(column, row))
    assert found == pytest.approx((column, row), abs=2e-6)  # of a pixel of 1 cm, 10,000 km away


@given(grids(), windows, st.integers(0, 40), st.integers(0, 40))
def test_a_crop_leaves_every_pixel_where_it_is(grid: Grid, window: Window, row: int, column: int) -> None:
    cropped = grid.crop(window)
    assert (cropped.width, cropped.height) == (window.width, window.height)
    assert cropped.xy(column, row) == pytest.approx(grid.xy(window.col + column, window.row + row), rel=1e-12, abs=1e-6)
    assert cropped.pixel_size == grid.pixel_size
    assert cropped.transform == grid.origin_at(window.row, window.col)


@given(windows, st.sampled_from([1, 2, 6]))
def test_the_map_between_grids_counts_one_in_pixels_of_the_other(window: Window, factor: int) -> None:
    fine = grid_of(NORTH_UP)
    corner = fine.crop(window)
    coarse = Grid(None, magnified(corner.transform, factor, factor), 5, 5)
    assert pixel_map(fine, coarse) == pytest.approx((factor, 0, window.col, 0, factor, window.row), abs=1e-6)
    assert pixel_map(coarse, corner) == pytest.approx((1 / factor, 0, 0, 0, 1 / factor, 0), abs=1e-6)


@given(grids(), st.floats(0.1, 50), st.floats(0.1, 50))
def test_larger_pixels_keep_the_corner(grid: Grid, down: float, right: float) -> None:
    large = Grid(None, magnified(grid.transform, down, right), 1, 1)
    assert large.xy(0, 0) == grid.xy(0, 0)
    height, width = grid.pixel_size
    assert large.pixel_size == pytest.approx((height * down, width * right))
    assert large.pixel_area == pytest.approx(grid.pixel_area * down * right)


@given(grids())
def test_a_pixels_size_and_area_are_those_of_its_sides(grid: Grid) -> None:
    corner, beside, below = (np.array(grid.xy(*at)) for at in ((0, 0), (1000, 0), (0, 1000)))
    right, down = (beside - corner) / 1000, (below - corner) / 1000
    assert grid.pixel_size == pytest.approx((float(np.hypot(*down)), float(np.hypot(*right))), rel=1e-6, abs=1e-9)
    assert grid.pixel_area == pytest.approx(abs(right[0] * down[1] - right[1] * down[0]), rel=1e-5, abs=1e-9)
    assert grid.pixel_extent == pytest.approx(tuple(np.abs(right) + np.abs(down)), rel=1e-6, abs=1e-9)


@given(grids())
def test_the_extent_is_the_smallest_rectangle_around_the_corners(grid: Grid) -> None:
    west, south, east, north = grid.extent
    xs, ys = zip(*(grid.xy(c, r) for c in (0, grid.width) for r in (0, grid.height)), strict=True)
    assert (west, south, east, north) == (min(xs), min(ys), max(xs), max(ys))


def test_a_north_up_grid_reads_as_expected() -> None:
    grid = grid_of(NORTH_UP)
    assert grid.extent == (600_000, 5_899_840, 600_300, 5_900_040)
    assert (grid.pixel_size, grid.pixel_area, grid.pixel_extent) == ((10, 10), 100, (10, 10))
    assert grid.pixel_at(600_015, 5_900_030) == pytest.approx((1.5, 1.0))
    assert compose(NORTH_UP, IDENTITY) == NORTH_UP == compose(IDENTITY, NORTH_UP)


def test_arrays_of_points_are_placed_as_single_ones() -> None:
    grid = grid_of((9.0, 3.0, 50.0, -2.0, -8.0, 70.0))
    columns, rows = np.array([0.0, 1.5, 30.0]), np.array([0.0, 2.0, 20.0])
    xs, ys = grid.xy(columns, rows)
    assert list(zip(xs, ys, strict=True)) == [grid.xy(c, r) for c, r in zip(columns, rows, strict=True)]
