"""A lazy classification is the written one, whatever the chunks; it computes nothing before it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import dask
import numpy as np
import pytest
import rasterio
import xarray as xr

import geoquant
from geoquant.errors import BandMismatch, OptionError
from geoquant.model_card.card import Normalization
from geoquant.options.classify import ClassifyOptions
from geoquant.raster.data_array import to_data_array
from tests.builders.maps import picture
from tests.builders.model_files import BAND_NAMES, network_file


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


def physical(tmp_path: Path) -> Path:
    """A network on reflectance whose blue band has another normalization, so that a wrong scale shows."""
    shifts = Normalization((0.05, 0.04, 0.06), (0.025, 0.05, 0.02))
    return network_file(
        tmp_path / "physical.onnx", "identity", bands=3, classes=3, units="physical", normalization=shifts, nodata=7
    )


def test_scale_and_nodata_follow_the_rules_of_a_file(make_tif: Callable[..., Path], tmp_path: Path) -> None:
    image, model, options = picture(40, 50), physical(tmp_path), ClassifyOptions(engine="ort")
    image[:, :5] = 7  # what the card says is no data
    path = make_tif(image, descriptions=BAND_NAMES[:3])
    scales, offsets = (1e-4, 2e-4, 0.5e-4), (0.01, -0.01, 0.02)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = scales, offsets
    geoquant.classify(path, model, tmp_path / "out.tif", options)
    with rasterio.open(tmp_path / "out.tif") as source:
        written = source.read(1)
    assert (written[:5] == 255).all()
    own = to_data_array(geoquant.open_scene(path), chunk_px=32)
    assert np.array_equal(geoquant.classify(own, model, options=options).values, written)
    turned = own.isel(band=[2, 0, 1]).assign_attrs(
        long_name=[BAND_NAMES[2], *BAND_NAMES[:2]], scales=(0.5e-4, 1e-4, 2e-4), offsets=(0.02, 0.01, -0.01)
    )
    assert np.array_equal(geoquant.classify(turned, model, options=options).values, written)


def test_integers_of_unknown_scale_are_refused_where_the_card_wants_physical_values(tmp_path: Path) -> None:
    data, model, options = array_of(picture(20, 20)), physical(tmp_path), ClassifyOptions(engine="ort")
    with pytest.raises(OptionError, match="scale_factor and add_offset"):
        geoquant.classify(data, model, options=options)
    known = geoquant.classify(data.assign_attrs(scale_factor=1e-4), model, options=options).values
    reflectance = geoquant.classify(data.astype(np.float64) * 1e-4, model, options=options).values
    assert (known == reflectance).mean() > 0.99
    with pytest.raises(OptionError, match="2 numbers for 3 bands"):
        geoquant.classify(data.assign_attrs(scales=(1e-4, 1e-4)), model, options=options)


@pytest.mark.parametrize("wrong", [None, 3, np.ones((3, 20, 20)), array_of(picture(20, 20))[:, :0]])
def test_what_is_no_scene_is_refused(tmp_path: Path, wrong: object) -> None:
    model = network_file(tmp_path / "model.onnx", "identity")
    with pytest.raises(OptionError, match="Can't classify"):
        geoquant.classify(wrong, model, options=ClassifyOptions(engine="ort"))
