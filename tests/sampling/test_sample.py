"""The job ``sample_tiles``: the same tiles in every process, files and pictures of what was chosen, edits kept."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import rasterio.vrt

from geoquant.errors import Cancelled, OptionError, RasterError
from geoquant.options.quantize import SampleOptions
from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.progress import Progress
from geoquant.raster.scene_input import SceneInput
from geoquant.sampling.sample import sample_tiles
from geoquant.sampling.summary import SampleSummary
from geoquant.vector.geopackage.reading import read_features
from tests.builders.sampling import FEW, SIX
from tests.builders.scenes import make_scene


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
    sample_tiles(None, scenes, tmp_path / "third.geojson", replace(FEW, seed=4))
    assert first != (tmp_path / "third.geojson").read_bytes()


def test_units_are_shared_by_scenes_whose_stored_numbers_differ(sampled: SampleSummary, scenes: list[Path]) -> None:
    pixels = []
    for path in scenes:
        with rasterio.open(path) as file:
            stored = file.read().astype(np.float64)
            pixels.append(stored[:, stored[0] > 0] * 1e-4 + file.offsets[0])
    low, high = np.quantile(np.concatenate(pixels, axis=1), (0.001, 0.999), axis=1)
    for i, band in enumerate(sampled.coverage):
        assert band.band == SIX[i]
        assert band.tail_low == pytest.approx(low[i], abs=2e-4)
        assert band.tail_high == pytest.approx(high[i], rel=2e-3)
        assert band.low_covered == (band.lowest <= band.tail_low)
        assert band.high_covered == (band.highest >= band.tail_high)
        assert band.inside > 0.9


def test_a_page_beside_the_tiles_shows_each_of_them_and_what_they_cover(
    sampled: SampleSummary, scenes: list[Path]
) -> None:
    assert Path(sampled.report) == Path(sampled.out).with_name("tiles.html")
    page = Path(sampled.report).read_text(encoding="utf-8")
    for tile in sampled.tiles:
        role = "calibrates" if tile["role"] == "calibration" else "judges"
        where = f"row\u00a0{tile['row']}, column\u00a0{tile['col']}"
        told = f"{tile['number']}: {role}, {tile['stratum']}. {tile['reason']}. {tile['scene']}, {where}"
        assert f'title="{told}"' in page
    assert page.count('class="bars histogram"') == len(SIX)
    assert page.count("data:image/jpeg") == len(sampled.tiles) + len(scenes)
    for row in sampled.strata:
        numbers = (row.available, row.calibration, row.held_out)
        assert f"<td>{row.stratum}</td>" + "".join(f'<td class="number">{n}</td>' for n in numbers) in page


def test_strata_say_how_many_tiles_there_were_to_choose_from(sampled: SampleSummary) -> None:
    assert all(0 < row.available <= sampled.candidates for row in sampled.strata)
    assert sum(row.available for row in sampled.strata) >= sampled.candidates


def test_outputs_are_not_replaced_unasked_and_a_scene_never(scenes: list[Path], tmp_path: Path) -> None:
    (tmp_path / "tiles.html").write_text("mine")
    with pytest.raises(OptionError, match=r"tiles\.html exists"):
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
    assert not list(tmp_path.iterdir())
    assert sorted(path.name for path in scenes[0].parent.iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.real
def test_real_scenes_of_three_zones_and_two_baselines(real_data: Path, tmp_path: Path) -> None:
    sources = [real_data / "sentinel2_l2a_t29unu", *sorted((real_data / "safe_mini").glob("*.SAFE"))]
    options = SceneOptions(bands=("B02", "B03", "B04", "B8A", "B11", "B12"), nodata=0)
    summary = sample_tiles(
        None, [SceneInput(each, options) for each in sources], tmp_path / "tiles.gpkg", SampleOptions(tile=64, seed=1)
    )
    assert {"water", "thick cloud", "cloud edge", "shadow", "scene edge"} <= {row.stratum for row in summary.strata}
    assert all(band.low_covered and band.high_covered for band in summary.coverage)
    features, crs = read_features(tmp_path / "tiles.gpkg")
    assert crs == "EPSG:4326"
    assert len({feature.attributes["scene"] for feature in features}) > 1


def test_tiles_of_a_scene_that_changed_meanwhile_are_not_written(scenes: list[Path], tmp_path: Path) -> None:
    def overwrite(report: Progress) -> None:
        if report.stage == "surveying scenes" and report.done == len(scenes):
            scenes[0].write_bytes(scenes[0].read_bytes())

    before = sorted(tmp_path.iterdir())
    with pytest.raises(RasterError, match=r"a\.tif changed while it was read"):
        sample_tiles(None, scenes, tmp_path / "tiles.geojson", FEW, progress=overwrite)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("changed", ["scl.tif", "labels.tif", "part.tif"])
def test_masks_and_labels_are_watched_as_the_scene_is(tmp_path: Path, changed: str) -> None:
    """A mask is a mosaic here: its source counts too."""
    scene = make_scene(tmp_path)
    shutil.copy(tmp_path / "scl.tif", tmp_path / "part.tif")
    with rasterio.open(tmp_path / "part.tif") as part, rasterio.vrt.WarpedVRT(part) as view:
        rasterio.shutil.copy(view, tmp_path / "mosaic.vrt", driver="VRT")
    mask = tmp_path / ("mosaic.vrt" if changed == "part.tif" else "scl.tif")
    given = SceneInput(scene, mask=mask, labels=tmp_path / "labels.tif", mask_options=MaskOptions(mask_kind="scl"))

    def overwrite(report: Progress) -> None:
        if report.stage == "surveying scenes" and report.done == report.total:
            (tmp_path / changed).write_bytes((tmp_path / changed).read_bytes())

    before = sorted(tmp_path.iterdir())
    with pytest.raises(RasterError, match=rf"{changed} changed while it was read"):
        sample_tiles(None, [given], tmp_path / "tiles.geojson", FEW, progress=overwrite)
    assert sorted(tmp_path.iterdir()) == before
