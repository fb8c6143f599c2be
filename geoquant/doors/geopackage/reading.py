"""GeoPackages read and written with the standard library's SQLite, so that no second GDAL is loaded.

Format: OGC 12-128r19, https://www.geopackage.org/spec140/ (geometry blobs: 2.1.3; required tables: 1.1.2, 1.1.3 and
2.1.5).
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.words.errors import OptionError

SQLITE_MAGIC = b"SQLite format 3\0"
ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
NOT_AREAS = ("POINT", "MULTIPOINT", "LINESTRING", "MULTILINESTRING", "CIRCULARSTRING", "COMPOUNDCURVE", "MULTICURVE")


@dataclass(frozen=True)
class Layer:
    """One feature table: its name, geometry column and CRS (None when the file leaves it undefined)."""

    table: str
    column: str
    crs: str | None


@dataclass(frozen=True)
class Feature:
    """A geometry with its attributes.

    Attributes:
        geometry: shapely geometry, or None.
        attributes: name -> value.
    """

    geometry: Any
    attributes: Mapping[str, Any]


def read_geopackage(path: Path, layer: str | None = None) -> tuple[list[Any], str | None]:
    """The shapely geometries of one layer, and its CRS; see ``read_features``."""
    features, crs = read_features(path, layer)
    return [feature.geometry for feature in features if feature.geometry is not None], crs


def read_features(path: Path, layer: str | None = None) -> tuple[list[Feature], str | None]:
    """The features of one layer, and its CRS (authority code or WKT), None when undefined.

    Args:
        path: the GeoPackage.
        layer: its feature table; by default the only one that can hold polygons.

    Raises:
        OptionError: no GeoPackage, no such layer, several layers to choose from, or a damaged geometry.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            chosen = _choose(_layers(database), path, layer)
            return list(_features(database, chosen, path)), chosen.crs
    except sqlite3.Error as error:
        raise OptionError(f"{path} is not a readable GeoPackage ({error}).") from error


def _layers(database: sqlite3.Connection) -> list[Layer]:
    """All feature tables that can hold polygons."""
    rows = database.execute(
        "SELECT g.table_name, g.column_name, s.organization, s.organization_coordsys_id, s.definition "
        "FROM gpkg_geometry_columns g LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id "
        f"WHERE upper(g.geometry_type_name) NOT IN ({', '.join('?' * len(NOT_AREAS))}) ORDER BY g.table_name",
        NOT_AREAS,
    )
    return [Layer(table, column, _crs(*system)) for table, column, *system in rows]


def _crs(organization: str | None, code: int | None, definition: str | None) -> str | None:
    if organization and organization.upper() == "EPSG":
        return f"EPSG:{code}"
    if not definition or definition.lower() == "undefined":
        return None
    return definition


def _choose(layers: list[Layer], path: Path, name: str | None) -> Layer:
    if not layers:
        raise OptionError(f"{path} has no layer of polygons.")
    names = ", ".join(layer.table for layer in layers)
    if name is None and len(layers) > 1:
        raise OptionError(f"{path} has several layers ({names}); choose one as '{path}|layername={layers[0].table}'.")
    for layer in layers:
        if name in (None, layer.table):
            return layer
    raise OptionError(f"{path} has no layer of polygons named {name!r}; it has {names}.")


def _features(database: sqlite3.Connection, layer: Layer, path: Path) -> Iterator[Feature]:
    import shapely

    rows = database.execute(f"SELECT * FROM {_quoted(layer.table)}")
    names = [column[0] for column in rows.description]
    for number, row in enumerate(rows, start=1):
        attributes = dict(zip(names, row, strict=True))
        wkb = _wkb(attributes.pop(layer.column))
        try:
            yield Feature(None if wkb is None else shapely.from_wkb(wkb), attributes)
        except shapely.errors.ShapelyError as error:
            raise OptionError(f"{path}, layer {layer.table}: geometry {number} is damaged ({error}).") from error


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _wkb(blob: bytes | None) -> bytes | None:
    """The WKB after the header of a geometry blob; None for a null or empty geometry.

    Header: magic "GP", version, flags (bits 1..3 kind of envelope, bit 4 empty), SRS id, envelope.
    """
    if blob is None:
        return None
    if len(blob) < 8 or blob[:2] != b"GP" or (blob[3] >> 1) & 7 not in ENVELOPE_BYTES:
        raise OptionError("a geometry of the GeoPackage has no valid header.")
    if blob[3] & 0b10000:
        return None
    return bytes(blob[8 + ENVELOPE_BYTES[(blob[3] >> 1) & 7] :])


APPLICATION_ID, USER_VERSION = 0x47504B47, 10400  # "GPKG", 1.4.0
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
SQL_TYPES = {int: "INTEGER", float: "DOUBLE", str: "TEXT"}


def write_geopackage(path: Path, table: str, features: Sequence[Feature], crs: str | None) -> None:
    """Write polygons as the only layer of a new GeoPackage.

    Args:
        path: a file that does not exist.
        table: name of the layer.
        features: with the same attributes, each an int, float or str throughout.
        crs: WKT or authority code of their coordinates (longitude first), None when undefined.
    """
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {USER_VERSION}")
        database.executescript(TABLES)
        srs = _write_systems(database, crs)
        kinds = {feature.geometry.geom_type.upper() for feature in features}
        _write_layer(database, table, features, srs)
        database.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)",
            (table, kinds.pop() if len(kinds) == 1 else "GEOMETRY", srs),
        )


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


def _write_layer(database: sqlite3.Connection, table: str, features: Sequence[Feature], srs: int) -> None:
    columns = {name: SQL_TYPES[type(value)] for name, value in features[0].attributes.items()}
    listed = "".join(f", {_quoted(name)} {kind}" for name, kind in columns.items())
    boxes = [feature.geometry.bounds for feature in features]
    west, south, east, north = (
        pick(side) for pick, side in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id) "
        "VALUES (?, 'features', ?, ?, ?, ?, ?, ?)",
        (table, table, west, south, east, north, srs),
    )
    database.execute(
        f"CREATE TABLE {_quoted(table)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom BLOB{listed})"
    )
    names = ", ".join(["geom", *map(_quoted, columns)])
    marks = ", ".join("?" * (1 + len(columns)))
    rows = [(_blob(feature.geometry, srs), *(feature.attributes[name] for name in columns)) for feature in features]
    database.executemany(f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})", rows)


def _blob(geometry: Any, srs: int) -> bytes:
    """A geometry with its envelope, little-endian (flags 0b11: byte order, envelope of four numbers)."""
    import shapely

    west, south, east, north = geometry.bounds
    header = b"GP" + struct.pack("<BBi4d", 0, 0b11, srs, west, east, south, north)
    return bytes(header + shapely.to_wkb(geometry, byte_order=1))
