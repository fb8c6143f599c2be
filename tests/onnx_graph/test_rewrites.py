"""Exact remedies: each is applied where it should be, and the float network before and after agree to rounding."""

from __future__ import annotations

from collections import Counter

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import prepare
from geoquant.onnx_graph.rewrites import rewrite
from tests.builders.quantizable import BANDS, Network, run


def scene(height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(2, BANDS, height, width)).astype(np.float32)


def ops(model: onnx.ModelProto) -> Counter[str]:
    return Counter(node.op_type for node in model.graph.node)


def rewritten(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model after ``prepare``, which agrees with it to float rounding at several sizes."""
    made = prepare(model)
    for height, width in ((24, 32), (8, 40)):
        before, after = run(model, scene(height, width)), run(made, scene(height, width))
        assert before.shape == after.shape
        np.testing.assert_allclose(after, before, atol=2e-5 * np.abs(before).max(), rtol=1e-4)
    onnx.checker.check_model(made, full_check=True)
    return made


def clipped_swish(net: Network, late: bool, by_product: bool) -> Network:
    """x * clip(x + 3, 0, 6) / 6 as exporters of old write it."""
    x = net.last
    three, zero, six = (net.constant(np.float32(value)) for value in (3, 0, 6))
    part = net.constant(np.float32(1 / 6)) if by_product else six
    divide = "Mul" if by_product else "Div"
    gate = net.add("Add", x, three).add("Clip", net.last, zero, six).last
    if late:
        return net.add("Mul", x, gate).add(divide, net.last, part)
    return net.add(divide, gate, part).add("Mul", net.last, x)


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


@pytest.mark.parametrize("mode", ["nearest", "linear"])
@pytest.mark.parametrize("coordinates", ["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"])
def test_a_narrow_convolution_goes_in_front_of_the_resize(mode: str, coordinates: str) -> None:
    net = Network().conv(8).relu()
    scales = net.constant(np.array([1, 1, 4, 4], np.float32))
    net.add("Resize", net.last, "", scales, mode=mode, coordinate_transformation_mode=coordinates)
    model = net.conv(3, size=1).model()
    model.graph.initializer[4].CopyFrom(
        onnx.numpy_helper.from_array(np.array([1, -2, 3], np.float32), model.graph.initializer[4].name)
    )
    assert [node.op_type for node in rewritten(model).graph.node] == ["Conv", "Relu", "Conv", "Resize"]


@pytest.mark.parametrize("change", ["wider", "3x3", "cubic", "smaller", "activated", "shared"])
def test_a_convolution_stays_where_moving_it_is_not_exact_or_does_not_help(change: str) -> None:
    net = Network().conv(8).relu()
    factor = 0.5 if change == "smaller" else 2
    scales = net.constant(np.array([1, 1, factor, factor], np.float32))
    net.add("Resize", net.last, "", scales, mode="cubic" if change == "cubic" else "linear")
    enlarged = net.last
    net.conv(16 if change == "wider" else 8, size=3 if change == "3x3" else 1)
    if change == "activated":
        net.relu()
    if change == "shared":
        net.add("Add", net.last, enlarged)
    order = [node.op_type for node in rewritten(net.model()).graph.node]
    assert order[2:4] == ["Resize", "Conv"]


def test_a_resize_to_a_computed_size_gets_constant_scales() -> None:
    net = Network().conv(8).relu()
    skip = net.last
    net.add("MaxPool", net.last, kernel_shape=[2, 2], strides=[2, 2]).conv(8).relu()
    small = net.last
    size = net.add("Shape", skip, start=2, end=4).last
    size = net.add("Concat", net.add("Shape", small, start=0, end=2).last, size, axis=0).last
    net.add("Resize", small, "", "", size, mode="linear", coordinate_transformation_mode="half_pixel")
    net.add("Concat", net.last, skip, axis=1)
    net.channels = 16
    made = rewritten(net.conv(3).model())
    assert ops(made)["Shape"] == 0
    (resize,) = [node for node in made.graph.node if node.op_type == "Resize"]
    scales = next(tensor for tensor in made.graph.initializer if tensor.name == resize.input[2])
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(scales), [1, 1, 2, 2])


def test_a_mean_over_the_image_is_global_pooling() -> None:
    net = Network().conv(8).relu()
    x = net.last
    net.add("ReduceMean", x, axes=[2, 3], keepdims=1).conv(8, size=1).add("Sigmoid", net.last).add("Mul", x, net.last)
    assert ops(rewritten(net.conv(3).model()))["GlobalAveragePool"] == 1


def test_a_mean_over_channels_is_not() -> None:
    net = Network().conv(8)
    net.add("ReduceMean", net.last, axes=[1, 2], keepdims=1).add("Mul", "t0", net.last)
    assert ops(rewritten(net.conv(3).model()))["ReduceMean"] == 1


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


def test_what_was_done_is_said() -> None:
    model = prepare(Network().conv(8).relu().conv(3).model())
    assert rewrite(Graph(model)) == ()
    net = Network().conv(8).relu()
    net.add("ReduceMean", net.last, axes=[2, 3], keepdims=1)
    (line,) = rewrite(Graph(net.conv(3, size=1).model()))
    assert line == "1 x a mean over rows and columns made a GlobalAveragePool"


def test_the_rewritten_network_can_be_rewritten_again_without_a_change() -> None:
    net: Network = clipped_swish(Network().conv(8), True, False)
    once = rewritten(net.conv(3).model())
    again = onnx.ModelProto()
    again.CopyFrom(once)
    assert rewrite(Graph(again)) == ()
    assert again == once
