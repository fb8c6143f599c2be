"""An engine measured in a process of its own that fails is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from geoquant.engines.isolated_run import measure_isolated
from geoquant.errors import EngineError
from geoquant.model_card.reading import read_card
from geoquant.options.quantize import QuantizeOptions
from geoquant.quantization.quantize import quantize
from tests.builders.scenes import make_model, make_scene


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A scene with its mask and labels, a float model and the INT8 model made from it on that scene."""
    place = tmp_path_factory.mktemp("evaluation")
    scene, model = make_scene(place), make_model(place / "float.onnx")
    quantize(
        model, [scene], place / "int8.onnx", QuantizeOptions(tiles=10, tile=64, held_out=10), masks=[place / "scl.tif"]
    )
    return place


def test_a_child_that_fails_is_named(folder):
    card = read_card(folder / "float.onnx")
    with pytest.raises(EngineError, match="process of its own"):
        measure_isolated(folder / "none.onnx", card, "ort", (64, 64), 1)
