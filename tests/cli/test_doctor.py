"""``geoquant doctor`` on the command line: table, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result
from rich.console import Console

from geoquant.cli.audit_table import draw_audit, summary_line
from geoquant.cli.main import command
from geoquant.fusion_audit.audit import EngineAudit, audit_fusion
from geoquant.model_card.reading import read_card
from tests.builders.model_files import int8_file


def invoke(*args: str) -> Result:
    return CliRunner().invoke(command, ["doctor", *args])


def int8(make_model, tmp_path: Path, kind: str = "mobile") -> Path:
    random = np.random.default_rng(0)
    images = [random.integers(0, 1000, (3, 64, 64)).astype(np.uint16) for _ in range(2)]
    return int8_file(tmp_path / f"{kind}.int8.onnx", make_model(kind), images)


def test_a_healthy_model(make_model) -> None:
    result = invoke(str(make_model("conv")), "--progress", "none")
    assert result.exit_code == 0, result.output
    assert "Healthy: 0 problems, 0 warnings." in result.output


def test_a_problem_ends_with_1_and_says_what_to_do(make_model) -> None:
    result = invoke(str(make_model("conv", "conv.int8.onnx")), "--progress", "none")
    assert result.exit_code == 1
    assert "Not healthy: 1 problems" in result.output
    assert "To do:" in result.output


def test_json(make_model, tmp_path: Path, make_tif) -> None:
    scene = make_tif(np.full((3, 64, 64), 9000, np.uint16), descriptions=("blue", "green", "red"))
    result = invoke(str(int8(make_model, tmp_path)), str(scene), "--quick", "--progress", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert not document["healthy"]
    assert "problem" in {one["status"] for one in document["findings"] if one["check"] == "normalization"}
    assert any(json.loads(line)["event"] == "progress" for line in result.stderr.splitlines())


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    result = invoke(str(tmp_path / "absent.onnx"))
    assert result.exit_code == 1
    assert "There is no model" in result.output
    assert "Traceback" not in result.output


def test_the_audit_is_drawn(make_model, tmp_path: Path) -> None:
    path = int8(make_model, tmp_path)
    console = Console(record=True, width=200)
    draw_audit(console, audit_fusion(path, read_card(path), tile_px=64))
    text = console.export_text()
    assert "of the multiply-accumulates in INT8" in text
    assert "Float islands in onnxruntime" in text
    assert "HardSwish" in text
    assert "does not run this file. Why" in summary_line(EngineAudit("ort", "ort", 0.0, 0, 0.0, (), "Why."))
