"""The exactness law of folding: the float graph before and after agree to float rounding."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.editing import opset_of
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.band_folding import fold_band_ranges, why_not_foldable
from tests.builders.quantizable import Network, run, u_shaped


def scene(bands: int = 4, seed: int = 1, side: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, side, side)).astype(np.float32)


def assert_equal_to_rounding(a: np.ndarray, b: np.ndarray) -> None:
    np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * np.abs(a).max())


FACTORS = st.lists(st.floats(0.05, 40), min_size=4, max_size=4)


@settings(max_examples=15)
@given(FACTORS, st.integers(0, 100), st.sampled_from(["plain", "u", "depthwise", "grouped", "padded", "two stems"]))
def test_folding_band_ranges_changes_nothing_but_the_input(factors, seed, kind):
    model = network(kind, seed)
    x = scene(seed=seed)
    folded = fold_band_ranges(model, factors)
    divided = x / np.array(factors, np.float32)[None, :, None, None]
    assert_equal_to_rounding(run(model, x), run(folded, divided))


def network(kind: str, seed: int) -> onnx.ModelProto:
    net = Network(seed=seed)
    if kind == "u":
        return u_shaped(seed=seed)
    if kind == "depthwise":
        return net.conv(8, groups=4).relu().conv(3, 1).model()
    if kind == "grouped":
        return net.conv(6, groups=2).relu().conv(3, 1).model()
    if kind == "padded":
        pads = net.constant(np.array([0, 0, 2, 2, 0, 0, 2, 2], np.int64))
        return net.add("Pad", "x", pads, mode="reflect").conv(5, 5, pad=False).model()
    if kind == "two stems":
        first = net.conv(5).last
        net.last, net.channels = "x", 4
        second = net.conv(5, 1).last
        return net.add("Add", first, second).relu().conv(3, 1).model()
    return net.conv(5).model()


def test_what_does_not_fold_exactly_is_named_and_refused():
    net = Network()
    pads, value = net.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64)), net.constant(np.array(1, np.float32))
    padded = net.add("Pad", "x", pads, value).conv(3, pad=False).model()
    assert "constant other than 0" in why_not_foldable(padded)
    norm = Network().norm().conv(3).model()
    assert "BatchNormalization" in why_not_foldable(norm)
    with pytest.raises(QuantizationError, match="can't be folded"):
        fold_band_ranges(norm, [1, 1, 1, 1])
    assert why_not_foldable(u_shaped()) is None


@pytest.mark.parametrize("seed", range(3))
def test_preparing_folds_every_batch_norm_exactly(seed):
    model = u_shaped(seed=seed)
    before = model.SerializeToString()
    prepared = prepare(model)
    assert model.SerializeToString() == before
    assert not [node for node in prepared.graph.node if node.op_type == "BatchNormalization"]
    assert_equal_to_rounding(run(model, scene(seed=seed)), run(prepared, scene(seed=seed)))


@settings(max_examples=20)
@given(st.integers(0, 500), FACTORS, st.sampled_from([1, 2]), st.sampled_from([1, 2]), st.sampled_from([1, 2]))
def test_every_rewrite_together_leaves_the_function_as_it_was(seed, factors, groups, stride, dilation):
    """Batch norm with and without a bias before it, shared weights, strides, dilations, groups; then band ranges."""
    model = strided(seed, groups, stride, dilation)
    before = model.SerializeToString()
    folded = fold_band_ranges(prepare(model), factors)
    assert model.SerializeToString() == before
    assert not [node for node in folded.graph.node if node.op_type == "BatchNormalization"]
    x = scene(seed=seed)
    divided = x / np.array(factors, np.float32)[None, :, None, None]
    assert_equal_to_rounding(run(model, x), run(folded, divided))


def strided(seed: int, groups: int, stride: int, dilation: int) -> onnx.ModelProto:
    net = Network(seed=seed)
    weight = net.constant(net.rng.normal(size=(8, 4 // groups, 3, 3)).astype(np.float32))
    geometry = {"pads": [dilation] * 4, "dilations": [dilation] * 2, "strides": [stride] * 2, "group": groups}
    first = net.add("Conv", "x", weight, kernel_shape=[3, 3], **geometry).last  # no bias
    net.channels = 8
    first = net.norm().add("LeakyRelu", net.last, alpha=0.1).last
    bias = net.constant(net.rng.normal(size=8).astype(np.float32))
    second = net.add("Conv", "x", weight, bias, kernel_shape=[3, 3], **geometry).norm().last  # the same weights
    return net.add("Add", first, second).relu().conv(3, 1).model()


def test_batch_norm_of_a_transposed_convolution_folds_too():
    net = Network().conv(6)
    weight = net.constant(net.rng.normal(size=(6, 4, 2, 2)).astype(np.float32))
    net.add("ConvTranspose", net.last, weight, strides=[2, 2], group=2)
    net.channels = 8
    model = net.norm().model()
    prepared = prepare(model)
    assert [node.op_type for node in prepared.graph.node] == ["Conv", "ConvTranspose"]
    assert_equal_to_rounding(run(model, scene()), run(prepared, scene()))


def test_a_batch_norm_whose_convolution_is_used_twice_becomes_a_convolution_of_its_own():
    net = Network().conv(4)
    before = net.last
    model = net.norm().add("Add", net.last, before).model()
    prepared = prepare(model)
    assert [node.op_type for node in prepared.graph.node] == ["Conv", "Conv", "Add"]
    assert_equal_to_rounding(run(model, scene()), run(prepared, scene()))


def test_hard_swish_stays_whole_and_the_opset_is_raised():
    model = Network().conv(8).add("HardSwish", "t0").conv(3, 1).model(opset=14)
    prepared = prepare(model)
    assert opset_of(prepared) == 17
    assert [node.op_type for node in prepared.graph.node] == ["Conv", "HardSwish", "Conv"]
    assert_equal_to_rounding(run(model, scene()), run(prepared, scene()))


def test_constant_nodes_and_identities_vanish():
    net = Network()
    value = onnx.numpy_helper.from_array(np.ones((3, 4, 1, 1), np.float32))
    net.add("Constant", value=value)
    net.add("Identity", "x").add("Conv", "t1", "t0", kernel_shape=[1, 1])
    net.channels = 3
    prepared = prepare(net.model())
    assert [node.op_type for node in prepared.graph.node] == ["Conv"]
    assert why_not_foldable(prepared) is None
    np.testing.assert_allclose(run(prepared, scene()), scene().sum(axis=1, keepdims=True).repeat(3, 1), atol=1e-5)
