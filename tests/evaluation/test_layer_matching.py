"""Layers of a QDQ file are found again whatever the quantizer did to names, order and ReLUs."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from geoquant.evaluation.layer_matching import pair_layers
from geoquant.evaluation.layer_probe import LayerProbe
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.quantizable import Network, observed, u_shaped


def picture(side: int = 32, seed: int = 0, bands: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(1, bands, side, side)).astype(np.float32)


def quantized(model: onnx.ModelProto, keep_float: tuple[str, ...] = (), widest: float = 1.0) -> onnx.ModelProto:
    """INT8 with ranges of one picture, narrowed by ``widest``."""
    ranges = observed(model, [picture()])
    narrow = {name: type(span)(span.low * widest, span.high * widest) for name, span in ranges.items()}
    return write_qdq(model, narrow, QdqSettings(keep_float=keep_float))


def twins() -> onnx.ModelProto:
    """Two branches that nothing but their weights tells apart, a third with another stride, and a residual sum."""
    net = Network().conv(6).norm().relu()
    root, width = net.last, net.channels
    branches = []
    for _ in range(2):
        net.last, net.channels = root, width
        branches.append(net.conv(6).norm().relu().last)
    net.add("Add", *branches)
    net.channels = 6
    net.add("Add", net.last, root).conv(5, groups=1).relu()
    return net.conv(3, size=1).model()


@pytest.mark.parametrize("make", [u_shaped, twins])
def test_every_layer_is_found_in_order(make):
    model = prepare(make())
    pairs = pair_layers(model, quantized(model))
    layers = [node.name for node in model.graph.node if node.op_type == "Conv"]
    assert [pair.name for pair in pairs] == layers
    assert all(pair.integer for pair in pairs)
    assert pairs[0].levels is not None
    assert pairs[-1].levels is None  # scores stay float


def test_the_pairs_are_the_right_ones():
    model = prepare(twins())
    pairs = pair_layers(model, quantized(model))
    assert len({pair.int8_tensor for pair in pairs}) == len(pairs)
    probe = LayerProbe(model, quantized(model))
    probe.measure(picture(), picture())
    assert min(error.sqnr_db for error in probe.errors) > 25  # a wrong pair would lie near 0


def test_another_network_has_no_layer_in_common():
    model, other = prepare(u_shaped(width=8)), prepare(u_shaped(width=6))
    assert pair_layers(model, quantized(other)) == []


def test_names_play_no_part():
    model = prepare(u_shaped())
    int8 = quantized(model)
    renamed = onnx.ModelProto()
    renamed.CopyFrom(int8)
    for node in renamed.graph.node:
        node.name = ""
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                names[i] = f"other_{name}" if name and name not in ("x", "scores") else name
    for tensor in renamed.graph.initializer:
        tensor.name = f"other_{tensor.name}"
    assert len(pair_layers(model, renamed)) == len(pair_layers(model, int8))
