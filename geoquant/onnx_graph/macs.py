"""Multiply-accumulates per node, from the shapes that a graph really has at one input size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from onnx import helper

from geoquant.errors import ModelError, QuantizationError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute
from geoquant.onnx_graph.probe import Probe, SessionSettings, Tap

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
    transposed = node.op_type == "Gemm" and bool(attribute(node, "transA", 0))
    return prod(out) * left[0 if transposed else -1]


def _shapes(model: Any, names: Sequence[str], input_shape: Sequence[int]) -> dict[str, Shape]:
    """Tensor name -> shape; a ``Shape`` node behind each tensor tells it, without keeping what the tensor holds."""
    graph = Graph(model)
    known = {name: tuple(tensor.dims) for name, tensor in graph.initializers.items()}
    (image,) = graph.inputs
    known[image.name] = tuple(input_shape)
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    zeros = np.zeros(tuple(input_shape), helper.tensor_dtype_to_np_dtype(image.type.tensor_type.elem_type))
    try:
        # what is fused has no shape
        found = Probe(model, [(name, _shape) for name in unknown], SessionSettings(optimized=False)).run(zeros)
    except QuantizationError as error:
        raise ModelError(f"the network does not run on an input of shape {zeros.shape}: {error.__cause__}") from error
    return known | {name: tuple(map(int, shape)) for name, (shape,) in zip(unknown, found, strict=True)}


def _shape(tap: Tap) -> tuple[str]:
    return (tap.node("Shape", tap.tensor),)
