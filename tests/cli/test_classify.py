"""``geoquant classify`` around the job: what it asks for, what it shows, how it fails. The job itself is a fake."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner

from geoquant.cli.classify import area_text, command, duration_text
from geoquant.errors import RasterError
from geoquant.grid import Grid
from geoquant.model_card.card import ClassLabel
from geoquant.options.card import CardOptions
from geoquant.options.classify import ClassifyOptions
from geoquant.options.mosaic import MosaicOptions
from geoquant.options.scene import SceneOptions
from geoquant.output.cog import assemble_cog
from geoquant.output.style import Publication
from geoquant.progress import Progress
from geoquant.raster.mosaic.mosaic_input import MosaicInput
from geoquant.raster.scene_input import SceneInput

LABELS = (ClassLabel(1, "water", "#0000ff"), ClassLabel(2, "[bare] soil", "#aa8844"))


class FakePlan:
    region = SimpleNamespace(width=300, height=200, pixels=60000)
    lattice = SimpleNamespace(tile_px=512, halo_px=32, overlap_px=0, blended=False)
    shards = (1, 2)
    tiles, inferred_px, memory_bytes, disk_bytes, depends_on_tiling = 4, 90000, 500 * 2**20, 30000, False

    def to_json(self):
        return {"tiles": self.tiles}


class FakeSummary(SimpleNamespace):
    def to_json(self):
        return {"out": str(self.out), "valid_pixels": self.valid_pixels}


@pytest.fixture
def job(monkeypatch):
    """A fake ``geoquant.inference.classify`` that writes an empty map and remembers what it was asked for."""
    calls = []

    def classify(scene, model, out, options, *, progress):
        calls.append((scene, model, options))
        if model == "bad.onnx":
            raise RasterError("scene.tif is no raster.")
        progress(Progress("classifying", 5, 10, "px"))
        grid = Grid(None, (1.0, 0.0, 0.0, 0.0, -1.0, 0.0), 10, 10)
        assemble_cog([], grid, Path(out), Publication(LABELS, 255), progress=progress)
        return FakeSummary(
            out=Path(out), confidence=None, drift_map=None, polygons=None, areas=Path("areas.csv"),
            pixels=100, valid_pixels=80, seconds=2.0,
            engine="ort", engine_reason="asked",
            pixels_by_class={"water": 60, "[bare] soil": 20}, area_m2_by_class={"water": 6e5, "[bare] soil": 2e3},
            drift={"B02": 0.031}, drift_diagnosis="the bands may be in the wrong order", bad_blocks=3, plan=FakePlan(),
        )  # fmt: skip

    def plan_classification(scene, model, options):
        calls.append((scene, model, options))
        return FakePlan(), 75.0

    fake = SimpleNamespace(classify=classify, plan_classification=plan_classification)
    monkeypatch.setitem(sys.modules, "geoquant.inference.classify", fake)
    return calls


def invoke(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_options_reach_the_job(job, tmp_path):
    options = "--tile 256 --engine ort --nodata 0 --bands red,nir --bounds 1 2 3 4"
    outcome = invoke("s.tif", "--model", "m.onnx", "-o", tmp_path / "o.tif", *options.split())
    assert outcome.exit_code == 0, outcome.output
    classify_options = ClassifyOptions(tile=256, engine="ort", bounds=(1.0, 2.0, 3.0, 4.0))
    scene = SceneInput("s.tif", SceneOptions(bands=("red", "nir"), nodata=0.0))
    assert job == [(scene, "m.onnx", classify_options)]


def test_card_options_complete_the_model(job, tmp_path, monkeypatch):
    opened = SimpleNamespace(open_model=lambda path, options: (path, options))
    monkeypatch.setitem(sys.modules, "geoquant.model_card.model", opened)
    invoke("s.tif", "-m", "m.onnx", "-o", tmp_path / "o.tif", "--mean", "0.1,0.2", "--class-names", "a,b")
    completed = CardOptions(mean=(0.1, 0.2), class_names=("a", "b"))
    assert job[0][1] == ("m.onnx", completed)


def test_files_joined_by_commas_are_the_bands_of_one_scene(job, tmp_path):
    invoke("b2.tif,b3.tif", "--model", "m.onnx", "-o", tmp_path / "o.tif")
    assert job[0][0] == SceneInput(["b2.tif", "b3.tif"])


def test_several_scenes_are_a_mosaic(job, tmp_path):
    invoke("a.tif", "b2.tif,b3.tif", "--rule", "latest", "--gsd", "20", "--model", "m.onnx", "-o", tmp_path / "o.tif")
    expected = MosaicInput(("a.tif", "b2.tif,b3.tif"), MosaicOptions(rule="latest"), SceneOptions(gsd=20.0))
    assert job[0][0] == expected


def test_a_folder_is_a_mosaic_of_what_it_holds(job, tmp_path):
    invoke(tmp_path, "--model", "m.onnx", "-o", tmp_path / "o.tif")
    assert job[0][0] == MosaicInput((str(tmp_path),))


def test_a_rule_for_one_scene_is_refused(job, tmp_path):
    outcome = invoke("a.tif", "--rule", "latest", "--model", "m.onnx", "-o", tmp_path / "o.tif")
    assert outcome.exit_code == 2
    assert "a.tif is one" in " ".join(outcome.stderr.split())


def test_summary_names_classes_areas_engine_and_drift(job, tmp_path):
    outcome = invoke("s.tif", "--model", "m.onnx", "-o", tmp_path / "o.tif", "--progress", "none")
    text = " ".join(outcome.stdout.split())
    for words in (
        "water 75.0% 60.0 ha",
        "[bare] soil 25.0% 2,000 m²",
        "ort: asked",
        "B02 3.1%",
        "wrong order",
        "3 tiles",
        "areas.csv",
    ):
        assert words in text
    assert outcome.stderr == ""


def test_json_result_alone_is_on_stdout(job, tmp_path):
    outcome = invoke("s.tif", "--model", "m.onnx", "-o", tmp_path / "o.tif", "--progress", "json")
    assert json.loads(outcome.stdout) == {"out": str(tmp_path / "o.tif"), "valid_pixels": 80}
    events = [json.loads(line) for line in outcome.stderr.splitlines()]
    assert {event["event"] for event in events} == {"progress"}
    assert {event["stage"] for event in events} == {"classifying", "writing the COG"}


def test_plan_writes_nothing_and_needs_no_output(job, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = invoke("s.tif", "--model", "m.onnx", "--plan")
    text = " ".join(outcome.stdout.split())
    for words in (
        "300 x 200 px",
        "4 of 512 px, halo 32 px, in 2 shards",
        "about 500 MiB",
        "about 1 min 15 s of inference",
    ):
        assert words in text
    assert list(tmp_path.iterdir()) == []
    as_json = invoke("s.tif", "--model", "m.onnx", "--plan", "--progress", "json")
    assert json.loads(as_json.stdout) == {"tiles": 4, "estimated_seconds": 75.0}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["s.tif", "--model", "m.onnx"], 2, "-o OUT.tif is missing"),
        (["s.tif", "--model", "bad.onnx", "-o", "o.tif"], 1, "error: scene.tif is no raster."),
        (["s.tif", "--model", "m.onnx", "-o", "o.tif", "--tile", "3"], 2, "--tile is 3"),
        (["s.tif", "-o", "o.tif"], 2, "--model"),
        (["--model", "m.onnx", "-o", "o.tif"], 2, "SCENE"),
    ],
)
def test_failures(job, tmp_path, monkeypatch, arguments, code, words):
    monkeypatch.chdir(tmp_path)
    outcome = invoke(*arguments)
    assert outcome.exit_code == code
    assert words in outcome.stderr
    assert outcome.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_durations_and_areas_read_well():
    assert [duration_text(s) for s in (0.04, 59.94, 61, 3599.6, 7500)] == [
        "0.0 s", "59.9 s", "1 min 1 s", "1 h 0 min", "2 h 5 min"
    ]  # fmt: skip
    assert [area_text(a) for a in (12.4, 25000, 3.2e9)] == ["12 m²", "2.5 ha", "3,200 km²"]


def test_the_script_is_the_command():
    script = Path(__file__).parents[2] / "scripts" / "classify_raster.py"
    shown = subprocess.run(
        [sys.executable, "-P", script, "--help"], capture_output=True, text=True, cwd="/", check=True
    )
    assert "Stream SCENE through MODEL" in shown.stdout
    refused = subprocess.run(
        [sys.executable, script, "s.tif", "--model", "m.onnx", "-o", "/no/such/folder/o.tif"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert "does not exist" in refused.stderr


def test_the_fake_map_is_a_raster(job, tmp_path):
    """Guards the fixture: what the summary reads its colours from is a real output."""
    invoke("s.tif", "--model", "m.onnx", "-o", tmp_path / "o.tif")
    with rasterio.open(tmp_path / "o.tif") as dataset:
        assert (np.asarray(dataset.read(1)) == 255).all()


def test_options_of_a_mosaic_are_refused_where_none_is_made(tmp_path):
    given = ["a.tif", "b.tif", "-m", "m.onnx", "-o", str(tmp_path / "maps"), "--each"]
    result = CliRunner().invoke(command, [*given, "--rule", "latest", "--progress", "none"])
    assert result.exit_code == 2
    assert "--each makes a map of each scene" in result.stderr
