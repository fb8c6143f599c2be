"""The layers of a float network whose precision can be chosen, and each one's share of the work."""

from __future__ import annotations

import onnx

from geoquant.onnx_graph.convolutions import weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.macs import MAC_OPS, macs_by_node
from geoquant.onnx_graph.nodes import attribute

LAYER_OPS = (*MAC_OPS, *("Add", "Mul", "Concat", "GlobalAveragePool", "AveragePool"))
"""Operators that compute or rescale; those that only pass integers on follow their neighbours."""

LAST_LAYERS_MAC_SHARE = 0.01
"""Share of the multiply-accumulates that the last layers may take for it to be worth a try to leave them in float."""


def layers_of(model: onnx.ModelProto) -> tuple[onnx.NodeProto, ...]:
    """The nodes whose precision can be chosen."""
    return tuple(Graph(model).nodes_of(*LAYER_OPS))


def macs_shares(model: onnx.ModelProto, input_shape: tuple[int, int, int, int]) -> dict[str, float]:
    """Node name -> share of the network's multiply-accumulates, 0..1."""
    macs = macs_by_node(model, input_shape)
    total = max(1, sum(macs.values()))
    return {name: count / total for name, count in macs.items()}


def cheap_layers(model: onnx.ModelProto, input_shape: tuple[int, int, int, int]) -> tuple[str, ...]:
    """Names of the layers that are next to no work and cost most accuracy when they are rounded.

    Args:
        model: prepared float network.
        input_shape: (1, band, y, x) to count the work at.
    """
    return tuple(dict.fromkeys((*_last_layers(model, input_shape), *_pooled_layers(model))))


def without_integer_form(model: onnx.ModelProto) -> tuple[str, ...]:
    """Names of the layers that no 8-bit weights per output channel can be written for.

    A ConvTranspose in groups keeps its outputs along two axes, (in, out / groups, y, x), and scales have one.
    """
    graph = Graph(model)
    return tuple(
        node.name
        for node in graph.nodes_of("ConvTranspose")
        if attribute(node, "group", 1) > 1 and weight_of(graph, node).shape[1] > 1
    )


def _last_layers(model: onnx.ModelProto, input_shape: tuple[int, int, int, int]) -> tuple[str, ...]:
    """The layers that make the scores, where they take at most ``LAST_LAYERS_MAC_SHARE`` of the work.

    Their errors change classes at once.
    """
    graph, found = Graph(model), dict[str, onnx.NodeProto]()
    waiting = [output.name for output in graph.outputs]
    while waiting:
        node = graph.producer(waiting.pop())
        if node is not None and node.op_type in LAYER_OPS:
            found[node.name] = node
        elif node is not None:
            waiting += node.input
    shares = macs_shares(model, input_shape)
    cost = sum(shares.get(name, 0.0) for name in found)
    return tuple(sorted(found)) if cost <= LAST_LAYERS_MAC_SHARE else ()


def _pooled_layers(model: onnx.ModelProto) -> tuple[str, ...]:
    """The layers that take one value per channel, as squeeze-and-excite has behind global pooling.

    They are no work whatever the size of a tile, and their errors change all of it.
    """
    graph, pooled = Graph(model), set[str]()
    found = []
    for node in graph.nodes:
        data = [name for name in node.input if name and name not in graph.initializers]
        if node.op_type in ("GlobalAveragePool", "GlobalMaxPool"):
            pooled.update(node.output)
        elif data and pooled.issuperset(data):
            pooled.update(node.output)
            found += [node.name] * (node.op_type in LAYER_OPS)
    return tuple(found)
