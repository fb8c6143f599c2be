"""A network's two ends as everything else expects them: float32, (batch, channel, row, column).

Exporters of TensorFlow and Keras leave channels last, converters leave float16 ends, and some networks take the stored
bytes and normalize inside. What lies between is not changed: a Transpose, a Cast or both stand in front and behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Graph, declared_shape
from geoquant.onnx_graph.nodes import attribute, constant_value

INPUT_CAST = "geoquant_input_cast"
"""Name of the node behind which a network gets the type that it was exported for."""
FLOATS = (TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
INTEGERS = tuple(getattr(TensorProto, f"{sign}INT{bits}") for sign in ("", "U") for bits in (8, 16, 32, 64))
TO_LAST, TO_FIRST = [0, 2, 3, 1], [0, 3, 1, 2]
POINTWISE = frozenset(
    (
        *("Cast", "Identity", "QuantizeLinear", "DequantizeLinear", "Add", "Sub", "Mul", "Div", "Clip", "Min", "Max"),
        *("Relu", "Sigmoid", "HardSigmoid", "Softmax", "LogSoftmax", "ArgMax", "Tanh", "Dropout", "Pow", "Floor"),
    )
)
"""What leaves the axes in their order."""
CHANNELS_FIRST = frozenset(
    (
        *("Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "MaxPool", "AveragePool"),
        *("QLinearConv", "ConvInteger", "GlobalAveragePool", "DepthToSpace", "SpaceToDepth", "Resize", "Upsample"),
    )
)
"""What takes and gives channels on the second axis."""


def standardize_ends(model: onnx.ModelProto) -> None:
    """Give a network float32 ends with channels on the second axis, in place; nothing where it has them.

    Raises:
        ModelError: its input is of a type that no image has.
    """
    graph = Graph(model)
    if len(graph.inputs) != 1 or not graph.outputs:
        return
    image, output = graph.inputs[0], graph.outputs[0]
    was_last = _takes_channels_last(graph, image)
    gives_last = _gives_channels_last(graph, output, was_last)
    if image.type.tensor_type.elem_type == TensorProto.DOUBLE:  # for which engines lack most kernels
        to_float32(graph, (TensorProto.DOUBLE,))
    _cast_input(graph, image)
    _cast_output(graph, output)
    if was_last:
        _transpose_input(graph, image)
    if gives_last:
        _transpose_output(graph, output)


def exported_type(graph: Graph, image: Any) -> int:
    """The element type that the image input had in the file."""
    cast = next((node for node in graph.nodes_of("Cast") if node.name == INPUT_CAST), None)
    declared = image.type.tensor_type.elem_type
    return int(declared if cast is None else attribute(cast, "to", declared))


# which axis the channels are on


def _takes_channels_last(graph: Graph, image: Any) -> bool:
    """Whether the first operator that cares, or else the declared shape, says so."""
    dims = declared_shape(image) or ()
    if len(dims) != 4:
        return False
    for node in _first_that_care(graph, image.name):
        if node.op_type in CHANNELS_FIRST:
            return False
        if node.op_type == "Transpose" and list(attribute(node, "perm", [])) == TO_FIRST:
            return True
    _, rows, columns, last = dims
    if last is None or rows is None or columns is None:
        return last is not None and rows is columns
    return rows == columns and rows > last


def _first_that_care(graph: Graph, name: str) -> list[onnx.NodeProto]:
    """The first nodes behind a tensor that depend on the order of the axes."""
    found, waiting, seen = [], [name], {name}
    while waiting:
        for node in graph.consumers(waiting.pop()):
            if node.op_type not in POINTWISE:
                found.append(node)
            elif node.output[0] not in seen:
                seen.add(node.output[0])
                waiting.append(node.output[0])
    return found


def _gives_channels_last(graph: Graph, output: Any, took_last: bool) -> bool:
    dims = declared_shape(output) or ()
    if len(dims) != 4:
        return False
    node = graph.producer(output.name)
    while node is not None and node.op_type in POINTWISE:
        node = _made_by(graph, node.input)
    if node is not None and node.op_type == "Transpose":
        return list(attribute(node, "perm", [])) == TO_LAST
    if not took_last or (node is not None and node.op_type in CHANNELS_FIRST):
        return False
    return dims[1] is None or dims[1] == dims[2] != dims[3]


def _made_by(graph: Graph, names: Iterable[str]) -> onnx.NodeProto | None:
    """What makes the first of some tensors that is computed."""
    nodes = (graph.producer(name) for name in names if not graph.is_constant(name))
    return next((node for node in nodes if node is not None), None)


# the edits


def to_float32(graph: Graph, kinds: Sequence[int]) -> None:
    """Let everything of some element types, weights, casts and ends, be float32."""
    for name, tensor in graph.initializers.items():
        if tensor.data_type in kinds:
            graph.set_initializer(name, np.asarray(graph.constant(name), np.float32))
    for node in graph.nodes_of("Cast", "Constant"):
        _node_to_float32(node, kinds)
        if node.name == INPUT_CAST and attribute(node, "to", None) == TensorProto.FLOAT:
            graph.replace_uses(node.output[0], node.input[0])
            graph.remove([node])
    for value in (*graph.model.graph.input, *graph.model.graph.output):
        if value.type.tensor_type.elem_type in kinds:
            value.type.tensor_type.elem_type = TensorProto.FLOAT
    del graph.model.graph.value_info[:]  # types that are stale now


def _node_to_float32(node: onnx.NodeProto, kinds: Sequence[int]) -> None:
    for entry in node.attribute:
        if entry.name == "to" and entry.i in kinds:
            entry.i = TensorProto.FLOAT
        elif entry.name == "value" and entry.t.data_type in kinds:
            entry.t.CopyFrom(numpy_helper.from_array(np.asarray(constant_value(node), np.float32)))


def _cast_input(graph: Graph, image: Any) -> None:
    """Let the input be float32; whole numbers are rounded to, and kept within what the type holds."""
    kind = image.type.tensor_type.elem_type
    if kind == TensorProto.FLOAT:
        return
    if kind not in (*FLOATS, *INTEGERS):
        name = TensorProto.DataType.Name(kind)
        raise ModelError(f"The network's input {image.name!r} is of type {name}; export it with a float32 input.")
    name, users = image.name, graph.consumers(image.name)
    result = graph.unique_name(f"{name}_as_exported")
    nodes = _rounded(graph, name, kind) if kind in INTEGERS else []
    last = nodes[-1].output[0] if nodes else name
    nodes.append(helper.make_node("Cast", [last], [result], name=INPUT_CAST, to=kind))
    for node in users:
        graph.set_inputs(node, [result if given == name else given for given in node.input])
    graph.prepend(*nodes)
    image.type.tensor_type.elem_type = TensorProto.FLOAT


def _rounded(graph: Graph, name: str, kind: int) -> list[onnx.NodeProto]:
    """Nodes in operators that every opset has."""
    limits = np.iinfo(helper.tensor_dtype_to_np_dtype(kind))
    steps = (("Add", 0.5), ("Floor", None), ("Max", float(limits.min)), ("Min", float(limits.max)))
    nodes: list[onnx.NodeProto] = []
    for op_type, number in steps:
        inputs = [nodes[-1].output[0] if nodes else name]
        if number is not None:
            constant = graph.unique_name(f"{name}_{op_type.lower()}")
            inputs.append(graph.add_initializer(np.array(number, np.float32), constant))
        result = graph.unique_name(f"{name}_after_{op_type.lower()}")
        nodes.append(helper.make_node(op_type, inputs, [result], name=f"geoquant_input_{op_type.lower()}"))
    return nodes


def _cast_output(graph: Graph, output: Any) -> None:
    if output.type.tensor_type.elem_type not in FLOATS:
        return
    name = _freed(graph, output.name)
    graph.append(helper.make_node("Cast", [name], [output.name], name="geoquant_output_cast", to=TensorProto.FLOAT))
    output.type.tensor_type.elem_type = TensorProto.FLOAT


def _transpose_input(graph: Graph, image: Any) -> None:
    """Let the input have channels first; a Transpose of the network's own that undid this goes."""
    name = image.name
    consumers = graph.consumers(name)
    for node in consumers:
        if node.op_type == "Transpose" and not graph.is_output(node.output[0]):
            graph.replace_uses(node.output[0], name)
            graph.remove([node])
    _permute(image, TO_FIRST)
    rest = [node for node in consumers if node in graph]
    if rest:
        result = graph.unique_name(f"{name}_channels_last")
        for node in rest:
            graph.set_inputs(node, [result if given == name else given for given in node.input])
        graph.prepend(helper.make_node("Transpose", [name], [result], name="geoquant_input_last", perm=TO_LAST))


def _transpose_output(graph: Graph, output: Any) -> None:
    """Let the output have channels first; a Transpose of the network's own that only undoes this goes."""
    _permute(output, TO_FIRST)
    last = graph.producer(output.name, "Transpose")
    made = None if last is None else graph.producer(last.input[0])
    if last is not None and made is not None and graph.only_consumer(last.input[0]) and len(made.output) == 1:
        graph.remove([last])
        graph.set_outputs(made, [output.name])
        return
    name = _freed(graph, output.name)
    graph.append(helper.make_node("Transpose", [name], [output.name], name="geoquant_output_first", perm=TO_FIRST))


def _freed(graph: Graph, name: str) -> str:
    """Another name for the tensor that is the network's output, whose own name is to be made anew."""
    other, node = graph.unique_name(f"{name}_as_exported"), graph.producer(name)
    if node is not None:
        graph.set_outputs(node, [other if made == name else made for made in node.output])
    graph.replace_uses(name, other)
    return other


def _permute(value: Any, order: Sequence[int]) -> None:
    """Reorder the declared axes of an input or output."""
    shape = value.type.tensor_type.shape
    dims = [onnx.TensorShapeProto.Dimension() for _ in order]
    for dim, position in zip(dims, order, strict=True):
        dim.CopyFrom(shape.dim[position])
    del shape.dim[:]
    shape.dim.extend(dims)
