"""Speed of INT8 against float in every engine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from geoquant.diagnostics.checks.engines import measured_speed, speed
from geoquant.model_card.reading import read_card
from tests.builders.model_files import int8_file


def images(low: int = 0, high: int = 1000) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(low, high, (3, 64, 64)).astype(np.uint16) for _ in range(3)]


def test_int8_slower_than_float() -> None:
    found = speed({"ort": 1.0, "openvino": 1.5, "ort-float": 1.2, "openvino-float": 2.0})
    assert found.status == "problem"
    assert "--engine auto" in found.remedy
    assert speed({"ort": 1.0, "openvino": 3.0, "ort-float": 1.2, "openvino-float": 2.0}).status == "warning"
    assert speed({"ort": 1.5, "openvino": 3.0, "ort-float": 1.2, "openvino-float": 2.0}).status == "ok"
    assert speed({"ort": 1.5}).status == "warning", "nothing to compare with"


def test_speed_is_measured_in_every_engine_that_runs(make_model, tmp_path: Path) -> None:
    path = int8_file(tmp_path / "conv.int8.onnx", make_model("conv"), images())
    rates = measured_speed(path, read_card(path), 64)
    assert set(rates) == {"ort", "openvino", "ort-float", "openvino-float"}
    assert all(rate > 0 for rate in rates.values())
