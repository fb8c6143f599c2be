"""Names that no file system takes: a sentence wherever one may be given, also where files beside it are looked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner

from geoquant.cli.main import command
from tests.builders.model_files import network_file, network_of

pytestmark = pytest.mark.filterwarnings("ignore::geoquant.errors.GeoquantWarning")
MakeTif = Callable[..., Path]
LONG = "a" * 256
"""One byte more than Linux, macOS and Windows take."""
CLASSIFY = ["classify", "{scene}", "-m", "{model}", "-o", "o.tif", "--engine", "ort"]
STRATA = ["strata", "{scene}", "-o", "o.tif"]
PLACES = {
    "scene": ["classify", f"{LONG}.tif", "-m", "{model}", "-o", "o.tif"],
    "folder of a scene": ["classify", f"{LONG}/s.tif", "-m", "{model}", "-o", "o.tif"],
    "product": ["classify", f"{LONG}/MTD_MSIL2A.xml", "-m", "{model}", "-o", "o.tif"],
    "archive": ["inspect", "{model}", f"{LONG}.zip"],
    "file in an archive": ["inspect", "{model}", f"/vsizip/{LONG}.zip/MTD_MSIL2A.xml"],
    "model": ["classify", "{scene}", "-m", f"{LONG}.onnx", "-o", "o.tif"],
    "model to inspect": ["inspect", f"{LONG}.onnx"],
    "model for the doctor": ["doctor", f"{LONG}.onnx"],
    "output": ["classify", "{scene}", "-m", "{model}", "-o", f"{LONG}.tif"],
    "folder of an output": ["classify", "{scene}", "-m", "{model}", "-o", f"{LONG}/o.tif"],
    "polygons": [*CLASSIFY, "--polygons", f"{LONG}.gpkg"],
    "areas": [*CLASSIFY, "--areas", f"{LONG}/o.csv"],
    "area of interest": [*CLASSIFY, "--aoi", f"{LONG}.gpkg"],
    "layer of an area of interest": [*CLASSIFY, "--aoi", f"{LONG}.gpkg|layername=a"],
    "card": [*CLASSIFY, "--card", f"{LONG}.json"],
    "mask": [*STRATA, "--mask", f"{LONG}.tif"],
    "strata": ["strata", "{scene}", "-o", f"{LONG}.tif"],
    "model of the strata": [*STRATA, "--model", f"{LONG}.onnx"],
    "bands of a scene": ["sample", "{model}", "--scenes", ",".join(["b.tif"] * 60), "-o", "o.gpkg"],
    "tiles": ["sample", "{model}", "--scenes", "{scene}", "-o", f"{LONG}.gpkg"],
    "tiles to take": ["quantize", "{model}", "--scenes", "{scene}", "--tiles-from", f"{LONG}.gpkg", "-o", "o.onnx"],
    "INT8 model": ["quantize", "{model}", "--scenes", "{scene}", "-o", f"{LONG}.onnx"],
    "mask of one of several scenes": ["sample", "{model}", "--scenes", "{scene}", "--mask", LONG, "-o", "o.gpkg"],
    "folder of the demo": ["demo", "-o", LONG],
    "place of the demo": ["demo", "-o", f"{LONG}/demo"],
}


@pytest.mark.parametrize("place", PLACES)
def test_a_name_that_is_too_long_is_a_sentence(
    tmp_path: Path, make_tif: MakeTif, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    values = np.random.default_rng(0).integers(1, 1000, (3, 300, 300)).astype(np.uint16)
    scene = make_tif(values, nodata=0, descriptions=("blue", "green", "red"))
    model = network_file(tmp_path / "m.onnx", "identity", bands=3, classes=3)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    done = CliRunner().invoke(command, [word.format(scene=scene, model=model) for word in PLACES[place]])
    assert done.exit_code in (1, 2), done.output
    assert "unexpected" not in done.output
    assert "Traceback" not in done.output
    assert any(word in done.output for word in (LONG[:40], "b.tif")), done.output
    assert sorted(tmp_path.iterdir()) == before


def test_a_model_whose_card_would_have_too_long_a_name_is_read_all_the_same(tmp_path: Path) -> None:
    """``NAME.onnx.json`` beside it is looked for, and can't be there."""
    model = tmp_path / f"{'m' * 246}.onnx"
    onnx.save(network_of("identity", 3, 3, 0, None), model)
    done = CliRunner().invoke(command, ["inspect", str(model)])
    assert "--band-names" in done.output, done.output
    assert "unexpected" not in done.output
