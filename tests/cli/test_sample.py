"""``geoquant sample`` as a user calls it, and ``quantize --tiles-from`` with what it wrote."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from geoquant.cli.main import command as group


def call(*arguments: str):
    return CliRunner().invoke(group, [*arguments, "--progress", "none"])


SMALL = ("--tiles", "6", "--held-out", "6", "--tile", "64")


def test_sample_shows_strata_and_coverage_and_quantize_takes_its_tiles(model, scenes, tmp_path):
    out = tmp_path / "tiles.gpkg"
    result = call("sample", str(model), "--scenes", *scenes, "-o", str(out), *SMALL)
    assert result.exit_code == 0, result.output
    for part in ("per imaging condition", "What the calibration tiles cover", "0.1 %", "Wrote", "tiles.html"):
        assert part in result.output.replace("\n", "")
    int8 = tmp_path / "toy8.onnx"
    common = (str(model), "--scenes", *scenes, "--tiles-from", str(out), "--max-drop", "60")
    made = CliRunner().invoke(group, ["quantize", *common, "-o", str(int8), "--progress", "json"])
    assert made.exit_code == 0, made.output
    summary = json.loads(made.stdout.splitlines()[-1])
    again = call("sample", str(model), "--scenes", *scenes, "-o", str(tmp_path / "t.geojson"), *SMALL)
    assert again.exit_code == 0
    features = json.loads((tmp_path / "t.geojson").read_text())["features"]
    for role, key in (("calibration", "calibration"), ("held out", "held_out")):
        wanted = [f["properties"] for f in features if f["properties"]["role"] == role]
        places = {(tile["scene"], tile["row"], tile["col"], tile["stratum"], tile["reason"]) for tile in wanted}
        found = {(t["scene"], t["row"], t["col"], t["stratum"], t["reason"]) for t in summary[key]}
        assert found == places
    assert not any("only gave" in note or "instead of" in note for note in summary["notes"])


def test_without_a_model_the_bands_are_the_scenes_own(scenes, tmp_path):
    result = call("sample", "--scenes", scenes[0], "-o", str(tmp_path / "t.geojson"), *SMALL, "--bands", "b2,b0")
    assert result.exit_code == 0, result.output
    assert "b2" in result.output
    assert "b1" not in result.output


def test_wrong_use_is_exit_code_2(model, scenes, tmp_path):
    for arguments in (
        ("sample", "--scenes", scenes[0], "-o", str(tmp_path / "t.shp")),
        ("sample", "--scenes", scenes[0], "-o", str(tmp_path / "t.gpkg"), "--mean", "0"),
        ("sample", str(model), "--scenes", *scenes, "--mask", scenes[0], "-o", str(tmp_path / "t.gpkg")),
        ("quantize", str(model), "--scenes", *scenes, "--tiles-from", "no.gpkg", "-o", str(tmp_path / "q.onnx")),
    ):
        result = call(*arguments)
        assert result.exit_code == 2, result.output
    assert not list(tmp_path.glob("t.*"))


def test_json_is_the_summary(scenes, tmp_path):
    out = str(tmp_path / "t.geojson")
    result = CliRunner().invoke(group, ["sample", "--scenes", *scenes, "-o", out, *SMALL, "--progress", "json"])
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1], parse_constant=pytest.fail)
    assert {"tiles", "coverage", "strata", "notes", "report"} <= set(summary)


def test_help_ends_with_an_example():
    result = call("sample", "--help")
    assert result.exit_code == 0
    assert "Example: geoquant sample model.onnx --scenes A.tif B.tif -o tiles.gpkg" in " ".join(result.output.split())
