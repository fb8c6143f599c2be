"""Which channels of a network can be scaled together without changing what it computes.

A convolution's output channels keep their order through ReLU, pooling, resizing, additions and concatenations. Scaled
there and scaled back in the weights of their consumers, they leave the network's function as it is (Nagel et al.
2019, section 4.1). An addition ties what it adds: all its summands get the same factors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

_CHANNELWISE = ("Relu", "LeakyRelu", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity")


@dataclass(frozen=True)
class ConsumerConv:
    """A convolution that takes the channels of a group.

    Attributes:
        node: The name of the convolution.
        first: The input channel that holds the group's channel 0.
    """

    node: str
    first: int


@dataclass(frozen=True)
class Bound:
    """A ReLU6 or its like: ``Clip`` between 0 and a number.

    Attributes:
        tensor: The name of its result.
        high: The upper bound.
    """

    tensor: str
    high: float


@dataclass(frozen=True)
class ChannelGroup:
    """Convolutions whose output channels are scaled together, and all that must be scaled back.

    Attributes:
        nodes: The names of the convolutions.
        tensors: What is quantized in between: results of convolutions and additions, behind their activations.
        consumers: The convolutions that follow.
        bounds: The activations in between that stop at a number, which is the same for all channels.
    """

    nodes: tuple[str, ...]
    tensors: tuple[str, ...]
    consumers: tuple[ConsumerConv, ...]
    bounds: tuple[Bound, ...] = ()


def channel_groups(model: onnx.ModelProto) -> tuple[ChannelGroup, ...]:
    """Convolutions whose output reaches nothing but convolutions, through operators that keep channels apart.

    Args:
        model: prepared (``prepare``), with shapes.
    """
    graph, groups = Graph(model), []
    seen: set[str] = set()
    for node in graph.nodes_of("Conv"):
        if _is_fixed_conv(graph, node) and node.name not in seen:
            walk = _GroupSearch(graph)
            exact = walk.same(node.output[0])
            seen.update(walk.nodes, [node.name])
            if exact and walk.consumers:
                groups.append(walk.group())
    return tuple(groups)


def _is_fixed_conv(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether a node is a convolution with constant weights."""
    return node.op_type in ("Conv", "ConvTranspose") and all(name in graph.initializers for name in node.input[1:])


def _number(graph: Graph, node: onnx.NodeProto, position: int) -> float | None:
    """The value of a constant input, None where there is none or it is computed."""
    return graph.scalar(node.input[position]) if position < len(node.input) else None


def _keeps_channels(graph: Graph, node: onnx.NodeProto) -> bool:
    """Whether an operator treats each channel alike and keeps them in order."""
    if node.op_type == "Clip":
        return _number(graph, node, 1) == 0 and (len(node.input) < 3 or _is_positive(graph, node))
    if node.op_type != "Resize":
        return node.op_type in _CHANNELWISE and len(node.output) == 1
    return _same_channels(graph, [node.input[0], node.output[0]])


def _is_positive(graph: Graph, node: onnx.NodeProto) -> bool:
    high = _number(graph, node, 2)
    return not node.input[2] or (high is not None and high > 0)


def _channels(graph: Graph, tensor: str) -> int | None:
    """How many channels a tensor (n, channel, y, x) has, where the file says it."""
    shape = graph.shape(tensor)
    return shape[1] if shape is not None and len(shape) == 4 else None


def _same_channels(graph: Graph, tensors: Iterable[str]) -> bool:
    """Whether all of them are known to have as many channels."""
    counts = {_channels(graph, tensor) for tensor in tensors}
    return len(counts) == 1 and None not in counts


class _GroupSearch:
    """From one convolution to everything that holds its channels; each step says whether scaling stays exact."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._seen = graph, set[str]()
        self.nodes: list[str] = []
        self.consumers: list[ConsumerConv] = []
        self._tensors: list[str] = []
        self._bounds: list[Bound] = []

    def group(self) -> ChannelGroup:
        """The group that the search came to."""
        tensors = tuple(dict.fromkeys(self._tensors))
        return ChannelGroup(tuple(self.nodes), tensors, tuple(self.consumers), tuple(self._bounds))

    def same(self, tensor: str) -> bool:
        """Go on from a tensor that has the group's channels and no others, both ways."""
        if tensor in self._seen:
            return True
        self._seen.add(tensor)
        maker = self._graph.producer(tensor)
        if maker is None or self._graph.is_output(tensor):
            return False
        return self._made(maker) and all(self._taken(node, tensor) for node in self._graph.consumers(tensor))

    def _made(self, node: onnx.NodeProto) -> bool:
        """Whoever makes the group's channels can scale them, or has them from the group."""
        if node.op_type == "Conv" and _is_fixed_conv(self._graph, node):
            self.nodes.append(node.name)
            self._tensors.append(self._behind_activation(node.output[0]))
            return True
        if node.op_type == "Add":
            self._tensors.append(self._behind_activation(node.output[0]))
            return _same_channels(self._graph, [*node.input, *node.output]) and all(map(self.same, node.input))
        if not _keeps_channels(self._graph, node):
            return False
        high = _number(self._graph, node, 2) if node.op_type == "Clip" else None
        if high is not None:
            self._bounds.append(Bound(node.output[0], high))
        return self.same(node.input[0])

    def _taken(self, node: onnx.NodeProto, tensor: str) -> bool:
        if _is_fixed_conv(self._graph, node):
            self.consumers.append(ConsumerConv(node.name, 0))
            return True
        if node.op_type == "Concat":
            return self._concatenated(node, tensor, 0)
        return (node.op_type == "Add" or _keeps_channels(self._graph, node)) and self.same(node.output[0])

    def _concatenated(self, node: onnx.NodeProto, tensor: str, first: int) -> bool:
        counts = [_channels(self._graph, name) for name in node.input]
        if attribute(node, "axis", 0) != 1 or None in counts:
            return False
        starts = [first + sum(count or 0 for count in counts[:i]) for i in range(len(counts))]
        inputs = [start for name, start in zip(node.input, starts, strict=True) if name == tensor]
        return all(self._behind(node.output[0], start) for start in inputs)

    def _behind(self, tensor: str, first: int) -> bool:
        """Go on behind a Concat, where other channels lie beside the group's, which begin at ``first``."""
        if self._graph.is_output(tensor):
            return False
        return all(self._taken_behind(node, tensor, first) for node in self._graph.consumers(tensor))

    def _taken_behind(self, node: onnx.NodeProto, tensor: str, first: int) -> bool:
        if _is_fixed_conv(self._graph, node):
            self.consumers.append(ConsumerConv(node.name, first))
            return True
        if node.op_type == "Concat":
            return self._concatenated(node, tensor, first)
        bounded = node.op_type == "Clip" and _number(self._graph, node, 2) is not None
        return not bounded and _keeps_channels(self._graph, node) and self._behind(node.output[0], first)

    def _behind_activation(self, tensor: str) -> str:
        behind = self._graph.consumers(tensor)
        alone = len(behind) == 1 and behind[0].op_type in ("Relu", "LeakyRelu", "Clip")
        return str(behind[0].output[0]) if alone else tensor
