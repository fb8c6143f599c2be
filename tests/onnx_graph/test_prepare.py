"""Exact clean-up of a float network: what it computes before and after agrees to float rounding."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from geoquant.onnx_graph.editing import opset_of
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.band_folding import why_not_foldable
from tests.builders.networks import Network, run, u_shaped
from tests.builders.rewriting import assert_equal_to_rounding


def scene(bands: int = 4, seed: int = 1, side: int = 24) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, side, side)).astype(np.float32)


@pytest.mark.parametrize("seed", range(3))
def test_preparing_folds_every_batch_norm_exactly(seed):
    model = u_shaped(seed=seed)
    before = model.SerializeToString()
    prepared = prepare(model)
    assert model.SerializeToString() == before
    assert not [node for node in prepared.graph.node if node.op_type == "BatchNormalization"]
    assert_equal_to_rounding(run(model, scene(seed=seed)), run(prepared, scene(seed=seed)))


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
