"""GeoPackages: the same features give the same bytes."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import shapely

from geoquant.vector.geopackage.features import Feature
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage


def test_the_same_features_give_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    layer = NewLayer("classes", {"value": int}, "EPSG:32632", style="<qgis/>")
    features = [Feature(shapely.box(i, 0, i + 1, 1), {"value": i}) for i in range(50)]
    for name in ("first.gpkg", "second.gpkg"):
        write_geopackage(tmp_path / name, layer, features)
        time.sleep(0.01)  # SQLite's own time stamps count milliseconds
    assert (tmp_path / "first.gpkg").read_bytes() == (tmp_path / "second.gpkg").read_bytes()
    with sqlite3.connect(tmp_path / "first.gpkg") as database:
        changed = {row[0] for row in database.execute("SELECT last_change FROM gpkg_contents")}
    assert changed == {"1970-01-01T00:00:00.000Z"}
