"""Tiles that come back from a file as they were chosen, or as a person drew them; what is wrong is named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.sampling.sample import sample_tiles
from geoquant.sampling.summary import SampleSummary
from geoquant.sampling.tile_outlines import read_tile_outlines
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.sampling.tiles_from_file import tiles_of_file
from geoquant.vector.geopackage.features import Feature
from tests.builders.sampling import FEW, GEOMETRY


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_tiles_come_back_as_they_were_chosen(scenes, both, tmp_path: Path, suffix: str) -> None:
    summary = sample_tiles(None, scenes, tmp_path / f"tiles{suffix}", FEW)
    geometry, tiles = tiles_of_file(tmp_path / f"tiles{suffix}", both, GEOMETRY)
    assert geometry == GEOMETRY
    found = {
        (both[c.candidate.scene].scene.name, c.candidate.window, role, c.stratum.label, c.reason)
        for role, part in (("calibration", tiles.calibration), ("held out", tiles.held_out))
        for c in part
    }
    wanted = {
        (t["scene"], Window(t["row"], t["col"], t["height"], t["width"]), t["role"], t["stratum"], t["reason"])
        for t in summary.tiles
    }
    assert found == wanted


def edited(path: Path, change: Callable[[list[dict]], list[dict]]) -> Path:
    content = json.loads(path.read_text())
    content["features"] = change(content["features"])
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def tiles(sampled: SampleSummary, tmp_path: Path) -> Path:
    """Chosen tiles, a copy to edit."""
    return Path(shutil.copy(sampled.out, tmp_path))


def drawn(feature: dict, east_m: float, **properties: object) -> dict:
    """A copy of a tile, moved, with hardly any attributes, as a person draws it."""
    shift = east_m / 78_000  # degrees at 45 north
    ring = [[x + shift, y] for x, y in feature["geometry"]["coordinates"][0]]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def test_a_tile_drawn_by_hand_needs_no_attributes_and_lies_on_the_stride(tiles: Path, both) -> None:
    def change(features: list[dict]) -> list[dict]:
        held = [f for f in features if f["properties"]["role"] == "held out"]
        first = next(f for f in features if f["properties"]["role"] == "calibration")
        return [*held, drawn(first, 23, role=None, scene=None)]

    _, choice = tiles_of_file(edited(tiles, change), both, GEOMETRY)
    assert len(choice.calibration) == 1
    found = choice.calibration[0]
    assert found.reason == "chosen by hand"
    assert found.candidate.shares[found.stratum] == max(found.candidate.shares[1:])
    window = found.candidate.window
    assert all(side % 8 == 0 for side in (window.row, window.col, window.height, window.width))


def test_a_tile_outside_of_every_scene_is_named(tiles: Path, both) -> None:
    path = edited(tiles, lambda features: [*features, drawn(features[0], 90_000)])
    with pytest.raises(OptionError, match=r"tile \d+ lies outside of every scene"):
        tiles_of_file(path, both, GEOMETRY)


def test_a_tile_outside_of_its_own_scene_or_of_an_unknown_one_is_named(tiles: Path, both) -> None:
    other = "b.tif" if read_tile_outlines(tiles)[0][0].attributes["scene"] == "a.tif" else "a.tif"

    def move(features: list[dict], scene: str) -> list[dict]:
        features[0]["properties"]["scene"] = scene
        return features

    with pytest.raises(OptionError, match=f"tile 1 lies outside of the scene '{other}'"):
        tiles_of_file(edited(tiles, lambda features: move(features, other)), both, GEOMETRY)
    with pytest.raises(OptionError, match="not among --scenes"):
        tiles_of_file(edited(tiles, lambda features: move(features, "c.tif")), both, GEOMETRY)


def test_roles_are_checked(tiles: Path, both) -> None:
    def give(role: str) -> Callable[[list[dict]], list[dict]]:
        return lambda features: [{**f, "properties": {**f["properties"], "role": role}} for f in features]

    with pytest.raises(OptionError, match="has the role 'judge'"):
        tiles_of_file(edited(tiles, give("judge")), both, GEOMETRY)
    with pytest.raises(OptionError, match="no tile of the role 'held out'"):
        tiles_of_file(edited(tiles, give("calibration")), both, GEOMETRY)


def test_a_tile_that_calibrates_and_judges_is_refused(tiles: Path, both) -> None:
    def change(features: list[dict]) -> list[dict]:
        first = next(f for f in features if f["properties"]["role"] == "calibration")
        return [*features, drawn(first, 100, role="held_out")]

    with pytest.raises(OptionError, match=r"overlap: a model must not be judged"):
        tiles_of_file(edited(tiles, change), both, GEOMETRY)


def test_a_network_of_one_size_refuses_other_tiles(tiles: Path, both) -> None:
    with pytest.raises(OptionError, match="only runs at 80 px"):
        tiles_of_file(tiles, both, TileGeometry(48, 16, 8, whole=True))


def test_a_feature_without_geometry_is_named(tiles: Path, both) -> None:
    path = edited(tiles, lambda features: [{**features[0], "geometry": None}, *features[1:]])
    assert isinstance(read_tile_outlines(path)[0][0], Feature)
    with pytest.raises(OptionError, match="tile 1 has no geometry"):
        tiles_of_file(path, both, GEOMETRY)
