"""``geoquant strata`` as a user calls it: a table, JSON, and errors that end with their exit code."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from geoquant.cli.main import command as group


@pytest.fixture
def scene(make_tif) -> str:
    values = np.kron(np.random.default_rng(0).integers(200, 5000, (4, 8, 8)), np.ones((16, 16))).astype(np.uint16)
    return str(make_tif(values, descriptions=("blue", "green", "red", "nir")))


def call(*arguments: str):
    return CliRunner().invoke(group, ["strata", *arguments])


def test_a_table_of_strata_with_their_areas(scene, tmp_path):
    result = call(scene, "-o", str(tmp_path / "s.tif"), "--progress", "none", "--scale", "0.0001")
    assert result.exit_code == 0, result.output
    assert "land bright green" in result.output
    assert " ha" in result.output
    assert "spectral tests of blue" in " ".join(result.output.split())
    assert (tmp_path / "s.tif").exists()


def test_json_and_a_mapping_of_classes(scene, make_tif, tmp_path):
    mask = make_tif(np.full((1, 128, 128), 7, np.uint8), "classes.tif")
    out = tmp_path / "s.tif"
    mapping = ("--mask", str(mask), "--mask-classes", "7=water,8-9=thin cloud")
    result = call(scene, "-o", str(out), *mapping, "--progress", "json")
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert summary["out"] == str(out)
    assert summary["pixels_by_stratum"]["water"] == summary["pixels"] == 128 * 128
    events = [json.loads(line) for line in result.stderr.splitlines()]
    assert {"telling strata apart", "writing the COG"} <= {event["stage"] for event in events}


def test_a_mask_that_nobody_understands_ends_with_2(scene, make_tif, tmp_path):
    mask = make_tif(np.full((1, 128, 128), 77, np.uint8), "dem.tif")
    result = call(scene, "-o", str(tmp_path / "s.tif"), "--mask", str(mask), "--progress", "none")
    assert result.exit_code == 2
    assert "--mask-classes" in result.output
    assert not Path(tmp_path / "s.tif").exists()
