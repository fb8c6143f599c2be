"""Sequential bias correction: rounding shifts a layer's mean output, and its bias can take that back.

Empirical, as in Nagel et al. 2019 (section 4.2 and appendix D): E[y_int8] - E[y_float] per output channel, before the
activation, layer by layer in the graph's order, each with all layers before it quantized and corrected already. One
pass for all layers at once would correct the same shift several times over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.onnx_graph.convolutions import bias_of, set_weights, weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.probe import Probe, Tap

Shift = NDArray[np.float64]
"""What to subtract from a bias (output channel,)."""
Batch = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""A tile's z with its context (1, band, y, x), and which pixels count (y, x)."""
_MASK = "geoquant_valid"


def bias_shifts(
    reference: onnx.ModelProto,
    quantized: onnx.ModelProto,
    batches: Sequence[Batch],
    step: Callable[[int, int], None],
) -> dict[str, Shift]:
    """The shift that quantization brings to each convolution's mean output, layer by layer.

    Args:
        reference: float network that ``quantized`` was made from; it takes the same batches.
        quantized: QDQ network; not changed.
        batches: tiles; pixels without data do not count.
        step: is told (done, total) before each layer; may raise ``Cancelled``.

    Returns:
        Node name -> what to take from its bias, for ``with_shifted_biases``.
    """
    work = Graph.copied(quantized)
    outputs = {node.name: node.output[0] for node in Graph(reference).nodes_of("Conv")}
    nodes = {node.name: node for node in work.nodes_of("Conv")}
    wanted = [name for name in outputs if name in nodes and _integer_bias(work, nodes[name]) is not None]
    if not wanted:  # a format with float biases
        return {}
    target = _means(reference, [outputs[name] for name in wanted], batches)
    shifts: dict[str, Shift] = {}
    for done, (name, mean) in enumerate(zip(wanted, target, strict=True)):
        step(done, len(wanted))
        (found,) = _means(work.model, [nodes[name].output[0]], batches)
        shifts[name] = found - mean
        _take_from_integer_bias(work, nodes[name], shifts[name])
    step(len(wanted), len(wanted))
    return shifts


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


def _integer_bias(graph: Graph, node: onnx.NodeProto) -> onnx.NodeProto | None:
    """The node that makes a convolution's float bias from int32."""
    return graph.producer(node.input[2], "DequantizeLinear") if len(node.input) > 2 else None


def _take_from_integer_bias(graph: Graph, node: onnx.NodeProto, shift: Shift) -> None:
    maker = _integer_bias(graph, node)
    if maker is None:
        return
    levels, scale = (np.asarray(graph.constant(name)) for name in maker.input[:2])
    corrected = levels - np.rint(shift / scale).astype(np.int64)
    name = graph.add_initializer(corrected.astype(np.int32), graph.unique_name(f"{node.name}_corrected_bias"))
    graph.set_inputs(maker, [name, *maker.input[1:]])


def _means(model: onnx.ModelProto, tensors: Sequence[str], batches: Iterable[Batch]) -> list[NDArray[np.float64]]:
    """Mean per channel of each tensor (n, channel, y, x) over the pixels that count."""
    probe = Probe(model, [(name, _masked_mean) for name in tensors], planes=[_MASK])
    sums: list[NDArray[np.float64]] = [np.zeros(1) for _ in tensors]
    weights = [0.0 for _ in tensors]
    for batch, valid in batches:
        for i, (mean, weight) in enumerate(probe.run(batch, **{_MASK: valid[None, None].astype(np.float32)})):
            sums[i] = sums[i] + mean.ravel().astype(np.float64)
            weights[i] += float(weight.ravel()[0])
    return [total / weight if weight else np.zeros_like(total) for total, weight in zip(sums, weights, strict=True)]


def _masked_mean(tap: Tap) -> tuple[str, str]:
    """Mean of tensor x mask, and mean of the mask, at the tensor's own size."""
    size = tap.node("Concat", tap.constant(np.ones(2, np.int64)), tap.node("Shape", tap.tensor, start=2), axis=0)
    mask = tap.node("Resize", _MASK, "", "", size, mode="nearest")
    product = tap.node("Mul", tap.tensor, mask)
    return tap.node("GlobalAveragePool", product), tap.node("GlobalAveragePool", mask)
