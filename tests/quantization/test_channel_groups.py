"""Which channels may be scaled together: everything that holds them, and nothing where scaling is not exact."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.channel_groups import Bound, channel_groups
from tests.builders.networks import BANDS, Network, u_shaped


def convolutions(model: onnx.ModelProto) -> list[str]:
    return [node.name for node in model.graph.node if node.op_type == "Conv"]


def clip(net: Network, *bounds: float) -> Network:
    return net.add("Clip", net.last, *(net.constant(np.float32(bound)) for bound in bounds))


def residual() -> Network:
    """conv0 -> ReLU, conv1 and conv2 on its way, added to it."""
    net = Network().conv(8).relu()
    shortcut = net.last
    return net.conv(8).relu().conv(8).add("Add", net.last, shortcut)


def test_a_skip_through_a_concat_reaches_the_right_channels():
    model = prepare(u_shaped())
    names = convolutions(model)
    groups = {group.nodes: group for group in channel_groups(model)}
    skip = groups[names[1],]
    assert {(consumer.node, consumer.first) for consumer in skip.consumers} == {(names[2], 0), (names[3], 32)}
    assert not any(names[-1] in nodes for nodes in groups)  # its output is the network's


def test_what_is_added_is_scaled_together():
    model = prepare(residual().conv(3, size=1).model())
    first, second, third, last = convolutions(model)
    inner, outer = sorted(channel_groups(model), key=lambda group: len(group.nodes))
    assert inner.nodes == (second,)
    assert set(outer.nodes) == {first, third}
    assert {(consumer.node, consumer.first) for consumer in outer.consumers} == {(second, 0), (last, 0)}
    assert len(outer.tensors) == 3  # the first's ReLU, the third's result and the sum


def test_a_bounded_activation_is_named_with_its_bound():
    net = clip(Network().conv(8), 0, 6)
    model = prepare(net.conv(3, size=1).model())
    (group,) = channel_groups(model)
    assert group.bounds == (Bound(group.tensors[0], 6.0),)


def test_a_clip_without_upper_bound_is_a_relu():
    model = prepare(clip(Network().conv(8), 0).conv(3, size=1).model())
    (group,) = channel_groups(model)
    assert group.bounds == ()


def hard_swish(net: Network) -> Network:
    return net.add("HardSwish", net.last)


def constant_added(net: Network) -> Network:
    return net.relu().add("Add", net.last, net.constant(np.ones((1, 8, 1, 1), np.float32)))


def curved_added(net: Network) -> Network:
    """What comes out of a HardSwish can't be scaled, so neither can what it is added to."""
    straight, net.last, net.channels = net.last, "x", BANDS
    net.conv(8).add("HardSwish", net.last)
    return net.add("Add", net.last, straight)


def added_behind_concat(net: Network) -> Network:
    net.add("Concat", net.last, net.last, axis=1)
    net.channels = 16
    return net.add("Add", net.last, net.last)


def bounded_behind_concat(net: Network) -> Network:
    net.add("Concat", net.last, net.last, axis=1)
    net.channels = 16
    return clip(net, 0, 6)


@pytest.mark.parametrize(
    "between",
    [
        hard_swish,
        constant_added,
        curved_added,
        added_behind_concat,
        bounded_behind_concat,
        lambda net: clip(net, -1, 6),
        lambda net: net.add("Concat", net.last, net.last, axis=2),
        lambda net: net.add("Sigmoid", net.last),
    ],
)
def test_what_would_not_be_exact_is_left_alone(between):
    net = Network().conv(8)
    between(net)
    assert channel_groups(prepare(net.conv(3, size=1).model())) == ()


def test_the_scores_are_never_scaled():
    assert channel_groups(prepare(Network().conv(8).model())) == ()
