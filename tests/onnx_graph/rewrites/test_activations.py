"""Activations in a form that fuses: the float network before and after agree to rounding."""

from __future__ import annotations

import numpy as np
import pytest

from tests.builders.networks import Network, clipped_swish
from tests.builders.rewriting import ops, rewritten


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("by_product", [True, False])
def test_hard_swish_in_pieces_becomes_whole(late: bool, by_product: bool) -> None:
    net = Network()
    assert ops(rewritten(clipped_swish(net.conv(8), late, by_product).conv(3).model())) == {"Conv": 2, "HardSwish": 1}


def test_x_times_hard_sigmoid_becomes_hard_swish() -> None:
    net = Network().conv(8)
    net.add("HardSigmoid", net.last, alpha=1 / 6, beta=0.5).add("Mul", "t0", net.last)
    assert ops(rewritten(net.conv(3).model())) == {"Conv": 2, "HardSwish": 1}


def test_another_gate_is_left_alone() -> None:
    net = Network().conv(8)
    net.add("HardSigmoid", net.last, alpha=0.2, beta=0.5).add("Mul", "t0", net.last)
    assert ops(rewritten(net.conv(3).model()))["HardSigmoid"] == 1


@pytest.mark.parametrize("mover", ["nearest", "depth", "pool"])
@pytest.mark.parametrize("activation", ["Relu", "HardSwish"])
def test_activations_move_in_front_of_what_only_moves_values(mover: str, activation: str) -> None:
    net = Network().conv(8)
    if mover == "nearest":
        scales = net.constant(np.array([1, 1, 2, 2], np.float32))
        net.add("Resize", net.last, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric")
    elif mover == "depth":
        net.add("DepthToSpace", net.last, blocksize=2)
        net.channels = 2
    else:
        net.add("MaxPool", net.last, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    order = [node.op_type for node in rewritten(net.add(activation, net.last).conv(3).model()).graph.node]
    falls = mover == "pool" and activation == "HardSwish"  # it is not monotone: max(f(x)) is not f(max(x))
    assert (order[2] == activation) if falls else (order[1] == activation)


def test_an_activation_stays_behind_a_linear_resize() -> None:
    net = Network().conv(8)
    net.add("Resize", net.last, "", net.constant(np.array([1, 1, 2, 2], np.float32)), mode="linear").relu()
    assert [node.op_type for node in rewritten(net.conv(3).model()).graph.node] == ["Conv", "Resize", "Relu", "Conv"]
