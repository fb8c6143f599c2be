"""The tags of a class map: whatever changed a pixel changes them, and nothing else does."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio

import geoquant
from geoquant.options.classify import ClassifyOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.scene_input import SceneInput


@pytest.fixture
def scene(make_tif):
    """64 x 64 pixels of three bands, with zeros among them, that declare neither a scale nor a no-data value."""
    values = np.random.default_rng(3).integers(0, 900, (3, 64, 64)).astype(np.uint16)
    values[:, 10:20, 10:20] = 0
    return make_tif(values)


@pytest.fixture
def tags_of(scene, make_model, tmp_path):
    model = make_model()

    def classify(options=ClassifyOptions(engine="ort"), **scene_options):  # noqa: B008  frozen
        out = tmp_path / f"{len(list(tmp_path.glob('*.tif')))}_map.tif"
        geoquant.classify(SceneInput(scene, SceneOptions(**scene_options)), model, out, options)
        with rasterio.open(out) as dataset:
            return dataset.tags(), dataset.read()

    return classify


@pytest.mark.parametrize("option", [{"nodata": 0}, {"bands": ("3", "2", "1")}])
def test_an_option_that_changes_pixels_changes_the_tags(tags_of, option):
    plain, pixels = tags_of()
    other, changed = tags_of(**option)
    assert (pixels != changed).any()
    assert plain["GEOQUANT_READING"] != other["GEOQUANT_READING"]


def test_the_tags_hold_what_each_band_was_read_with(tags_of, scene):
    tags, _ = tags_of(nodata=7, scale=0.5, offset=2.0)
    first, *_, last = json.loads(tags["GEOQUANT_READING"])
    facts = {"file": Path(scene).name, "nodata": 7.0, "mask": "none", "scale": 0.5, "offset": 2.0}
    assert {name: first[name] for name in facts} == facts
    assert (first["index"], last["index"]) == (1, 3)


def test_an_area_of_interest_is_in_the_tags_and_the_tile_size_is_not(tags_of, tmp_path):
    def area(side):
        path = tmp_path / f"{side}.geojson"
        west, north = 500_000, 5_000_000
        ring = [[west, north], [west, north - side], [west + side, north - side], [west + side, north], [west, north]]
        crs = {"type": "name", "properties": {"name": "EPSG:32632"}}
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring], "crs": crs}))
        return ClassifyOptions(engine="ort", aoi=str(path))

    plain, _ = tags_of()
    tiled, _ = tags_of(ClassifyOptions(engine="ort", tile=32))
    assert plain == tiled
    assert "GEOQUANT_AOI_SHA256" not in plain
    small, other = tags_of(area(200))[0], tags_of(area(300))[0]
    assert len(small["GEOQUANT_AOI_SHA256"]) == 64
    assert small["GEOQUANT_AOI_SHA256"] != other["GEOQUANT_AOI_SHA256"]
