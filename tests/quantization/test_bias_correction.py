"""Sequential bias correction: mean outputs come back to those of float, layer by layer, where there is data."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, helper

from geoquant.calibration.range_estimators import Range
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.bias_correction import bias_shifts, with_shifted_biases
from geoquant.quantization.qdq import FORMATS, QdqSettings, write_qdq
from tests.builders.networks import Network, run, u_shaped


def batches(count: int = 3, side: int = 32) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(2)
    valid = np.ones((side, side), np.float32)
    return [(rng.normal(size=(1, 4, side, side)).astype(np.float32), valid) for _ in range(count)]


def exposed(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    """The output of every convolution, by node name."""
    import onnxruntime as ort

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    convs = [node for node in copy.graph.node if node.op_type == "Conv"]
    del copy.graph.output[:]
    copy.graph.output.extend(helper.make_tensor_value_info(n.output[0], TensorProto.FLOAT, None) for n in convs)
    session = ort.InferenceSession(copy.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([node.name for node in convs], session.run(None, {"x": x}), strict=True))


def coarse(model: onnx.ModelProto) -> onnx.ModelProto:
    """INT8 with ranges that clip, as unlucky ones do: rounding and clipping shift means."""
    names = ["x", *(name for node in model.graph.node for name in node.output)]
    return write_qdq(model, {name: Range(-3.0, 3.0) for name in names}, QdqSettings())


def corrected(reference: onnx.ModelProto, tiles) -> tuple[onnx.ModelProto, dict]:
    shifts = bias_shifts(reference, coarse(reference), tiles, lambda done, total: None)
    return coarse(with_shifted_biases(reference, shifts)), shifts


def test_means_come_back_in_every_layer():
    reference, tiles = prepare(u_shaped(seed=4)), batches()
    after, shifts = corrected(reference, tiles)
    assert set(shifts) == set(exposed(reference, tiles[0][0]))

    def error(candidate: onnx.ModelProto) -> float:
        """Mean shift over all channels of all convolutions, over all tiles."""
        pairs = [(exposed(candidate, x), exposed(reference, x)) for x, _ in tiles]
        means = [np.mean([(q[name] - f[name]).mean(axis=(0, 2, 3)) for q, f in pairs], axis=0) for name in shifts]
        return float(np.abs(np.concatenate(means)).mean())

    before = coarse(reference)
    assert error(after) < 0.1 * error(before)
    x = tiles[0][0]
    assert np.abs(run(after, x) - run(reference, x)).mean() < np.abs(run(before, x) - run(reference, x)).mean()


def test_pixels_without_data_take_no_part():
    reference, tiles = prepare(u_shaped(seed=4)), batches(side=32)
    valid = np.zeros((32, 32), np.float32)
    valid[:, :16] = 1
    wild = []
    for x, _ in tiles:
        loud = x.copy()
        loud[..., 26:] = 50.0  # beyond the reach of the valid pixels
        wild.append((loud, valid))
    calm = [(x, valid) for x, _ in tiles]
    first, second = (bias_shifts(reference, coarse(reference), each, lambda *_: None) for each in (calm, wild))
    for name in first:
        np.testing.assert_allclose(first[name], second[name], atol=1e-5)


def test_every_tile_is_told_and_the_models_stay_as_they_are():
    reference, told = prepare(u_shaped()), []
    quantized = coarse(reference)
    before = quantized.SerializeToString(), reference.SerializeToString()
    bias_shifts(reference, quantized, batches(2), lambda done, total: told.append((done, total)))
    assert told == [(i, 2) for i in range(3)]
    assert (quantized.SerializeToString(), reference.SerializeToString()) == before


def test_shifts_act_on_the_named_layers_only():
    model = prepare(u_shaped())
    head = [node.name for node in model.graph.node if node.op_type == "Conv"][-1]
    moved = with_shifted_biases(model, {head: np.array([1.0, -2.0, 0.0])})
    x = batches(1)[0][0]
    np.testing.assert_allclose(
        run(model, x) - run(moved, x), np.broadcast_to(np.array([1, -2, 0])[:, None, None], (1, 3, 32, 32)), atol=1e-4
    )


def test_a_network_without_biases_has_nothing_to_shift():
    net = Network()
    weight = net.constant(net.rng.normal(size=(3, 4, 1, 1)).astype(np.float32))
    model = prepare(net.add("Conv", "x", weight).model())
    assert bias_shifts(model, coarse(model), batches(1), lambda *_: None) == {}


def test_a_network_with_float_biases_has_nothing_to_correct():
    reference = prepare(u_shaped())
    names = ["x", *(name for node in reference.graph.node for name in node.output)]
    settings = QdqSettings(format=FORMATS["tensorrt"])
    int8 = write_qdq(reference, {name: Range(-3.0, 3.0) for name in names}, settings)
    assert bias_shifts(reference, int8, batches(), lambda done, total: None) == {}


def test_a_pixel_counts_as_much_as_its_weight():
    """Twice the weight is the same pixel twice: here a whole tile."""
    reference = prepare(u_shaped(seed=4))
    (x, even), (y, _) = batches(2)
    twice = bias_shifts(reference, coarse(reference), [(x, even), (y, even), (y, even)], lambda *_: None)
    heavy = bias_shifts(reference, coarse(reference), [(x, even), (y, 2 * even)], lambda *_: None)
    light = bias_shifts(reference, coarse(reference), [(x, even), (y, even)], lambda *_: None)
    for name in twice:
        np.testing.assert_allclose(twice[name], heavy[name], atol=1e-5)
    assert any(np.abs(light[name] - heavy[name]).max() > 1e-3 for name in light)


def test_a_tile_where_nothing_counts_changes_nothing():
    reference, tiles = prepare(u_shaped(seed=4)), batches(1)
    empty = (tiles[0][0] * 3, np.zeros((32, 32), np.float32))
    first, second = (
        bias_shifts(reference, coarse(reference), each, lambda *_: None) for each in (tiles, [*tiles, empty])
    )
    for name in first:
        np.testing.assert_allclose(first[name], second[name], atol=1e-7)
