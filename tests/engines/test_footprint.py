"""Memory of an engine, estimated and measured."""

from __future__ import annotations

from geoquant.engines.footprint import measure_footprint
from geoquant.engines.registry import all_kinds, load_engine
from tests.builders.engine_models import BANDS, card_for, small_net


def test_memory_estimates_lie_between_input_and_everything_at_once(int8: bytes) -> None:
    """The float net holds at least its widest pair of layers (8 + 8 channels of 4 bytes), the INT8 one less."""
    floats = {kind: load_engine(small_net(), card_for(), kind).bytes_per_pixel for kind in all_kinds()}
    levels8 = {kind: load_engine(int8, card_for(), kind).bytes_per_pixel for kind in ("ort", "openvino")}
    assert 64 <= floats["openvino"] <= 300
    assert floats["openvino-bf16"] < floats["openvino"]
    assert levels8["openvino"] < floats["openvino"] / 2
    footprint = measure_footprint(lambda: load_engine(small_net(), card_for(), "ort"), BANDS, 2)
    assert 40 <= footprint.bytes_per_pixel <= 800
    fixed = measure_footprint(lambda: load_engine(small_net(spatial=(64, 64), batch=1), card_for(), "ort"), BANDS, 2)
    assert fixed.bytes_per_pixel > 0
