"""Changing an ONNX graph in place: who makes a tensor, who takes it, and what is constant."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

QUANTIZED_OPS = ("QLinear", "Integer", "QuantizeLinear", "DequantizeLinear")

LARGE_TENSOR = 256  # values; shape arithmetic never needs as many


class Edit:
    """A graph under change; every question is answered from its present state."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.graph = model.graph
        inferred = onnx.shape_inference.infer_shapes(model).graph
        shaped = (*inferred.value_info, *inferred.input, *inferred.output)
        kinds = {value.name: value.type.tensor_type for value in shaped}
        self._ranks = {name: len(kind.shape.dim) for name, kind in kinds.items() if kind.HasField("shape")}

    def nodes(self, *kinds: str) -> Iterator[Any]:
        """The nodes of some operators, in order; the graph may change under the loop."""
        for node in [node for node in self.graph.node if node.op_type in kinds]:
            if node in self.graph.node:
                yield node

    def rank(self, name: str) -> int | None:
        """Axes of a tensor of the graph that was given, where ONNX can tell."""
        return self._ranks.get(name)

    def constant(self, name: str) -> NDArray[Any] | None:
        """The value of an initializer, or None."""
        found = next((tensor for tensor in self.graph.initializer if tensor.name == name), None)
        return None if found is None else np.asarray(numpy_helper.to_array(found))

    def scalar(self, name: str) -> float | None:
        """The value of an initializer of one element, or None."""
        value = self.constant(name)
        return float(value.reshape(())) if value is not None and value.size == 1 else None

    def maker(self, name: str, *kinds: str) -> Any:
        """The node that makes a tensor, where it is one of ``kinds``, else None."""
        return next((node for node in self.graph.node if name in node.output and node.op_type in kinds), None)

    def only_user(self, name: str, *kinds: str) -> Any:
        """The one node that takes a tensor, where it is one of ``kinds``; None for the network's output."""
        users = [node for node in self.graph.node if name in node.input]
        if len(users) != 1 or any(value.name == name for value in self.graph.output):
            return None
        return users[0] if users[0].op_type in kinds else None

    def add_constant(self, value: NDArray[Any], base: str) -> str:
        """A new initializer with a name that nothing has."""
        name = self.free_name(base)
        self.graph.initializer.append(numpy_helper.from_array(value, name))
        return name

    def free_name(self, base: str) -> str:
        """A name for a new tensor."""
        taken = {tensor.name for tensor in self.graph.initializer}
        taken |= {name for node in self.graph.node for name in (*node.input, *node.output)}
        while base in taken:
            base += "_"
        return base

    def replace(self, old: Iterable[Any], new: Iterable[Any]) -> None:
        """Put ``new`` nodes where the last of the ``old`` ones is: its inputs are all made before it."""
        places = [list(self.graph.node).index(node) for node in old]
        for step, node in enumerate(new):
            self.graph.node.insert(max(places) + 1 + step, node)
        for place in sorted(places, reverse=True):
            del self.graph.node[place]

    def swap(self, first: Any, second: Any, part: str) -> None:
        """Let ``second``, the only user of ``first``, run before it; ``part`` names the tensor between."""
        inner = self.free_name(f"{second.output[0]}_{part}")
        earlier, later = helper.make_node("Identity", [], []), helper.make_node("Identity", [], [])
        earlier.CopyFrom(second)
        later.CopyFrom(first)
        earlier.input[0], earlier.output[0] = first.input[0], inner
        later.input[0], later.output[0] = inner, second.output[0]
        self.replace([first, second], [earlier, later])


def attributes(node: Any) -> dict[str, Any]:
    """A node's attributes as Python values, text decoded."""
    values = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in values.items()}


def named_like(node: Any, part: str) -> str:
    """A name for a new node that says which one it comes from."""
    return f"{node.name or node.output[0]}_{part}"


def input_name(model: onnx.ModelProto) -> str:
    """The name of the one input that is no initializer."""
    constant = initializers(model.graph)
    return str(next(value.name for value in model.graph.input if value.name not in constant))


def is_quantized(model: onnx.ModelProto) -> bool:
    """Whether any node computes with or converts to integers levels."""
    return any(any(mark in node.op_type for mark in QUANTIZED_OPS) for node in model.graph.node)


def graph_inputs(model: onnx.ModelProto) -> list[Any]:
    """Inputs that are not initializers (IR below 4 lists both)."""
    initial = {tensor.name for tensor in model.graph.initializer}
    return [value for value in model.graph.input if value.name not in initial]


def at_shape(model: onnx.ModelProto, bands: int, tile: tuple[int, int]) -> onnx.ModelProto:
    """The graph without its weights, every shape inferred for one tile of ``tile`` = (y, x) pixels."""
    static = _skeleton(model)
    for dim, size in zip(graph_inputs(static)[0].type.tensor_type.shape.dim, (1, bands, *tile), strict=True):
        dim.Clear()
        dim.dim_value = size
    for value in static.graph.output:
        value.type.tensor_type.ClearField("shape")
    return onnx.shape_inference.infer_shapes(static, data_prop=True)


def _skeleton(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy in which large initializers keep their type and dimensions only: shapes do not depend on them."""
    bare = onnx.ModelProto(ir_version=model.ir_version)
    bare.opset_import.extend(model.opset_import)
    bare.functions.extend(model.functions)
    bare.graph.name = model.graph.name
    bare.graph.node.extend(model.graph.node)
    bare.graph.input.extend(model.graph.input)
    bare.graph.output.extend(model.graph.output)
    for tensor in model.graph.initializer:
        large = math.prod(tensor.dims) > LARGE_TENSOR
        kept = onnx.TensorProto(name=tensor.name, dims=tensor.dims, data_type=tensor.data_type) if large else tensor
        bare.graph.initializer.append(kept)
    return bare


def constant(model: onnx.ModelProto, name: str) -> NDArray[Any] | None:
    """The value of an initializer or Constant node, or None."""
    for tensor in model.graph.initializer:
        if tensor.name == name:
            return np.asarray(numpy_helper.to_array(tensor))
    for node in model.graph.node:
        if node.op_type == "Constant" and name in node.output and node.attribute[0].name == "value":
            return np.asarray(numpy_helper.to_array(node.attribute[0].t))
    return None


def rename_uses(model: onnx.ModelProto, old: str, new: str) -> None:
    """Let every node that reads ``old`` read ``new``."""
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name == old:
                node.input[index] = new


def replace_nodes(model: onnx.ModelProto, nodes: Iterable[Any]) -> None:
    """Let ``nodes`` be the graph's nodes."""
    kept = list(nodes)
    del model.graph.node[:]
    model.graph.node.extend(kept)


def float_initializer(name: str, value: NDArray[Any]) -> Any:
    """A float32 initializer."""
    return numpy_helper.from_array(np.asarray(value, np.float32), name)


def clip_node(source: str, target: str, low: str, high: str) -> Any:
    """``target = clip(source, low, high)`` with the names of initializers."""
    return helper.make_node("Clip", [source, low, high], [target], name=f"{target}_saturation")


def opset_of(model: onnx.ModelProto) -> int:
    """Version of the default operator set."""
    return next((entry.version for entry in model.opset_import if entry.domain in ("", "ai.onnx")), 0)


def initializers(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    """Name -> tensor."""
    return {tensor.name: tensor for tensor in graph.initializer}


def consumers(graph: onnx.GraphProto, name: str) -> list[onnx.NodeProto]:
    """Nodes that take a tensor."""
    return [node for node in graph.node if name in node.input]


def replace_input(graph: onnx.GraphProto, old: str, new: str) -> None:
    """Make every node that takes ``old`` take ``new``."""
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name == old:
                node.input[i] = new


def drop_unused_initializers(graph: onnx.GraphProto) -> None:
    """Remove, in place, constants that no node takes and that are no output."""
    used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)


def attribute(node: onnx.NodeProto, name: str, default: float) -> float:
    """A numeric attribute, or its default."""
    for entry in node.attribute:
        if entry.name == name:
            return float(onnx.helper.get_attribute_value(entry))
    return default


def set_weights(
    graph: onnx.GraphProto, conv: onnx.NodeProto, weight: NDArray[np.float64], bias: NDArray[np.float64] | None
) -> None:
    """Give a convolution weights of its own (shared initializers stay as they are for the others)."""
    tensors = [(1, weight)] if bias is None else [(1, weight), (2, bias)]
    for position, value in tensors:
        name = f"{conv.name or conv.output[0]}_folded_{position}"
        while name in initializers(graph):
            name += "_"
        graph.initializer.append(numpy_helper.from_array(value.astype(np.float32), name))
        if position < len(conv.input):
            conv.input[position] = name
        else:
            conv.input.append(name)


def per_weight(conv: onnx.NodeProto, weight: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factor of each weight (out, in / groups, 1, ...): output o of group g takes bands g * in .. (g + 1) * in."""
    groups = int(attribute(conv, "group", 1))
    per_group = scale.reshape(groups, -1)  # (group, in / groups)
    per_output = np.repeat(per_group, weight.shape[0] // groups, axis=0)
    return per_output.reshape(*per_output.shape, *[1] * (weight.ndim - 2))
