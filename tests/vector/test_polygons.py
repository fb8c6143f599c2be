"""Polygons from files, in the scene's CRS and as pixels."""

from __future__ import annotations

import json
import sqlite3
import struct
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.warp import transform as transform_points
from shapely.geometry import MultiPolygon, Point, Polygon, box, mapping

from geoquant.errors import GeoquantWarning, OptionError
from geoquant.grid import Grid, Window
from geoquant.vector.polygons import bounds_window, polygon_mask, read_polygons

UTM = CRS.from_epsg(32629).to_wkt()
NORTH_UP = (10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0)
SCENE = Grid(UTM, NORTH_UP, 2000, 2000)
SQUARE = box(500100, 4999000, 500500, 4999700)
BOWTIE = Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])


def geojson(path, *geometries, crs="urn:ogc:def:crs:EPSG::32629"):
    features = [{"type": "Feature", "properties": {}, "geometry": g and mapping(g)} for g in geometries]
    content = {"type": "FeatureCollection", "features": features}
    if crs:
        content["crs"] = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps(content))
    return path


def blob(geometry, envelope=1):
    """A GeoPackage geometry, written from the specification."""
    if geometry is None:
        return None
    minx, miny, maxx, maxy = geometry.bounds if not geometry.is_empty else (0, 0, 0, 0)
    sizes = {
        0: (),
        1: (minx, maxx, miny, maxy),
        2: (minx, maxx, miny, maxy, 0, 0),
        4: (minx, maxx, miny, maxy, 0, 0, 0, 0),
    }
    flags = 1 | envelope << 1 | (16 if geometry.is_empty else 0)
    values = sizes[envelope]
    return b"GP" + struct.pack(f"<BBi{len(values)}d", 0, flags, 32629, *values) + shapely.to_wkb(geometry)


def geopackage(path, layers, srs=("EPSG", 32629, "")):
    """A minimal GeoPackage: ``layers`` maps a table's name to (geometry type, blobs)."""
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name, srs_id, organization, organization_coordsys_id, definition)"
        )
        db.execute("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', 32629, ?, ?, ?)", srs)
        db.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m)")
        for table, (kind, blobs) in layers.items():
            db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'the geom', ?, 32629, 0, 0)", (table, kind))
            db.execute(f'CREATE TABLE "{table}" (fid INTEGER PRIMARY KEY, "the geom" BLOB)')
            db.executemany(f'INSERT INTO "{table}" ("the geom") VALUES (?)', [(one,) for one in blobs])
    db.close()
    return path


def test_geojson_with_crs_member_comes_as_it_is(tmp_path):
    (polygon,) = read_polygons(geojson(tmp_path / "a.geojson", SQUARE), SCENE)
    assert polygon.equals(SQUARE)


def test_geojson_is_longitude_latitude_by_its_standard(tmp_path):
    xs, ys = transform_points(UTM, "EPSG:4326", *SQUARE.exterior.xy)
    (polygon,) = read_polygons(geojson(tmp_path / "a.geojson", Polygon(zip(xs, ys, strict=True)), crs=None), SCENE)
    assert polygon.symmetric_difference(SQUARE).area < 1e-4 * SQUARE.area


def test_straight_edges_in_longitude_latitude_become_curves(tmp_path):
    wide = box(-12, 44, -6, 45)
    scene = Grid(UTM, (1000.0, 0.0, 250000.0, 0.0, -1000.0, 5100000.0), 500, 300)
    (polygon,) = read_polygons(geojson(tmp_path / "a.geojson", wide, crs=None), scene)
    on_edge = transform_points("EPSG:4326", UTM, [-10.5], [45.0])
    distance_m = polygon.exterior.distance(Point(on_edge[0][0], on_edge[1][0]))
    assert distance_m < 20  # a straight edge between the corners would lie kilometres away


@pytest.mark.parametrize(
    "content", [mapping(SQUARE), {"type": "Feature", "geometry": mapping(SQUARE), "properties": None}]
)
def test_bare_geometry_and_feature(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({**content, "crs": {"type": "name", "properties": {"name": "EPSG:32629"}}}))
    assert len(read_polygons(path, SCENE)) == 1


def test_only_polygons_are_kept_and_crossing_outlines_repaired(tmp_path):
    collection = shapely.GeometryCollection([Point(1, 1), box(20, 20, 30, 30)])
    path = geojson(tmp_path / "a.json", BOWTIE, Point(1, 2), None, collection, MultiPolygon([box(50, 50, 60, 60)]))
    polygons = read_polygons(path, SCENE)
    assert all(polygon.is_valid for polygon in polygons)
    assert sum(polygon.area for polygon in polygons) == pytest.approx(50 + 100 + 100)


@pytest.mark.parametrize("envelope", [0, 1, 2, 4])
def test_geopackage(tmp_path, envelope):
    blobs = [blob(SQUARE, envelope), None, blob(Polygon(), envelope)]
    path = geopackage(tmp_path / "a.gpkg", {"my areas": ("POLYGON", blobs)})
    (polygon,) = read_polygons(path, SCENE)
    assert polygon.equals(SQUARE)


def test_geopackage_is_reprojected(tmp_path):
    path = geopackage(
        tmp_path / "a.gpkg", {"areas": ("GEOMETRY", [blob(box(-9, 45, -8.99, 45.01))])}, ("epsg", 4326, "")
    )
    (polygon,) = read_polygons(path, SCENE)
    assert polygon.bounds[0] == pytest.approx(500000, abs=1)


def test_geopackage_layers(tmp_path):
    layers = {"a": ("POLYGON", [blob(SQUARE)]), "b": ("MULTIPOLYGON", [blob(box(0, 0, 1, 1))]), "p": ("POINT", [])}
    path = geopackage(tmp_path / "a.gpkg", layers)
    with pytest.raises(OptionError, match=r"several layers \(a, b\)"):
        read_polygons(path, SCENE)
    assert read_polygons(f"{path}|layername=b", SCENE)[0].area == 1
    with pytest.raises(OptionError, match="it has a, b"):
        read_polygons(f"{path}|layername=p", SCENE)


def test_geopackage_crs_by_definition_or_undefined(tmp_path):
    layers = {"a": ("POLYGON", [blob(SQUARE)])}
    by_wkt = geopackage(tmp_path / "wkt.gpkg", layers, ("CUSTOM", 1, UTM))
    assert read_polygons(by_wkt, SCENE)[0].equals(SQUARE)
    undefined = geopackage(tmp_path / "none.gpkg", layers, ("NONE", -1, "undefined"))
    with pytest.warns(GeoquantWarning, match="has no CRS"):
        assert read_polygons(undefined, SCENE)[0].equals(SQUARE)


def test_scene_without_crs_takes_the_coordinates_with_a_warning(tmp_path):
    path = geojson(tmp_path / "a.json", SQUARE)
    with pytest.warns(GeoquantWarning, match="the scene has no CRS"):
        assert read_polygons(path, replace(SCENE, crs=None))[0].equals(SQUARE)


def write(path, content):
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b'{"type": "FeatureCollection"}', b'{"type": "Polygon", "coordinates": 3}',
     b'{"type": "FeatureCollection", "features": [7]}', b"\x00\x00\x27\x0a shapefile", b"\xff\xfe"],
)  # fmt: skip
def test_damaged_files_are_option_errors(tmp_path, content):
    with pytest.raises(OptionError, match="--aoi"):
        read_polygons(write(tmp_path / "a.geojson", content), SCENE)


def test_damaged_geopackages_are_option_errors(tmp_path):
    with pytest.raises(OptionError, match="not a readable GeoPackage"):
        read_polygons(write(tmp_path / "a.gpkg", b"SQLite format 3\0" + bytes(200)), SCENE)
    for number, damaged in enumerate([b"GP", b"XX" + bytes(50), b"GP\0\x0f" + bytes(50), blob(SQUARE)[:60]]):
        path = geopackage(tmp_path / f"{number}.gpkg", {"a": ("POLYGON", [damaged])})
        with pytest.raises(OptionError):
            read_polygons(path, SCENE)


def test_no_file_and_no_polygon(tmp_path):
    with pytest.raises(OptionError, match="does not exist"):
        read_polygons(tmp_path / "none.gpkg", SCENE)
    with pytest.raises(OptionError, match="no polygon"):
        read_polygons(geojson(tmp_path / "a.json", Point(1, 2)), SCENE)


def test_a_polygon_far_from_the_scene_is_none(tmp_path):
    assert read_polygons(geojson(tmp_path / "a.json", box(90, 10, 95, 12), crs=None), SCENE) == []


LARGE = {
    "world": (-180, -90, 180, 90),
    "0 to 360 degrees": (0, -90, 360, 90),
    "half a world": (-91, 0, 179, 84),
    "almost the world": (-170, -60, 170, 80),
    "continent": (-30, 30, 60, 75),
}
PLACES = {
    "UTM": SCENE.crop(Window(0, 0, 300, 300)),
    "UTM on the antimeridian": Grid(CRS.from_epsg(32660).to_wkt(), (100.0, 0.0, 820000.0, 0.0, -100.0, 7e6), 300, 300),
    "around the pole": Grid(CRS.from_epsg(3413).to_wkt(), (1e4, 0.0, -1.5e6, 0.0, -1e4, 1.5e6), 300, 300),
    "degrees": Grid(CRS.from_epsg(4326).to_wkt(), (0.01, 0.0, 11.0, 0.0, -0.01, 51.0), 300, 300),
    "Europe": Grid(CRS.from_epsg(3035).to_wkt(), (1000.0, 0.0, 4321000.0, 0.0, -1000.0, 3210000.0), 300, 300),
    "Web Mercator": Grid(CRS.from_epsg(3857).to_wkt(), (100.0, 0.0, 1e6, 0.0, -100.0, 6e6), 300, 300),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", LARGE)
def test_a_polygon_larger_than_the_projection_covers_what_lies_in_it(tmp_path, name, place):
    grid, (west, south, east, north) = PLACES[place], LARGE[name]
    inside = polygon_mask(read_polygons(geojson(tmp_path / "a.json", box(*LARGE[name]), crs=None), grid), grid)
    columns, rows = np.meshgrid(np.arange(grid.width) + 0.5, np.arange(grid.height) + 0.5)
    to_degrees = Transformer.from_crs(grid.crs, "OGC:CRS84", always_xy=True)
    longitude, latitude = to_degrees.transform(*grid.xy(columns, rows))
    right = (west + (longitude - west) % 360 <= east) & (south <= latitude) & (latitude <= north)
    assert (inside != right).mean() < 1e-3  # centres on an edge, which is straight in degrees
    assert inside.all() or not right.all()


def test_the_world_covers_the_world(tmp_path):
    for crs, transform in ((4326, (1.0, 0.0, -180.0, 0.0, -1.0, 90.0)), (3857, (1e5, 0.0, -2e7, 0.0, -1e5, 1.5e7))):
        grid = Grid(CRS.from_epsg(crs).to_wkt(), transform, 360 if crs == 4326 else 400, 180 if crs == 4326 else 300)
        polygons = read_polygons(geojson(tmp_path / "a.json", box(-180, -90, 180, 90), crs=None), grid)
        assert polygon_mask(polygons, grid).all()


NESTED = b'{"type": "Polygon", "coordinates": ' + b"[" * 20_000 + b"]" * 20_000 + b"}"


@pytest.mark.parametrize("ring", ["[[0,0],[1e308,0],[1e308,1e308],[0,0]]", "[[0,0],[NaN,0],[1,1],[0,0]]",
    "[[0,0],[Infinity,0],[1,1],[0,0]]", "[[0,0],[1" + "0" * 400 + ",0],[1,1],[0,0]]", "[]", "[[]]", "[[0],[1],[2],[0]]",
    '[["a","b"],[1,1],[2,2],["a","b"]]'])  # fmt: skip
@pytest.mark.parametrize("crs", ["OGC:CRS84", "EPSG:32629"])
def test_coordinates_that_are_no_place_are_refused_in_a_sentence(tmp_path, ring, crs):
    named = f'"crs": {{"type": "name", "properties": {{"name": "{crs}"}}}}'
    text = f'{{"type": "Polygon", "coordinates": [{ring}], {named}}}'
    with pytest.raises(OptionError, match="--aoi"):
        read_polygons(write(tmp_path / "a.geojson", text.encode()), SCENE)


def test_nested_arrays_are_refused_in_a_sentence(tmp_path):
    with pytest.raises(OptionError, match="--aoi"):
        read_polygons(write(tmp_path / "a.geojson", NESTED), SCENE)


@pytest.mark.parametrize("crs", ["[]", "[1]", '"x"', "7", '{"properties": []}', '{"properties": {"name": 4}}', "{}",
    '{"properties": {"name": "EPSG:326b1"}}', '{"properties": {"name": "nonsense"}}'])  # fmt: skip
def test_a_crs_that_is_none_is_refused_in_a_sentence(tmp_path, crs):
    text = f'{{"type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1],[0,0]]], "crs": {crs}}}'
    with pytest.raises(OptionError, match=r"--aoi.*crs|CRS"):
        read_polygons(write(tmp_path / "a.geojson", text.encode()), SCENE)


def damaged_geopackage(path, statement, *values):
    geopackage(path, {"a": ("POLYGON", [blob(SQUARE)])})
    with sqlite3.connect(path) as database:
        database.execute(statement, values)
    return path


@pytest.mark.parametrize(("statement", "values"), [
    ("UPDATE gpkg_geometry_columns SET table_name = CAST(? AS TEXT)", (b"\xff\xfe",)),
    ("UPDATE gpkg_geometry_columns SET table_name = NULL", ()),
    ("UPDATE gpkg_geometry_columns SET column_name = 'other'", ()),
    ("UPDATE gpkg_spatial_ref_sys SET organization = 7, definition = 8", ()),
    ("UPDATE gpkg_spatial_ref_sys SET organization_coordsys_id = '326b1'", ()),
    ("UPDATE gpkg_spatial_ref_sys SET organization = CAST(? AS TEXT)", (b"\xff\xfe",)),
    ("UPDATE a SET [the geom] = 7", ()),
    ("UPDATE a SET [the geom] = 'text of more than eight'", ()),
    ("UPDATE a SET [the geom] = ?", (blob(box(0, 0, 1e308, 1e308)),)),
    ("UPDATE a SET [the geom] = ?", (blob(Polygon([(0, 0), (float("nan"), 0), (1, 1)]), 0),)),
])  # fmt: skip
def test_a_geopackage_with_other_content_than_it_should_have_is_refused_in_a_sentence(tmp_path, statement, values):
    with pytest.raises(OptionError):
        read_polygons(damaged_geopackage(tmp_path / "a.gpkg", statement, *values), SCENE)


TRANSFORMS = [NORTH_UP, (10.0, 0.0, 500000.0, 0.0, 10.0, 4998000.0), (8.66, 5.0, 500000.0, 5.0, -8.66, 4999500.0)]


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_mask_is_pixel_centres_inside_and_independent_of_the_window(transform):
    grid = Grid(UTM, transform, 90, 110)
    circle = Point(500404.3, 4999503.1).buffer(301, quad_segs=300)  # more corners than are handed on unclipped
    inside = polygon_mask([circle, SQUARE], grid)
    rows, cols = np.mgrid[0:110, 0:90] + 0.5
    a, b, c, d, e, f = transform
    centres = shapely.points(a * cols + b * rows + c, d * cols + e * rows + f)
    expected = shapely.intersects(circle, centres) | shapely.intersects(SQUARE, centres)
    assert expected.any()
    assert (inside != expected).sum() <= 2  # a centre on an edge
    for window in (Window(0, 0, 50, 40), Window(50, 40, 60, 50), Window(13, 7, 1, 1)):
        np.testing.assert_array_equal(polygon_mask([circle, SQUARE], grid.crop(window)), inside[window.slices])


def test_mask_far_from_every_polygon_is_empty():
    assert not polygon_mask([box(0, 0, 1, 1)], Grid(UTM, NORTH_UP, 5, 4)).any()
    assert polygon_mask([], Grid(UTM, NORTH_UP, 5, 4)).shape == (4, 5)


@pytest.mark.parametrize("transform", [NORTH_UP, (0.1, 0.0, -10.3, 0.0, -0.1, 50.7), (0.1, 0.0, -10.3, 0.0, 0.1, 40.7)])
@settings(max_examples=50)
@given(row=st.integers(-9, 90), col=st.integers(-9, 90), height=st.integers(1, 50), width=st.integers(1, 50))
def test_bounds_of_a_window_give_the_window(transform, row, col, height, width):
    a, _, c, _, e, f = transform
    xs, ys = (c + a * col, c + a * (col + width)), sorted((f + e * row, f + e * (row + height)))
    assert bounds_window((xs[0], ys[0], xs[1], ys[1]), Grid(UTM, transform, 100, 100)) == Window(
        row, col, height, width
    )


def test_bounds_touching_a_pixel_take_it_whole():
    grid = Grid(UTM, NORTH_UP, 100, 100)
    assert bounds_window((500014, 4999961, 500021, 4999979), grid) == Window(2, 1, 2, 2)
    assert bounds_window((500014, 4999961, 500014.5, 4999961.5), grid) == Window(3, 1, 1, 1)


def test_bounds_on_a_rotated_grid_hold_the_corners():
    grid = Grid(UTM, (0.0, 10.0, 500000.0, 10.0, 0.0, 5000000.0), 50, 60)  # rows run east, columns north
    assert bounds_window((500010, 5000020, 500030, 5000070), grid) == Window(1, 2, 2, 5)


@pytest.mark.parametrize(
    "bounds", [(1, 0, 0, 1), (0, 1, 1, 0), (0, 0, 0, 1), (float("nan"), 0, 1, 1), (0, 0, float("inf"), 1)]
)
def test_impossible_bounds(bounds):
    with pytest.raises(OptionError, match="WEST SOUTH EAST NORTH"):
        bounds_window(bounds, Grid(UTM, NORTH_UP, 10, 10))
