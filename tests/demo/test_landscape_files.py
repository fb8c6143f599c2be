"""The made-up scene as files: read back as a product would be, and recognised when it lies there already."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.demo.landscape.scene import OFFSET, SCALE, Landscape, make_landscape
from geoquant.demo.landscape.spectra import BANDS
from geoquant.demo.landscape_files import LandscapeFiles, holds_landscape, landscape_files, write_landscape
from geoquant.raster.opening import open_scene


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    return make_landscape(8, 256)


@pytest.fixture(scope="module")
def files(landscape: Landscape, tmp_path_factory: pytest.TempPathFactory) -> LandscapeFiles:
    return write_landscape(tmp_path_factory.mktemp("scene"), landscape, 8)


def test_the_scene_reads_as_a_product(files: LandscapeFiles, landscape: Landscape) -> None:
    scene = open_scene(files.scene)
    pixels = scene.read(scene.grid.window)
    np.testing.assert_array_equal(pixels.values, landscape.stored)
    np.testing.assert_array_equal(pixels.valid, landscape.labels > 0)
    assert [band.scale for band in scene.bands] == [SCALE] * 6
    assert [band.offset for band in scene.bands] == [OFFSET] * 6
    assert tuple(band.name for band in scene.bands) == BANDS
    scene.close()


def test_mask_and_truth_lie_on_the_scene(files: LandscapeFiles, landscape: Landscape) -> None:
    with rasterio.open(files.scl) as scl, rasterio.open(files.labels) as labels, rasterio.open(files.scene) as scene:
        assert scl.bounds == labels.bounds == scene.bounds
        assert scl.res == (20, 20)
        np.testing.assert_array_equal(scl.read(1), landscape.scl)
        np.testing.assert_array_equal(labels.read(1), landscape.labels)
        assert labels.colormap(1)[1][:3] == (0x2F, 0x6D, 0xB5)


def test_a_landscape_is_recognised_only_when_it_is_the_same_and_whole(files: LandscapeFiles) -> None:
    folder = files.scene.parent
    assert holds_landscape(folder, 8, 256)
    assert not holds_landscape(folder, 9, 256)
    assert not holds_landscape(folder, 8, 512)
    assert not holds_landscape(folder / "elsewhere", 8, 256)


def test_a_damaged_file_is_not_recognised(files: LandscapeFiles, tmp_path: Path) -> None:
    for path in vars(files).values():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    landscape_files(tmp_path).scl.write_bytes(b"not a tiff")
    assert not holds_landscape(tmp_path, 8, 256)
