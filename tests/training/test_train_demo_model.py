"""The script that makes the demo's model: it runs, and it normalizes exactly as inference will."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from geoquant.demo.demo import packaged_model
from geoquant.demo.landscape.scene import Landscape, make_landscape
from geoquant.model_card.reading import read_card
from geoquant.preprocessing.chain import input_chain
from geoquant.preprocessing.encoder import make_encoder
from tests.builders.optional_parts import needed

needed("torch")
SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "training" / "train_demo_model.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("train_demo_model", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scene() -> Landscape:
    return make_landscape(1000, 160)


def test_training_sees_what_inference_will(script: ModuleType, scene: Landscape) -> None:
    card = script.make_card([scene])
    region = script.to_region(scene, card)
    encode = make_encoder(input_chain(card, card.bands, np.dtype(np.uint16)))
    np.testing.assert_allclose(region.image, encode(scene.stored, scene.labels > 0), atol=2e-4)


def test_labels_become_channels_and_no_data_is_ignored(script: ModuleType, scene: Landscape) -> None:
    region = script.to_region(scene, script.make_card([scene]))
    np.testing.assert_array_equal(region.labels == script.IGNORE, scene.labels == 0)
    assert region.labels[scene.labels == 1].max(initial=0) == 0


def test_the_script_writes_a_model_like_the_packaged_one(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "model.onnx"
    monkeypatch.setattr(sys, "argv", ["train", "-o", str(out), "--steps", "1", "--size", "128"])
    script.main()
    made, packaged = read_card(out), read_card(packaged_model("demo_landcover"))
    assert (made.bands, made.classes, made.tiling) == (packaged.bands, packaged.classes, packaged.tiling)
    assert abs(out.stat().st_size - packaged_model("demo_landcover").stat().st_size) < 10_000
