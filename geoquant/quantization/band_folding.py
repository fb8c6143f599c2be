"""Band-range folding: the factor of each band with which one uint8 scale serves all of them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.errors import QuantizationError
from geoquant.onnx_graph.convolutions import scaled_inputs, set_weights, weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

STRENGTHS = (0.0, 0.25, 0.5, 1.0)
"""How much of a band's range may move into the weights: nothing, its fourth root, its square root, all of it."""


def band_factors(low: NDArray[np.float64], high: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Factors ``s_b = max|z_b| ** strength``.

    At strength 1 every band fills -1..1 and none loses resolution to another that lies far out. But W1[:, b] * s_b has
    to live with one int8 scale per output channel, and there the weights of the narrow bands lose what their input won.
    Which strength is best depends on how unlike the bands are, so it is measured.

    Args:
        low: per band, the lowest z seen.
        high: per band, the highest z seen.
        strength: 0..1.

    Returns:
        s_b > 0 (band,); 1 where a band never left 0.
    """
    peak = np.maximum(np.abs(low), np.abs(high))
    return np.where(peak > 0, peak, 1.0) ** strength


def why_not_foldable(model: onnx.ModelProto) -> str | None:
    """Why band ranges can't move from the input into the first convolution exactly, or None when they can."""
    _, reason = first_convolutions(Graph(model))
    return reason


def first_convolutions(graph: Graph) -> tuple[list[onnx.NodeProto], str | None]:
    """The convolutions that consume the input, plain or padded, and the reason why folding into them is not exact."""
    (tensor,) = [value.name for value in graph.inputs]
    found: list[onnx.NodeProto] = []
    for node in graph.consumers(tensor):
        if node.op_type == "Pad" and not _pads_with_zero_or_itself(graph, node):
            return [], f"the input is padded with a constant other than 0 by {node.name}"
        chain = graph.consumers(node.output[0]) if node.op_type == "Pad" else [node]
        for conv in chain:
            fixed = conv.op_type == "Conv" and conv.input[1] in graph.initializers
            if not fixed or conv.input[0] not in (tensor, node.output[0]):
                return [], f"the input goes into {conv.op_type} {conv.name}, not into a convolution with fixed weights"
            found.append(conv)
    return found, None if found else "nothing takes the input"


def _pads_with_zero_or_itself(graph: Graph, node: onnx.NodeProto) -> bool:
    if attribute(node, "mode", "constant") != "constant" or len(node.input) < 3 or not node.input[2]:
        return True
    value = graph.constant(node.input[2])
    return value is not None and not value.any()


def fold_band_ranges(model: onnx.ModelProto, factors: Iterable[float]) -> onnx.ModelProto:
    """Move a factor per band from the input into the first convolution: it then takes z_b / s_b instead of z_b.

    Exact because a convolution is linear and zero padding stays zero.

    Args:
        model: for which ``why_not_foldable`` is None.
        factors: s_b, one per input channel.

    Raises:
        QuantizationError: the rewrite would not be exact.
    """
    graph = Graph.copied(model)
    convolutions, reason = first_convolutions(graph)
    if reason is not None:
        raise QuantizationError(f"band ranges can't be folded: {reason}.")
    scale = np.asarray(list(factors), np.float64)
    for conv in convolutions:
        set_weights(graph, conv, scaled_inputs(conv, weight_of(graph, conv), scale), None)
    graph.remove_unused_initializers()
    return graph.model
