"""What is a convolution becomes one: the float network before and after agree to rounding."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.networks import BANDS, Network
from tests.builders.rewriting import ops, rewritten


@pytest.mark.parametrize("block", [2, 3, 4])
def test_upsampling_without_overlap_becomes_a_convolution(block: int) -> None:
    net = Network().conv(8).relu()
    weight = net.rng.normal(size=(8, 6, block, block)).astype(np.float32)
    bias = net.rng.normal(size=6).astype(np.float32)
    names = net.constant(weight), net.constant(bias)
    net.add("ConvTranspose", net.last, *names, kernel_shape=[block] * 2, strides=[block] * 2).relu()
    net.channels = 6
    made = rewritten(net.norm().relu().conv(3).model())
    assert ops(made)["ConvTranspose"] == 0
    order = [node.op_type for node in made.graph.node]
    assert order.index("DepthToSpace") > order.index("Relu", order.index("Relu") + 1), "the ReLU fuses with the Conv"


@pytest.mark.parametrize(
    "facts",
    [
        {"kernel_shape": [3, 3], "strides": [2, 2]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 1, 1]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "output_padding": [1, 1]},
        {"kernel_shape": [2, 2], "strides": [2, 2], "group": 2},
        {"kernel_shape": [2, 2], "strides": [1, 1]},
    ],
)
def test_upsampling_with_overlap_stays(facts: dict[str, object]) -> None:
    net = Network().conv(8)
    shape = (8, 8 // int(facts.get("group", 1)), *facts["kernel_shape"])  # type: ignore[call-overload,misc]
    net.add("ConvTranspose", net.last, net.constant(net.rng.normal(size=shape).astype(np.float32)), **facts)
    assert ops(rewritten(net.conv(3).model()))["ConvTranspose"] == 1


def test_a_batch_norm_in_front_of_a_relu_becomes_a_convolution_per_channel() -> None:
    net = Network().conv(8).relu().norm().relu()
    assert ops(rewritten(net.conv(3).model())) == {"Conv": 3, "Relu": 2}


@given(sides=st.tuples(*[st.integers(0, 3)] * 4), own=st.integers(0, 2))
def test_zero_padding_moves_into_the_convolution(sides: tuple[int, int, int, int], own: int) -> None:
    net = Network()
    top, left, bottom, right = sides
    amounts = net.constant(np.array([0, 0, top, left, 0, 0, bottom, right], np.int64))
    net.add("Pad", "x", amounts)
    weight = net.constant(net.rng.normal(size=(3, BANDS, 3, 3)).astype(np.float32))
    net.add("Conv", net.last, weight, kernel_shape=[3, 3], pads=[own] * 4)
    net.channels = 3
    assert ops(rewritten(net.model())) == {"Conv": 1}


@pytest.mark.parametrize("mode", ["reflect", "edge"])
def test_other_padding_stays(mode: str) -> None:
    net = Network()
    net.add("Pad", "x", net.constant(np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64)), mode=mode)
    assert ops(rewritten(net.conv(3, pad=False).model()))["Pad"] == 1
