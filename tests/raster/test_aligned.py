"""Class rasters on another grid, read on the scene's."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio

from geoquant.errors import GridMismatch
from geoquant.grid import Grid, Window
from geoquant.raster.aligned import AlignedRaster, class_positions
from geoquant.strata.quality_mask import open_mask
from tests.builders.scenes import SIDE, SPECTRA, surfaces


def test_masks_on_other_grids_are_warped_by_nearest(spectral_scene):
    fields = surfaces(np.random.default_rng(0))
    transform = (10.0, 0.0, 5e5, 0.0, -10.0, 5e6)
    with rasterio.open(spectral_scene) as source:
        grid = Grid(source.crs.to_wkt(), transform, SIDE, SIDE)
    raster = AlignedRaster(spectral_scene.with_name("scl.tif"), grid)
    expected = np.array([scl for _, _, scl in SPECTRA.values()])[fields][::2, ::2].repeat(2, 0).repeat(2, 1)
    np.testing.assert_array_equal(raster.read(grid.window), expected)
    np.testing.assert_array_equal(raster.read(Window(100, 37, 60, 71)), expected[100:160, 37:108])
    assert raster.read(grid.window, (48, 48)).shape == (48, 48)
    raster.close()
    mask = open_mask(spectral_scene.with_name("scl.tif"), grid)
    assert mask.meaning.kind == "scl"
    mask.close()
    with pytest.raises(GridMismatch, match="must be of one size"):
        AlignedRaster(spectral_scene.with_name("scl.tif"), Grid(None, transform, SIDE, SIDE))


def test_labels_become_class_positions():
    labels = np.array([[1, 7, 0], [200, -5, 300]], np.int16)
    assert class_positions(labels, [7, 1]).tolist() == [[1, 0, 255], [255, 255, 255]]
