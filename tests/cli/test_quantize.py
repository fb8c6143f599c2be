"""``geoquant quantize`` as a user calls it: several files after a flag, tables, JSON, exit codes."""

from __future__ import annotations

import json

import onnx
import pytest
from click.testing import CliRunner

from geoquant.cli.main import command as group
from geoquant.model_card.reading import read_card


def call(*arguments: str):
    return CliRunner().invoke(group, ["quantize", *arguments])


SMALL = ("--tiles", "6", "--held-out", "6", "--tile", "64")


def test_two_scenes_after_one_flag_give_a_table(model, scenes, tmp_path):
    out = tmp_path / "toy8.onnx"
    result = call(str(model), "--scenes", *scenes, "-o", str(out), *SMALL, "--max-drop", "60", "--progress", "none")
    assert result.exit_code == 0, result.output
    assert out.exists()
    for part in ("per imaging condition", "per class", "Engine speed", "of float)", "Worst stratum"):
        assert part in result.output


def test_json_holds_the_whole_summary(model, scenes, tmp_path):
    out = tmp_path / "toy8.onnx"
    result = call(str(model), "--scenes", scenes[0], "-o", str(out), *SMALL, "--max-drop", "60", "--progress", "json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stderr.splitlines()]
    told = [event for event in events if event["event"] == "progress"]
    shares = [event["whole"] for event in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    first = next(i for i, event in enumerate(told) if "seconds_left" in event)
    assert told[first]["stage"] == "mapping calibration tiles"
    assert 0 < told[first]["seconds_left"] < 600
    assert told[-1]["seconds_left"] == 0
    summary = json.loads(result.stdout.splitlines()[-1], parse_constant=pytest.fail)  # NaN is not JSON
    assert summary["out"] == str(out)
    assert {"strata", "classes", "speed", "calibration", "held_out", "notes", "audit", "rewrites"} <= set(summary)


def test_ranges_and_target_are_followed_and_the_card_says_so(model, scenes, tmp_path):
    ranges_of = {"arm": "percentile", "x86-no-vnni": "min-max"}
    for target, ranges in ranges_of.items():
        out = tmp_path / f"{target}.onnx"
        chosen = ("--target", target, "--ranges", ranges, "--max-drop", "100", "--progress", "none")
        result = call(str(model), "--scenes", scenes[0], "-o", str(out), *SMALL, *chosen)
        assert result.exit_code == 0, result.output
        method = read_card(out).quantization.method
        assert (method["target"], method["ranges"]) == (target, ranges)
        kinds = {tensor.data_type for tensor in onnx.load(out).graph.initializer}
        assert ("uint8 activations" in method["format"]) == (target != "arm")
        assert (onnx.TensorProto.UINT8 in kinds) == (target != "arm")
    assert call(str(model), "--scenes", scenes[0], "-o", str(tmp_path / "x"), "--target", "abacus").exit_code == 2


def test_sensitivity_gives_a_table_and_a_plot(model, scenes, tmp_path):
    out = tmp_path / "toy8.onnx"
    words = (str(model), "--scenes", scenes[0], "-o", str(out), *SMALL, "--max-drop", "60", "--sensitivity")
    result = call(*words, "--progress", "none")
    assert result.exit_code == 0, result.output
    assert "one layer alone in INT8" in result.output
    assert "of the multiply-accumulates are INT8" in result.output
    assert "<svg" in (tmp_path / "toy8.sensitivity.html").read_text(encoding="utf-8")
    out.unlink()
    again = call(*words)
    assert again.exit_code == 2, again.output  # the plot is there and --overwrite is not
    assert "toy8.sensitivity.html" in again.output


def test_masks_and_labels_go_with_their_scenes(model, scenes, tmp_path):
    for flag in ("--mask", "--labels"):
        result = call(str(model), "--scenes", scenes[0], flag, scenes[0], scenes[0], "-o", str(tmp_path / "x.onnx"))
        assert (result.exit_code, f"{flag} was given 2 times for 1 scenes" in result.output) == (2, True), result.output


def test_a_failed_gate_exits_with_3_and_a_missing_folder_with_2(model, scenes, tmp_path):
    failed = call(str(model), "--scenes", scenes[0], "-o", str(tmp_path / "x.onnx"), *SMALL, "--max-drop", "0")
    assert failed.exit_code == 3, failed.output
    assert not (tmp_path / "x.onnx").exists()
    missing = call(str(model), "--scenes", scenes[0], "-o", str(tmp_path / "no" / "x.onnx"))
    assert missing.exit_code == 2, missing.output


def test_help_ends_with_an_example():
    result = call("--help")
    assert result.exit_code == 0
    assert "Example: geoquant quantize model.onnx --scenes scene.tif" in " ".join(result.output.split())
    for flag in ("--scenes", "--mask", "--labels", "--max-drop", "--seed", "--nodata"):
        assert flag in result.output
