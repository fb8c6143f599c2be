"""Levels in and out of a network instead of floats."""

from __future__ import annotations

import numpy as np
import onnx

from geoquant.engines.graph_interface import give_levels, take_levels
from geoquant.engines.registry import load_engine
from tests.builders.engine_models import card_for, fed, small_net, tiles


def test_uint8_entry_is_the_float_entry_after_quantization(int8: bytes) -> None:
    proto = onnx.load_model_from_string(int8)
    import onnxruntime

    z = tiles(1)
    whole = onnxruntime.InferenceSession(int8).run(None, {"image": z})[0]
    engine = load_engine(int8, card_for(), "ort")
    np.testing.assert_array_equal(engine.scores(fed(engine, z)), whole)
    assert take_levels(proto) == engine.input_format
    assert give_levels(proto) is not None
    plain = onnx.load_model_from_string(small_net())
    assert take_levels(plain) is None
    assert give_levels(plain) is None
    assert plain.SerializeToString() == small_net()
