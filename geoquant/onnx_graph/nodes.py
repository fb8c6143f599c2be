"""One node of an ONNX graph by itself: what it reads, its attributes, its value where it is a constant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper


def _inner_graphs(node: onnx.NodeProto) -> Iterator[onnx.GraphProto]:
    """The graphs that a node holds."""
    for entry in node.attribute:
        if entry.HasField("g"):
            yield entry.g
        yield from entry.graphs


def _own_names(graph: onnx.GraphProto) -> set[str]:
    made = {name for node in graph.node for name in node.output}
    return made | {value.name for value in (*graph.input, *graph.initializer)}


def reads(node: onnx.NodeProto) -> set[str]:
    """Names of all tensors that a node takes, with those that graphs inside it read from outside."""
    names = {name for name in node.input if name}
    for graph in _inner_graphs(node):
        inside = {value.name for value in graph.output}.union(*map(reads, graph.node))
        names |= inside - _own_names(graph)
    return names


def rename_reads(node: onnx.NodeProto, names: Mapping[str, str]) -> None:
    """Let a node, and graphs inside it, take tensors by other names (old -> new)."""
    for position, name in enumerate(node.input):
        if name in names:
            node.input[position] = names[name]
    for graph in _inner_graphs(node):
        outer = {old: new for old, new in names.items() if old not in _own_names(graph)}
        for inner in graph.node:
            rename_reads(inner, outer)
        for value in graph.output:
            value.name = outer.get(value.name, value.name)


def attributes(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes as Python values, text decoded."""
    return {entry.name: _attribute_value(entry) for entry in node.attribute}


def attribute(node: onnx.NodeProto, name: str, default: Any) -> Any:
    """One attribute as a Python value, text decoded, or its default."""
    return next((_attribute_value(entry) for entry in node.attribute if entry.name == name), default)


def _attribute_value(entry: onnx.AttributeProto) -> Any:
    value = onnx.helper.get_attribute_value(entry)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def constant_value(node: onnx.NodeProto) -> NDArray[Any] | None:
    """The value of a Constant node; None where it holds text or a sparse tensor."""
    kinds = {"value_float": np.float32, "value_int": np.int64, "value_floats": np.float32, "value_ints": np.int64}
    for entry in node.attribute:
        if entry.name == "value":
            return np.asarray(numpy_helper.to_array(entry.t))
        if entry.name in kinds:
            return np.asarray(onnx.helper.get_attribute_value(entry), kinds[entry.name])
    return None


def named_like(node: onnx.NodeProto, part: str) -> str:
    """A name for a new node that says which one it comes from."""
    return f"{node.name or node.output[0]}_{part}"
