"""Cross-layer equalization: move scale between layers so that all channels of a tensor fill its INT8 levels.

ReLU and its like are positively homogeneous, f(s x) = s f(x) for s > 0, so dividing output channel c of one convolution
by s_c and multiplying the next one's weights for it by s_c changes nothing in float (Nagel et al. 2019, "Data-free
quantization through weight equalization and bias correction", section 4.1). There s evens out two weight tensors with
one scale each. Here weights have a scale per output channel and are rounded by what their inputs have in common
(``quantization/gptq.py``), so that they hardly mind, and what has one scale is the tensor between them: s_c is the
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

from geoquant.onnx_graph.convolutions import bias_of, input_channels, scaled_inputs, set_weights, weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.probe import Probe, SessionSettings, Tap
from geoquant.quantization.channel_groups import ChannelGroup

EVEN_PEAK = 6.0
"""The upper end of all tensors' ranges: that of a ReLU6, which can't be scaled as a whole."""
HEADROOM = 1.1
"""Multiple of a channel's peak at which a ReLU6 cuts it off after it was stretched."""
LARGEST_RATIO = 32.0
"""The largest factor that a channel is stretched by: one that hardly moved in calibration may move elsewhere."""


class ChannelPeaks:
    """The largest magnitude per channel of the groups' tensors, over any number of tiles."""

    def __init__(self, model: onnx.ModelProto, groups: Iterable[ChannelGroup], threads: int = 2) -> None:
        every = [(*group.tensors, *(bound.tensor for bound in group.bounds)) for group in groups]
        self._tensors = list(dict.fromkeys(chain(*every)))
        measures = [(name, _channel_peaks) for name in self._tensors]
        self._probe = Probe(model, measures, SessionSettings(threads))
        self.peaks: dict[str, NDArray[np.float64]] = {}

    def update(self, batch: NDArray[np.float32]) -> None:
        """Take one batch (n, band, y, x)."""
        for name, (seen,) in zip(self._tensors, self._probe.run(batch), strict=True):
            peak = seen.max(axis=0).ravel().astype(np.float64)
            self.peaks[name] = np.maximum(self.peaks.get(name, peak), peak)


def _channel_peaks(tap: Tap) -> tuple[str]:
    return (tap.node("GlobalMaxPool", tap.node("Abs", tap.tensor)),)


def equalized(
    model: onnx.ModelProto, groups: Iterable[ChannelGroup], peaks: Mapping[str, NDArray[np.float64]]
) -> onnx.ModelProto:
    """The same function with evener channels in the groups.

    Args:
        model: prepared; not changed.
        groups: of ``channel_groups``.
        peaks: tensor name -> largest magnitude per channel, from ``ChannelPeaks``.
    """
    graph = Graph.copied(model)
    nodes = {node.name: node for node in graph.nodes}
    for group in groups:
        factors = _factors(group, peaks)
        for name in group.nodes:
            _divide_outputs(graph, nodes[name], factors)
        for consumer in group.consumers:
            _multiply_inputs(graph, nodes[consumer.node], consumer.first, factors)
    graph.remove_unused_initializers()
    return graph.model


def input_factors(
    model: onnx.ModelProto, groups: Iterable[ChannelGroup], peaks: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """What ``equalized`` divides the input channels of convolutions by (channel,), by node name; others are not there.

    Args:
        model: as ``equalized`` takes it.
        groups: alike.
        peaks: alike.
    """
    graph, found = Graph(model), dict[str, NDArray[np.float64]]()
    nodes = {node.name: node for node in graph.nodes}
    for group in groups:
        factors = _factors(group, peaks)
        for consumer in group.consumers:
            conv = nodes[consumer.node]
            every = found.setdefault(conv.name, np.ones(input_channels(conv, weight_of(graph, conv))))
            every[consumer.first : consumer.first + len(factors)] *= factors
    return found


def _factors(group: ChannelGroup, peaks: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The factor that each channel is divided by (channel,): its peak, so that all of them reach equally far."""
    heights = [peaks[name] / max(float(peaks[name].max()), 1e-30) for name in group.tensors]
    height = np.max(heights, axis=0)
    if group.bounds:
        reaches = [HEADROOM * peaks[bound.tensor] / bound.high for bound in group.bounds]
        return _limited(np.minimum(np.max(reaches, axis=0), 1.0))
    factors = _limited(height)
    tallest = max(float((peaks[name] / factors).max()) for name in group.tensors)
    return factors * (tallest / EVEN_PEAK if tallest > 0 else 1.0)


def _limited(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """The factors, at most 1; those of channels that were always 0 become 1."""
    return np.asarray(np.where(factors > 0, np.maximum(factors, 1 / LARGEST_RATIO), 1.0))


def _divide_outputs(graph: Graph, conv: onnx.NodeProto, factors: NDArray[np.float64]) -> None:
    bias = bias_of(graph, conv)
    weight = weight_of(graph, conv) / factors.reshape(-1, 1, 1, 1)
    set_weights(graph, conv, weight, None if bias is None else bias / factors)


def _multiply_inputs(graph: Graph, conv: onnx.NodeProto, first: int, factors: NDArray[np.float64]) -> None:
    weight = weight_of(graph, conv)
    scale = np.ones(input_channels(conv, weight))
    scale[first : first + len(factors)] = factors
    set_weights(graph, conv, scaled_inputs(conv, weight, scale), None)
