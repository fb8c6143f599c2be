"""The decimated view: read once, from overviews where there are any, else strip by strip with a warning."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import Cancelled, GeoquantWarning
from geoquant.progress import Progress
from geoquant.raster import decimation as overviews
from geoquant.raster.decimation import decimation, lacks_overviews, overview, overview_shape
from geoquant.raster.opening import open_scene


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
