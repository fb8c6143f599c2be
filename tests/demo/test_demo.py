"""The demo end to end: what it promises is measured, and a second run harms nothing."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.demo import demo as job
from geoquant.demo.demo import DemoSummary, packaged_model, run_demo
from geoquant.demo.findings import Outputs
from geoquant.errors import Cancelled, ModelError, OptionError
from geoquant.model_card.reading import read_card
from geoquant.options.demo import DemoOptions
from geoquant.progress import Progress

USUAL = DemoOptions()


@dataclasses.dataclass(frozen=True)
class Run:
    summary: DemoSummary
    reports: list[Progress]
    folder: Path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("parent") / "demo"
    patch = pytest.MonkeyPatch()
    patch.setenv("GEOQUANT_CACHE", str(tmp_path_factory.mktemp("cache")))
    reports: list[Progress] = []
    yield Run(run_demo(folder, USUAL, progress=reports.append), reports, folder)
    patch.undo()


def test_int8_holds_what_the_project_promises(run: Run) -> None:
    assert run.summary.worst_agreement >= 0.98
    assert run.summary.agreement >= run.summary.worst_agreement
    assert run.summary.miou_lost <= 0.5
    assert run.summary.size_ratio <= 0.30


def test_every_file_that_the_summary_names_is_there_and_no_other_is_left(run: Run) -> None:
    named = [*Outputs(run.folder).all(), *(value for value in vars(run.summary).values() if isinstance(value, Path))]
    assert all(path.is_file() for path in named)
    assert not list(run.folder.glob("*.part"))
    assert not [path.name for path in run.folder.iterdir() if path.name.startswith(".")]


def test_class_maps_lie_on_the_scene_and_are_empty_where_it_is(run: Run) -> None:
    with rasterio.open(run.summary.scene) as scene, rasterio.open(run.folder / "labels.tif") as labels:
        empty, truth, grid = scene.read(1) == 0, labels.read(1), (scene.crs, scene.transform)
    for path in (run.summary.classes_float, run.summary.classes_int8):
        with rasterio.open(path) as classes:
            values = classes.read(1)
            assert (classes.crs, classes.transform) == grid
            np.testing.assert_array_equal(values == classes.nodata, empty)
        assert (values == truth)[~empty].mean() > 0.85


def test_the_int8_model_says_what_calibrated_it(run: Run) -> None:
    quantization = read_card(run.summary.model).quantization
    assert quantization is not None
    outlines = json.loads(run.summary.tiles.read_text())
    assert len(outlines["features"]) == len(quantization.tiles)
    assert all(feature["properties"]["reason"] for feature in outlines["features"])
    assert min(quantization.agreement.values()) >= 0.98


def test_the_report_shows_pictures_figures_and_files(run: Run) -> None:
    html = run.summary.report.read_text(encoding="utf-8")
    assert html.count("data:image/jpeg") >= 3
    assert html.count("data:image/png") >= 4 + 4
    assert "http" not in html
    for words in (
        "By imaging condition",
        "cloud edge",
        "snow",
        "Reason",
        run.summary.worst_stratum,
        "classes_int8.tif",
    ):
        assert words in html
    assert ">nan" not in html


def test_progress_goes_forward_and_ends(run: Run) -> None:
    stages: dict[str, list[Progress]] = {}
    for report in run.reports:
        stages.setdefault(report.stage, []).append(report)
        assert not report.total or report.done <= report.total
    assert len(stages) > 8
    assert any(stage.startswith("float: ") for stage in stages)
    assert any(stage.startswith("INT8: ") for stage in stages)
    last = run.reports[-1]
    assert last.done == last.total


def test_a_second_run_refuses_to_replace_results(run: Run) -> None:
    with pytest.raises(OptionError, match=r"report\.html.*--overwrite"):
        run_demo(run.folder, USUAL)


def test_a_cached_scene_is_used_again_and_another_one_is_not_replaced(run: Run) -> None:
    before = run.summary.scene.stat().st_mtime_ns
    job._scene_files(run.folder, USUAL, lambda _: None)
    assert run.summary.scene.stat().st_mtime_ns == before
    with pytest.raises(OptionError, match=r"scene\.tif.*--overwrite"):
        job._scene_files(run.folder, DemoOptions(seed=5), lambda _: None)


def test_cancelling_leaves_no_result(run: Run, tmp_path: Path) -> None:
    for name in ("scene.tif", "scl.tif", "labels.tif"):
        (tmp_path / name).hardlink_to(run.folder / name)

    def cancel(report: Progress) -> None:
        if report.stage.startswith("observing"):
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        run_demo(tmp_path, USUAL, progress=cancel)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.tif", "scene.tif", "scl.tif"]


def test_a_folder_without_a_parent_or_a_file_in_its_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="does not exist"):
        run_demo(tmp_path / "a" / "b", USUAL)
    (tmp_path / "taken").write_text("")
    with pytest.raises(OptionError, match="is a file"):
        run_demo(tmp_path / "taken", USUAL)


def test_the_packaged_model_is_small_and_has_its_card() -> None:
    path = packaged_model("demo_landcover")
    card = read_card(path)
    assert path.stat().st_size <= 2_000_000
    assert [band.common_name for band in card.bands] == ["blue", "green", "red", "nir", "swir16", "swir22"]
    assert card.tiling.halo_px is not None
    assert card.limitations
    with pytest.raises(ModelError, match="demo_landcover"):
        packaged_model("no_such_model")
