"""Sequential bias correction: rounding shifts a layer's mean output, and its bias can take that back.

Empirical, as in Nagel et al. 2019 (section 4.2 and appendix D): E[y_int8] - E[y_float] per output channel, before the
activation, each layer with all layers before it quantized and corrected already. Correcting all layers at once by what
one plain run shows would correct the same shift several times over; running the network once per layer costs as many
runs as it has layers. So the correction is part of the graph: behind each convolution its mean is compared with the
float network's on the same tile and the difference taken away, before the next layer sees it. One run of each network
per tile measures all layers, in the memory of one run; the shift is the mean over tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.onnx_graph.convolutions import bias_of, set_weights, weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.probe import Probe, Tap, whole

Shift = NDArray[np.float64]
"""What to subtract from a bias (output channel,)."""
Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A tile's z with its context (1, band, y, x), and how much each pixel counts (y, x): 0 where it takes no part."""
_WEIGHT, _WANTED = "geoquant_weight", "geoquant_wanted_"
_TINY = 1e-30  # a tile none of whose pixels count at a layer's size has a sum of 0 there, which stays 0


def bias_shifts(
    reference: onnx.ModelProto,
    quantized: onnx.ModelProto,
    batches: Sequence[Batch],
    step: Callable[[int, int], None],
) -> dict[str, Shift]:
    """The shift that quantization brings to each convolution's mean output, those before it corrected.

    Args:
        reference: float network that ``quantized`` was made from; it takes the same batches.
        quantized: QDQ network; not changed.
        batches: tiles; a pixel counts as much as they say.
        step: is told (done, total) before each tile; may raise ``Cancelled``.

    Returns:
        Node name -> what to take from its bias, for ``with_shifted_biases``.
    """
    work = Graph.copied(quantized)
    outputs = {node.name: node.output[0] for node in Graph(reference).nodes_of("Conv")}
    nodes = {
        node.name: node for node in work.nodes_of("Conv") if node.name in outputs and _has_integer_bias(work, node)
    }
    if not nodes:  # a format with float biases
        return {}
    planes = {name: f"{_WANTED}{position}" for position, name in enumerate(nodes)}
    means = [_corrected(work, node, planes[name]) for name, node in nodes.items()]
    plain = Probe(reference, [(outputs[name], _weighted_mean) for name in nodes], planes=[_WEIGHT])
    corrected = Probe(work.model, [(mean, whole) for mean in means], planes=[_WEIGHT, *planes.values()])
    sums: list[NDArray[np.float64]] = [np.zeros(()) for _ in nodes]
    weights = [0.0 for _ in nodes]
    for done, (batch, weight) in enumerate(batches):
        step(done, len(batches))
        plane = {_WEIGHT: weight[None, None].astype(np.float32)}
        wanted = plain.run(batch, **plane)
        given = dict(zip(planes.values(), (mean for mean, _ in wanted), strict=True))
        for i, (found,) in enumerate(corrected.run(batch, **plane, **given)):
            sums[i] = sums[i] + (found - wanted[i][0]).ravel().astype(np.float64)
            weights[i] += float(wanted[i][1].ravel()[0])
    step(len(batches), len(batches))
    return {name: sums[i] / weights[i] if weights[i] else np.zeros_like(sums[i]) for i, name in enumerate(nodes)}


def with_shifted_biases(model: onnx.ModelProto, shifts: Mapping[str, Shift]) -> onnx.ModelProto:
    """A float network whose convolutions have ``shifts`` taken from their biases.

    Args:
        model: prepared; not changed.
        shifts: of ``bias_shifts``; only of nodes that have a bias.
    """
    graph = Graph.copied(model)
    for node in graph.nodes:
        bias = bias_of(graph, node) if node.name in shifts else None
        if bias is not None:
            set_weights(graph, node, weight_of(graph, node), bias - shifts[node.name])
    graph.remove_unused_initializers()
    return graph.model


def _has_integer_bias(graph: Graph, node: onnx.NodeProto) -> bool:
    return len(node.input) > 2 and graph.producer(node.input[2], "DequantizeLinear") is not None


def _corrected(graph: Graph, conv: onnx.NodeProto, wanted: str) -> str:
    """Give a convolution the mean ``wanted`` (1, channel, 1, 1) on each tile; the name of the mean that it had."""
    plain = conv.output[0]
    behind, tap = graph.consumers(plain), Tap(graph, plain)
    mean, weight = _weighted_mean(tap)
    shift = tap.node(
        "Div", tap.node("Sub", mean, wanted), tap.node("Max", weight, tap.constant(np.array(_TINY, np.float32)))
    )
    corrected = tap.node("Sub", plain, shift)
    for node in behind:
        graph.set_inputs(node, [corrected if name == plain else name for name in node.input])
    return mean


def _weighted_mean(tap: Tap) -> tuple[str, str]:
    """Mean of tensor x weight per channel, and mean of the weight, at the tensor's own size."""
    size = tap.node("Concat", tap.constant(np.ones(2, np.int64)), tap.node("Shape", tap.tensor, start=2), axis=0)
    weight = tap.node("Resize", _WEIGHT, "", "", size, mode="nearest")
    product = tap.node("Mul", tap.tensor, weight)
    return tap.node("GlobalAveragePool", product), tap.node("GlobalAveragePool", weight)
