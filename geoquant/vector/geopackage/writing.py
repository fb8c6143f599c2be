"""Polygons into a new GeoPackage (required tables: OGC 12-128r19, 1.1.2, 1.1.3 and 2.1.5; geometry blobs: 2.1.3)."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from geoquant.vector.geopackage.features import Feature, quoted
from geoquant.vector.geopackage.spatial_index import create_index, keep_index, tree_name

APPLICATION_ID, USER_VERSION = 0x47504B47, 10200
"""GPKG, version 1.2: nothing newer is used, and older programs warn of newer versions."""
FIRST_FREE_SRS = 100_000
LON_LAT_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,'
    'AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
"""
STYLES = """
CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT DEFAULT '',
    f_table_schema TEXT DEFAULT '', f_table_name TEXT, f_geometry_column TEXT, styleName TEXT, styleQML TEXT,
    styleSLD TEXT DEFAULT '', useAsDefault BOOLEAN, description TEXT DEFAULT '', owner TEXT DEFAULT '', ui TEXT,
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')));
"""
"""The table in which QGIS keeps styles, with the columns that it makes itself."""
SQL_TYPES = {int: "INTEGER", float: "DOUBLE", str: "TEXT"}
NO_TIME = "1970-01-01T00:00:00.000Z"
"""Where the standard wants a time of change: the same features give the same bytes, whenever they are written."""
BATCH = 10_000
"""The number of features that are turned into rows at once."""


@dataclass(frozen=True)
class NewLayer:
    """The layer of a new GeoPackage.

    Attributes:
        table: The layer's name.
        columns: The type of each attribute: int, float or str.
        crs: The WKT or authority code of the coordinates (longitude first), None when undefined.
        geometry: The type of its geometries: POLYGON, MULTIPOLYGON or, where they differ, GEOMETRY.
        style: The QGIS layer style (QML) that it opens with; none where empty.
    """

    table: str
    columns: Mapping[str, type]
    crs: str | None
    geometry: str = "POLYGON"
    style: str = ""


def write_geopackage(path: Path, layer: NewLayer, features: Iterable[Feature]) -> None:
    """Write features as the only layer of a new GeoPackage, with a spatial index; memory does not grow with them.

    Args:
        path: a file that does not exist.
        layer: its name, attributes and CRS.
        features: each with a geometry and the attributes of ``layer``.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {USER_VERSION}")
        database.executescript(TABLES)
        srs = _write_systems(database, layer.crs)
        _create_layer(database, layer, srs)
        create_index(database, layer.table)
        boxes = [_insert(database, layer, srs, batch) for batch in _batches(features)]
        if boxes:
            extent = np.concatenate([np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]]).tolist()
            database.execute("UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ?", extent)
        keep_index(database, layer.table)
        if layer.style:
            _keep_style(database, layer)


def _write_systems(database: sqlite3.Connection, crs: str | None) -> int:
    """The three systems that every GeoPackage must name, and this one; returns its srs_id."""
    required = [
        ("Undefined Cartesian", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
        ("Undefined geographic", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
        ("WGS 84 geodetic", 4326, "EPSG", 4326, LON_LAT_WKT, "longitude and latitude in degrees"),
    ]
    own = ("", -1, "", -1, "", "") if crs is None else _system(crs)
    systems = required if own[1] in (-1, 4326) else [*required, own]
    database.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", systems)
    return own[1]


def _system(crs: str) -> tuple[str, int, str, int, str, str]:
    from rasterio.crs import CRS

    known = CRS.from_user_input(crs)
    wkt = known.to_wkt(version="WKT1_GDAL")
    name = wkt.split('"')[1]
    code = known.to_epsg()
    if code is None:
        return name, FIRST_FREE_SRS, "NONE", FIRST_FREE_SRS, wkt, ""
    return name, code, "EPSG", code, wkt, ""


def _create_layer(database: sqlite3.Connection, layer: NewLayer, srs: int) -> None:
    table, listed = layer.table, "".join(f", {quoted(name)} {SQL_TYPES[kind]}" for name, kind in layer.columns.items())
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, srs_id) "
        "VALUES (?, 'features', ?, ?, ?)",
        (table, table, NO_TIME, srs),
    )
    database.execute(
        f"CREATE TABLE {quoted(table)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB{listed})"
    )
    database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (table, layer.geometry, srs))


def _keep_style(database: sqlite3.Connection, layer: NewLayer) -> None:
    """Put the style where QGIS looks for it, so that the file is styled without another one beside it."""
    database.executescript(STYLES)
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', ?)",
        (NO_TIME,),
    )
    database.execute(
        "INSERT INTO layer_styles (f_table_name, f_geometry_column, styleName, styleQML, useAsDefault, update_time) "
        "VALUES (?, 'geom', ?, ?, 1, ?)",
        (layer.table, layer.table, layer.style, NO_TIME),
    )


def _batches(features: Iterable[Feature]) -> Iterator[list[Feature]]:
    rest = iter(features)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _insert(database: sqlite3.Connection, layer: NewLayer, srs: int, batch: list[Feature]) -> list[float]:
    """Add rows to the layer and its index; their west, south, east, north."""
    import shapely

    table = quoted(layer.table)
    first = database.execute(f"SELECT coalesce(max(fid), 0) + 1 FROM {table}").fetchone()[0]  # nosec B608
    geometries = np.array([feature.geometry for feature in batch], object)
    boxes, bodies = shapely.bounds(geometries), shapely.to_wkb(geometries, byte_order=1)
    values = ([feature.attributes[name] for name in layer.columns] for feature in batch)
    rows = [
        (fid, _header(box, srs) + body, *row)
        for fid, box, body, row in zip(range(first, first + len(batch)), boxes, bodies, values, strict=True)
    ]
    names = ", ".join(["fid", "geom", *map(quoted, layer.columns)])
    marks = ", ".join("?" * (2 + len(layer.columns)))
    database.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # nosec B608
    sides = [(first + number, *box) for number, box in enumerate(boxes[:, [0, 2, 1, 3]].tolist())]
    database.executemany(f"INSERT INTO {quoted(tree_name(layer.table))} VALUES (?, ?, ?, ?, ?)", sides)  # nosec B608
    return [*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()]


def _header(box: Any, srs: int) -> bytes:
    """The header before a geometry's little-endian WKB (flags 0b11: byte order, envelope of four numbers)."""
    west, south, east, north = box
    return b"GP" + struct.pack("<BBi4d", 0, 0b11, srs, west, east, south, north)
