"""A QDQ file made small: defaults dropped, equal constants shared, short names."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import numpy_helper

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.prepare import MAX_IR


def compact(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same network, small: nothing said twice, short tensor names, no annotations. Changed in place.

    Raises:
        ModelError: the graph has a cycle.
    """
    graph = Graph(model)
    graph.sort()  # the quantizer appends at the end
    _drop_what_is_default(graph)
    _share_equal_constants(graph)
    _shorten_names(graph)
    _drop_annotations(graph)
    model.ir_version = min(model.ir_version, MAX_IR)
    used = {node.domain for node in graph.nodes}
    for entry in [entry for entry in model.opset_import if entry.domain and entry.domain not in used]:
        model.opset_import.remove(entry)
    return model


_DEFAULTS = {"dilations": 1, "strides": 1, "group": 1, "pads": 0}


def _drop_what_is_default(graph: Graph) -> None:
    """Drop attributes and the zero points of weights and biases that say what ONNX assumes without them.

    Layers that share one zero point tensor may lose INT8 in OpenVINO (2026.4: 60 % of a MobileNet-style network's
    multiply-accumulates ran in float); those without any do not.
    """
    for node in graph.nodes:
        for entry in [entry for entry in node.attribute if node.op_type == "Conv" and entry.name in _DEFAULTS]:
            if not np.any(np.asarray(onnx.helper.get_attribute_value(entry)) != _DEFAULTS[entry.name]):
                node.attribute.remove(entry)
        stored = node.op_type == "DequantizeLinear" and node.input[0] in graph.initializers and len(node.input) > 2
        zero_point = graph.initializers.get(node.input[2]) if stored else None
        if zero_point is not None and not numpy_helper.to_array(zero_point).any():
            graph.set_inputs(node, node.input[:2])
    graph.remove_unused_initializers()


def _share_equal_constants(graph: Graph) -> None:
    first: dict[tuple[int, tuple[int, ...], bytes], str] = {}
    shared = []
    for name, tensor in graph.initializers.items():
        key = (tensor.data_type, tuple(tensor.dims), numpy_helper.to_array(tensor).tobytes())
        kept = first.setdefault(key, name)
        if kept != name and not graph.is_output(name):
            graph.replace_uses(name, kept)
            shared.append(name)
    graph.remove_initializers(shared)


def _shorten_names(graph: Graph) -> None:
    kept = {value.name for value in (*graph.inputs, *graph.outputs)}
    made = [name for node in graph.nodes for name in node.output]
    every = [name for name in dict.fromkeys([*graph.initializers, *made]) if name and name not in kept]
    fresh = (name for name in (_short(i) for i in range(len(every) + len(kept))) if name not in kept)
    graph.rename(dict(zip(every, fresh, strict=False)))


def _short(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = digits[digit] + text
        if number == 0:
            return "t" + text


def _drop_annotations(graph: Graph) -> None:
    for node in graph.nodes:
        node.ClearField("doc_string")
        if hasattr(node, "metadata_props"):
            del node.metadata_props[:]
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            node.ClearField("name")
    del graph.model.graph.value_info[:]
    graph.model.graph.ClearField("doc_string")
    graph.model.ClearField("doc_string")
