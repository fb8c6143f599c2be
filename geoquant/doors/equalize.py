"""Cross-layer equalization: move scale between layers so that all channels of a tensor fill its INT8 levels.

ReLU and its like are positively homogeneous, f(s x) = s f(x) for s > 0, so dividing output channel c of one convolution
by s_c and multiplying the next one's weights for it by s_c changes nothing in float (Nagel et al. 2019, "Data-free
quantization through weight equalization and bias correction", section 4.1). There s evens out the two weight tensors,
which have one scale each. Here weights have a scale per output channel, which makes that pointless, and what has one
scale is the tensor between them: s evens out its channels' peaks against the next weights, as SmoothQuant does for
transformers (Xiao et al. 2023, equation 4 with alpha = 0.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from geoquant.doors.activations import input_name, open_session, run_session
from geoquant.doors.fold import attribute, consumers, drop_unused_initializers, initializers, per_weight, set_weights

_CHANNELWISE = ("Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity")
LARGEST_FACTOR = 32.0
"""Factors stay within this ratio of their median: a channel that was silent in calibration may speak elsewhere."""


@dataclass(frozen=True)
class Taker:
    """A convolution that takes the channels of another.

    Attributes:
        node: its name.
        first: its input channel that holds the other's channel 0.
    """

    node: str
    first: int


@dataclass(frozen=True)
class Pair:
    """A convolution whose output channels may be scaled, and all that must be scaled back.

    Attributes:
        node: its name.
        tensor: what is quantized between: its output, behind its activation.
        takers: the convolutions behind it.
    """

    node: str
    tensor: str
    takers: tuple[Taker, ...]


def equalizable(model: onnx.ModelProto) -> tuple[Pair, ...]:
    """Convolutions whose output reaches nothing but convolutions, through operators that keep channels apart.

    A ReLU6 between them is no such operator: its 6 would have to become a bound per channel.

    Args:
        model: prepared (``fold.prepare``), with shapes.
    """
    constant = initializers(model.graph)
    pairs = []
    for node in model.graph.node:
        if node.op_type == "Conv" and all(name in constant for name in node.input[1:]):
            takers = _takers(model.graph, node.output[0], 0)
            if takers:
                pairs.append(Pair(node.name, _behind_activation(model.graph, node.output[0]), tuple(takers)))
    return tuple(pairs)


def _takers(graph: onnx.GraphProto, tensor: str, first: int) -> list[Taker] | None:
    """Who takes a tensor whose channel 0 lies at ``first`` of what they see; None where scaling is not exact."""
    if tensor in {output.name for output in graph.output}:
        return None
    found: list[Taker] = []
    for node in consumers(graph, tensor):
        further = _through(graph, node, tensor, first)
        if further is None:
            return None
        found += further
    return found


def _through(graph: onnx.GraphProto, node: onnx.NodeProto, tensor: str, first: int) -> list[Taker] | None:
    if node.op_type in ("Conv", "ConvTranspose"):
        fixed = node.input[1] in initializers(graph) and tensor not in node.input[1:]
        return [Taker(node.name, first)] if fixed else None
    if node.op_type == "Concat":
        return _through_concat(graph, node, tensor, first)
    if node.op_type in _CHANNELWISE or _keeps_channels(graph, node):
        return _takers(graph, node.output[0], first) if len(node.output) == 1 else None
    return None


def _through_concat(graph: onnx.GraphProto, node: onnx.NodeProto, tensor: str, first: int) -> list[Taker] | None:
    if attribute(node, "axis", 0) != 1:
        return None
    before, found = 0, []
    for name in node.input:
        if name == tensor:
            further = _takers(graph, node.output[0], first + before)
            if further is None:
                return None
            found += further
        count = _channels(graph, name)
        if count is None:
            return None
        before += count
    return found


def _channels(graph: onnx.GraphProto, tensor: str) -> int | None:
    for value in (*graph.value_info, *graph.input, *graph.output):
        dims = value.type.tensor_type.shape.dim
        if value.name == tensor and len(dims) == 4 and dims[1].dim_value > 0:
            return int(dims[1].dim_value)
    return None


def _keeps_channels(graph: onnx.GraphProto, node: onnx.NodeProto) -> bool:
    """A Resize of rows and columns, or a Clip that is a ReLU."""
    constant = initializers(graph)
    if node.op_type == "Clip":
        low = constant.get(node.input[1]) if len(node.input) > 1 else None
        return low is not None and not numpy_helper.to_array(low).any() and not any(node.input[2:])
    if node.op_type != "Resize":
        return False
    before, after = _channels(graph, node.input[0]), _channels(graph, node.output[0])
    return before is not None and before == after


def _behind_activation(graph: onnx.GraphProto, tensor: str) -> str:
    takers = consumers(graph, tensor)
    alone = len(takers) == 1 and takers[0].op_type in ("Relu", "LeakyRelu", "Clip")
    return str(takers[0].output[0]) if alone else tensor


class ChannelPeaks:
    """The largest magnitude per channel of the tensors between pairs, over any number of tiles."""

    def __init__(self, model: onnx.ModelProto, pairs: Iterable[Pair], threads: int = 2) -> None:
        self._tensors = list(dict.fromkeys(pair.tensor for pair in pairs))
        self._input = input_name(model)
        watched = onnx.ModelProto()
        watched.CopyFrom(model)
        del watched.graph.output[:]
        for i, name in enumerate(self._tensors):
            watched.graph.node.append(helper.make_node("Abs", [name], [f"magnitude_{i}"]))
            watched.graph.node.append(helper.make_node("GlobalMaxPool", [f"magnitude_{i}"], [f"peak_{i}"]))
            watched.graph.output.append(helper.make_tensor_value_info(f"peak_{i}", TensorProto.FLOAT, None))
        self._session = open_session(watched, threads)
        self.peaks: dict[str, NDArray[np.float64]] = {}

    def update(self, batch: NDArray[np.float32]) -> None:
        """Take one batch (n, band, y, x)."""
        for name, seen in zip(self._tensors, run_session(self._session, batch), strict=True):
            peak = seen.max(axis=0).ravel().astype(np.float64)
            self.peaks[name] = np.maximum(self.peaks.get(name, peak), peak)


def equalized(
    model: onnx.ModelProto, pairs: Iterable[Pair], peaks: Mapping[str, NDArray[np.float64]]
) -> onnx.ModelProto:
    """The same function with evener channels between the pairs.

    Args:
        model: prepared; not changed.
        pairs: of ``equalizable``.
        peaks: tensor name -> largest magnitude per channel, from ``ChannelPeaks``.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    nodes = {node.name: node for node in copy.graph.node}
    for pair in pairs:
        factors = _factors(copy.graph, nodes, pair, peaks[pair.tensor])
        _divide_outputs(copy.graph, nodes[pair.node], factors)
        for taker in pair.takers:
            _multiply_inputs(copy.graph, nodes[taker.node], taker.first, factors)
    drop_unused_initializers(copy.graph)
    return copy


def _factors(
    graph: onnx.GraphProto, nodes: Mapping[str, onnx.NodeProto], pair: Pair, peaks: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What each output channel is divided by: sqrt(peak / next weight), or the peak where weights do not mind.

    A depthwise convolution has a weight scale for every input channel, so its input may be evened out completely.
    """
    count = len(peaks)
    takers = [(nodes[taker.node], taker.first) for taker in pair.takers]
    if all(_is_depthwise(graph, node) for node, _ in takers):
        wanted = peaks.copy()
    else:
        reach = np.max([_input_magnitude(graph, node)[first : first + count] for node, first in takers], axis=0)
        wanted = np.sqrt(np.divide(peaks, reach, out=np.zeros(count), where=reach > 0))
    alive = wanted > 0
    if not alive.any():
        return np.ones(count)
    middle = float(np.median(wanted[alive]))
    return np.asarray(np.clip(np.where(alive, wanted / middle, 1.0), 1 / LARGEST_FACTOR, LARGEST_FACTOR))


def _is_depthwise(graph: onnx.GraphProto, node: onnx.NodeProto) -> bool:
    return node.op_type == "Conv" and _weight(graph, node).shape[1] == 1 and attribute(node, "group", 1) > 1


def _weight(graph: onnx.GraphProto, node: onnx.NodeProto) -> NDArray[np.float64]:
    return np.asarray(numpy_helper.to_array(initializers(graph)[node.input[1]]), np.float64)


def _input_channels(graph: onnx.GraphProto, node: onnx.NodeProto) -> int:
    weight = _weight(graph, node)
    return weight.shape[0] if node.op_type == "ConvTranspose" else int(weight.shape[1] * attribute(node, "group", 1))


def _input_magnitude(graph: onnx.GraphProto, node: onnx.NodeProto) -> NDArray[np.float64]:
    """Largest weight that each input channel meets (channel,)."""
    weight = np.abs(_weight(graph, node))
    if node.op_type == "ConvTranspose":
        return np.asarray(weight.reshape(len(weight), -1).max(axis=1))
    groups = int(attribute(node, "group", 1))
    per_group = weight.reshape(groups, weight.shape[0] // groups, weight.shape[1], -1)
    return np.asarray(per_group.max(axis=(1, 3)).ravel())


def _divide_outputs(graph: onnx.GraphProto, node: onnx.NodeProto, factors: NDArray[np.float64]) -> None:
    weight = _weight(graph, node) / factors.reshape(-1, 1, 1, 1)
    bias = None
    if len(node.input) > 2:
        bias = numpy_helper.to_array(initializers(graph)[node.input[2]]).astype(np.float64) / factors
    set_weights(graph, node, weight, bias)


def _multiply_inputs(graph: onnx.GraphProto, node: onnx.NodeProto, first: int, factors: NDArray[np.float64]) -> None:
    scale = np.ones(_input_channels(graph, node))
    scale[first : first + len(factors)] = factors
    weight = _weight(graph, node)
    if node.op_type == "ConvTranspose":
        set_weights(graph, node, weight * scale.reshape(-1, 1, 1, 1), None)
    else:
        set_weights(graph, node, weight * per_weight(node, weight, scale), None)
