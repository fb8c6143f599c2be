"""Resize on few channels with constant scales, pooling by its own operator, and only where that is exact."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from tests.builders.networks import Network
from tests.builders.rewriting import ops, rewritten


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
