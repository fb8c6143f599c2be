"""Class maps as polygons: seams do not show, and a GIS reads what is written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio.features
import shapely
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geoquant.errors import Cancelled, RasterError
from geoquant.grid import Grid
from geoquant.output.polygons import write_polygons
from geoquant.vector.geopackage.reading import read_features
from geoquant.vector.polygonize import regions_of
from geoquant.vector.rings import corners_only
from tests.builders.maps import LABELS, NODATA, NORTH_UP, PUBLICATION, UTM, class_map, cut

MAPS = st.integers(1, 24).flatmap(
    lambda height: arrays(np.uint8, st.tuples(st.just(height), st.integers(1, 16)), elements=st.integers(0, 2))
)


def strips_of(classes: np.ndarray, height: int) -> list[np.ndarray]:
    return [classes[row : row + height] for row in range(0, len(classes), height)]


def canonical(classes: np.ndarray, height: int) -> list[tuple[int, str]]:
    """All regions in a form that does not depend on where a ring starts or in what order they come."""
    found = regions_of(strips_of(classes, height), nodata=0)
    return sorted(
        (int(value), outline.wkt)
        for regions in found
        for value, outline in zip(regions.values, shapely.normalize(regions.outlines), strict=True)
    )


@given(MAPS, st.integers(1, 24))
def test_strips_do_not_show(classes, height):
    assert canonical(classes, height) == canonical(classes, len(classes))


@given(MAPS, st.integers(1, 24))
def test_regions_cover_each_pixel_of_their_class_once_and_are_valid(classes, height):
    painted = np.zeros(classes.shape, np.uint8)
    for regions in regions_of(strips_of(classes, height), nodata=0):
        assert shapely.is_valid(regions.outlines).all()
        for value, outline in zip(regions.values, regions.outlines, strict=True):
            inside = rasterio.features.rasterize([outline], classes.shape, fill=0, dtype="uint8").astype(bool)
            assert not painted[inside].any()
            assert outline.area == inside.sum()
            painted[inside] = value
    np.testing.assert_array_equal(painted, classes)


def test_pixels_that_meet_in_a_corner_are_two_regions():
    assert len(canonical(np.array([[1, 0], [0, 1]], np.uint8), 1)) == 2


def test_a_ring_keeps_its_corners_wherever_it_starts():
    square = np.array([[1, 0], [2, 0], [2, 2], [0, 2], [0, 0], [1, 0]], float)
    np.testing.assert_array_equal(corners_only(square), [[2, 0], [2, 2], [0, 2], [0, 0], [2, 0]])


def written(folder: Path, values: np.ndarray, crs: str | None = UTM, side: int = 512) -> Path:
    grid = Grid(crs, NORTH_UP, values.shape[1], values.shape[0])
    (folder / "shards").mkdir()
    out = folder / "classes.gpkg"
    write_polygons(cut(values, grid, folder / "shards", side), grid, out, PUBLICATION)
    return out


def test_polygons_carry_class_pixels_and_area_in_the_maps_crs(tmp_path):
    values = class_map(700, 600)
    features, crs = read_features(written(tmp_path, values))
    assert crs == "EPSG:32629"
    names = {label.value: label.name for label in LABELS}
    for label in LABELS:
        own = [feature for feature in features if feature.attributes["value"] == label.value]
        assert {feature.attributes["class"] for feature in own} == {names[label.value]}
        assert sum(feature.attributes["pixels"] for feature in own) == (values == label.value).sum()
    for feature in features:
        assert feature.geometry.area == pytest.approx(feature.attributes["area_m2"])
        assert feature.attributes["area_m2"] == 100 * feature.attributes["pixels"]
    west, south, east, north = shapely.total_bounds([feature.geometry for feature in features])
    assert (west, north) == (500000, 5000000)
    assert (east, south) == (506000, 4993000)


def test_shards_do_not_show(tmp_path):
    values = class_map(1100, 1100)
    folders = [tmp_path / "whole", tmp_path / "cut"]
    found = []
    for folder, side in zip(folders, (2048, 512), strict=True):
        folder.mkdir()
        features, _ = read_features(written(folder, values, side=side))
        found.append(sorted(shapely.normalize(feature.geometry).wkt for feature in features))
    assert found[0] == found[1]


def test_the_spatial_index_holds_every_polygon_and_follows_deletions(tmp_path):
    out = written(tmp_path, class_map(300, 300))
    features, _ = read_features(out)
    with closing(sqlite3.connect(out)) as database, database:
        near = "SELECT id FROM rtree_classes_geom WHERE minx < 502500 AND maxy > 4998500 ORDER BY id"
        boxes = {feature.attributes["fid"]: feature.geometry.bounds for feature in features}
        expected = [fid for fid, (west, _, _, north) in sorted(boxes.items()) if west < 502500 and north > 4998500]
        assert [fid for (fid,) in database.execute(near)] == expected
        assert database.execute("SELECT rtreecheck('rtree_classes_geom')").fetchone() == ("ok",)
        count = database.execute("SELECT count(*) FROM classes").fetchone()
        assert database.execute("SELECT count(*) FROM rtree_classes_geom").fetchone() == count
        triggers = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
        assert triggers == {
            f"rtree_classes_geom_{event}"
            for event in ("insert", "update2", "update4", "update5", "update6", "update7", "delete")
        }
        database.execute("DELETE FROM classes WHERE fid = 1")
        assert database.execute("SELECT count(*) FROM rtree_classes_geom").fetchone()[0] == count[0] - 1


def test_an_edited_geometry_moves_in_the_index(tmp_path):
    out = written(tmp_path, class_map(300, 300))
    with closing(sqlite3.connect(out)) as database, database:
        for name, side in (("ST_MinX", 7.0), ("ST_MaxX", 8.0), ("ST_MinY", 1.0), ("ST_MaxY", 2.0)):
            database.create_function(name, 1, lambda _, side=side: side)
        database.create_function("ST_IsEmpty", 1, lambda blob: blob == b"empty")
        database.execute("UPDATE classes SET geom = x'00' WHERE fid = 2")
        assert database.execute("SELECT * FROM rtree_classes_geom WHERE id = 2").fetchone() == (2, 7, 8, 1, 2)
        database.execute("UPDATE classes SET geom = NULL WHERE fid = 2")
        assert database.execute("SELECT * FROM rtree_classes_geom WHERE id = 2").fetchone() is None


def test_without_a_projected_crs_there_is_no_area(tmp_path):
    features, crs = read_features(written(tmp_path, class_map(200, 200), crs=None))
    assert crs is None
    assert set(features[0].attributes) == {"fid", "value", "class", "pixels"}


def test_a_map_without_classes_gives_an_empty_layer(tmp_path):
    features, _ = read_features(written(tmp_path, np.full((50, 50), NODATA, np.uint8)))
    assert features == []


def test_the_style_names_and_colours_every_class(tmp_path):
    with closing(sqlite3.connect(written(tmp_path, class_map(50, 50)))) as database:
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
        write_polygons(shards, grid, out, PUBLICATION, progress=cancel)
    shards[0][0].write_bytes(b"no TIFF any more")
    with pytest.raises(RasterError, match="could not be written"):
        write_polygons(shards, grid, out, PUBLICATION)
    assert [path.name for path in tmp_path.iterdir()] == ["shards"]
