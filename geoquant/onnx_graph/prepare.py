"""Exact rewrites of a float network: the same function, in the form that quantizes best.

Each rewrite is checked by a law in the tests: float graph before and after agree to float rounding.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.editing import (
    attribute,
    consumers,
    drop_unused_initializers,
    initializers,
    opset_of,
    replace_input,
    set_weights,
)
from geoquant.onnx_graph.rewrites import rewrite

MIN_OPSET, MAX_OPSET, MAX_IR = 17, 21, 9
_NO_EFFECT = {"Identity", "Dropout"}


def prepare(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy ready to be quantized: opset 17 or later, constants as initializers, batch norm inside convolutions.

    HardSwish and other functions stay whole (splitting them costs a third of the speed, DESIGN 6), which is why this
    is not onnxruntime's pre-processing.

    Raises:
        QuantizationError: an opset that can't be raised to 17, or a graph that is quantized already.
    """
    if any(node.op_type in ("QuantizeLinear", "DequantizeLinear") for node in model.graph.node):
        raise QuantizationError("the model is quantized already; give the float model that it was made from.")
    model = _raised_opset(model)
    graph = model.graph
    _constants_to_initializers(graph)
    _drop_without_effect(graph)
    fold_batch_norm(model)
    rewrite(model)
    drop_unused_initializers(graph)
    _drop_initializer_inputs(graph)
    _name_nodes(graph)
    del graph.value_info[:]
    model.ir_version = min(model.ir_version, MAX_IR)
    return onnx.shape_inference.infer_shapes(model)


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


def _constants_to_initializers(graph: onnx.GraphProto) -> None:
    for node in [node for node in graph.node if node.op_type == "Constant"]:
        value = _constant_value(node)
        if value is not None:
            graph.initializer.append(numpy_helper.from_array(value, node.output[0]))
            graph.node.remove(node)


def _constant_value(node: onnx.NodeProto) -> NDArray[np.generic] | None:
    kinds = {"value_float": np.float32, "value_int": np.int64, "value_floats": np.float32, "value_ints": np.int64}
    for entry in node.attribute:
        if entry.name == "value":
            return np.asarray(numpy_helper.to_array(entry.t))
        if entry.name in kinds:
            return np.asarray(onnx.helper.get_attribute_value(entry), kinds[entry.name])
    return None


def _drop_without_effect(graph: onnx.GraphProto) -> None:
    outputs = {output.name for output in graph.output}
    for node in [node for node in graph.node if node.op_type in _NO_EFFECT]:
        if node.output[0] in outputs or any(consumers(graph, extra) for extra in node.output[1:]):
            continue
        replace_input(graph, node.output[0], node.input[0])
        graph.node.remove(node)


def _drop_initializer_inputs(graph: onnx.GraphProto) -> None:
    constant = set(initializers(graph))
    for value in [value for value in graph.input if value.name in constant]:
        graph.input.remove(value)


def _name_nodes(graph: onnx.GraphProto) -> None:
    taken: set[str] = set()
    for i, node in enumerate(graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{i}"
        taken.add(node.name)


def fold_batch_norm(model: onnx.ModelProto) -> None:
    """Fold, in place, each batch norm that alone follows a convolution into that convolution's weights and bias."""
    graph = model.graph
    for norm in [node for node in graph.node if node.op_type == "BatchNormalization"]:
        before = next((node for node in graph.node if norm.input[0] in node.output), None)
        if before is not None and before.op_type in ("Conv", "ConvTranspose") and _foldable(graph, before, norm):
            _fold_one(graph, before, norm)


def _foldable(graph: onnx.GraphProto, conv: onnx.NodeProto, norm: onnx.NodeProto) -> bool:
    constant = initializers(graph)
    names = [*conv.input[1:], *norm.input[1:]]
    outputs = {output.name for output in graph.output}
    alone = len(consumers(graph, conv.output[0])) == 1 and conv.output[0] not in outputs
    return alone and all(name in constant for name in names) and len(norm.output) == 1


def _fold_one(graph: onnx.GraphProto, conv: onnx.NodeProto, norm: onnx.NodeProto) -> None:
    constant = initializers(graph)
    gain, shift, mean, variance = (numpy_helper.to_array(constant[name]).astype(np.float64) for name in norm.input[1:])
    factor = gain / np.sqrt(variance + attribute(norm, "epsilon", 1e-5))
    weight = numpy_helper.to_array(constant[conv.input[1]]).astype(np.float64)
    bias = numpy_helper.to_array(constant[conv.input[2]]).astype(np.float64) if len(conv.input) > 2 else 0.0
    scaled = _scale_outputs(conv, weight, factor)
    set_weights(graph, conv, scaled, (bias - mean) * factor + shift)
    replace_input(graph, norm.output[0], conv.output[0])
    for output in graph.output:
        if output.name == norm.output[0]:
            conv.output[0] = norm.output[0]
    graph.node.remove(norm)


def _scale_outputs(
    conv: onnx.NodeProto, weight: NDArray[np.float64], factor: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scale a weight per output channel: axis 0 of Conv, axis 1 within each group of ConvTranspose."""
    if conv.op_type == "Conv":
        return np.asarray(weight * factor.reshape(-1, *[1] * (weight.ndim - 1)))
    groups = int(attribute(conv, "group", 1))
    per_input = np.repeat(factor.reshape(groups, -1), weight.shape[0] // groups, axis=0)  # (in, out / groups)
    return np.asarray(weight * per_input.reshape(*per_input.shape, *[1] * (weight.ndim - 2)))
