"""``geoquant evaluate`` as a user calls it: tables, a report, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from geoquant.cli.main import command as group
from tests.builders.scenes import clip_ranges

SMALL = ("--tiles", "8", "--tile", "64", "--replicates", "50")


@pytest.fixture(scope="module")
def folder(quantized, tmp_path_factory) -> Path:
    """The shared scene and models, and an INT8 model that clips, in a folder to write reports to."""
    place, there = tmp_path_factory.mktemp("evaluate"), Path(quantized.out).parent
    for name in ("scene.tif", "scl.tif", "float.onnx", "int8.onnx"):
        (place / name).hardlink_to(there / name)
    clip_ranges(place / "int8.onnx", place / "clipped.onnx")
    return place


def call(folder: Path, *arguments: str, int8: str = "int8.onnx"):
    models = str(folder / "float.onnx"), str(folder / int8)
    return CliRunner().invoke(group, ["evaluate", *models, "--scenes", str(folder / "scene.tif"), *SMALL, *arguments])


def test_tables_and_a_report(folder):
    report = folder / "report.html"
    result = call(folder, "--mask", str(folder / "scl.tif"), "-o", str(report), "--progress", "none")
    assert result.exit_code == 0, result.output
    assert report.stat().st_size > 50_000
    for words in ("per imaging condition", "water", "Weakest layer", "p95 ms", "Gate holds", "CPU: "):
        assert words in result.output


def test_json_on_stdout_and_the_gate_as_exit_code(folder, untimed):
    report = folder / "failed.html"
    result = call(folder, "--json", "-o", str(report), "--progress", "none", int8="clipped.onnx")
    assert result.exit_code == 3, result.output
    assert report.exists()
    facts = json.loads(result.stdout.splitlines()[0], parse_constant=pytest.fail)
    assert facts["gate"]["passed"] is False
    assert facts["scores"]["ort"][0]["agreement"]["low"] <= facts["scores"]["ort"][0]["agreement"]["high"]
    assert "error: " in result.stderr


def test_a_taken_report_is_a_usage_error(folder):
    taken = folder / "taken.html"
    taken.write_text("mine")
    assert call(folder, "-o", str(taken)).exit_code == 2
    assert taken.read_text() == "mine"


def test_help_ends_with_an_example():
    result = CliRunner().invoke(group, ["evaluate", "--help"])
    assert result.exit_code == 0
    assert "Example: geoquant evaluate model.onnx model.int8.onnx" in " ".join(result.output.split())
