"""Cross-layer equalization: move scale between layers so that all channels of a tensor fill its INT8 levels.

ReLU and its like are positively homogeneous, f(s x) = s f(x) for s > 0, so dividing output channel c of one convolution
by s_c and multiplying the next one's weights for it by s_c changes nothing in float (Nagel et al. 2019, "Data-free
quantization through weight equalization and bias correction", section 4.1). There s evens out two weight tensors with
one scale each. Here weights have a scale per output channel and are rounded by what their inputs have in common
(``numbers.weight_rounding``), so that they hardly mind, and what has one scale is the tensor between them: s_c is the
channel's peak, as if activations had a scale per channel. All tensors come out with the same range, so that those that
a Concat joins are rounded once.

A ReLU6 stays where it is: a channel that never reaches 6 is stretched until it nearly does, and one that does keeps its
size, so that no value that calibration saw is cut off. Beyond what it saw a stretched channel ends at ``HEADROOM``
times its peak; 8-bit levels would end there anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from geoquant.onnx_graph.editing import (
    attribute,
    drop_unused_initializers,
    initializers,
    input_name,
    per_weight,
    set_weights,
)
from geoquant.onnx_graph.probe import open_session, run_session
from geoquant.quantization.channel_groups import ChannelGroup

EVEN_PEAK = 6.0
"""How far all tensors reach: as far as a ReLU6, which can't be scaled as a whole."""
HEADROOM = 1.1
"""Of a channel's peak: where a ReLU6 cuts it off after it was stretched."""
LARGEST_RATIO = 32.0
"""A channel is stretched by this at most: one that hardly spoke in calibration may speak elsewhere."""


class ChannelPeaks:
    """The largest magnitude per channel of the groups' tensors, over any number of tiles."""

    def __init__(self, model: onnx.ModelProto, groups: Iterable[ChannelGroup], threads: int = 2) -> None:
        every = [(*group.tensors, *(bound.tensor for bound in group.bounds)) for group in groups]
        self._tensors = list(dict.fromkeys(chain(*every)))
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
    model: onnx.ModelProto, groups: Iterable[ChannelGroup], peaks: Mapping[str, NDArray[np.float64]]
) -> onnx.ModelProto:
    """The same function with evener channels in the groups.

    Args:
        model: prepared; not changed.
        groups: of ``channel_groups``.
        peaks: tensor name -> largest magnitude per channel, from ``ChannelPeaks``.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    nodes = {node.name: node for node in copy.graph.node}
    for group in groups:
        factors = _factors(group, peaks)
        for name in group.nodes:
            _divide_outputs(copy.graph, nodes[name], factors)
        for consumer in group.consumers:
            _multiply_inputs(copy.graph, nodes[consumer.node], consumer.first, factors)
    drop_unused_initializers(copy.graph)
    return copy


def _factors(group: ChannelGroup, peaks: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """What each channel is divided by (channel,): its peak, so that all of them reach equally far."""
    heights = [peaks[name] / max(float(peaks[name].max()), 1e-30) for name in group.tensors]
    height = np.max(heights, axis=0)
    if group.bounds:
        reaches = [HEADROOM * peaks[bound.tensor] / bound.high for bound in group.bounds]
        return _limited(np.minimum(np.max(reaches, axis=0), 1.0))
    factors = _limited(height)
    tallest = max(float((peaks[name] / factors).max()) for name in group.tensors)
    return factors * (tallest / EVEN_PEAK if tallest > 0 else 1.0)


def _limited(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factors up to 1, of channels that were silent 1."""
    return np.asarray(np.where(factors > 0, np.maximum(factors, 1 / LARGEST_RATIO), 1.0))


def _weight(graph: onnx.GraphProto, node: onnx.NodeProto) -> NDArray[np.float64]:
    return np.asarray(numpy_helper.to_array(initializers(graph)[node.input[1]]), np.float64)


def _input_channels(graph: onnx.GraphProto, node: onnx.NodeProto) -> int:
    weight = _weight(graph, node)
    return weight.shape[0] if node.op_type == "ConvTranspose" else int(weight.shape[1] * attribute(node, "group", 1))


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
