"""Levels are spent only where an activation tells values apart."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from geoquant.calibration.saturation import saturation_limits
from geoquant.onnx_graph.prepare import prepare
from tests.builders.networks import Network, run


def hard_swish(net: Network) -> Network:
    return net.add("HardSwish", net.last)


def hard_sigmoid(net: Network) -> Network:
    return net.add("HardSigmoid", net.last, alpha=1 / 6, beta=0.5)


def test_a_convolution_in_front_of_a_hard_swish_needs_nothing_below_minus_three():
    model = prepare(hard_swish(Network().conv(4)).conv(3).model())
    ((name, (low, high)),) = saturation_limits(model).items()
    assert name == model.graph.node[0].output[0]
    assert -3.1 < low <= -3
    assert high == np.inf


def test_a_hard_sigmoid_stands_still_on_both_sides():
    model = prepare(hard_sigmoid(Network().conv(4)).conv(3).model())
    ((low, high),) = saturation_limits(model).values()
    assert -3.1 < low <= -3
    assert 3 <= high < 3.1


@pytest.mark.parametrize("activation", [hard_swish, hard_sigmoid])
def test_what_is_cut_off_changes_nothing(activation):
    net = activation(Network(bands=1))
    net.channels = 1
    model = prepare(net.model())
    values = np.linspace(-50, 50, 400, dtype=np.float32).reshape(1, 1, 20, 20)
    probe = activation(Network(bands=1).conv(1, size=1))
    low, high = next(iter(saturation_limits(prepare(probe.conv(1).model())).values()))
    np.testing.assert_array_equal(run(model, values), run(model, np.clip(values, low, high).astype(np.float32)))


def test_whoever_else_takes_a_tensor_may_need_all_of_it():
    net = Network().conv(4)
    straight = net.last
    hard_swish(net).add("Add", net.last, straight)
    assert saturation_limits(prepare(net.conv(3).model())) == {}


def test_the_output_of_a_network_is_needed_whole():
    model = prepare(hard_swish(Network().conv(4)).conv(3).model())
    model.graph.output.append(onnx.helper.make_tensor_value_info(model.graph.node[0].output[0], 1, None))
    assert saturation_limits(model) == {}
