"""How a file's grid lies on the scene's: nested exactly, else warped the same in every window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from geoquant.errors import GridMismatch
from geoquant.grid import Grid, Window
from geoquant.options.scene import SceneOptions
from geoquant.raster.opening import open_scene
from geoquant.raster.placement import place

MakeTif = Callable[..., Path]


def picture(bands: int = 4, height: int = 24, width: int = 36) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 4000, (bands, height, width)).astype("uint16")


def test_any_other_grid_is_warped_the_same_in_every_window(make_tif: MakeTif) -> None:
    fine = make_tif(picture(1, 300, 300), "fine.tif")
    smooth = (np.add.outer(np.arange(100), np.arange(100)) * 10 + 500)[np.newaxis].astype("uint16")
    shifted = make_tif(smooth, "odd.tif", transform=from_origin(500_000 + 7, 5e6 - 7, 27, 27))
    scene = open_scene([fine, shifted])
    whole = scene.read(scene.grid.window)
    assert not whole.valid[0].any()  # the odd file begins 7 m inside
    assert not whole.valid[-20:].any()  # and ends before the fine one
    assert whole.valid[10:200, 10:200].all()
    part = scene.read(Window(30, 141, 77, 90))
    np.testing.assert_array_equal(part.values, whole.values[:, 30:107, 141:231])
    np.testing.assert_array_equal(part.valid, whole.valid[30:107, 141:231])
    rows, cols = np.mgrid[100:110, 100:110]
    plane = ((rows + 0.5) * 10 - 7 + (cols + 0.5) * 10 - 7) / 27 - 1  # in pixels of the odd file
    np.testing.assert_allclose(whole.values[1, 100:110, 100:110], plane * 10 + 500, atol=1)


def test_another_projection_is_warped(make_tif: MakeTif) -> None:
    utm = make_tif(picture(1, 50, 50), "utm.tif", transform=from_origin(500_000, 5e6, 100, 100))
    world = make_tif(
        np.full((1, 40, 40), 77, np.uint16), "world.tif", crs="EPSG:4326", transform=from_origin(8.9, 45.3, 0.01, 0.01)
    )
    pixels = open_scene([utm, world], SceneOptions(bands=("1", "2"))).read(Window(10, 10, 20, 20))
    assert pixels.valid.all()
    assert (pixels.values[1] == 77).all()


def test_shifted_extents_leave_the_rest_invalid(make_tif: MakeTif) -> None:
    values = picture(1, 20, 20)
    one, other = make_tif(values, "a.tif"), make_tif(values, "b.tif", transform=from_origin(500_050, 4_999_970, 10, 10))
    pixels = open_scene([one, other]).read(Window(0, 0, 20, 20))
    np.testing.assert_array_equal(pixels.values[1, 3:, 5:], values[0, :17, :15])
    assert pixels.valid[3:, 5:].all()
    assert pixels.valid.sum() == 17 * 15
    np.testing.assert_array_equal(open_scene([one, other]).read_decimated(20, 20).valid, pixels.valid)


def test_files_without_crs_must_nest(make_tif: MakeTif) -> None:
    one = make_tif(picture(1), "a.tif", crs=None)
    other = make_tif(picture(1), "b.tif", crs=None, transform=from_origin(500_003, 5e6, 10, 10))
    with pytest.raises(GridMismatch, match="nest"):
        open_scene([one, other])


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 6))
def test_grids_that_nest_are_found(row: int, col: int, factor: int) -> None:
    fine = Grid("EPSG:32632", (10.0, 0.0, 500_000.0, 0.0, -10.0, 5e6), 100, 80)
    a, b, c, d, e, f = fine.origin_at(row, col)
    coarse = Grid("EPSG:32632", (a * factor, b, c, d, e * factor, f), 20, 16)
    up, down = place(coarse, fine), place(fine, coarse)
    if factor == 1:
        assert (up.kind, up.row, up.col) == ("direct", -row, -col)
    else:
        assert (up.kind, up.factor, up.row, up.col) == ("repeat", (factor, factor), -row, -col)
        assert (down.kind, down.factor, down.row, down.col) == ("average", (factor, factor), row, col)
