"""The spatial index of a GeoPackage follows what is deleted and edited."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from geoquant.vector.geopackage.reading import read_features
from tests.builders.maps import class_map, polygons_of


def test_the_spatial_index_holds_every_polygon_and_follows_deletions(tmp_path):
    out = polygons_of(tmp_path, class_map(300, 300))
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
    out = polygons_of(tmp_path, class_map(300, 300))
    with closing(sqlite3.connect(out)) as database, database:
        for name, side in (("ST_MinX", 7.0), ("ST_MaxX", 8.0), ("ST_MinY", 1.0), ("ST_MaxY", 2.0)):
            database.create_function(name, 1, lambda _, side=side: side)
        database.create_function("ST_IsEmpty", 1, lambda blob: blob == b"empty")
        database.execute("UPDATE classes SET geom = x'00' WHERE fid = 2")
        assert database.execute("SELECT * FROM rtree_classes_geom WHERE id = 2").fetchone() == (2, 7, 8, 1, 2)
        database.execute("UPDATE classes SET geom = NULL WHERE fid = 2")
        assert database.execute("SELECT * FROM rtree_classes_geom WHERE id = 2").fetchone() is None
