"""Which channels of a network can be scaled together without changing what it computes.

A convolution's output channels keep their order through ReLU, pooling, resizing, additions and concatenations. Scaled
there and scaled back in the weights of whatever takes them, they leave the network's function as it is (Nagel et al.
2019, section 4.1). An addition ties what it adds: all its summands get the same factors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import onnx
from onnx import numpy_helper

from geoquant.onnx_graph.editing import attribute, consumers, initializers

_CHANNELWISE = ("Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity")


@dataclass(frozen=True)
class ConsumerConv:
    """A convolution that takes the channels of a group.

    Attributes:
        node: its name.
        first: its input channel that holds the group's channel 0.
    """

    node: str
    first: int


@dataclass(frozen=True)
class Bound:
    """A ReLU6 or its like: ``Clip`` between 0 and a number.

    Attributes:
        tensor: its result.
        high: the number.
    """

    tensor: str
    high: float


@dataclass(frozen=True)
class ChannelGroup:
    """Convolutions whose output channels are scaled together, and all that must be scaled back.

    Attributes:
        nodes: their names.
        tensors: what is quantized between: results of convolutions and additions, behind their activations.
        consumers: the convolutions behind them.
        bounds: the activations in between that stop at a number, which is the same for all channels.
    """

    nodes: tuple[str, ...]
    tensors: tuple[str, ...]
    consumers: tuple[ConsumerConv, ...]
    bounds: tuple[Bound, ...] = ()


def channel_groups(model: onnx.ModelProto) -> tuple[ChannelGroup, ...]:
    """Convolutions whose output reaches nothing but convolutions, through operators that keep channels apart.

    Args:
        model: prepared (``fold.prepare``), with shapes.
    """
    graph, groups = _TypedGraph(model.graph), []
    seen: set[str] = set()
    for node in model.graph.node:
        if graph.is_fixed_conv(node) and node.op_type == "Conv" and node.name not in seen:
            walk = _GroupSearch(graph)
            exact = walk.same(node.output[0])
            seen.update(walk.nodes, [node.name])
            if exact and walk.consumers:
                groups.append(walk.group())
    return tuple(groups)


class _TypedGraph:
    """A graph's constants, makers and channel counts."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self.graph = graph
        self.constant = initializers(graph)
        self.makers = {name: node for node in graph.node for name in node.output}
        self.outputs = {output.name for output in graph.output}
        values = (*graph.value_info, *graph.input, *graph.output)
        self._channels = {value.name: _channels(value) for value in values}

    def is_fixed_conv(self, node: onnx.NodeProto) -> bool:
        """A convolution with constant weights."""
        return node.op_type in ("Conv", "ConvTranspose") and all(name in self.constant for name in node.input[1:])

    def channels(self, tensor: str) -> int | None:
        """How many channels a tensor (n, channel, y, x) has, where the file says it."""
        return self._channels.get(tensor)

    def number(self, node: onnx.NodeProto, position: int) -> float | None:
        """A constant input, None where there is none or it is computed."""
        name = node.input[position] if position < len(node.input) else ""
        return float(numpy_helper.to_array(self.constant[name]).reshape(-1)[0]) if name in self.constant else None

    def keeps_channels(self, node: onnx.NodeProto) -> bool:
        """An operator that treats each channel alike and keeps them in order."""
        if node.op_type == "Clip":
            return self.number(node, 1) == 0 and (len(node.input) < 3 or self._positive(node))
        if node.op_type != "Resize":
            return node.op_type in _CHANNELWISE and len(node.output) == 1
        return self.same_channels([node.input[0], node.output[0]])

    def _positive(self, node: onnx.NodeProto) -> bool:
        high = self.number(node, 2)
        return not node.input[2] or (high is not None and high > 0)

    def same_channels(self, tensors: Iterable[str]) -> bool:
        """Whether all of them are known to have as many channels."""
        counts = {self.channels(tensor) for tensor in tensors}
        return len(counts) == 1 and None not in counts


def _channels(value: onnx.ValueInfoProto) -> int | None:
    dims = value.type.tensor_type.shape.dim
    return int(dims[1].dim_value) if len(dims) == 4 and dims[1].dim_value > 0 else None


class _GroupSearch:
    """From one convolution to everything that holds its channels; each step says whether scaling stays exact."""

    def __init__(self, graph: _TypedGraph) -> None:
        self._graph, self._seen = graph, set[str]()
        self.nodes: list[str] = []
        self.consumers: list[ConsumerConv] = []
        self._tensors: list[str] = []
        self._bounds: list[Bound] = []

    def group(self) -> ChannelGroup:
        """What was found."""
        tensors = tuple(dict.fromkeys(self._tensors))
        return ChannelGroup(tuple(self.nodes), tensors, tuple(self.consumers), tuple(self._bounds))

    def same(self, tensor: str) -> bool:
        """Go on from a tensor that has the group's channels and no others, both ways."""
        if tensor in self._seen:
            return True
        self._seen.add(tensor)
        maker = self._graph.makers.get(tensor)
        if maker is None or tensor in self._graph.outputs:
            return False
        return self._made(maker) and all(self._taken(node, tensor) for node in self._consumers_of(tensor))

    def _consumers_of(self, tensor: str) -> list[onnx.NodeProto]:
        return consumers(self._graph.graph, tensor)

    def _made(self, node: onnx.NodeProto) -> bool:
        """Whoever makes the group's channels can scale them, or has them from the group."""
        if node.op_type == "Conv" and self._graph.is_fixed_conv(node):
            self.nodes.append(node.name)
            self._tensors.append(self._behind_activation(node.output[0]))
            return True
        if node.op_type == "Add":
            self._tensors.append(self._behind_activation(node.output[0]))
            return self._graph.same_channels([*node.input, *node.output]) and all(map(self.same, node.input))
        if not self._graph.keeps_channels(node):
            return False
        high = self._graph.number(node, 2) if node.op_type == "Clip" else None
        if high is not None:
            self._bounds.append(Bound(node.output[0], high))
        return self.same(node.input[0])

    def _taken(self, node: onnx.NodeProto, tensor: str) -> bool:
        if self._graph.is_fixed_conv(node):
            self.consumers.append(ConsumerConv(node.name, 0))
            return True
        if node.op_type == "Concat":
            return self._concatenated(node, tensor, 0)
        return (node.op_type == "Add" or self._graph.keeps_channels(node)) and self.same(node.output[0])

    def _concatenated(self, node: onnx.NodeProto, tensor: str, first: int) -> bool:
        counts = [self._graph.channels(name) for name in node.input]
        if attribute(node, "axis", 0) != 1 or None in counts:
            return False
        starts = [first + sum(count or 0 for count in counts[:i]) for i in range(len(counts))]
        inputs = [start for name, start in zip(node.input, starts, strict=True) if name == tensor]
        return all(self._behind(node.output[0], start) for start in inputs)

    def _behind(self, tensor: str, first: int) -> bool:
        """Go on behind a Concat, where other channels lie beside the group's, which begin at ``first``."""
        if tensor in self._graph.outputs:
            return False
        return all(self._taken_behind(node, tensor, first) for node in self._consumers_of(tensor))

    def _taken_behind(self, node: onnx.NodeProto, tensor: str, first: int) -> bool:
        if self._graph.is_fixed_conv(node):
            self.consumers.append(ConsumerConv(node.name, first))
            return True
        if node.op_type == "Concat":
            return self._concatenated(node, tensor, first)
        bounded = node.op_type == "Clip" and self._graph.number(node, 2) is not None
        return not bounded and self._graph.keeps_channels(node) and self._behind(node.output[0], first)

    def _behind_activation(self, tensor: str) -> str:
        behind = self._consumers_of(tensor)
        alone = len(behind) == 1 and behind[0].op_type in ("Relu", "LeakyRelu", "Clip")
        return str(behind[0].output[0]) if alone else tensor
