"""Which operator made the values that a network gives: followed back through everything that only moves them."""

from __future__ import annotations

import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

DECIDES = frozenset(("ArgMax", "ArgMin", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "And", "Or", "Not"))
"""What gives classes, not scores: the index of a channel, or yes and no."""

MOVES = frozenset(
    (
        *("Cast", "Identity", "Dropout", "QuantizeLinear", "DequantizeLinear"),
        *("Transpose", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Tile", "Pad"),
        *("Slice", "Split", "Gather", "DepthToSpace", "SpaceToDepth", "MaxPool", "AveragePool", "Upsample"),
    )
)
"""What leaves values as they are, chooses among them or takes their mean: probabilities stay probabilities."""


def output_op(graph: Graph, output: str) -> str:
    """The operator ("Softmax", "Conv", ...) that made the values of a tensor; "" where they are the input's.

    Values are followed back through operators that keep them, through a Resize that does not overshoot, a Clip that
    leaves 0..1 alone, and a Concat whose parts all come from the same operator.
    """
    node = graph.producer(output)
    while node is not None and _keeps_values(graph, node):
        node = graph.producer(node.input[0])
    if node is not None and node.op_type == "Concat":
        parts = {output_op(graph, name) for name in node.input}
        return parts.pop() if len(parts) == 1 else "Concat"
    return node.op_type if node is not None else ""


def _keeps_values(graph: Graph, node: onnx.NodeProto) -> bool:
    if node.op_type == "Resize":
        return bool(attribute(node, "mode", "nearest") != "cubic")
    return node.op_type in MOVES or (node.op_type == "Clip" and _leaves_shares_alone(graph, node))


def _leaves_shares_alone(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether a Clip passes all of 0..1."""
    low, high = (_bound(graph, node, name, place) for place, name in enumerate(("min", "max"), 1))
    return (low is None or low <= 0) and (high is None or high >= 1)


def _bound(graph: Graph, node: onnx.NodeProto, name: str, place: int) -> float | None:
    given = attribute(node, name, None)  # before opset 11
    return graph.scalar(node.input[place]) if given is None and node.input[place:] and node.input[place] else given
