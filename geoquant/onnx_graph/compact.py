"""A QDQ file made small: defaults dropped, equal constants shared, short names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import numpy_helper

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.editing import initializers
from geoquant.onnx_graph.prepare import MAX_IR


def compact(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, small: nothing said twice, short tensor names, no annotations. Changed in place."""
    graph = model.graph
    _sort(graph)
    _drop_what_is_default(graph)
    _share_equal_constants(graph)
    _shorten_names(graph)
    del graph.value_info[:]
    for node in graph.node:
        node.ClearField("doc_string")
        if hasattr(node, "metadata_props"):
            del node.metadata_props[:]
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            node.ClearField("name")
    graph.ClearField("doc_string")
    model.ClearField("doc_string")
    model.ir_version = min(model.ir_version, MAX_IR)
    used = {node.domain for node in graph.node}
    for entry in [entry for entry in model.opset_import if entry.domain and entry.domain not in used]:
        model.opset_import.remove(entry)
    return model


def _sort(graph: onnx.GraphProto) -> None:
    """Put every node behind the nodes that make its inputs, as ONNX wants it; the quantizer appends at the end."""
    made = {name for node in graph.node for name in node.output}
    waiting = list(graph.node)
    ready: list[onnx.NodeProto] = []
    known: set[str] = set()
    while waiting:
        later = []
        for node in waiting:
            if all(name in known or name not in made for name in node.input):
                known.update(node.output)
                ready.append(node)
            else:
                later.append(node)
        if len(later) == len(waiting):
            raise QuantizationError(f"the graph has a cycle through {later[0].op_type} {later[0].name}.")
        waiting = later
    del graph.node[:]
    graph.node.extend(ready)


_DEFAULTS = {"dilations": 1, "strides": 1, "group": 1, "pads": 0}


def _drop_what_is_default(graph: onnx.GraphProto) -> None:
    """Drop attributes and the zero points of weights and biases that say what ONNX assumes without them.

    Layers that share one zero point tensor may lose INT8 in OpenVINO (2026.4: 60 % of a MobileNet-style network's
    multiply-accumulates ran in float); those without any do not.
    """
    constant = initializers(graph)
    for node in graph.node:
        for entry in [entry for entry in node.attribute if node.op_type == "Conv" and entry.name in _DEFAULTS]:
            if not np.any(np.asarray(onnx.helper.get_attribute_value(entry)) != _DEFAULTS[entry.name]):
                node.attribute.remove(entry)
        zero_point = constant.get(node.input[2]) if len(node.input) > 2 else None
        stored = node.op_type == "DequantizeLinear" and node.input[0] in constant
        if stored and zero_point is not None and not numpy_helper.to_array(zero_point).any():
            del node.input[2]
    used = {name for node in graph.node for name in node.input}
    for name, tensor in constant.items():
        if name not in used:
            graph.initializer.remove(tensor)


def _share_equal_constants(graph: onnx.GraphProto) -> None:
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    renamed: dict[str, str] = {}
    outputs = {output.name for output in graph.output}
    for tensor in list(graph.initializer):
        key = (tensor.data_type, tuple(tensor.dims), numpy_helper.to_array(tensor).tobytes())
        kept = first.setdefault(key, tensor.name)
        if kept != tensor.name and tensor.name not in outputs:
            renamed[tensor.name] = kept
            graph.initializer.remove(tensor)
    _rename_inputs(graph, renamed)


def _rename_inputs(graph: onnx.GraphProto, names: Mapping[str, str]) -> None:
    for node in graph.node:
        for i, name in enumerate(node.input):
            node.input[i] = names.get(name, name)


def _shorten_names(graph: onnx.GraphProto) -> None:
    kept = {value.name for value in (*graph.input, *graph.output)}
    made = [name for node in graph.node for name in node.output]
    every = [name for name in dict.fromkeys([*initializers(graph), *made]) if name and name not in kept]
    fresh = (name for name in (_short(i) for i in range(len(every) + len(kept))) if name not in kept)
    short = dict(zip(every, fresh, strict=False))
    _rename_inputs(graph, short)
    for node in graph.node:
        for i, name in enumerate(node.output):
            node.output[i] = short.get(name, name)
    for tensor in graph.initializer:
        tensor.name = short.get(tensor.name, tensor.name)


def _short(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
        if number == 0:
            return "t" + text
