"""Exact rewrites of a float network: the same function, in the form that quantizes best.

Each rewrite is checked by a law in the tests: float graph before and after agree to float rounding.
"""

from __future__ import annotations

import numpy as np
import onnx

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.convolutions import bias_of, scaled_outputs, set_weights, weight_of
from geoquant.onnx_graph.editing import Graph, opset_of
from geoquant.onnx_graph.nodes import attribute, constant_value
from geoquant.onnx_graph.rewrites import rewrite
from geoquant.onnx_graph.standard_ends import to_float32

MIN_OPSET, MAX_OPSET, MAX_IR = 17, 21, 9
_NO_EFFECT = ("Identity", "Dropout")


def prepare(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy ready to be quantized: opset 17 or later, constants as initializers, batch norm inside convolutions.

    HardSwish and other functions stay whole, because splitting them costs a third of the speed; that is why this is
    not onnxruntime's pre-processing.

    Raises:
        QuantizationError: an opset that can't be raised to 17, or a graph that is quantized already.
    """
    if any(node.op_type in ("QuantizeLinear", "DequantizeLinear") for node in model.graph.node):
        raise QuantizationError("the model is quantized already; give the float model that it was made from.")
    graph = Graph(_raised_opset(model))
    to_float32(graph, (onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE))
    _constants_to_initializers(graph)
    _drop_without_effect(graph)
    fold_batch_norm(graph)
    rewrite(graph)
    graph.remove_unused_initializers()
    _drop_initializer_inputs(graph)
    _name_nodes(graph)
    del graph.model.graph.value_info[:]
    graph.model.ir_version = min(graph.model.ir_version, MAX_IR)
    return onnx.shape_inference.infer_shapes(graph.model)


def _raised_opset(model: onnx.ModelProto) -> onnx.ModelProto:
    if opset_of(model) >= MIN_OPSET:
        copy = onnx.ModelProto()
        copy.CopyFrom(model)
        return copy
    try:
        return onnx.version_converter.convert_version(model, MIN_OPSET)
    except Exception as error:  # the converter raises bare RuntimeError and its own C++ exceptions
        raise QuantizationError(
            f"the model's opset {opset_of(model)} could not be raised to {MIN_OPSET}: {error}. Export it again with "
            f"opset {MIN_OPSET} or later."
        ) from error


def _constants_to_initializers(graph: Graph) -> None:
    for node in graph.nodes_of("Constant"):
        value = constant_value(node)
        if value is not None:
            graph.add_initializer(value, node.output[0])
            graph.remove([node])


def _drop_without_effect(graph: Graph) -> None:
    for node in graph.nodes_of(*_NO_EFFECT):
        if graph.is_output(node.output[0]) or any(graph.consumers(extra) for extra in node.output[1:]):
            continue
        graph.replace_uses(node.output[0], node.input[0])
        graph.remove([node])


def _drop_initializer_inputs(graph: Graph) -> None:
    listed = graph.model.graph.input
    for position in reversed(range(len(listed))):
        if listed[position].name in graph.initializers:
            del listed[position]


def _name_nodes(graph: Graph) -> None:
    taken: set[str] = set()
    for i, node in enumerate(graph.nodes):
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{i}"
        taken.add(node.name)


def fold_batch_norm(graph: Graph) -> None:
    """Fold, in place, each batch norm that alone follows a convolution into that convolution's weights and bias."""
    for norm in graph.nodes_of("BatchNormalization"):
        conv = graph.producer(norm.input[0], "Conv", "ConvTranspose")
        if conv is not None and _foldable(graph, conv, norm):
            _fold_one(graph, conv, norm)


def _foldable(graph: Graph, conv: onnx.NodeProto, norm: onnx.NodeProto) -> bool:
    alone = graph.only_consumer(conv.output[0]) is not None
    fixed = all(name in graph.initializers for name in (*conv.input[1:], *norm.input[1:]))
    return alone and fixed and len(norm.output) == 1


def _fold_one(graph: Graph, conv: onnx.NodeProto, norm: onnx.NodeProto) -> None:
    gain, shift, mean, variance = (np.asarray(graph.constant(name), np.float64) for name in norm.input[1:])
    factor = gain / np.sqrt(variance + attribute(norm, "epsilon", 1e-5))
    bias = bias_of(graph, conv)
    moved = ((0.0 if bias is None else bias) - mean) * factor + shift
    set_weights(graph, conv, scaled_outputs(conv, weight_of(graph, conv), factor), moved)
    if graph.is_output(norm.output[0]):
        graph.set_outputs(conv, norm.output)
    else:
        graph.replace_uses(norm.output[0], conv.output[0])
    graph.remove([norm])
