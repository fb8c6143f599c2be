"""Taps show the activations themselves."""

from __future__ import annotations

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from geoquant.calibration.activation_taps import ActivationTaps, float_tensors
from geoquant.onnx_graph.prepare import prepare
from tests.builders.networks import Network, u_shaped


def exposed(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    """Every float tensor of a network, by onnxruntime without any optimization."""
    import onnxruntime as ort

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    names = [name for name in float_tensors(model) if name != "x"]
    del copy.graph.output[:]
    copy.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    session = ort.InferenceSession(copy.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip(names, session.run(None, {"x": x}), strict=True))


@settings(max_examples=6)
@given(st.integers(0, 50), st.sampled_from([(32, 32), (40, 64), (320, 200)]), st.sampled_from([17, 18]))
def test_taps_show_the_activations_themselves(seed, side, opset):
    net = Network(seed=seed).conv(8).relu()
    skip = net.last
    net.add("GlobalAveragePool", net.last)
    model = u_shaped(seed=seed) if opset == 17 else net.add("Mul", skip, net.last).conv(3, 1).model(opset)
    prepared = prepare(model)
    x = np.random.default_rng(seed).normal(size=(1, 4, *side)).astype(np.float32)
    taps = ActivationTaps(prepared, (4, *side)).measure(x)
    truth = exposed(prepared, x)
    assert set(taps) == set(truth)
    for name, seen in taps.items():
        values = truth[name][0]
        close = {"rtol": 0, "atol": 1e-5 * np.abs(values).max()}  # fused kernels may sum in another order
        np.testing.assert_allclose(seen.lowest, values.min(axis=0), **close)
        np.testing.assert_allclose(seen.highest, values.max(axis=0), **close)
        np.testing.assert_allclose(seen.values, values[:, :: seen.step, :: seen.step], **close)
        assert seen.step % 2 == 1
        assert seen.values[0].size <= 8192
    if min(side) > 180:
        assert max(seen.step for seen in taps.values()) > 1
