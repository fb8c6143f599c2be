"""QGIS's own process while geoquant classifies in the background: small, and never held up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.alone
def test_qgis_stays_small_and_responsive(interpreter, landscape, tmp_path):
    """By the program of ``benchmarks.plugin``, in a QGIS of its own; the figures of the docs come from there."""
    outs = {"out": str(tmp_path / "whole.tif"), "preview_out": str(tmp_path / "part.tif")}
    task = {"scene": str(landscape.scene), "model": str(landscape.model), "engine": "ort", "preview_px": 300, **outs}
    program = CHECKOUT / "benchmarks" / "in_qgis.py"
    variables = {**os.environ, "QGIS_CUSTOM_CONFIG_PATH": str(tmp_path / "profile")}
    command = [sys.executable, program, json.dumps(task)]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout.splitlines()[-1])
    assert facts["growth_mb"] < 60
    assert facts["longest_gap_s"] < 0.5
    assert facts["preview_s"] > 0
