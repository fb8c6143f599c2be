"""Tiles as polygons: where they lie is what is read back, in both formats, by the letter of both standards."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import given
from hypothesis import strategies as st
from rasterio.crs import CRS
from rasterio.warp import transform_bounds, transform_geom

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.sampling.tile_outlines import TileOutline, read_tile_outlines, tile_window, write_tile_outlines
from geoquant.vector.geopackage.reading import read_features

UTM29 = Grid(CRS.from_epsg(32629).to_wkt(), (10.0, 0.0, 500000.0, 0.0, -10.0, 5900000.0), 400, 300)
UTM30 = Grid(CRS.from_epsg(32630).to_wkt(), (10.0, 0.0, 500000.0, 0.0, -10.0, 5900000.0), 400, 300)
FIJI = Grid(CRS.from_epsg(32701).to_wkt(), (10.0, 0.0, 163000.0, 0.0, -10.0, 8200000.0), 4000, 300)


def tile(grid: Grid, row: int, col: int, **attributes: object) -> TileOutline:
    facts = {"scene": "s", "role": "calibration", "share": 0.25, **attributes}
    return TileOutline(grid, Window(row, col, 64, 32), facts)


def bounds(grid: Grid, row: int, col: int) -> tuple[float, float, float, float]:
    left, top = grid.origin_at(row, col)[2], grid.origin_at(row, col)[5]
    return left, top - 640, left + 320, top


def test_geojson_is_longitude_latitude_and_anticlockwise(tmp_path: Path) -> None:
    path = tmp_path / "tiles.geojson"
    write_tile_outlines(path, [tile(UTM29, 0, 10), tile(UTM30, 64, 100)])
    content = json.loads(path.read_text())
    assert "crs" not in content
    for feature, (grid, row, col) in zip(content["features"], ((UTM29, 0, 10), (UTM30, 64, 100)), strict=True):
        outline = shapely.geometry.shape(feature["geometry"])
        assert outline.exterior.is_ccw
        found = transform_bounds("EPSG:4326", grid.crs, *outline.bounds)
        np.testing.assert_allclose(found, bounds(grid, row, col), atol=25)  # a box round a turned box is larger
    assert content["features"][1]["properties"] == {"number": 2, "scene": "s", "role": "calibration", "share": 0.25}


def test_a_tile_on_the_antimeridian_is_cut_in_two(tmp_path: Path) -> None:
    with rasterio.Env():
        west, _, east, _ = transform_bounds(FIJI.crs, "EPSG:4326", 163000, 8197000, 203000, 8200000)
    assert west > 0 > east  # the scene does straddle it
    wide = TileOutline(FIJI, Window(0, 0, 300, 4000), {"scene": "s"})
    write_tile_outlines(tmp_path / "tiles.geojson", [wide])
    outline = shapely.geometry.shape(json.loads((tmp_path / "tiles.geojson").read_text())["features"][0]["geometry"])
    assert outline.geom_type == "MultiPolygon"
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in outline.geoms)


def test_a_geopackage_keeps_the_scenes_own_crs_exactly(tmp_path: Path) -> None:
    path = tmp_path / "tiles.gpkg"
    write_tile_outlines(path, [tile(UTM29, 0, 10), tile(UTM29, 64, 100, role="held out")])
    features, crs = read_tile_outlines(path)
    assert crs == "EPSG:32629"
    assert [feature.geometry.bounds for feature in features] == [bounds(UTM29, 0, 10), bounds(UTM29, 64, 100)]
    assert features[1].attributes == {"fid": 2, "number": 2, "scene": "s", "role": "held out", "share": 0.25}


def test_a_geopackage_of_several_zones_is_longitude_latitude(tmp_path: Path) -> None:
    path = tmp_path / "tiles.gpkg"
    write_tile_outlines(path, [tile(UTM29, 0, 10), tile(UTM30, 0, 10)])
    features, crs = read_features(path)
    assert crs == "EPSG:4326"
    west, east = (feature.geometry.centroid.x for feature in features)
    assert east - west == pytest.approx(6, abs=1e-4)


def test_a_geopackage_has_what_the_standard_requires(tmp_path: Path) -> None:
    path = tmp_path / "tiles.gpkg"
    write_tile_outlines(path, [tile(UTM29, 0, 10), tile(UTM29, 64, 100)])
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA application_id").fetchone() == (int.from_bytes(b"GPKG", "big"),)
        assert db.execute("PRAGMA user_version").fetchone()[0] >= 10200
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        systems = {row[0] for row in db.execute("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        assert {-1, 0, 4326, 32629} == systems
        contents = db.execute("SELECT table_name, data_type, srs_id, min_x, max_y FROM gpkg_contents").fetchall()
        assert contents == [("tiles", "features", 32629, 500100.0, 5900000.0)]
        columns = db.execute("SELECT * FROM gpkg_geometry_columns").fetchall()
        assert columns == [("tiles", "geom", "POLYGON", 32629, 0, 0)]
        (blob,) = db.execute("SELECT geom FROM tiles").fetchone()
    assert blob[:4] == b"GP\x00\x03"


def test_a_scene_without_crs_is_drawn_in_its_pixels(tmp_path: Path) -> None:
    plain = Grid(None, (1, 0, 0, 0, 1, 0), 100, 100)
    for name in ("tiles.geojson", "tiles.gpkg"):
        write_tile_outlines(tmp_path / name, [tile(plain, 0, 10)])
        features, crs = read_tile_outlines(tmp_path / name)
        assert features[0].geometry.bounds == (10, 0, 42, 64)
        assert crs in (None, "EPSG:4326")  # GeoJSON can't say that it has none


def test_a_crs_without_a_code_is_kept_as_wkt(tmp_path: Path) -> None:
    local = CRS.from_proj4("+proj=laea +lat_0=51 +lon_0=9.5 +ellps=bessel +units=m").to_wkt()
    write_tile_outlines(tmp_path / "tiles.gpkg", [tile(Grid(local, UTM29.transform, 9, 9), 0, 0)])
    _, crs = read_features(tmp_path / "tiles.gpkg")
    assert crs is not None
    assert "Lambert" in crs


def test_what_is_no_tile_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.gpkg"):
        write_tile_outlines(tmp_path / "tiles.shp", [tile(UTM29, 0, 0)])
    with pytest.raises(OptionError, match="does not exist"):
        read_tile_outlines(tmp_path / "none.gpkg")
    (tmp_path / "x.geojson").write_text("{}")
    with pytest.raises(OptionError, match="neither"):
        read_tile_outlines(tmp_path / "x.geojson")
    (tmp_path / "y.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(OptionError, match="no tile"):
        read_tile_outlines(tmp_path / "y.geojson")


@given(st.integers(0, 300), st.integers(0, 400), st.integers(8, 200), st.integers(8, 200))
def test_a_window_survives_longitude_and_latitude(row: int, col: int, height: int, width: int) -> None:
    window = Window(row, col, height, width)
    for grid in (UTM29, FIJI):
        outline = shapely.box(*_corners(grid, window))
        there = shapely.geometry.shape(transform_geom(grid.crs, "EPSG:4326", shapely.geometry.mapping(outline)))
        assert tile_window(there, "EPSG:4326", grid) == window


def _corners(grid: Grid, window: Window) -> tuple[float, float, float, float]:
    left, top = grid.origin_at(window.row, window.col)[2::3]
    right, bottom = grid.origin_at(window.row_end, window.col_end)[2::3]
    return left, bottom, right, top


def test_coordinates_in_no_crs_at_all_are_refused_in_words() -> None:
    with pytest.raises(OptionError, match="can't be brought to the scene's CRS"):
        tile_window(shapely.box(0, 0, 1, 1), "EPSG:999999", UTM29)
    assert tile_window(shapely.Point(500100, 5899000), None, UTM29).pixels == 0


RING = [[[-9, 53], [-8.9, 53], [-8.9, 53.1], [-9, 53]]]
FEATURE = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": RING}}


@pytest.mark.parametrize("text", [
    json.dumps({"features": [{**FEATURE, "properties": "x"}]}),
    json.dumps({"features": [{**FEATURE, "properties": [1]}]}),
    json.dumps({"features": [7]}),
    json.dumps({"features": [{**FEATURE, "geometry": [1]}]}),
    json.dumps({"features": [FEATURE], "crs": [1]}),
    json.dumps({"features": [FEATURE], "crs": []}),
    json.dumps({"features": [FEATURE], "crs": {"properties": {"name": 7}}}),
    '{"features": ' + "[" * 20_000 + "]" * 20_000 + "}",
    '{"features": [{"geometry": {"type": "Point", "coordinates": [1' + "0" * 400 + ", 0]}}]}",
])  # fmt: skip
def test_tile_files_with_other_content_than_they_should_have_are_refused_in_a_sentence(tmp_path, text):
    (tmp_path / "t.geojson").write_text(text)
    with pytest.raises(OptionError, match=r"t\.geojson"):
        read_tile_outlines(tmp_path / "t.geojson")


@pytest.mark.parametrize("crs", ["EPSG:326b1", "EPSG:4326", None])
@pytest.mark.parametrize("far", [1e308, 1e20, 200.0])
def test_tiles_that_are_nowhere_are_refused_in_a_sentence_or_lie_outside(crs: str | None, far: float) -> None:
    try:
        window = tile_window(shapely.box(-far, -far, far, far), crs, UTM29)
    except OptionError:
        return
    assert window.intersection(UTM29.window).pixels < window.pixels / 2


def test_a_tile_that_was_cut_at_the_antimeridian_comes_back_whole(tmp_path: Path) -> None:
    x = transform_bounds("EPSG:4326", FIJI.crs, 179.9999, -16.27, 180, -16.2699)[0]
    window = Window(8, round((x - 163000) / 10) - 30, 64, 64)
    write_tile_outlines(tmp_path / "tiles.geojson", [TileOutline(FIJI, window, {"scene": "s"})])
    features, crs = read_tile_outlines(tmp_path / "tiles.geojson")
    assert features[0].geometry.geom_type == "MultiPolygon"
    assert tile_window(features[0].geometry, crs, FIJI) == window
