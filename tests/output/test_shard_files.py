"""Shard files: georeferenced, and of their own size."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from geoquant.errors import RasterError
from geoquant.grid import Grid
from geoquant.output.shard_files import write_shard
from tests.builders.maps import NODATA, NORTH_UP, UTM, class_map, files_in


def test_shard_is_a_georeferenced_tiff_of_its_values(tmp_path):
    values = class_map(300, 700)
    write_shard(tmp_path / "s.tif", values, Grid(UTM, NORTH_UP, 700, 300), NODATA)
    assert files_in(tmp_path) == ["s.tif"]
    with rasterio.open(tmp_path / "s.tif") as dataset:
        np.testing.assert_array_equal(dataset.read(1), values)
        assert dataset.nodata == NODATA
        assert tuple(dataset.transform)[:6] == NORTH_UP
        assert dataset.crs.to_epsg() == 32629


def test_shard_refuses_values_of_another_size(tmp_path):
    with pytest.raises(RasterError, match="300"):
        write_shard(tmp_path / "s.tif", class_map(300, 700), Grid(UTM, NORTH_UP, 700, 301), NODATA)
    assert files_in(tmp_path) == []
