"""Layers of a QDQ file are found again whatever the quantizer did to names, order and ReLUs."""

from __future__ import annotations

import onnx
import pytest

from geoquant.evaluation.layer_matching import pair_layers
from geoquant.evaluation.layer_probe import LayerProbe
from geoquant.onnx_graph.prepare import prepare
from tests.builders.networks import Network, u_shaped
from tests.builders.quantizing import narrowed_int8, noise_picture


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
    pairs = pair_layers(model, narrowed_int8(model))
    layers = [node.name for node in model.graph.node if node.op_type == "Conv"]
    assert [pair.name for pair in pairs] == layers
    assert all(pair.integer for pair in pairs)
    assert pairs[0].levels is not None
    assert pairs[-1].levels is None  # scores stay float


def test_the_pairs_are_the_right_ones():
    model = prepare(twins())
    pairs = pair_layers(model, narrowed_int8(model))
    assert len({pair.int8_tensor for pair in pairs}) == len(pairs)
    probe = LayerProbe(model, narrowed_int8(model))
    probe.measure(noise_picture(), noise_picture())
    assert min(error.sqnr_db for error in probe.errors) > 25  # a wrong pair would lie near 0


def test_another_network_has_no_layer_in_common():
    model, other = prepare(u_shaped(width=8)), prepare(u_shaped(width=6))
    assert pair_layers(model, narrowed_int8(other)) == []


def test_names_play_no_part():
    model = prepare(u_shaped())
    int8 = narrowed_int8(model)
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
