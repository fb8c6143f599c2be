"""A lazy classification is the written one, whatever the chunks; it computes nothing before it is asked to."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dask
import numpy as np
import onnx
import pytest
import rasterio
import rioxarray
import xarray as xr
from distributed import Client, LocalCluster

import geoquant
from geoquant.errors import BandMismatch, GeoquantWarning, OptionError
from geoquant.model_card.card import Band, Normalization
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


def classes_of(path: Path, model: Path, folder: Path) -> np.ndarray:
    geoquant.classify(path, model, folder / "out.tif", ClassifyOptions(engine="ort", overwrite=True))
    with rasterio.open(folder / "out.tif") as source:
        return source.read(1)


@pytest.mark.parametrize("masked", [False, True])
def test_a_masked_scene_is_read_in_the_same_units_by_path_and_as_an_array(
    make_tif: Callable[..., Path], tmp_path: Path, masked: bool
) -> None:
    """The scene says no scale, so the card's holds, whether or not a mask made floats of its integers."""
    image, model, options = picture(40, 50) + 1, physical(tmp_path), ClassifyOptions(engine="ort")
    bands = tuple(Band(name, name, scale=1e-4, offset=0.0) for name in BAND_NAMES[:3])
    card = replace(geoquant.read_card(model), bands=bands, nodata=None)
    geoquant.write_card(onnx.load(model), card, model)
    path = make_tif(image, descriptions=BAND_NAMES[:3], nodata=None if masked else 1)
    if masked:
        with rasterio.open(path, "r+") as target:
            target.write_mask(np.where(np.arange(50) < 7, 0, 255).astype(np.uint8)[None].repeat(40, axis=0))
    own = to_data_array(geoquant.open_scene(path), chunk_px=32)
    assert np.issubdtype(own.dtype, np.floating) == masked
    written = classes_of(path, model, tmp_path)
    assert (written[:, :7] == 255).all() == masked
    assert np.array_equal(geoquant.classify(own, model, options=options).values, written)


@pytest.mark.parametrize("how", [{}, {"masked": True}, {"mask_and_scale": True}])
def test_an_array_of_rioxarray_is_in_the_units_that_it_says(
    make_tif: Callable[..., Path], tmp_path: Path, how: dict[str, bool]
) -> None:
    image, model, options = picture(40, 50) + 1, physical(tmp_path), ClassifyOptions(engine="ort")
    path = make_tif(image, descriptions=BAND_NAMES[:3], nodata=1)
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (1e-4,) * 3, (0.01,) * 3
    array = rioxarray.open_rasterio(path, **how)
    same = geoquant.classify(array, model, options=options).values == classes_of(path, model, tmp_path)
    assert same.mean() > 0.99  # float32 of scaled values is rounded once more


def test_numbers_that_the_model_cannot_tell_apart_are_warned_of_when_they_are_computed(tmp_path: Path) -> None:
    model, options = physical(tmp_path), ClassifyOptions(engine="ort")
    data = array_of(picture(120, 120), 40).astype(np.float32) + 3000  # stored numbers, and nothing says so
    lazy = geoquant.classify(data, model, options=options)
    with pytest.warns(GeoquantWarning, match="above the highest value"):
        lazy.compute(scheduler="synchronous")


def test_an_array_that_was_scaled_by_hand_and_still_says_its_scale_is_warned_of(tmp_path: Path) -> None:
    """xarray keeps attributes through arithmetic since 2025.11: findings/xarray_arithmetic_keeps_scale_factor.sh."""
    model, options = physical(tmp_path), ClassifyOptions(engine="ort")
    stored = array_of(picture(120, 120) + 1, 40).assign_attrs(scale_factor=1e-4)
    twice = (stored * 1e-4).assign_attrs(stored.attrs)
    with pytest.warns(GeoquantWarning, match="scaled already"):
        geoquant.classify(twice, model, options=options).compute(scheduler="synchronous")
    with warnings.catch_warnings():
        warnings.simplefilter("error", GeoquantWarning)
        geoquant.classify(stored, model, options=options).compute(scheduler="synchronous")


def test_chunks_run_in_other_processes_with_the_same_classes(tmp_path: Path) -> None:
    model, data = network_file(tmp_path / "model.onnx", "unet"), array_of(picture(90, 110), 50)
    lazy = geoquant.classify(data, model, options=ClassifyOptions(engine="ort", workers=1))
    expected = lazy.compute(scheduler="synchronous")
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with Client(cluster):
            assert np.array_equal(lazy.compute().values, expected.values)
        processes = [worker.process.pid for worker in cluster.workers.values()]
    assert not [pid for pid in processes if pid and Path(f"/proc/{pid}").exists()]
