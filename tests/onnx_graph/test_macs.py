"""Multiply-accumulates per node: by hand, through QDQ, and for the packaged models."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from geoquant.calibration.range_estimators import Range
from geoquant.errors import ModelError
from geoquant.onnx_graph.macs import macs_by_node
from geoquant.onnx_graph.prepare import prepare
from geoquant.quantization.qdq import QdqSettings, write_qdq
from tests.builders.networks import Network, u_shaped


def one_node(kind: str, inputs: dict[str, tuple[int, ...]], x_shape: list[int], **attributes: object):
    tensors = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in inputs.items()]
    node = helper.make_node(kind, ["x", *inputs], ["y"], name="layer", **attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, x_shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    graph = helper.make_graph([node], "one", [x], [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.mark.parametrize(
    ("kind", "weights", "shape", "attributes", "expected"),
    [
        ("Conv", {"w": (8, 4, 3, 3)}, [1, 4, 10, 12], {"pads": [1, 1, 1, 1]}, 10 * 12 * 8 * 4 * 9),
        ("Conv", {"w": (8, 4, 3, 3)}, [2, 4, 10, 12], {"strides": [2, 2]}, 2 * 4 * 5 * 8 * 4 * 9),
        ("Conv", {"w": (4, 1, 5, 5)}, [1, 4, 9, 9], {"group": 4}, 5 * 5 * 4 * 25),
        ("ConvTranspose", {"w": (4, 6, 2, 2)}, [1, 4, 5, 7], {"strides": [2, 2]}, 5 * 7 * 4 * 6 * 4),
        ("MatMul", {"w": (7, 3)}, [2, 5, 7], {}, 2 * 5 * 7 * 3),
        ("Gemm", {"w": (7, 3)}, [5, 7], {}, 5 * 7 * 3),
        ("Gemm", {"w": (3, 5)}, [5, 7], {"transA": 1, "transB": 1}, 5 * 7 * 3),
    ],
)
def test_one_layer_by_hand(kind, weights, shape, attributes, expected):
    if kind == "Gemm" and attributes:
        weights = {"w": (3, 5)}
    assert macs_by_node(one_node(kind, weights, shape, **attributes), shape) == {"layer": expected}


def test_quantizing_does_not_change_the_work_and_sizes_scale_it():
    model = prepare(u_shaped())
    names = [value.name for value in model.graph.input] + [name for node in model.graph.node for name in node.output]
    int8 = write_qdq(model, {name: Range(-4.0, 4.0) for name in names}, QdqSettings())
    small, large = macs_by_node(model, (1, 4, 16, 16)), macs_by_node(model, (1, 4, 32, 64))
    assert macs_by_node(int8, (1, 4, 16, 16)) == small
    assert {name: 8 * macs for name, macs in small.items()} == large
    assert list(small) == [node.name for node in model.graph.node if node.op_type == "Conv"]


def test_shapes_that_the_graph_computes_itself_are_found():
    net = Network().conv(8).relu()
    net.add("Shape", net.last, start=2, end=4)
    sizes = net.add("Mul", net.last, net.constant(np.array([2, 2], np.int64))).last
    sizes = net.add("Concat", net.constant(np.array([1, 8], np.int64)), sizes, axis=0).last
    net.add("Resize", "t1", "", "", sizes, mode="nearest")
    net.channels = 8
    model = net.conv(3, size=1).model()
    for number, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}_{number}"
    assert list(macs_by_node(model, (1, 4, 8, 8)).values())[-1] == 16 * 16 * 8 * 3


def test_a_size_that_the_network_refuses_is_an_error():
    model = prepare(u_shaped())
    with pytest.raises(ModelError, match=r"\(1, 5, 16, 16\)"):
        macs_by_node(model, (1, 5, 16, 16))


def test_the_model_is_not_changed():
    model = prepare(u_shaped())
    before = model.SerializeToString()
    macs_by_node(model, (1, 4, 16, 16))
    assert model.SerializeToString() == before
    assert isinstance(model, onnx.ModelProto)
