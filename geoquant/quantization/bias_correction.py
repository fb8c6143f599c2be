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
from onnx import TensorProto, helper, numpy_helper

from geoquant.errors import CalibrationError
from geoquant.onnx_graph.editing import drop_unused_initializers, initializers, input_name, set_weights
from geoquant.onnx_graph.probe import open_session
from geoquant.onnx_graph.receptive_field.tracing import nodes_towards

Shift = NDArray[np.float64]
"""What to take from a bias (output channel,)."""
Batch = tuple[NDArray[np.float32], NDArray[np.bool_]]
"""z with its context (1, band, y, x), and which pixels count (y, x)."""
_MASK = "geoquant_valid"


def bias_shifts(
    reference: onnx.ModelProto,
    quantized: onnx.ModelProto,
    batches: Sequence[Batch],
    step: Callable[[int, int], None],
) -> dict[str, Shift]:
    """By how much each convolution's mean output is off, in turn.

    Args:
        reference: float network that ``quantized`` was made from; it takes the same batches.
        quantized: QDQ network; not changed.
        batches: tiles; pixels without data do not count.
        step: is told (done, total) before each layer; may raise ``Cancelled``.

    Returns:
        Node name -> what to take from its bias, for ``with_shifted_biases``.
    """
    work = onnx.ModelProto()
    work.CopyFrom(quantized)
    outputs = {node.name: node.output[0] for node in reference.graph.node if node.op_type == "Conv"}
    nodes = {node.name: node for node in work.graph.node if node.op_type == "Conv"}
    wanted = [name for name in outputs if name in nodes and _integer_bias(work.graph, nodes[name]) is not None]
    target = _means(reference, [outputs[name] for name in wanted], batches)
    shifts: dict[str, Shift] = {}
    for done, (name, mean) in enumerate(zip(wanted, target, strict=True)):
        step(done, len(wanted))
        (found,) = _means(work, [nodes[name].output[0]], batches)
        shifts[name] = found - mean
        _take_from_integer_bias(work.graph, nodes[name], shifts[name])
    step(len(wanted), len(wanted))
    return shifts


def with_shifted_biases(model: onnx.ModelProto, shifts: Mapping[str, Shift]) -> onnx.ModelProto:
    """A float network whose convolutions have ``shifts`` taken from their biases.

    Args:
        model: prepared; not changed.
        shifts: of ``bias_shifts``; only of nodes that have a bias.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    constant = initializers(copy.graph)
    for node in copy.graph.node:
        if node.name in shifts:
            weight, bias = (numpy_helper.to_array(constant[name]).astype(np.float64) for name in node.input[1:3])
            set_weights(copy.graph, node, weight, bias - shifts[node.name])
    drop_unused_initializers(copy.graph)
    return copy


def _integer_bias(graph: onnx.GraphProto, node: onnx.NodeProto) -> onnx.NodeProto | None:
    """The node that makes a convolution's float bias from int32."""
    if len(node.input) < 3:
        return None
    return next((n for n in graph.node if node.input[2] in n.output and n.op_type == "DequantizeLinear"), None)


def _take_from_integer_bias(graph: onnx.GraphProto, node: onnx.NodeProto, shift: Shift) -> None:
    maker = _integer_bias(graph, node)
    if maker is None:
        return
    constant = initializers(graph)
    levels, scale = (numpy_helper.to_array(constant[name]) for name in maker.input[:2])
    name = f"{node.name}_corrected_bias"
    corrected = levels - np.rint(shift / scale).astype(np.int64)
    graph.initializer.append(numpy_helper.from_array(corrected.astype(np.int32), name))
    maker.input[0] = name


def _means(model: onnx.ModelProto, tensors: Sequence[str], batches: Iterable[Batch]) -> list[NDArray[np.float64]]:
    """Mean per channel of each tensor (n, channel, y, x) over the pixels that count."""
    session = open_session(_watched(model, tensors), 2)
    image = input_name(model)
    sums: list[NDArray[np.float64]] = [np.zeros(1) for _ in tensors]
    weights = [0.0 for _ in tensors]
    for batch, valid in batches:
        feed = {image: batch, _MASK: valid[None, None].astype(np.float32)}
        try:
            values = session.run(None, feed)
        except Exception as error:  # onnxruntime has a dozen exception classes without a common root
            raise CalibrationError(f"the network could not run on a batch of shape {batch.shape}: {error}") from error
        for i in range(len(tensors)):
            sums[i] = sums[i] + values[2 * i].ravel().astype(np.float64)
            weights[i] += float(values[2 * i + 1].ravel()[0])
    return [total / weight if weight else np.zeros_like(total) for total, weight in zip(sums, weights, strict=True)]


def _watched(model: onnx.ModelProto, tensors: Sequence[str]) -> onnx.ModelProto:
    """The part of the network that the tensors need, with the masked mean of each as its outputs."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    graph = watched.graph
    chosen = {node.output[0] for name in tensors for node in nodes_towards(graph, name)}
    kept = [node for node in graph.node if node.output[0] in chosen]
    del graph.output[:]
    _replace_nodes(graph, kept)
    graph.input.append(helper.make_tensor_value_info(_MASK, TensorProto.FLOAT, [1, 1, None, None]))
    graph.initializer.append(numpy_helper.from_array(np.ones(2, np.int64), f"{_MASK}_ones"))
    for i, name in enumerate(tensors):
        _append_mean(graph, name, f"{_MASK}_{i}")
    drop_unused_initializers(graph)
    return watched


def _replace_nodes(graph: onnx.GraphProto, nodes: Sequence[onnx.NodeProto]) -> None:
    copies = []
    for node in nodes:
        copy = onnx.NodeProto()
        copy.CopyFrom(node)
        copies.append(copy)
    del graph.node[:]
    graph.node.extend(copies)


def _append_mean(graph: onnx.GraphProto, tensor: str, prefix: str) -> None:
    """Outputs: mean of tensor x mask, and mean of the mask, at the tensor's own size."""
    names = {key: f"{prefix}_{key}" for key in ("shape", "sizes", "mask", "product", "mean", "weight")}
    graph.node.extend(
        [
            helper.make_node("Shape", [tensor], [names["shape"]], start=2),
            helper.make_node("Concat", [f"{_MASK}_ones", names["shape"]], [names["sizes"]], axis=0),
            helper.make_node("Resize", [_MASK, "", "", names["sizes"]], [names["mask"]], mode="nearest"),
            helper.make_node("Mul", [tensor, names["mask"]], [names["product"]]),
            helper.make_node("GlobalAveragePool", [names["product"]], [names["mean"]]),
            helper.make_node("GlobalAveragePool", [names["mask"]], [names["weight"]]),
        ]
    )
    for key in ("mean", "weight"):
        graph.output.append(helper.make_tensor_value_info(names[key], TensorProto.FLOAT, None))
