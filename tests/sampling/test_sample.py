"""The job ``sample_tiles``: the same tiles in every process, files and pictures of what was chosen, edits kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.io import MemoryFile

from geoquant.errors import Cancelled, OptionError
from geoquant.grid import Window
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.quantize import SampleOptions
from geoquant.options.scene import SceneOptions
from geoquant.progress import Progress
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.scene_input import SceneInput
from geoquant.sampling.coverage import check_coverage
from geoquant.sampling.sample import sample_tiles
from geoquant.sampling.tile_outlines import read_tile_outlines
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.sampling.tiles_from_file import tiles_of_file
from geoquant.strata.stratified_scene import StratifiedScene, stratify
from geoquant.vector.geopackage.features import Feature
from geoquant.vector.geopackage.reading import read_features

SIX = ("B02", "B03", "B04", "B8A", "B11", "B12")
FEW = SampleOptions(tiles=8, held_out=6, tile=64)


def landscape(seed: int, side: int = 640) -> np.ndarray:
    """(6, y, x) stored numbers: patches of many brightnesses, a few of them extreme."""
    rng = np.random.default_rng(seed)
    patches = rng.gamma(2.0, 900, (6, side // 32, side // 32)) * rng.choice([0.3, 1, 3], (1, side // 32, side // 32))
    smooth = np.kron(patches, np.ones((32, 32))) * rng.normal(1, 0.05, (6, side, side))
    return np.clip(smooth + 1000, 1, 20000).astype(np.uint16)


@pytest.fixture
def scenes(make_tif: Callable[..., Path]) -> list[Path]:
    """Two scenes in neighbouring zones; the second has another offset in its stored numbers."""
    first, second = landscape(1), landscape(2)
    first[:, :100, :100] = 0
    paths = []
    for name, values, crs, offset in (("a.tif", first, 32632, -0.1), ("b.tif", second - 1000, 32633, 0.0)):
        path = make_tif(values, name, crs=f"EPSG:{crs}", nodata=0, descriptions=SIX)
        with rasterio.open(path, "r+") as file:
            file.scales, file.offsets = (1e-4,) * 6, (offset,) * 6
        paths.append(path)
    return paths


def test_the_summary_and_the_file_say_the_same(scenes: list[Path], tmp_path: Path) -> None:
    summary = sample_tiles(None, scenes, tmp_path / "tiles.gpkg", FEW)
    features, crs = read_features(tmp_path / "tiles.gpkg")
    assert crs == "EPSG:4326"  # two zones
    assert [{k: v for k, v in f.attributes.items() if k != "fid"} for f in features] == list(summary.tiles)
    assert {tile["scene"] for tile in summary.tiles} == {"a.tif", "b.tif"}
    roles = [tile["role"] for tile in summary.tiles]
    assert roles.count("held out") == 6
    assert 8 <= roles.count("calibration") <= 20  # one for a tail comes on top where none can be spared
    for tile in summary.tiles:
        shares = [value for name, value in tile.items() if name.startswith("share_")]
        assert sum(shares) + tile["nodata_share"] == pytest.approx(1, abs=0.002)
        assert tile["reason"]
    assert sum(row.calibration for row in summary.strata) == roles.count("calibration")
    assert json.dumps(summary.to_json())


def test_one_zone_keeps_its_crs(scenes: list[Path], tmp_path: Path) -> None:
    sample_tiles(None, scenes[:1], tmp_path / "tiles.gpkg", FEW)
    assert read_features(tmp_path / "tiles.gpkg")[1] == "EPSG:32632"


def test_two_processes_choose_the_same_tiles_and_another_seed_others(scenes: list[Path], tmp_path: Path) -> None:
    def in_a_process(name: str, seed: int, hash_seed: str) -> bytes:
        out = tmp_path / f"{name}.geojson"
        files = ["--scenes", *map(str, scenes), "-o", str(out), "--tiles", "8", "--held-out", "6", "--tile", "64"]
        command = [sys.executable, "-m", "geoquant", "sample", *files, "--seed", str(seed), "--progress", "none"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": hash_seed}
        root = Path(__file__).resolve().parents[2]
        subprocess.run(command, check=True, capture_output=True, env=environment, cwd=root)
        return out.read_bytes()

    first, second = in_a_process("first", 3, "1"), in_a_process("second", 3, "2")
    assert first == second
    assert first != in_a_process("third", 4, "1")


def test_units_are_shared_by_scenes_whose_stored_numbers_differ(scenes: list[Path], tmp_path: Path) -> None:
    summary = sample_tiles(None, scenes, tmp_path / "tiles.geojson", FEW)
    pixels = []
    for path in scenes:
        with rasterio.open(path) as file:
            stored = file.read().astype(np.float64)
            pixels.append(stored[:, stored[0] > 0] * 1e-4 + file.offsets[0])
    low, high = np.quantile(np.concatenate(pixels, axis=1), (0.001, 0.999), axis=1)
    for i, band in enumerate(summary.coverage):
        assert band.band == SIX[i]
        assert band.tail_low == pytest.approx(low[i], abs=2e-4)
        assert band.tail_high == pytest.approx(high[i], rel=2e-3)
        assert band.low_covered == (band.lowest <= band.tail_low)
        assert band.high_covered == (band.highest >= band.tail_high)
        assert band.inside > 0.9


def test_pictures_are_drawn_beside_the_tiles(scenes: list[Path], tmp_path: Path) -> None:
    summary = sample_tiles(None, scenes, tmp_path / "tiles.geojson", FEW)
    assert Path(summary.thumbnails) == tmp_path / "tiles_thumbnails.png"
    for path in (summary.thumbnails, summary.coverage_plot):
        with MemoryFile(Path(path).read_bytes()) as memory, memory.open() as picture:
            colors = picture.read()
        assert colors.shape[0] == 3
        assert min(colors.shape[1:]) > 300
        assert len(np.unique(colors.reshape(3, -1), axis=1).T) > 50


def test_outputs_are_not_replaced_unasked_and_a_scene_never(scenes: list[Path], tmp_path: Path) -> None:
    (tmp_path / "tiles_coverage.png").write_text("mine")
    with pytest.raises(OptionError, match=r"tiles_coverage\.png exists"):
        sample_tiles(None, scenes, tmp_path / "tiles.gpkg", FEW)
    assert not (tmp_path / "tiles.gpkg").exists()
    with pytest.raises(OptionError, match=r"\.gpkg"):
        sample_tiles(None, scenes, tmp_path / "tiles.shp", FEW)
    with pytest.raises(OptionError, match="no scene"):
        sample_tiles(None, [], tmp_path / "none.gpkg", FEW)


def test_cancelling_leaves_nothing(scenes: list[Path], tmp_path: Path) -> None:
    def stop(report: Progress) -> None:
        if report.stage == "drawing tiles":
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        sample_tiles(None, scenes, tmp_path / "tiles.gpkg", FEW, progress=stop)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.real
def test_real_scenes_of_three_zones_and_two_baselines(real_data: Path, tmp_path: Path) -> None:
    sources = [real_data / "sentinel2_l2a_t29unu", *sorted((real_data / "safe_mini").glob("*.SAFE"))]
    options = SceneOptions(bands=("B02", "B03", "B04", "B8A", "B11", "B12"), nodata=0)
    summary = sample_tiles(
        None, [SceneInput(each, options) for each in sources], tmp_path / "tiles.gpkg", SampleOptions(tile=64)
    )
    assert {"water", "thick cloud", "cloud edge", "shadow", "scene edge"} <= {row.stratum for row in summary.strata}
    assert all(band.low_covered and band.high_covered for band in summary.coverage)
    features, crs = read_features(tmp_path / "tiles.gpkg")
    assert crs == "EPSG:4326"
    assert len({feature.attributes["scene"] for feature in features}) > 1


# --- tiles that come back from a file


def stratified(path: Path) -> StratifiedScene:
    classes = (ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff"))
    card = ModelCard("any", tuple(map(Band, SIX)), Normalization((0.0,) * 6, (1.0,) * 6), classes)
    return stratify(fit_to_card(open_scene(path), card), card)


GEOMETRY = TileGeometry(64, 16, 8)


@pytest.fixture
def both(scenes: list[Path]) -> list[StratifiedScene]:
    return [stratified(path) for path in scenes]


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
def tiles(scenes: list[Path], tmp_path: Path) -> Path:
    sample_tiles(None, scenes, tmp_path / "tiles.geojson", FEW)
    return tmp_path / "tiles.geojson"


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
        tiles_of_file(tiles, both, TileGeometry(48, 16, 8), 80)


def test_a_feature_without_geometry_is_named(tiles: Path, both) -> None:
    path = edited(tiles, lambda features: [{**features[0], "geometry": None}, *features[1:]])
    assert isinstance(read_tile_outlines(path)[0][0], Feature)
    with pytest.raises(OptionError, match="tile 1 has no geometry"):
        tiles_of_file(path, both, GEOMETRY)


def test_the_check_sees_a_tail_that_is_missed(both) -> None:
    from dataclasses import replace

    from geoquant.progress import silent
    from geoquant.sampling.tile_selection import choose

    chosen = choose(both, GEOMETRY, FEW, silent)
    assert all(band.low_covered and band.high_covered for band in check_coverage(chosen))
    beyond = replace(chosen.tails, high=chosen.tails.high + np.array([9, 0, 0, 0, 0, 0]))
    coverage = check_coverage(replace(chosen, tails=beyond))
    assert [band.high_covered for band in coverage] == [False, True, True, True, True, True]
