"""The values that an activation can tell apart: levels beyond them are wasted on its input.

HardSwish is 0 up to -3 whatever comes in, and HardSigmoid stands still on both sides. A convolution in front of a
HardSwish often reaches further below -3 than it does above 0, so that half of its levels would say nothing.
"""

from __future__ import annotations

from math import inf

import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

Limits = tuple[float, float]
SPARE = 0.05
"""About half a level: 0 has a level of its own, so that the ends of a range move by up to that."""


def saturation_limits(model: onnx.ModelProto) -> dict[str, Limits]:
    """Tensor -> the bounds beyond which none of its consumers tells values apart; only tensors that have such bounds.

    Both bounds are exact, with ``SPARE``: ONNX defines HardSwish as x * max(0, min(1, x / 6 + 1 / 2)), and HardSigmoid
    as max(0, min(1, alpha * x + beta)).

    Args:
        model: prepared float network.
    """
    graph, found = Graph(model), {}
    for name in (name for node in graph.nodes for name in node.output):
        limits = [_limits(node) for node in graph.consumers(name)]
        if limits and not graph.is_output(name):
            low, high = min(pair[0] for pair in limits), max(pair[1] for pair in limits)
            if (low, high) != (-inf, inf):
                found[name] = low, high
    return found


def _limits(node: onnx.NodeProto) -> Limits:
    if node.op_type == "HardSwish":
        return -3.0 - SPARE, inf
    if node.op_type == "HardSigmoid":
        alpha, beta = attribute(node, "alpha", 0.2), attribute(node, "beta", 0.5)
        if alpha > 0 and 0 < beta < 1:
            return -beta / alpha - SPARE, (1 - beta) / alpha + SPARE
    return -inf, inf
