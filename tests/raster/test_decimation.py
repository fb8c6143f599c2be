"""The decimated view: read once, from overviews where there are any, else strip by strip with a warning."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from geoquant.errors import Cancelled, GeoquantWarning, RasterError
from geoquant.grid import Window
from geoquant.progress import Progress
from geoquant.raster import decimation as overviews
from geoquant.raster.decimation import decimation, lacks_overviews, overview, overview_shape
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene


@pytest.fixture
def large(make_tif, monkeypatch) -> Path:
    """1300 x 900 pixels that count as large."""
    monkeypatch.setattr(overviews, "OVERVIEW_PX", 300)
    rows, cols = np.mgrid[:1300, :900]
    values = np.stack([rows, cols]).astype(np.uint16) + 1
    values[:, :100, :100] = 0
    return make_tif(values, "large.tif", nodata=0, tiled=True, blockxsize=256, blockysize=256)


def test_without_overviews_it_says_so_and_keeps_the_middle_pixel_of_each_block(large: Path) -> None:
    with open_scene(large) as scene:
        assert lacks_overviews(scene)
        reports: list[Progress] = []
        with pytest.warns(GeoquantWarning, match=r"no overviews.*1300 x 900.*every 5th.*gdaladdo"):
            pixels = overview(scene, reports.append)
        assert decimation(scene) == 5
        assert pixels.values.shape[1:] == overview_shape(scene) == (260, 180)
        np.testing.assert_array_equal(pixels.values[0, 100:, 0], np.arange(100, 260) * 5 + 3)
        np.testing.assert_array_equal(pixels.values[1, 0, 100:], np.arange(100, 180) * 5 + 3)
        np.testing.assert_array_equal(pixels.valid[:20, :20], False)
        assert pixels.valid[20:].all()
        assert reports[-1].done == reports[-1].total == 1300
        assert len(reports) > 2


def test_with_overviews_it_does_not_warn_and_gives_the_same_shape(large: Path) -> None:
    with rasterio.open(large, "r+") as file:
        file.build_overviews([2, 4], rasterio.enums.Resampling.nearest)
    with open_scene(large) as scene, warnings.catch_warnings():
        warnings.simplefilter("error", GeoquantWarning)
        assert not lacks_overviews(scene)
        pixels = overview(scene)
        assert pixels.values.shape[1:] == overview_shape(scene)
        assert abs(int(pixels.values[0, 200, 150]) - 1003) <= 4


def test_a_view_is_read_once_and_forgotten_with_its_scene(make_tif) -> None:
    path = make_tif(np.ones((1, 40, 40), np.uint8))
    with open_scene(path) as scene:
        first = overview(scene)
        assert overview(scene) is first
        del scene
    gc.collect()
    assert not any(kept.name == "scene.tif" for kept in list(overviews._kept))


def test_views_beyond_the_ceiling_are_not_kept(make_tif, monkeypatch) -> None:
    monkeypatch.setattr(overviews, "KEPT_BYTES", 100)
    with open_scene(make_tif(np.ones((1, 40, 40), np.uint8))) as scene:
        assert overview(scene) is not overview(scene)


def test_decimating_can_be_cancelled(large: Path) -> None:
    def cancel(_: Progress) -> None:
        raise Cancelled("enough")

    with open_scene(large) as scene, pytest.warns(GeoquantWarning), pytest.raises(Cancelled):
        overview(scene, cancel)


def watched(read: Callable[..., Any], windows: list[Window]) -> Callable[..., Any]:
    """``Scene.read_tolerant`` that notes what it is asked for."""

    def reading(scene: Scene, window: Window, *args: Any, **options: Any) -> Any:
        windows.append(window)
        return read(scene, window, *args, **options)

    return reading


@pytest.mark.parametrize(
    "layout", [{"tiled": True, "blockxsize": 64, "blockysize": 64}, {"blockysize": 1}], ids=["tiles", "scanlines"]
)
def test_memory_does_not_grow_with_the_width(make_tif, monkeypatch, layout: dict[str, Any]) -> None:
    budget = 2**17
    monkeypatch.setattr(overviews, "OVERVIEW_PX", 100)
    monkeypatch.setattr(overviews, "STRIP_PX", 64)
    monkeypatch.setattr(overviews, "PIECE_BYTES", budget)
    columns = np.broadcast_to(np.arange(8000, dtype=np.uint16) + 1, (1, 300, 8000))
    windows: list[Window] = []
    monkeypatch.setattr(Scene, "read_tolerant", watched(Scene.read_tolerant, windows))
    with open_scene(make_tif(columns, "wide.tif", **layout)) as scene, pytest.warns(GeoquantWarning, match="overviews"):
        pixels = overview(scene)
    np.testing.assert_array_equal(pixels.values[0], np.broadcast_to(np.arange(100) * 80 + 41, (4, 100)))
    assert pixels.valid.all()
    assert max(3 * window.pixels for window in windows) <= budget
    assert len(set(windows)) == len(windows)


@pytest.mark.parametrize("nodata", [None, 0, 7])
def test_blocks_that_a_sparse_file_does_not_hold_are_not_read(tmp_path: Path, monkeypatch, nodata: int | None) -> None:
    monkeypatch.setattr(overviews, "OVERVIEW_PX", 100)
    monkeypatch.setattr(overviews, "STRIP_PX", 256)
    monkeypatch.setattr(overviews, "PIECE_BYTES", 256 * 256 * 5)
    profile = {"driver": "GTiff", "width": 2000, "height": 1500, "count": 2, "dtype": "uint16", "crs": "EPSG:32633"}
    layout = {"tiled": True, "blockxsize": 256, "blockysize": 256, "SPARSE_OK": True, "nodata": nodata}
    with rasterio.open(tmp_path / "s.tif", "w", **profile, **layout, transform=from_origin(5e5, 5e6, 10, 10)) as file:
        file.write(np.full((2, 256, 256), 5, np.uint16), window=((256, 512), (512, 768)))
    windows: list[Window] = []
    with open_scene(tmp_path / "s.tif") as scene, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = scene.read(scene.grid.window)
        monkeypatch.setattr(Scene, "read_tolerant", watched(Scene.read_tolerant, windows))
        pixels = overview(scene)
    assert windows == [Window(256, 512, 256, 256)]
    at = np.ix_(np.arange(75) * 20 + 10, np.arange(100) * 20 + 10)
    np.testing.assert_array_equal(pixels.values, expected.values[:, at[0], at[1]])
    np.testing.assert_array_equal(pixels.valid, expected.valid[at])


def test_what_would_be_read_for_hours_is_refused_with_its_size_and_what_helps(make_tif, monkeypatch) -> None:
    monkeypatch.setattr(overviews, "OVERVIEW_PX", 100)
    monkeypatch.setattr(overviews, "MOST_READ_PX", 10_000)
    scene = open_scene(make_tif(np.ones((1, 300, 400), np.uint8)))
    with pytest.raises(RasterError, match=r"300 x 400 pixels.*no overviews.*gdaladdo.*gdal_translate"):
        overview(scene)
