"""Which layers may be left in float for next to no work: those that make the scores, and no others."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.layers import LAST_LAYERS_MAC_SHARE, cheap_layers, layers_of, macs_shares
from tests.builders.networks import Network

SHAPE = (1, 4, 32, 32)


def body() -> Network:
    return Network().conv(64).relu().conv(64).relu().conv(64).relu()


def enlarged(net: Network) -> Network:
    sizes = net.constant(np.array([1, 1, 2, 2], np.float32))
    return net.add("Resize", net.last, "", sizes, mode="nearest")


@pytest.mark.parametrize("behind", ["nothing", "resize", "softmax"])
def test_a_light_head_is_found_behind_what_only_passes_it_on(behind):
    net = body().conv(3, size=1)
    if behind == "resize":
        enlarged(net)
    elif behind == "softmax":
        net.add("Softmax", net.last, axis=1)
    model = prepare(net.model())
    last = [node.name for node in layers_of(model)][-1]
    assert cheap_layers(model, SHAPE) == (last,)
    assert 0 < macs_shares(model, SHAPE)[last] <= LAST_LAYERS_MAC_SHARE


def test_a_heavy_head_is_not_cheap():
    model = prepare(body().conv(3, size=3).model())
    heaviest = macs_shares(model, SHAPE)[layers_of(model)[-1].name]
    assert heaviest > LAST_LAYERS_MAC_SHARE
    assert cheap_layers(model, SHAPE) == ()


def test_what_is_added_at_the_end_counts_as_the_last_layer():
    net = body().conv(3, size=1)
    net.add("Add", net.last, net.constant(np.ones((1, 3, 1, 1), np.float32)))
    model = prepare(net.model())
    assert len(cheap_layers(model, SHAPE)) == 1


def gated(net: Network) -> Network:
    """Squeeze-and-excite: each channel times what two 1 x 1 convolutions make of all channels' means."""
    image, channels = net.last, net.channels
    net.add("GlobalAveragePool", image).conv(4, size=1).relu().conv(channels, size=1).add("HardSigmoid", net.last)
    return net.add("Mul", image, net.last)


def test_what_lies_behind_global_pooling_is_cheap_as_well():
    model = prepare(gated(body()).conv(3, size=3).model())
    gate = [node.name for node in layers_of(model) if node.op_type == "Conv"][-3:-1]
    assert cheap_layers(model, SHAPE) == tuple(gate)
    assert sum(macs_shares(model, SHAPE)[name] for name in gate) < 1e-3
