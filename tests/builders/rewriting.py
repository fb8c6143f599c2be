"""The exactness law of rewrites: what a network computes before and after agrees to float rounding."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx

from geoquant.onnx_graph.prepare import prepare
from tests.builders.networks import BANDS, run


def assert_equal_to_rounding(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * np.abs(a).max())


def noise_images(height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2, BANDS, height, width)).astype(np.float32)


def ops(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model after ``prepare``, which agrees with it to float rounding at several sizes."""
    made = prepare(model)
    for height, width in ((24, 32), (8, 40)):
        before, after = run(model, noise_images(height, width)), run(made, noise_images(height, width))
        assert before.shape == after.shape
        np.testing.assert_allclose(after, before, atol=2e-5 * np.abs(before).max(), rtol=1e-4)
    onnx.checker.check_model(made, full_check=True)
    return made
