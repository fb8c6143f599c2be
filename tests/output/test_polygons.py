"""Polygons of a class map in a GeoPackage: shards do not show, and a GIS reads what is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from xml.etree import ElementTree

import numpy as np
import pytest
import shapely

from geoquant.errors import Cancelled, RasterError
from geoquant.grid import Grid
from geoquant.output.polygons import PolygonFile, write_polygons
from geoquant.vector.geopackage.reading import read_features
from tests.builders.maps import LABELS, NODATA, NORTH_UP, PUBLICATION, UTM, class_map, cut, polygons_of


def test_polygons_carry_class_pixels_and_area_in_the_maps_crs(tmp_path):
    values = class_map(700, 600)
    features, crs = read_features(polygons_of(tmp_path, values))
    assert crs == "EPSG:32629"
    names = {label.value: label.name for label in LABELS}
    for label in LABELS:
        own = [feature for feature in features if feature.attributes["value"] == label.value]
        assert {feature.attributes["class"] for feature in own} == {names[label.value]}
        assert sum(feature.attributes["pixels"] for feature in own) == (values == label.value).sum()
    for feature in features:
        assert feature.geometry.area == 100 * feature.attributes["pixels"]
        on_the_ground = feature.geometry.area / 0.9996**2  # the map lies in the middle of a UTM zone
        assert feature.attributes["area_m2"] == pytest.approx(on_the_ground, rel=2e-6)
    west, south, east, north = shapely.total_bounds([feature.geometry for feature in features])
    assert (west, north) == (500000, 5000000)
    assert (east, south) == (506000, 4993000)


def test_shards_do_not_show(tmp_path):
    values = class_map(600, 640)
    folders = [tmp_path / "whole", tmp_path / "cut"]
    found = []
    for folder, side in zip(folders, (2048, 512), strict=True):
        folder.mkdir()
        features, _ = read_features(polygons_of(folder, values, side=side))
        found.append(sorted(shapely.normalize(feature.geometry).wkt for feature in features))
    assert found[0] == found[1]


def test_a_smallest_polygon_leaves_none_that_is_smaller_and_no_data_where_it_is(tmp_path):
    values = np.random.default_rng(2).choice(np.array([1, 2, 7], np.uint8), (600, 640))
    values[100:200, 100:130] = NODATA
    (tmp_path / "all").mkdir()
    every, _ = read_features(polygons_of(tmp_path / "all", values))
    some, _ = read_features(polygons_of(tmp_path, values, smallest_px=20))
    assert len(some) < len(every) / 20
    assert min(feature.attributes["pixels"] for feature in some) >= 20
    assert sum(feature.attributes["pixels"] for feature in some) == (values != NODATA).sum()


def test_without_a_projected_crs_there_is_no_area(tmp_path):
    features, crs = read_features(polygons_of(tmp_path, class_map(200, 200), crs=None))
    assert crs is None
    assert set(features[0].attributes) == {"fid", "value", "class", "pixels"}


def test_a_map_without_classes_gives_an_empty_layer(tmp_path):
    features, _ = read_features(polygons_of(tmp_path, np.full((50, 50), NODATA, np.uint8)))
    assert features == []


def test_the_style_names_and_colours_every_class(tmp_path):
    with closing(sqlite3.connect(polygons_of(tmp_path, class_map(50, 50)))) as database:
        [(text, by_default)] = database.execute("SELECT styleQML, useAsDefault FROM layer_styles")
    assert by_default == 1
    style = ElementTree.fromstring(text)
    categories = [(node.get("value"), node.get("label")) for node in style.iter("category")]
    assert categories == [(str(label.value), label.name) for label in LABELS]
    colors = [node.get("v") for node in style.iter("prop") if node.get("k") == "color"]
    assert colors == ["0,0,255,255", "0,170,0,255", "170,136,68,255"]


def test_a_cancelled_or_failed_run_leaves_no_polygons(tmp_path):
    values = class_map(600, 600)
    grid = Grid(UTM, NORTH_UP, 600, 600)
    (tmp_path / "shards").mkdir()
    shards = cut(values, grid, tmp_path / "shards", 512)
    out = tmp_path / "classes.gpkg"

    def cancel(report):
        if report.done:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        write_polygons(shards, grid, PolygonFile(out), PUBLICATION, progress=cancel)
    shards[0][0].write_bytes(b"no TIFF any more")
    with pytest.raises(RasterError, match="could not be written"):
        write_polygons(shards, grid, PolygonFile(out), PUBLICATION)
    assert [path.name for path in tmp_path.iterdir()] == ["shards"]
