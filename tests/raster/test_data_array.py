"""The lazy array: the same pixels, one task a chunk, georeferenced, in threads and in other processes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rioxarray  # noqa: F401 - registers the .rio accessor

from geoquant.errors import OptionError, RasterError
from geoquant.options.scene import SceneOptions
from geoquant.raster.data_array import to_data_array
from geoquant.raster.opening import open_scene

MakeTif = Callable[..., Path]


def picture(bands: int = 3, height: int = 70, width: int = 90, dtype: str = "uint16") -> np.ndarray:
    return np.random.default_rng(2).integers(1, 250, (bands, height, width)).astype(dtype)


def test_it_holds_the_scene(make_tif: MakeTif) -> None:
    values = picture()
    values[:, :5] = 0
    scene = open_scene(make_tif(values, nodata=0, descriptions=["blue", "green", "red"]))
    array = to_data_array(scene, chunk_px=32)
    assert array.dims == ("band", "y", "x")
    assert array.dtype == np.uint16
    assert array.rio.nodata == 0
    assert array.rio.crs.to_epsg() == 32632
    assert tuple(array.rio.transform())[:6] == scene.grid.transform
    assert array.band.values.tolist() == ["blue", "green", "red"]
    assert (float(array.x[0]), float(array.y[0])) == (500_005.0, 4_999_995.0)
    np.testing.assert_array_equal(array.values, values)


def test_there_is_one_task_for_each_chunk(make_tif: MakeTif) -> None:
    array = to_data_array(open_scene(make_tif(picture())), chunk_px=32)
    assert array.chunks == ((3,), (32, 32, 6), (32, 32, 26))
    (optimized,) = __import__("dask").optimize(array.data)
    assert len(dict(optimized.__dask_graph__())) <= 9 + 1  # the chunks, and at most one shared literal


def test_a_pixel_that_lacks_one_band_lacks_all(make_tif: MakeTif) -> None:
    values = picture()
    values[1, 3, 4] = 999
    array = to_data_array(open_scene(make_tif(values, nodata=999)))
    assert array.values[:, 3, 4].tolist() == [999] * 3


def test_masked_pixels_become_nan(make_tif: MakeTif) -> None:
    values = picture(4, dtype="uint8")
    values[3] = 255
    values[3, :, :30] = 0
    array = to_data_array(open_scene(make_tif(values, photometric="RGB", alpha="YES")))
    assert array.dtype == np.float32
    assert np.isnan(array.rio.nodata)
    assert np.isnan(array.values[:, :, :30]).all()
    np.testing.assert_array_equal(array.values[:, :, 30:], values[:3, :, 30:])


def test_it_computes_in_other_processes(make_tif: MakeTif) -> None:
    values = picture()
    array = pickle.loads(pickle.dumps(to_data_array(open_scene(make_tif(values)), chunk_px=64)))
    np.testing.assert_array_equal(array.compute(scheduler="processes", num_workers=1).values, values)


def test_a_rotated_scene_has_no_axis_coordinates(make_tif: MakeTif) -> None:
    from rasterio import Affine

    transform = Affine(8, 3, 500_000, 3, -8, 5_000_000)
    array = to_data_array(open_scene(make_tif(picture(), transform=transform)))
    assert "x" not in array.coords
    assert array.rio.transform() == transform


def test_scales_and_oddities_travel_along(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(1), crs=None), SceneOptions(scale=1e-4, offset=-0.1))
    array = to_data_array(scene)
    assert (array.attrs["scales"], array.attrs["offsets"]) == ((1e-4,), (-0.1,))
    assert "no CRS" in array.attrs["warnings"][0]
    assert array.rio.crs is None


def test_a_chunk_must_hold_a_pixel(make_tif: MakeTif) -> None:
    with pytest.raises(OptionError, match="chunk_px"):
        to_data_array(open_scene(make_tif(picture())), chunk_px=0)


def test_a_file_that_changes_under_a_lazy_array_is_named(make_tif: MakeTif) -> None:
    path = make_tif(picture(), "a.tif")
    scene = open_scene(path)
    array = to_data_array(scene, chunk_px=32)
    assert pickle.loads(pickle.dumps(array[:, :8, :8])).shape == (3, 8, 8)
    path.write_bytes(path.read_bytes())
    with pytest.raises(RasterError, match=r"a\.tif changed while it was read"):
        array.compute()
    with pytest.raises(RasterError, match=r"a\.tif changed since it was opened"):
        to_data_array(scene)


def test_what_looks_like_damage_may_be_a_change(make_tif: MakeTif) -> None:
    path = make_tif(picture(), "a.tif", compress="deflate")
    array = to_data_array(open_scene(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RasterError, match=r"a\.tif changed while it was read"):
        array.compute()
