"""OpenVINO gives memory back."""

from __future__ import annotations

import numpy as np

from geoquant.engines import openvino_engine as ov
from geoquant.engines.registry import load_engine
from tests.builders.engine_models import card_for, small_net, tiles


def test_openvino_gives_the_memory_of_idle_shapes_back() -> None:
    engine = load_engine(small_net(), card_for(), "openvino")
    z = tiles(1, 96)
    first = engine.classes(z)
    engine.classes(z[:, :, :64])
    whole, part = engine._compiled.values()  # type: ignore[attr-defined]
    assert not whole.holds_tiles
    assert part.holds_tiles
    np.testing.assert_array_equal(engine.classes(z), first)
    for height in range(16, 96, 8):
        engine.classes(z[:, :, :height])
    assert len(engine._compiled) == ov.SHAPES_KEPT  # type: ignore[attr-defined]
