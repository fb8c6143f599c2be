"""Every way of no data, on every kind of grid, against a plain definition: nothing invalid becomes data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.warp

from geoquant.options.scene import SceneOptions
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from tests.builders.holes import GARBAGE, HOLE, ORIGIN, WAYS, elsewhere, holed, resampled

MakeTif = Callable[..., Path]
GSD = {"direct": 10, "average": 20, "repeat": 5, "finer": 7, "coarser": 15, "much coarser": 25}
CASES = [(way, dtype) for way in WAYS for dtype in ("uint8", "uint16", "float32") if (way, dtype[0]) != ("nan", "u")]


def centres(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns (y, x) of the scene's pixel centres in pixels of the holed file."""
    rows, cols = np.mgrid[0.5 : scene.grid.height, 0.5 : scene.grid.width]
    x, y = scene.grid.xy(cols.ravel(), rows.ravel())
    x, y = map(np.array, rasterio.warp.transform(scene.grid.crs, "EPSG:32632", x, y))
    return ((ORIGIN[1] - y) / 10).reshape(rows.shape), ((x - ORIGIN[0]) / 10).reshape(rows.shape)


@pytest.mark.parametrize("kind", GSD)
@pytest.mark.parametrize(("way", "dtype"), CASES)
def test_no_data_stays_no_data_at_any_pixel_size(tmp_path: Path, way: str, dtype: str, kind: str) -> None:
    path, values, valid = holed(tmp_path, way, dtype)
    scene = open_scene(path, SceneOptions(gsd=GSD[kind]))
    pixels = scene.read(scene.grid.window)
    rows, cols = centres(scene)
    if kind in ("direct", "repeat"):
        at = np.round(rows, 6).astype(int), np.round(cols, 6).astype(int)
        wanted, ok = values[:, at[0], at[1]], valid[at]
    else:
        wanted, ok = resampled(values, valid, (np.round(rows, 9), np.round(cols, 9)), GSD[kind] / 10)
    np.testing.assert_array_equal(pixels.valid, ok)
    tolerance = 1e-3 if dtype == "float32" else 0.5 + 1e-6  # an integer is rounded
    np.testing.assert_allclose(pixels.values[:, ok], wanted[:, ok], atol=tolerance, rtol=0)
    assert pixels.values[:, ok].max() < GARBAGE / 2
    assert way == "none" or not pixels.valid.all()


@pytest.mark.parametrize(("way", "dtype"), CASES)
def test_no_data_stays_no_data_in_another_projection(tmp_path: Path, way: str, dtype: str) -> None:
    path, values, valid = holed(tmp_path, way, dtype)
    scene = open_scene([elsewhere(tmp_path), path])
    pixels = scene.read(scene.grid.window)
    wanted, ok = resampled(values, valid, centres(scene), 0.8)
    np.testing.assert_array_equal(pixels.valid, ok)
    tolerance = 0.05 if dtype == "float32" else 0.55
    np.testing.assert_allclose(pixels.values[1:][:, ok], wanted[:, ok], atol=tolerance, rtol=0)
    assert way == "none" or not pixels.valid.all()


@pytest.mark.parametrize("kind", [*GSD, "projected"])
@pytest.mark.parametrize("way", WAYS)
def test_where_a_window_is_cut_does_not_show(tmp_path: Path, way: str, kind: str) -> None:
    path = holed(tmp_path, way, "float32")[0]
    options = SceneOptions() if kind == "projected" else SceneOptions(gsd=GSD[kind])
    scene = open_scene([elsewhere(tmp_path), path] if kind == "projected" else path, options)
    whole = scene.read(scene.grid.window)
    for window in (scene.grid.window.expand(-3), scene.grid.window.expand(-5)):
        part, (y, x) = scene.read(window), window.slices
        np.testing.assert_array_equal(part.valid, whole.valid[y, x])
        np.testing.assert_array_equal(part.values[:, part.valid], whole.values[:, y, x][:, part.valid])


@pytest.mark.parametrize("kind", [*GSD, "projected"])
@pytest.mark.parametrize("way", WAYS)
def test_a_decimated_view_knows_the_hole(tmp_path: Path, way: str, kind: str) -> None:
    path = holed(tmp_path, way, "float32")[0]
    options = SceneOptions() if kind == "projected" else SceneOptions(gsd=GSD[kind])
    scene = open_scene([elsewhere(tmp_path), path] if kind == "projected" else path, options)
    height, width = max(1, scene.grid.height // 2), max(1, scene.grid.width // 2)
    pixels = scene.read_decimated(height, width)
    rows, cols = (line[1::2, 1::2][:height, :width] for line in centres(scene))
    inner = (rows > HOLE[0].start + 3) & (rows < HOLE[0].stop - 3) & (cols > HOLE[1].start + 3)
    inner &= cols < HOLE[1].stop - 3
    assert inner.any()
    assert pixels.valid[inner].all() == (way == "none")
    assert pixels.valid.mean() > 0.5
    assert np.nanmax(pixels.values[:, pixels.valid]) < GARBAGE / 2
