"""A map as a Zarr store: the classes of the COG, read back by those who read arrays, and there whole or not at all."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference import tile_layout
from geoquant.inference.classify import classify
from geoquant.options.classify import ClassifyOptions
from geoquant.output import zarr_store
from geoquant.output.cog import published_labels
from geoquant.output.records import file_facts
from geoquant.progress import Progress
from tests.builders import maps
from tests.builders.model_files import network_file
from tests.builders.mosaics import write_part
from tests.builders.optional_parts import needed

if sys.version_info < (3, 11):
    pytest.skip("zarr 3 needs Python 3.11", allow_module_level=True)
zarr = needed("zarr")
HEIGHT, WIDTH = 150, 170
OPTIONS = ClassifyOptions(engine="ort", workers=1, tile=32, confidence=True)


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of the store whose lines do not fall on those of the job's shards."""
    monkeypatch.setattr(zarr_store, "CHUNK_PX", 40)
    monkeypatch.setattr(zarr_store, "SHARD_PX", 80)
    monkeypatch.setattr(tile_layout, "SHARD_PX", 96)
    monkeypatch.setattr(tile_layout, "PANEL_PX", 96)
    monkeypatch.setattr(tile_layout, "NARROWEST_PANEL_PX", 1)


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """A scene with a hole."""
    values = np.maximum(maps.picture(HEIGHT, WIDTH), 1)
    values[:, 20:50, 100:140] = 0
    return write_part(tmp_path / "scene.tif", values, Window(3, 5, HEIGHT, WIDTH))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return network_file(tmp_path / "m.onnx", "conv")


@pytest.mark.filterwarnings("error::RuntimeWarning")  # xarray's, where metadata is not in one place
def test_the_store_reads_as_the_cog_does(scene, model, tmp_path):
    import rioxarray
    import xarray as xr

    summary = classify(scene, model, tmp_path / "map.zarr", OPTIONS)
    classify(scene, model, tmp_path / "map.tif", OPTIONS)
    assert summary.confidence == summary.out
    for name, file in (("classes", "map.tif"), ("confidence", "map_confidence.tif")):
        stored = xr.open_zarr(tmp_path / "map.zarr", mask_and_scale=False)[name]
        cog = rioxarray.open_rasterio(tmp_path / file)
        np.testing.assert_array_equal(stored.values, cog.values[0])
        assert stored.dtype == np.uint8
        assert stored.rio.crs == cog.rio.crs
        assert stored.rio.transform() == cog.rio.transform()
        np.testing.assert_array_equal(stored.x, cog.x)
        np.testing.assert_array_equal(stored.y, cog.y)
        masked = xr.open_zarr(tmp_path / "map.zarr")[name]
        assert masked.rio.encoded_nodata == cog.rio.nodata == 255
        assert int(masked.isnull().sum()) == 30 * 40
    classes = zarr.open_group(tmp_path / "map.zarr")["classes"]
    assert (classes.shards, classes.chunks) == ((80, 80), (40, 40))
    labels = published_labels(tmp_path / "map.tif")
    assert published_labels(tmp_path / "map.zarr") == labels
    assert classes.attrs["class_names"] == [label.name for label in labels]
    assert classes.attrs["flag_meanings"].split() == [label.name.replace(" ", "_") for label in labels]
    assert classes.attrs["flag_values"] == [label.value for label in labels]


def test_the_group_has_the_conventions_of_geozarr(scene, model, tmp_path):
    classify(scene, model, tmp_path / "map.zarr", OPTIONS)
    group = zarr.open_group(tmp_path / "map.zarr").attrs
    with rasterio.open(scene) as source:
        assert group["proj:code"] == "EPSG:32632"
        assert rasterio.CRS.from_wkt(group["proj:wkt2"]) == source.crs
        assert tuple(group["spatial:transform"]) == tuple(source.transform)[:6]
        assert tuple(group["spatial:bbox"]) == tuple(source.bounds)
    assert group["spatial:shape"] == [HEIGHT, WIDTH]
    assert [one["name"] for one in group["zarr_conventions"]] == ["proj", "spatial"]
    assert json.loads(group["GEOQUANT_READING"])[0]["file"] == "scene.tif"


@pytest.mark.parametrize("stage", ["classifying", "writing classes"])
def test_what_is_interrupted_is_not_there_and_goes_on(scene, model, tmp_path, stage):
    classify(scene, model, tmp_path / "straight.zarr", OPTIONS)
    told: list[str] = []

    def fail(one: Progress) -> None:
        told.append(one.stage)
        if one.stage == stage and told.count(stage) == 3:
            raise RuntimeError("power")

    out = tmp_path / "map.zarr"
    with pytest.raises(RuntimeError, match="power"):
        classify(scene, model, out, OPTIONS, progress=fail)
    assert not out.exists()
    classify(scene, model, out, OPTIONS)
    assert file_facts(out) == file_facts(tmp_path / "straight.zarr")
    assert not list(tmp_path.glob(".map.zarr*"))


def test_a_store_is_replaced_only_when_that_is_said(scene, model, tmp_path):
    out = tmp_path / "map.zarr"
    classify(scene, model, out, OPTIONS)
    with pytest.raises(OptionError, match="exists; give --overwrite"):
        classify(scene, model, out, OPTIONS)
    bounds = (500_050.0, 4_999_000.0, 500_550.0, 4_999_500.0)
    classify(scene, model, out, replace(OPTIONS, overwrite=True, confidence=False, bounds=bounds))
    assert sorted(zarr.open_group(out).array_keys()) == ["classes", "spatial_ref", "x", "y"]
    assert zarr.open_group(out)["classes"].shape == (50, 50)
    assert [path.name for path in tmp_path.glob("*map.zarr*")] == ["map.zarr"]


def test_a_link_is_refused(scene, model, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "map.zarr").symlink_to(tmp_path / "elsewhere" / "map.zarr")
    with pytest.raises(OptionError, match=r"symbolic link.*elsewhere"):
        classify(scene, model, tmp_path / "map.zarr", OPTIONS)


def test_a_rotated_map_has_its_transform_alone(scene, model, tmp_path):
    turned = rasterio.Affine(8.66, 5, 500_000, 5, -8.66, 5_000_000)
    with rasterio.open(scene, "r+") as target:
        target.transform = turned
    classify(scene, model, tmp_path / "map.zarr", OPTIONS)
    group = zarr.open_group(tmp_path / "map.zarr")
    assert sorted(group.array_keys()) == ["classes", "confidence", "spatial_ref"]
    numbers = [float(number) for number in group["spatial_ref"].attrs["GeoTransform"].split()]
    assert numbers == pytest.approx(turned.to_gdal())
    assert tuple(group.attrs["spatial:transform"]) == pytest.approx(tuple(turned)[:6])


def test_degrees_are_told_as_such(scene, model, tmp_path):
    with rasterio.open(scene, "r+") as target:
        target.crs, target.transform = "EPSG:4326", rasterio.Affine(0.001, 0, 10, 0, -0.001, 50)
    classify(scene, model, tmp_path / "map.zarr", OPTIONS)
    group = zarr.open_group(tmp_path / "map.zarr")
    assert [group[name].attrs["standard_name"] for name in ("x", "y")] == ["longitude", "latitude"]
    assert group["y"][:2] == pytest.approx([49.9995, 49.9985])


def test_a_folder_that_is_no_store_is_not_replaced(scene, model, tmp_path):
    (tmp_path / "map.zarr").mkdir()
    (tmp_path / "map.zarr" / "thesis.txt").write_text("precious")
    with pytest.raises(OptionError, match="is a folder"):
        classify(scene, model, tmp_path / "map.zarr", replace(OPTIONS, overwrite=True))
    assert (tmp_path / "map.zarr" / "thesis.txt").read_text() == "precious"


def test_without_the_library_the_command_that_installs_it_is_named(scene, model, tmp_path, monkeypatch):
    monkeypatch.setattr(zarr_store.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(OptionError, match=r"pip install 'geoquant\[zarr\]'"):
        classify(scene, model, tmp_path / "map.zarr", OPTIONS)
