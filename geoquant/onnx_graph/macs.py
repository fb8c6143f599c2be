"""Multiply-accumulates per node, from the shapes that a graph really has at one input size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from geoquant.errors import ModelError

Shape = tuple[int, ...]
MAC_OPS = ("Conv", "ConvTranspose", "Gemm", "MatMul")
"""Operators that multiply by a matrix; elementwise work is not counted, as is usual in the literature."""


def macs_by_node(model: Any, input_shape: Sequence[int]) -> dict[str, int]:
    """Multiply-accumulates of every convolution and matrix product.

    Shapes come from one inference on zeros, so that shapes computed inside the graph, QDQ files and operators of
    onnxruntime's own are no obstacle. Biases and elementwise operators are not counted.

    Args:
        model: ``onnx.ModelProto``; not changed. Its nodes have names.
        input_shape: (n, band, y, x) of its one input.

    Returns:
        Node name -> multiply-accumulates, in the order of the graph.

    Raises:
        ModelError: the network does not run at this size.
    """
    nodes = [node for node in model.graph.node if node.op_type in MAC_OPS]
    shapes = _shapes(model, [name for node in nodes for name in (*node.input[:2], node.output[0])], input_shape)
    return {node.name: _macs(node, shapes) for node in nodes}


def _macs(node: Any, shapes: Mapping[str, Shape]) -> int:
    left, right, out = (shapes[name] for name in (*node.input[:2], node.output[0]))
    if node.op_type == "Conv":  # weight (out, in / groups, ...)
        return prod(out) * prod(right[1:])
    if node.op_type == "ConvTranspose":  # weight (in, out / groups, ...)
        return prod(left) * prod(right[1:])
    transposed = node.op_type == "Gemm" and any(entry.name == "transA" and entry.i for entry in node.attribute)
    return prod(out) * left[0 if transposed else -1]


def _shapes(model: Any, names: Sequence[str], input_shape: Sequence[int]) -> dict[str, Shape]:
    """Tensor name -> shape; a ``Shape`` node behind each tensor tells it, without keeping what the tensor holds."""
    import onnx
    from onnx import helper

    known = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    (image,) = [value for value in model.graph.input if value.name not in known]
    known[image.name] = tuple(input_shape)
    asked = [name for name in dict.fromkeys(names) if name not in known]
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    for i, name in enumerate(asked):
        probe.graph.node.append(helper.make_node("Shape", [name], [f"shape_of_{i}"]))
        probe.graph.output.append(helper.make_tensor_value_info(f"shape_of_{i}", onnx.TensorProto.INT64, None))
    if asked:
        found = _run_on_zeros(probe, image, tuple(input_shape))
        known.update((name, tuple(int(side) for side in shape)) for name, shape in zip(asked, found, strict=True))
    return known


def _run_on_zeros(model: Any, image: Any, shape: Shape) -> list[Any]:
    import numpy as np
    import onnxruntime as ort
    from onnx import helper

    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL  # what is fused has no shape
    zeros = np.zeros(shape, helper.tensor_dtype_to_np_dtype(image.type.tensor_type.elem_type))
    try:
        session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return list(session.run(None, {image.name: zeros}))
    except Exception as error:  # onnxruntime has a dozen exception classes without a common root
        raise ModelError(f"the network does not run on an input of shape {shape}: {error}") from error
