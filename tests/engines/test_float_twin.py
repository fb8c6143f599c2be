"""The float twin of an INT8 file."""

from __future__ import annotations

import numpy as np
import onnx

from geoquant.engines.float_twin import float_twin
from geoquant.engines.registry import load_engine
from geoquant.onnx_graph.editing import is_quantized
from tests.builders.engine_models import card_for, fed, small_net, tiles


def test_the_float_twin_has_no_quantization_and_the_clips_again(int8: bytes) -> None:
    proto = onnx.load_model_from_string(int8)
    twin = float_twin(proto)
    assert twin is not None
    onnx.checker.check_model(twin, full_check=True)
    assert is_quantized(proto)
    assert not is_quantized(twin)
    parent = load_engine(small_net(), card_for(), "ort").scores(tiles())
    scores = load_engine(twin.SerializeToString(), card_for(), "ort").scores(tiles())
    noise = load_engine(int8, card_for(), "ort")
    assert np.abs(scores - parent).mean() < np.abs(noise.scores(fed(noise, tiles())) - parent).mean()
