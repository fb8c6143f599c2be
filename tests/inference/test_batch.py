"""Many scenes, each to a map of its own: what fails stops nothing, what is finished is kept."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import Cancelled, GeoquantWarning, OptionError
from geoquant.grid import Window
from geoquant.inference.batch import classify_each
from geoquant.inference.classify import classify
from geoquant.inference.map_folder import BatchSummary
from geoquant.options.classify import ClassifyOptions
from geoquant.options.scene import SceneOptions
from geoquant.progress import Progress
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from tests.builders.model_files import network_file
from tests.builders.mosaics import cut
from tests.builders.rasters import picture

PARTS = [Window(0, 0, 60, 50), Window(0, 40, 60, 50), Window(10, 20, 40, 40)]
OPTIONS = ClassifyOptions(engine="ort", workers=1, confidence=True)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """A folder of three scenes."""
    (tmp_path / "scenes").mkdir()
    cut(tmp_path / "scenes", picture(), PARTS)
    return tmp_path / "scenes"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return network_file(tmp_path / "m.onnx", "conv")


def states(summary: BatchSummary) -> list[str]:
    return [one.state for one in summary.outcomes]


def test_each_map_is_that_of_its_scene_alone(scenes, model, tmp_path):
    summary = classify_each(MosaicInput((scenes,)), model, tmp_path / "maps", OPTIONS)
    assert states(summary) == ["made"] * 3
    for number in range(3):
        classify(
            scenes / f"part{number}.tif", model, tmp_path / "alone.tif", ClassifyOptions(engine="ort", overwrite=True)
        )
        assert (tmp_path / "alone.tif").read_bytes() == (tmp_path / "maps" / f"part{number}.tif").read_bytes()
        assert (tmp_path / "maps" / f"part{number}_confidence.tif").is_file()
    with summary.table.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["scene"], row["state"], row["valid_pixels"]) for row in rows] == [
        ("part0", "made", "3000"),
        ("part1", "made", "3000"),
        ("part2", "made", "1600"),
    ]


def test_a_scene_that_fails_is_named_and_the_others_are_made(scenes, model, tmp_path):
    (scenes / "part1.tif").write_bytes(b"no raster")
    with pytest.warns(GeoquantWarning, match=r"part1 failed: Can't open .*part1\.tif"):
        summary = classify_each(MosaicInput((scenes,)), model, tmp_path / "maps", OPTIONS)
    assert states(summary) == ["made", "failed", "made"]
    assert summary.failed[0].name == "part1"
    assert "Can't open" in (tmp_path / "maps" / "scenes.csv").read_text()
    assert not (tmp_path / "maps" / "part1.tif").exists()


def test_what_is_finished_is_kept_and_only_what_changed_is_made_again(scenes, model, tmp_path):
    given, maps = MosaicInput((scenes,)), tmp_path / "maps"
    done: list[str] = []

    def stop(told: Progress) -> None:
        done.append(told.stage)
        if told.stage.startswith("3 of 3"):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        classify_each(given, model, maps, OPTIONS, progress=stop)
    assert sorted(path.name for path in maps.glob("part?.tif")) == ["part0.tif", "part1.tif"]
    assert states(classify_each(given, model, maps, OPTIONS)) == ["kept", "kept", "made"]
    cut(scenes, np.flip(picture(), axis=2).copy(), PARTS[:1])
    assert states(classify_each(given, model, maps, OPTIONS)) == ["made", "kept", "kept"]
    assert (
        states(classify_each(MosaicInput((scenes,), scene_options=SceneOptions(nodata=7)), model, maps, OPTIONS))
        == ["made"] * 3
    )


def test_a_file_of_somebody_else_is_not_replaced(scenes, model, tmp_path):
    maps = tmp_path / "maps"
    maps.mkdir()
    (maps / "part0.tif").write_bytes(b"precious")
    with pytest.warns(GeoquantWarning, match="part0 failed: .*exists"):
        assert states(classify_each(MosaicInput((scenes,)), model, maps, OPTIONS)) == ["failed", "made", "made"]
    assert (maps / "part0.tif").read_bytes() == b"precious"


def test_polygons_and_areas_are_named_by_the_scene(scenes, model, tmp_path):
    paths = {"polygons": str(tmp_path / "maps" / "{name}.gpkg"), "areas": str(tmp_path / "maps" / "{name}.csv")}
    classify_each(MosaicInput((scenes,)), model, tmp_path / "maps", ClassifyOptions(engine="ort", **paths))
    assert (tmp_path / "maps" / "part2.gpkg").is_file()
    assert "class 0" in (tmp_path / "maps" / "part2.csv").read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [({"polygons": "p.gpkg"}, "--polygons is p.gpkg"), ({"areas": "p.csv"}, "--areas is p.csv")],
)
def test_one_file_for_all_scenes_is_refused(scenes, model, tmp_path, options, message):
    with pytest.raises(OptionError, match=message):
        classify_each(MosaicInput((scenes,)), model, tmp_path / "maps", ClassifyOptions(**options))


def test_two_scenes_of_one_name_are_refused_before_anything_runs(scenes, model, tmp_path):
    (scenes / "deeper").mkdir()
    cut(scenes / "deeper", picture(), PARTS[:1])
    with pytest.raises(OptionError, match="Several scenes are called part0"):
        classify_each(MosaicInput((scenes, scenes / "deeper")), model, tmp_path / "maps", OPTIONS)
    assert not (tmp_path / "maps").exists()


def test_progress_says_which_scene(scenes, model, tmp_path):
    told: list[str] = []
    classify_each(
        MosaicInput((scenes,)), model, tmp_path / "maps", OPTIONS, progress=lambda one: told.append(one.stage)
    )
    assert "2 of 3, part1: classifying" in told


def test_the_command_ends_with_1_where_a_scene_failed(scenes, model, tmp_path):
    from click.testing import CliRunner

    from geoquant.cli.classify import command

    (scenes / "part1.tif").write_bytes(b"no raster")
    maps = tmp_path / "maps"
    arguments = [str(scenes), "--each", "-m", str(model), "-o", str(maps), "--engine", "ort", "--progress", "none"]
    outcome = CliRunner().invoke(command, arguments)
    assert outcome.exit_code == 1
    assert "2 maps in" in " ".join(outcome.stdout.split())
    assert "1 of 3 scenes failed" in " ".join(outcome.stderr.split())
    with rasterio.open(maps / "part2.tif") as source:
        assert source.shape == (40, 40)


def test_a_scene_that_lost_its_data_keeps_a_map_that_says_so(scenes, model, tmp_path):
    """The second call replaces its own map; a map without a valid pixel is one all the same."""
    given, folder = MosaicInput((scenes,)), tmp_path / "maps"
    classify_each(given, model, folder, OPTIONS)
    with rasterio.open(scenes / "part1.tif", "r+") as file:
        file.write(np.zeros((file.count, *file.shape), file.dtypes[0]))
    summary = classify_each(given, model, folder, OPTIONS)
    assert states(summary) == ["kept", "made", "kept"]
    with rasterio.open(folder / "part1.tif") as source:
        assert (source.read(1) == source.nodata).all()
    assert states(classify_each(given, model, folder, OPTIONS)) == ["kept"] * 3
