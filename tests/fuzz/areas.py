"""Areas of interest and edited tiles: GeoJSON and GeoPackages whose bytes, structure, rows and coordinates change."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import shapely

from geoquant.vector.geopackage.features import Feature
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage
from tests.fuzz import laws, parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import TEXTS, changed_bytes, changed_json_text

WEST, NORTH, PIXEL = 500_000.0, 5_000_000.0, 10.0
COORDINATES = (0.0, -1.0, 1e308, -1e308, float("nan"), float("inf"), 1e-300, 5e5, 5e6, 181.0, -91.0, 4.9e6)
CELLS = (None, 0, -1, 2**63 - 1, 0.5, 1e308, "", "x", "EPSG", "NONE", "\x00", b"", b"GP", b"\xff\xfe", "'; --")


def make(rng: random.Random, folder: Path) -> Case:
    """A classification inside of odd areas."""
    scene, out = parts.copied(parts.scene(), folder), folder / "out.tif"
    boxes = [_box(rng.randrange(30), rng.randrange(30), rng.choice((1, 8, 60))) for _ in range(rng.choice((1, 2, 3)))]
    path, told = changed_layer(rng, folder / "areas", [Feature(box, {"name": "a"}) for box in boxes])
    layer = rng.choice(("", "", "", "|layername=areas", "|layername=", "|layername=x"))
    given = [str(scene), "--model", str(parts.model()), *parts.QUICK, "--out", str(out), "--aoi", f"{path}{layer}"]
    law = laws.is_class_map(out, set(range(4)))
    return Case(["classify", *given], told + layer, (out,), law)


def make_tiles(rng: random.Random, folder: Path) -> Case:
    """A quantization on tiles from an odd file."""
    scene, out = parts.copied(parts.wide_scene(), folder), folder / "out.onnx"
    features = [
        Feature(_box(100 * (number // 2), 90 * (number % 2), 80), {"number": number, "scene": "wide.tif", "role": role})
        for number, role in enumerate(("calibration", "held out") * 4)
    ]
    path, told = changed_layer(rng, folder / "tiles", features)
    arguments = ["quantize", str(parts.model("conv")), "--scenes", str(scene), "--tiles-from", str(path)]
    return Case([*arguments, "--tile", "96", "--max-drop", "100", "--out", str(out)], told, (out,))


def _box(row: int, col: int, side: int) -> Any:
    west, north = WEST + PIXEL * col, NORTH - PIXEL * row
    return shapely.box(west, north - PIXEL * side, west + PIXEL * side, north)


def changed_layer(rng: random.Random, stem: Path, features: list[Feature]) -> tuple[Path, str]:
    """Write features as one of the formats, changed."""
    if rng.random() < 0.15:
        features = [Feature(_odd_geometry(rng), feature.attributes) for feature in features]
    if rng.random() < 0.5:
        path = stem.with_suffix(".geojson")
        content, told = _changed_geojson(rng, features)
        path.write_bytes(content)
        return path, told
    path = stem.with_suffix(".gpkg")
    columns = {name: type(value) for name, value in features[0].attributes.items()}
    write_geopackage(path, NewLayer(stem.name, columns, "EPSG:32632", "GEOMETRY"), features)
    if rng.random() < 0.35:
        content, told = changed_bytes(rng, path.read_bytes())
        path.write_bytes(content)
        return path, told
    return path, _change_rows(rng, path)


def _odd_geometry(rng: random.Random) -> Any:
    return rng.choice(
        (
            shapely.Point(WEST, NORTH),
            shapely.Polygon(),
            shapely.Polygon([(WEST, NORTH), (WEST + 100, NORTH - 100), (WEST + 100, NORTH), (WEST, NORTH - 100)]),
            shapely.GeometryCollection([shapely.box(WEST, NORTH - 90, WEST + 90, NORTH), shapely.Point(0, 0)]),
            shapely.box(-1e7, -1e7, 1e7, 1e7),
            shapely.box(WEST, NORTH - 100, WEST + 1e-9, NORTH),
            shapely.MultiPolygon([shapely.box(WEST, NORTH - 90, WEST + 90, NORTH)] * 2),
        )
    )


def _changed_geojson(rng: random.Random, features: list[Feature]) -> tuple[bytes, str]:
    listed = [
        {"type": "Feature", "properties": dict(each.attributes), "geometry": shapely.geometry.mapping(each.geometry)}
        for each in features
    ]
    crs = rng.choice(("EPSG:32632", "urn:ogc:def:crs:EPSG::32632", rng.choice(TEXTS)))
    document = {"type": "FeatureCollection", "features": listed, "crs": {"type": "name", "properties": {"name": crs}}}
    document = json.loads(json.dumps(document))  # tuples become lists
    if rng.random() < 0.3:
        told = _change_coordinate(rng, document)
        return json.dumps(document).encode(), told
    return changed_json_text(rng, document)


def _change_coordinate(rng: random.Random, document: dict) -> str:
    value = rng.choice(COORDINATES)
    place = rng.choice(document["features"])["geometry"].get("coordinates")
    while isinstance(place, list) and place and isinstance(place[0], list):
        place = rng.choice(place)
    if place:
        place[rng.randrange(len(place))] = value
    return f"coordinate {value:g}"


def _change_rows(rng: random.Random, path: Path) -> str:
    """One to three cells of any table with another value, or a table without its rows, or none at all."""
    told = []
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        for _ in range(rng.choice((1, 1, 2, 3))):
            told.append(_change_table(rng, database))
    return "rows: " + "; ".join(told)


def _change_table(rng: random.Random, database: sqlite3.Connection) -> str:
    found = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
    )
    table = rng.choice([name for (name,) in found if not name.startswith("rtree")])
    kind, value = rng.choice(("cell", "cell", "cell", "empty", "drop")), rng.choice(CELLS)
    names = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
    column = rng.choice(names)
    try:
        if kind == "cell":
            database.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = ?', (_cell(rng, value),))
        else:
            database.execute(f'DELETE FROM "{table}"' if kind == "empty" else f'DROP TABLE "{table}"')
    except sqlite3.Error as error:
        return f"{kind} of {table}: SQLite refuses ({error!s:.40})"
    return f"{kind} {table}.{column} {value!r:.40}"


def _cell(rng: random.Random, value: Any) -> Any:
    """The value; or a geometry whose header or coordinates are odd."""
    if rng.random() < 0.7:
        return value
    ring = shapely.box(WEST, NORTH - 90, WEST + rng.choice(COORDINATES), NORTH)
    wkb = shapely.to_wkb(ring) or b""  # none of a ring that is not finite
    header = b"GP\x00" + bytes([rng.choice((1, 0, 0x11, 0x21, 0xFF, 3))]) + bytes(4)
    return changed_bytes(rng, header + wkb)[0] if rng.random() < 0.5 else header + wkb
