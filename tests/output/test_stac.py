"""Items of places that are hard to tell in degrees, and of scenes without a time."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from rasterio.crs import CRS

from geoquant.grid import Grid
from geoquant.output.stac import Catalogue, PublishedMap, footprint, write_collection, write_item
from tests.builders.cards import CARD

NAMELESS = CRS.from_proj4("+proj=laea +lat_0=10 +lon_0=20 +datum=WGS84 +units=m")


def grid(crs: CRS, west: float, north: float, pixel: float) -> Grid:
    return Grid(crs.to_wkt(), (pixel, 0.0, west, 0.0, -pixel, north), 100, 50)


def item_of(folder: Path, place: Grid, name: str = "a", **facts: object) -> dict[str, object]:
    (folder / f"{name}.tif").write_bytes(b"map")
    one = PublishedMap(name, place, {"classes": folder / f"{name}.tif"}, **facts)  # type: ignore[arg-type]
    item: dict[str, object] = json.loads(write_item(Catalogue(folder, CARD, 255), one).read_text())
    return item


def test_a_footprint_follows_the_curve_of_a_straight_edge():
    ring = footprint(grid(CRS.from_epsg(3035), 4_000_000, 3_000_000, 10_000))["coordinates"][0]
    assert ring[0] == ring[-1]
    assert len(ring) == 81
    south = [lat for _, lat in ring[:21]]
    assert max(south) - max(south[0], south[-1]) > 0.07  # the corners alone would cut off eight kilometres
    area = sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring))
    assert area > 0  # counterclockwise, as RFC 7946 wants it


def test_a_map_across_the_antimeridian_is_cut_in_two(tmp_path):
    item = item_of(tmp_path, grid(CRS.from_epsg(32601), 100_000, 7_000_000, 3000))
    west, south, east, north = item["bbox"]
    assert item["geometry"]["type"] == "MultiPolygon"
    assert 170 < west < 180
    assert -180 < east < -170
    assert south < north
    path = write_collection(Catalogue(tmp_path, CARD, 255), ["a"], {})
    assert json.loads(path.read_text())["extent"]["spatial"]["bbox"] == [[-180.0, south, 180.0, north]]


def test_a_crs_without_a_code_is_told_in_words(tmp_path):
    told = item_of(tmp_path, grid(NAMELESS, 0, 0, 10))["properties"]
    assert told["proj:code"] is None
    assert CRS.from_wkt(told["proj:wkt2"]) == NAMELESS


@pytest.mark.parametrize(
    ("acquired", "told"),
    [
        (["2022-01-02T00:00:00+00:00"], {"datetime": "2022-01-02T00:00:00Z"}),
        (
            ["", "2022-03-01T00:00:00+00:00", "2022-01-02T00:00:00+00:00"],
            {"datetime": None, "start_datetime": "2022-01-02T00:00:00Z", "end_datetime": "2022-03-01T00:00:00Z"},
        ),
        ([""], {"datetime": None, "start_datetime": "1900-01-01T00:00:00Z", "end_datetime": "9999-12-31T23:59:59Z"}),
    ],
)
def test_times_of_scenes(tmp_path, acquired, told):
    properties = item_of(tmp_path, grid(CRS.from_epsg(32632), 500_000, 5_000_000, 10), acquired=acquired)["properties"]
    assert {key: value for key, value in properties.items() if "datetime" in key} == told


def test_links_to_sources_are_relative_and_hold_no_secrets(tmp_path):
    (tmp_path / "my maps").mkdir()
    sources = [str(tmp_path / "a b.tif"), "/vsicurl/https://example.org/c.tif?token=secret", "<VRTDataset/>"]
    item = item_of(tmp_path / "my maps", grid(NAMELESS, 0, 0, 10), sources=sources)
    found = [link["href"] for link in item["links"] if link["rel"] == "derived_from"]
    assert found[:2] == ["./model.json", "../a%20b.tif"]
    assert len(found) == 3
    assert "example.org/c.tif" in found[2]
    assert "secret" not in json.dumps(item)
    assert item["collection"] == "my-maps"
