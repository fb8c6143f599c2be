"""A lazy classification is the written one, whatever the chunks; it computes nothing before it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dask
import numpy as np
import pytest
import rasterio
import xarray as xr
from small_networks import BAND_NAMES, network_file
from test_stream import picture

import geoquant
from geoquant.doors.raster import to_data_array
from geoquant.words.errors import BandMismatch, OptionError
from geoquant.words.options import ClassifyOptions


def array_of(image: np.ndarray, chunk: int | None = None, nodata: int | None = None) -> xr.DataArray:
    data = xr.DataArray(
        image,
        dims=("band", "y", "x"),
        coords={"band": list(BAND_NAMES[: len(image)]), "y": np.arange(image.shape[1]), "x": np.arange(image.shape[2])},
        attrs={} if nodata is None else {"_FillValue": nodata},
    )
    return data if chunk is None else data.chunk({"y": chunk, "x": chunk})


@pytest.mark.parametrize("kind", ["unet", "conv", "pooled"])
@pytest.mark.parametrize("chunk", [None, 50, 33])
def test_lazy_equals_written(make_tif: Callable[..., Path], tmp_path: Path, kind: str, chunk: int | None) -> None:
    image = picture(90, 110) + 1
    image[:, 10:30, 40:60] = 0
    scene = make_tif(image, nodata=0, descriptions=BAND_NAMES[:3])
    model = network_file(tmp_path / "model.onnx", kind)
    options = ClassifyOptions(engine="ort", tile=64)
    geoquant.classify(scene, model, tmp_path / "out.tif", options)
    with rasterio.open(tmp_path / "out.tif") as source:
        written = source.read(1)
    lazy = geoquant.classify(array_of(image, chunk, 0), model, options=options)
    assert hasattr(lazy.data, "dask")
    assert np.array_equal(lazy.compute().values, written)
    assert np.array_equal(lazy[20:70, 33:].compute(scheduler="synchronous").values, written[20:70, 33:])


def test_lazy_reading_composes_with_lazy_classification(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image = picture(70, 80)
    path = make_tif(image, descriptions=BAND_NAMES[:3])
    model = network_file(tmp_path / "model.onnx", "unet")
    data = to_data_array(geoquant.open_scene(path), chunk_px=32)
    classes = geoquant.classify(data, model, options=ClassifyOptions(engine="ort"))
    assert classes.rio.crs == rasterio.crs.CRS.from_epsg(32632)
    water = (classes == 1).sum()
    assert isinstance(water.data, dask.array.Array)
    expected = geoquant.classify(array_of(image), model, options=ClassifyOptions(engine="ort")).values
    assert int(water.compute()) == int((expected == 1).sum())


def test_bands_are_taken_by_name(tmp_path: Path) -> None:
    image, model = picture(40, 40), network_file(tmp_path / "model.onnx", "identity")
    data, options = array_of(image), ClassifyOptions(engine="ort")
    turned = geoquant.classify(data.isel(band=[2, 0, 1]), model, options=options)
    assert np.array_equal(turned.values, geoquant.classify(data, model, options=options).values)


def test_wrong_arrays_are_refused(tmp_path: Path) -> None:
    model = network_file(tmp_path / "model.onnx", "identity")
    with pytest.raises(BandMismatch, match="2 bands"):
        geoquant.classify(array_of(picture(20, 20))[:2], model, options=ClassifyOptions(engine="ort"))
    with pytest.raises(BandMismatch, match="dimensions"):
        geoquant.classify(array_of(picture(20, 20)).transpose("y", "x", "band"), model)
    with pytest.raises(OptionError, match="slice"):
        geoquant.classify(array_of(picture(20, 20)), model, options=ClassifyOptions(confidence=True))
