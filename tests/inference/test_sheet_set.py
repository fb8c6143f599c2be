"""Laws of a map in sheets: together they are the one map, and each is made once."""

from __future__ import annotations

import csv
import json
import shutil
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pystac
import pytest
import rasterio
from jsonschema import Draft7Validator
from pystac.extensions.classification import ClassificationExtension
from pystac.extensions.file import FileExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource

from geoquant.errors import Cancelled, GeoquantWarning, OptionError
from geoquant.grid import Window
from geoquant.inference.classify import classify
from geoquant.inference.map_folder import BatchSummary
from geoquant.inference.sheet_set import classify_sheets
from geoquant.model_card.card import Quantization
from geoquant.options.mosaic import MosaicOptions, SheetOptions
from geoquant.output.records import file_facts
from geoquant.progress import Progress
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from tests.builders import maps
from tests.builders.model_files import network_file
from tests.builders.mosaics import NORTH, WEST, cut, write_part

pytestmark = pytest.mark.usefixtures("small_shards")

HEIGHT, WIDTH = 150, 170
PARTS = [Window(0, 0, HEIGHT, 120), Window(0, 110, HEIGHT, 60)]
OPTIONS = SheetOptions(engine="ort", tile=32, workers=1, confidence=True, sheets="1km")
"""Four sheets: lines at column and row 100 of the scenes."""


@pytest.fixture
def model(unet: Path) -> Path:
    return unet


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    (tmp_path / "scenes").mkdir()
    return write_scenes(tmp_path / "scenes")


def picture(seed: int = 0) -> np.ndarray:
    """Stored numbers without a 0, which is no data."""
    return np.maximum(maps.picture(HEIGHT, WIDTH, seed=seed), 1)


def write_scenes(folder: Path, parts: list[Window] = PARTS) -> Path:
    cut(folder, picture(), parts, acquired="2022-03-04T10:20:30Z")
    return folder


def make(scenes: Path, model: Path, out: Path, options: SheetOptions = OPTIONS, **more: object) -> BatchSummary:
    return classify_sheets(MosaicInput((scenes,)), model, out, options, **more)  # type: ignore[arg-type]


def states(summary: BatchSummary) -> dict[str, str]:
    return {one.name: one.state for one in summary.outcomes}


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def joined(folder: Path, suffix: str = "") -> np.ndarray:
    """All sheets at their places."""
    whole = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for path in folder.glob(f"x*_y*[0-9]{suffix}.tif"):
        with rasterio.open(path) as source:
            row, col = round((NORTH - source.transform.f) / 10), round((source.transform.c - WEST) / 10)
            whole[row : row + source.height, col : col + source.width] = source.read(1)
    return whole


@pytest.mark.parametrize("kind", ["unet", "pooled"])
def test_the_sheets_together_are_the_one_map(scenes, tmp_path, kind):
    # a scene that begins at a sheet's line gives that sheet's neighbour its context
    write_scenes(scenes, [Window(0, 0, HEIGHT, 120), Window(0, 120, HEIGHT, 50)])
    network = network_file(tmp_path / "network.onnx", kind)
    options = replace(OPTIONS, tile=32 if kind == "unet" else 64, sheets="700m")  # lines off tiles, strides and blocks
    summary = make(scenes, network, tmp_path / "sheets", options)
    assert set(states(summary).values()) == {"made"}
    assert len(summary.outcomes) == 9
    classify(MosaicInput((scenes,)), network, tmp_path / "one.tif", options)
    for suffix in ("", "_confidence"):
        expected = read(tmp_path / f"one{suffix}.tif")
        np.testing.assert_array_equal(joined(tmp_path / "sheets", suffix), expected)
        np.testing.assert_array_equal(read(tmp_path / "sheets" / f"mosaic{suffix}.vrt"), expected)


def test_sheets_of_a_part_are_the_one_map_of_that_part(scenes, model, tmp_path):
    """Polygons reach over the line between two sheets, and leave out a corner of their own extent."""
    ring = [[500_300, 4_999_700], [501_500, 4_999_700], [501_500, 4_998_800], [500_300, 4_999_700]]
    crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
    (tmp_path / "area.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": [ring], "crs": crs}))
    options = replace(OPTIONS, aoi=str(tmp_path / "area.geojson"), bounds=(500_200, 4_998_500, 501_400, 4_999_900))
    found = states(make(scenes, model, tmp_path / "sheets", options))
    assert found == {"x500_y4999": "made", "x501_y4999": "made", "x500_y4998": "empty", "x501_y4998": "made"}
    classify(MosaicInput((scenes,)), model, tmp_path / "one.tif", options)
    with rasterio.open(tmp_path / "one.tif") as one, rasterio.open(tmp_path / "sheets" / "mosaic.vrt") as whole:
        assert one.transform == whole.transform
        np.testing.assert_array_equal(one.read(1), whole.read(1))


def test_the_virtual_raster_has_names_and_colours_and_moves_with_its_folder(scenes, model, tmp_path):
    make(scenes, model, tmp_path / "sheets")
    shutil.move(tmp_path / "sheets", tmp_path / "moved")
    with (
        rasterio.open(tmp_path / "moved" / "mosaic.vrt") as source,
        rasterio.open(next((tmp_path / "moved").glob("x*[0-9].tif"))) as one,
    ):
        assert source.crs == one.crs
        assert source.nodata == one.nodata == 255
        assert source.colormap(1) == one.colormap(1)
        assert source.tags()["GEOQUANT_CLASSES"] == one.tags()["GEOQUANT_CLASSES"]
        assert (source.read(1) != 255).all()
    assert (tmp_path / "moved" / "mosaic.qml").read_text() == (tmp_path / "moved" / "x500_y4999.qml").read_text()


def test_empty_sheets_are_not_written(scenes, model, tmp_path):
    corners = [Window(0, 0, 40, 40), Window(100, 130, 50, 40)]
    for file in scenes.iterdir():
        file.unlink()
    write_scenes(scenes, parts=corners)
    with rasterio.open(scenes / "part1.tif", "r+") as target:
        target.write(np.zeros((target.count, 50, 40), target.dtypes[0]))
    summary = make(scenes, model, tmp_path / "sheets")
    found = states(summary)
    assert sorted(set(found.values())) == ["empty", "made"]
    made = {name for name, state in found.items() if state == "made"}
    assert {path.stem for path in (tmp_path / "sheets").glob("x*[0-9].tif")} == made
    assert {path.stem for path in (tmp_path / "sheets").glob("x*.json")} == made
    assert (read(tmp_path / "sheets" / "mosaic.vrt") != 255).sum() == 40 * 40
    assert states(make(scenes, model, tmp_path / "sheets")) == {
        name: "kept" if state == "made" else state for name, state in found.items()
    }


def test_finished_sheets_are_kept_and_only_those_of_a_changed_scene_are_made_again(scenes, tmp_path):
    out, model = tmp_path / "sheets", network_file(tmp_path / "conv.onnx", "conv")

    def stop(told: Progress) -> None:
        if told.stage.startswith("3 of 4"):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        make(scenes, model, out, progress=stop)
    assert len(list(out.glob("x*[0-9].tif"))) == 2
    assert list(states(make(scenes, model, out)).values()) == ["kept"] * 2 + ["made"] * 2
    (out / "x500_y4998.json").unlink()
    write_part(scenes / "part1.tif", picture(seed=5)[:, :, 110:], Window(0, 110, HEIGHT, 60))
    assert states(make(scenes, model, out)) == {
        "x500_y4999": "kept",
        "x501_y4999": "made",
        "x500_y4998": "kept",
        "x501_y4998": "made",
    }
    assert (out / "x500_y4998.json").exists()


def test_a_sheet_that_has_no_data_any_more_goes_with_all_that_belongs_to_it(scenes, model, tmp_path):
    out = tmp_path / "sheets"
    options = replace(OPTIONS, areas=str(out / "{name}.csv"))
    make(scenes, model, out, options)
    assert len(list(out.glob("x501_y4998*"))) == 7  # classes and confidence with styles, names, item, areas
    hole = picture()[:, :, 110:]
    hole[:, :, :] = 0
    write_part(scenes / "part1.tif", hole, Window(0, 110, HEIGHT, 60))
    write_part(scenes / "part0.tif", picture()[:, :, :90], Window(0, 0, HEIGHT, 90))
    assert states(make(scenes, model, out, options))["x501_y4998"] == "empty"
    assert not list(out.glob("x501_y4998*"))


def test_the_engine_that_was_free_stays_for_the_sheets_that_are_left(scenes, model, tmp_path):
    """Engines round differently: a second call that chose another one would show a seam."""
    out = tmp_path / "sheets"
    make(scenes, model, out)
    (out / "x500_y4998.tif").unlink()
    options = replace(OPTIONS, engine="auto")
    summary = make(scenes, model, out, options)
    assert {one.summary.engine for one in summary.outcomes if one.summary} == {"ort"}
    assert list(states(summary).values()) == ["kept", "kept", "made", "kept"]


def test_a_sheet_that_fails_is_named_and_the_others_are_made(scenes, model, tmp_path):
    out = tmp_path / "sheets"
    out.mkdir()
    (out / "x501_y4999.tif").write_bytes(b"precious")
    with pytest.warns(GeoquantWarning, match="x501_y4999 failed: .*exists"):
        summary = make(scenes, model, out)
    assert [one.name for one in summary.failed] == ["x501_y4999"]
    assert (out / "x501_y4999.tif").read_bytes() == b"precious"
    with summary.table.open(newline="") as stream:
        rows = {row["sheet"]: row["state"] for row in csv.DictReader(stream)}
    assert rows == states(summary)
    assert "x501_y4999.tif" not in (out / "mosaic.vrt").read_text()
    assert "x501_y4999" not in (out / "collection.json").read_text()


@pytest.mark.parametrize("name", ["mosaic.vrt", "collection.json", "model.json"])
def test_a_file_of_somebody_else_is_not_replaced(scenes, model, tmp_path, name):
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets" / name).write_text("precious")
    with pytest.raises(OptionError, match=f"{name} exists"):
        make(scenes, model, tmp_path / "sheets")
    assert [path.name for path in (tmp_path / "sheets").iterdir()] == [name]


def test_sheets_of_another_side_are_named(scenes, model, tmp_path):
    make(scenes, model, tmp_path / "sheets")
    with pytest.warns(GeoquantWarning, match=r"holds 4 maps of earlier calls that are no sheets"):
        classify_sheets(MosaicInput((scenes,)), model, tmp_path / "sheets", replace(OPTIONS, sheets="2km"))
    assert len(pystac.Collection.from_file(tmp_path / "sheets" / "collection.json").get_item_links()) == 1


@cache
def validator(kind: str) -> Draft7Validator:
    """STAC's own JSON schema of an item or a collection, from pystac's copy."""
    schemas = get_local_schema_cache()
    registry = Registry().with_resources((uri, Resource.from_contents(schema)) for uri, schema in schemas.items())
    found = next(schema for uri, schema in schemas.items() if uri.endswith(f"/{kind}.json"))
    return Draft7Validator(found, registry=registry)


@pytest.fixture
def collection(scenes, model, tmp_path) -> Iterator[pystac.Collection]:
    aside = {"polygons": str(tmp_path / "sheets" / "{name}.gpkg"), "areas": str(tmp_path / "{name}.csv")}
    given = MosaicInput((scenes,), MosaicOptions(rule="latest"))
    classify_sheets(given, model, tmp_path / "sheets", replace(OPTIONS, **aside))
    return pystac.Collection.from_file(tmp_path / "sheets" / "collection.json")


def test_the_catalogue_is_what_stac_says(collection, tmp_path):
    validator("collection").validate(json.loads((tmp_path / "sheets" / "collection.json").read_text()))
    items = list(collection.get_items())
    assert len(items) == 4
    for item in items:
        validator("item").validate(json.loads((tmp_path / "sheets" / f"{item.id}.json").read_text()))
        assert item.datetime.isoformat() == "2022-03-04T10:20:30+00:00"
        assert item.get_collection().id == "sheets"
    validator("item").validate(json.loads((tmp_path / "sheets" / "model.json").read_text()))
    west, south, east, north = collection.extent.spatial.bboxes[0]
    assert (west, north) == pytest.approx((9.0, 45.1534), abs=1e-3)
    assert east > west
    assert south < north


def test_an_item_tells_place_classes_files_and_sources(collection, tmp_path):
    item = collection.get_item("x500_y4999")
    with rasterio.open(tmp_path / "sheets" / "x500_y4999.tif") as source:
        place = ProjectionExtension.ext(item)
        assert (place.code, tuple(place.shape)) == ("EPSG:32632", source.shape)
        assert tuple(place.transform) == tuple(source.transform)[:6]
        assert place.bbox == list(source.bounds)
    assert set(item.assets) == {"classes", "confidence", "polygons", "areas"}
    for asset in item.assets.values():
        size, sha256 = file_facts(Path(asset.get_absolute_href()))
        facts = FileExtension.ext(asset)
        assert (facts.size, facts.checksum) == (size, f"1220{sha256}")
    classes = item.assets["classes"]
    assert [one.value for one in ClassificationExtension.ext(classes).classes] == [0, 1, 2, 3]
    assert classes.to_dict()["bands"] == [{"name": "class", "data_type": "uint8", "nodata": 255}]
    derived = {Path(link.get_absolute_href()).name for link in item.get_links("derived_from")}
    assert derived == {"model.json", "part0.tif"}
    assert all(Path(link.get_absolute_href()).exists() for link in item.get_links("derived_from"))


def test_a_map_of_drift_is_one_of_the_assets(scenes, tmp_path):
    record = Quantization("0" * 64, 0, (), (-1.0,) * 3, (1.0,) * 3, (1.0,) * 3)
    calibrated = network_file(tmp_path / "calibrated.onnx", "conv", quantization=record)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GeoquantWarning)
        make(scenes, calibrated, tmp_path / "sheets", replace(OPTIONS, sheets="5km", drift=True))
    (item,) = pystac.Collection.from_file(tmp_path / "sheets" / "collection.json").get_items()
    assert set(item.assets) == {"classes", "confidence", "drift"}
    with rasterio.open(item.assets["drift"].get_absolute_href()) as source:
        assert source.count == 4


def test_the_command_makes_sheets(scenes, model, tmp_path):
    from click.testing import CliRunner

    from geoquant.cli.classify import command

    arguments = [str(scenes), "-m", str(model), "-o", str(tmp_path / "sheets"), "--engine", "ort", "--progress", "none"]
    outcome = CliRunner().invoke(command, [*arguments, "--sheets", "1km"])
    assert outcome.exit_code == 0, outcome.output
    assert "4 maps in" in " ".join(outcome.stdout.split())
    assert CliRunner().invoke(command, [*arguments, "--sheets", "1km", "--each"]).exit_code == 2
    assert CliRunner().invoke(command, [*arguments, "--sheets", "1km", "--plan"]).exit_code == 2
