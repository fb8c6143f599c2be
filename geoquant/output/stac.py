"""A set of maps as a static STAC catalogue: a collection, an item for each map, and the model as an item of MLM.

Facts: STAC 1.1.0 (item and collection specification) and its extensions projection 2.0, raster 2.0, classification 2.0
and file 2.1. A check sum is a multihash: 0x12 for SHA-256, 0x20 for its 32 bytes, then the digest. All links are
relative, so that the folder may move. A file of this folder is named by it; a source that lies elsewhere on this
machine by its way from here.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rasterio.crs import CRS
from rasterio.enums import WktVersion
from rasterio.warp import transform_geom

from geoquant.grid import Grid
from geoquant.model_card.card import ModelCard
from geoquant.model_card.dialects.stac_mlm import stac_classes, to_mlm
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.output.destination import write_text
from geoquant.output.records import file_facts
from geoquant.raster.handles import is_remote
from geoquant.raster.pixel_size import fineness
from geoquant.redaction import file_name, redacted

VERSION, COLLECTION, MODEL = "1.1.0", "collection.json", "model.json"
GEOJSON, COG = "application/geo+json", "image/tiff; application=geotiff; profile=cloud-optimized"
EXTENSIONS = {
    name: f"https://stac-extensions.github.io/{name}/{version}/schema.json"
    for name, version in (
        ("projection", "v2.0.0"),
        ("raster", "v2.0.0"),
        ("classification", "v2.0.0"),
        ("file", "v2.1.0"),
    )
}
EDGE_POINTS = 20
"""Points along each side of a footprint: a straight edge of a map is a curve in degrees."""
DEGREE_DIGITS = 7  # a centimetre
UNDATED = ("1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z")
"""Of what has no time of its own, as for a model: STAC wants one."""
SHA256_MULTIHASH = "1220"


@dataclass(frozen=True)
class Catalogue:
    """Where a set of maps lies, and what made it.

    Attributes:
        folder: The folder of the maps and of everything that is written here.
        card: The card of the model.
        confidence_nodata: The value of invalid pixels in maps of confidence.
    """

    folder: Path
    card: ModelCard
    confidence_nodata: int

    @property
    def name(self) -> str:
        """The id of the collection."""
        return re.sub(r"[^0-9A-Za-z_.-]+", "-", self.folder.resolve().name) or "maps"


@dataclass(frozen=True)
class PublishedMap:
    """One map of a set, all of whose files are complete.

    Attributes:
        name: The id of its item.
        grid: The grid of its class map.
        files: Asset name ("classes", "confidence", "drift", "polygons", "areas") -> file.
        acquired: The times of the scenes that it shows, as ISO 8601; empty for one without.
        sources: The files of these scenes.
    """

    name: str
    grid: Grid
    files: Mapping[str, Path]
    acquired: Sequence[str] = ()
    sources: Sequence[str] = field(default_factory=tuple)


def write_item(catalogue: Catalogue, one: PublishedMap) -> Path:
    """Write the item of one map beside it.

    Raises:
        RasterError: the disk did not take it.
        OSError: a file of the map is gone.
    """
    return _write(catalogue.folder / f"{one.name}.json", _item(catalogue, one))


def write_model_item(catalogue: Catalogue, model: Path, graph: GraphFacts) -> Path:
    """Write the item of the model whose file that is.

    Raises:
        RasterError: the disk did not take it.
    """
    href = _way(catalogue.folder, model)
    return _write(catalogue.folder / MODEL, to_mlm(catalogue.card, graph, href))


def write_collection(catalogue: Catalogue, names: Sequence[str], assets: Mapping[str, Path]) -> Path:
    """Write the collection of the items that lie in the folder.

    Args:
        catalogue: of the items.
        names: of the items, at least one.
        assets: files that stand for all maps, by asset name: "mosaic", "mosaic_confidence", "table".

    Raises:
        RasterError: the disk did not take it.
    """
    folder, card = catalogue.folder, catalogue.card
    items = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in names]
    links = [_link("root", COLLECTION, "application/json"), _model_link(card)]
    links += [_link("item", f"{name}.json", GEOJSON) for name in names]
    collection = {
        "type": "Collection",
        "stac_version": VERSION,
        "stac_extensions": [EXTENSIONS["raster"], EXTENSIONS["classification"]],
        "id": catalogue.name,
        "title": f"Classes by {card.name}",
        "description": f"{len(items)} sheets of one map, made by geoquant with the model {card.name}.",
        "license": "other",
        "extent": _extent(items),
        "links": links,
        "assets": {name: _beside(name, path) for name, path in assets.items()},
        "item_assets": {"classes": {"type": COG, "roles": ["data"], **_looks("classes", items[0], catalogue)}},
    }
    return _write(folder / COLLECTION, collection)


def _item(catalogue: Catalogue, one: PublishedMap) -> dict[str, Any]:
    geometry = footprint(one.grid)
    links = [_link(rel, COLLECTION, "application/json") for rel in ("root", "parent", "collection")]
    sources = [_source_link(catalogue.folder, path) for path in one.sources if not path.startswith("<")]
    return {
        "type": "Feature",
        "stac_version": VERSION,
        "stac_extensions": list(EXTENSIONS.values()),
        "id": one.name,
        "collection": catalogue.name,
        "geometry": geometry,
        "bbox": _bbox(geometry),
        "properties": {**_times(one.acquired), **_projection(one.grid)},
        "links": [*links, _model_link(catalogue.card), *sources],
        "assets": {name: _asset(catalogue, name, path, one.grid) for name, path in one.files.items()},
    }


def footprint(grid: Grid) -> dict[str, Any]:
    """The outline of a grid as GeoJSON in WGS84, cut in two where it crosses the antimeridian."""
    west, south, east, north = grid.extent
    steps = [step / EDGE_POINTS for step in range(EDGE_POINTS)]
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [
        (x0 + step * (x1 - x0), y0 + step * (y1 - y0)) for (x0, y0), (x1, y1) in pairwise(corners) for step in steps
    ]
    outline = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    found = transform_geom(grid.crs, "EPSG:4326", outline, antimeridian_cutting=True)
    return {"type": found["type"], "coordinates": _rounded(found["coordinates"])}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (list, tuple)):
        return [_rounded(part) for part in coordinates]
    return round(coordinates, DEGREE_DIGITS)


def _bbox(geometry: Mapping[str, Any]) -> list[float]:
    """West, south, east, north; west is the greater number where the antimeridian lies between (GeoJSON, RFC 7946)."""
    is_cut = geometry["type"] == "MultiPolygon"
    polygons = geometry["coordinates"] if is_cut else [geometry["coordinates"]]
    points = [point for polygon in polygons for ring in polygon for point in ring]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    west = min(lon for lon in lons if lon > 0) if is_cut else min(lons)
    east = max(lon for lon in lons if lon < 0) if is_cut else max(lons)
    return [west, min(lats), east, max(lats)]


def _times(acquired: Sequence[str]) -> dict[str, Any]:
    """One time, or the first and the last; a set with an undated scene tells of the dated ones."""
    known = sorted({time.replace("+00:00", "Z") for time in acquired if time})
    if len(known) == 1:
        return {"datetime": known[0]}
    first, last = (known[0], known[-1]) if known else UNDATED
    return {"datetime": None, "start_datetime": first, "end_datetime": last}


def _projection(grid: Grid) -> dict[str, Any]:
    crs = CRS.from_wkt(grid.crs or "")
    authority = crs.to_authority()
    named = {"proj:code": ":".join(authority)} if authority else {"proj:code": None}
    wkt2 = {} if authority else {"proj:wkt2": crs.to_wkt(version=WktVersion.WKT2_2019)}
    place = {"proj:shape": [grid.height, grid.width], "proj:transform": list(grid.transform)}
    return {**named, **wkt2, **place, "proj:bbox": list(grid.extent)}


def _asset(catalogue: Catalogue, name: str, path: Path, grid: Grid) -> dict[str, Any]:
    size, sha256 = file_facts(path)
    facts = {
        "href": _way(catalogue.folder, path),
        "type": _TYPES[name],
        "roles": ["data"] if name == "classes" else ["metadata"],
    }
    own = {"raster:spatial_resolution": fineness(grid)} if name in ("classes", "confidence") else {}
    return {
        **facts,
        "file:size": size,
        "file:checksum": SHA256_MULTIHASH + sha256,
        **own,
        **_looks(name, {}, catalogue),
    }


_TYPES = {
    "classes": COG,
    "confidence": COG,
    "drift": "image/tiff; application=geotiff",
    "polygons": "application/geopackage+sqlite3",
    "areas": "text/csv",
    "table": "text/csv",
    "mosaic": "application/xml",
    "mosaic_confidence": "application/xml",
}


def _looks(name: str, item: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """What an asset's numbers mean; ``item`` gives the size of pixels where all maps share it."""
    shared = item["assets"][name] if item else {}
    own = {key: shared[key] for key in ("raster:spatial_resolution",) if key in shared}
    if name == "classes":
        band = {"name": "class", "data_type": "uint8", "nodata": catalogue.card.output_nodata}
        return {**own, "bands": [band], "classification:classes": stac_classes(catalogue.card.classes)}
    if name == "confidence":
        return {
            "bands": [{"name": "confidence", "data_type": "uint8", "nodata": catalogue.confidence_nodata, "unit": "%"}]
        }
    return own


def _beside(name: str, path: Path) -> dict[str, Any]:
    return {"href": f"./{quote(path.name)}", "type": _TYPES[name], "roles": ["metadata"]}


def _extent(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Of all items; the whole turn of the earth where one crosses the antimeridian."""
    wests, souths, easts, norths = zip(*(item["bbox"] for item in items), strict=True)
    crosses = any(west > east for west, east in zip(wests, easts, strict=True))
    box = [-180.0 if crosses else min(wests), min(souths), 180.0 if crosses else max(easts), max(norths)]
    times = [item["properties"] for item in items]
    starts = [found["datetime"] or found["start_datetime"] for found in times]
    ends = [found["datetime"] or found["end_datetime"] for found in times]
    return {"spatial": {"bbox": [box]}, "temporal": {"interval": [[min(starts), max(ends)]]}}


def _link(rel: str, name: str, kind: str) -> dict[str, str]:
    return {"rel": rel, "href": f"./{quote(name)}", "type": kind}


def _model_link(card: ModelCard) -> dict[str, str]:
    return {**_link("derived_from", MODEL, GEOJSON), "title": f"model: {card.name}"}


def _source_link(folder: Path, path: str) -> dict[str, str]:
    return {"rel": "derived_from", "href": _way(folder, path), "title": file_name(path)}


def _way(folder: Path, path: str | Path) -> str:
    """The address of a file: relative to the folder, or as it is, without secrets, where it is on no disk of ours."""
    text = str(path)
    if is_remote(text) or text.startswith("/vsi"):
        return redacted(text)
    try:
        way = os.path.relpath(os.path.abspath(text), os.path.abspath(folder))
    except ValueError:  # on another drive of Windows there is no way from here
        return quote(file_name(text))
    plain = quote(way.replace(os.sep, "/"))
    return plain if plain.startswith("../") else f"./{plain}"


def _write(path: Path, document: Mapping[str, Any]) -> Path:
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return path
