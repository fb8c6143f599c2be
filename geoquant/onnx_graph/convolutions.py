"""Weights and biases of convolutions in a graph: read in float64, scaled along their channels, given back."""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

Floats = NDArray[np.float64]


def weight_of(graph: Graph, conv: onnx.NodeProto) -> Floats:
    """The weights: (out, in / groups, y, x) of Conv, (in, out / groups, y, x) of ConvTranspose."""
    return np.asarray(graph.constant(conv.input[1]), np.float64)


def bias_of(graph: Graph, conv: onnx.NodeProto) -> Floats | None:
    """The bias (out,), None where the convolution has none."""
    return np.asarray(graph.constant(conv.input[2]), np.float64) if len(conv.input) > 2 else None


def set_weights(graph: Graph, conv: onnx.NodeProto, weight: Floats, bias: Floats | None) -> None:
    """Give a convolution weights of its own (shared initializers stay as they are for the others).

    Args:
        graph: changed.
        conv: of it.
        weight: as ``weight_of``; stored as float32.
        bias: as ``bias_of``; None leaves it as it is.
    """
    names = list(conv.input)
    for position, value in [(1, weight)] if bias is None else [(1, weight), (2, bias)]:
        name = graph.unique_name(f"{conv.name or conv.output[0]}_folded_{position}")
        names[position : position + 1] = [graph.add_initializer(value.astype(np.float32), name)]
    graph.set_inputs(conv, names)


def scaled_outputs(conv: onnx.NodeProto, weight: Floats, factors: Floats) -> Floats:
    """Weights with each output channel scaled by its factor: axis 0 of Conv, axis 1 in a group of ConvTranspose."""
    if conv.op_type == "Conv":
        return np.asarray(weight * factors.reshape(-1, *[1] * (weight.ndim - 1)))
    groups = int(attribute(conv, "group", 1))
    per_input = np.repeat(factors.reshape(groups, -1), weight.shape[0] // groups, axis=0)  # (in, out / groups)
    return np.asarray(weight * per_input.reshape(*per_input.shape, *[1] * (weight.ndim - 2)))


def scaled_inputs(conv: onnx.NodeProto, weight: Floats, factors: Floats) -> Floats:
    """Weights with each input channel scaled by its factor: axis 0 of ConvTranspose, axis 1 in a group of Conv."""
    if conv.op_type == "ConvTranspose":
        return np.asarray(weight * factors.reshape(-1, *[1] * (weight.ndim - 1)))
    groups = int(attribute(conv, "group", 1))
    per_group = factors.reshape(groups, -1)  # output o of group g takes channels g * in .. (g + 1) * in
    per_output = np.repeat(per_group, weight.shape[0] // groups, axis=0)
    return np.asarray(weight * per_output.reshape(*per_output.shape, *[1] * (weight.ndim - 2)))


def input_channels(conv: onnx.NodeProto, weight: Floats) -> int:
    """How many channels a convolution takes."""
    return weight.shape[0] if conv.op_type == "ConvTranspose" else int(weight.shape[1] * attribute(conv, "group", 1))
