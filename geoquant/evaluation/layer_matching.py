"""Which tensor of an INT8 file is which tensor of its float network, though names, fusions and helpers differ.

A quantizer renames tensors, drops ReLUs whose clip the quantization does anyway, and puts pairs in between; batch norm
is folded, nodes are sorted anew. What stays are the operations with weights. Each of them is known by its kind, the
shape of its weights, its strides and by what feeds it: the same way up to the input. Everything without weights (ReLU,
Resize, Concat, Add, pairs ...) is looked through.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import onnx

from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute

WEIGHTED = ("Conv", "ConvTranspose", "Gemm", "MatMul")
_CLIPS = ("Relu", "Clip")
_PAIR = ("QuantizeLinear", "DequantizeLinear")


@dataclass(frozen=True)
class QuantizationParams:
    """How a tensor is stored: value = (level - zero_point) * scale, level in ``low`` .. ``high``."""

    scale: float
    zero_point: int
    low: int
    high: int

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest value that the tensor can hold, with the half step that rounds into it."""
        ends = (self.low - 0.5 - self.zero_point, self.high + 0.5 - self.zero_point)
        return ends[0] * self.scale, ends[1] * self.scale


@dataclass(frozen=True)
class LayerPair:
    """One layer in both networks.

    Attributes:
        name: The name of the node in the float network.
        kind: The operator of the layer.
        float_tensor: The layer's result in the float network, after a ReLU or Clip that follows alone.
        int8_tensor: The same result in the INT8 network: levels where ``levels`` is set, else float.
        levels: How the INT8 network stores the result, or None where it stays float.
        integer: Whether the INT8 network computes the layer on integers: its input is dequantized.
    """

    name: str
    kind: str
    float_tensor: str
    int8_tensor: str
    levels: QuantizationParams | None
    integer: bool


def pair_layers(float_model: onnx.ModelProto, int8_model: onnx.ModelProto) -> list[LayerPair]:
    """The layers with weights that both networks have, in the float network's order.

    Args:
        float_model: prepared (``prepare``), so that batch norm is inside the convolutions.
        int8_model: QDQ.
    """
    first, second = _LayerWalk(Graph(float_model)), _LayerWalk(Graph(int8_model))
    found: dict[str, LayerPair] = {}
    for key, nodes in first.layers.items():
        others = second.layers.get(key, [])
        if len(nodes) == len(others):  # twins that the same tensor feeds keep their order
            found |= {
                node.output[0]: _pair(first, node, second, other) for node, other in zip(nodes, others, strict=True)
            }
    return [found[node.output[0]] for node in float_model.graph.node if node.output[0] in found]


def count_layers(model: onnx.ModelProto) -> int:
    """How many operations with weights a network has."""
    return sum(len(nodes) for nodes in _LayerWalk(Graph(model)).layers.values())


class _LayerWalk:
    """A graph seen as its weighted operations: key -> nodes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._fixed = _fixed_names(graph)
        self._sources: dict[str, tuple[str, ...]] = {}
        self.layers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in graph.nodes:
            if not all(name in self._fixed for name in node.output):
                self._visit(node)

    def _visit(self, node: onnx.NodeProto) -> None:
        """Note which weighted operations the node's results come from."""
        sources = tuple(sorted({key for name in node.input for key in self._sources.get(name, ())}))
        weight = self._weight_shape(node) if node.op_type in WEIGHTED else None
        if weight is not None:
            facts = (node.op_type, weight, _steps(node), sources)
            key = hashlib.sha256(repr(facts).encode()).hexdigest()
            self.layers[key].append(node)
            sources = (key,)
        self._sources.update(dict.fromkeys(node.output, sources))

    def _weight_shape(self, node: onnx.NodeProto) -> tuple[int, ...] | None:
        """Shape of a layer's weights, None where it multiplies two activations."""
        name = node.input[1]
        if name not in self._fixed:
            return None
        while (maker := self.graph.producer(name)) is not None:
            name = maker.input[0]
        return tuple(self.graph.initializers[name].dims)

    def result(self, node: onnx.NodeProto) -> tuple[str, QuantizationParams | None]:
        """Where a layer's result can be read: behind the ReLU or Clip and the quantization that follow it."""
        name = node.output[0]
        while True:
            consumers = self.graph.consumers(name)
            quantize = next((consumer for consumer in consumers if consumer.op_type == "QuantizeLinear"), None)
            if quantize is not None:
                return quantize.output[0], self._levels(quantize)
            if len(consumers) != 1 or consumers[0].op_type not in _CLIPS:
                return name, None
            name = consumers[0].output[0]

    def _levels(self, quantize: onnx.NodeProto) -> QuantizationParams:
        scale, zero_point = (np.asarray(self.graph.constant(name)) for name in quantize.input[1:3])
        kind = np.iinfo(zero_point.dtype)
        return QuantizationParams(
            float(scale.reshape(-1)[0]), int(zero_point.reshape(-1)[0]), int(kind.min), int(kind.max)
        )

    def integer(self, node: onnx.NodeProto) -> bool:
        """Whether a layer takes a dequantized tensor."""
        return self.graph.producer(node.input[0], "DequantizeLinear") is not None


def _fixed_names(graph: Graph) -> set[str]:
    """Names that hold constants: initializers, and what is quantized or dequantized from them."""
    names = {"", *graph.initializers}
    for node in graph.nodes:
        if node.op_type in (*_PAIR, "Identity") and all(name in names for name in node.input):
            names.update(node.output)
    return names


def _steps(node: onnx.NodeProto) -> tuple[tuple[int, ...], ...]:
    """Strides and dilations, empty where they are 1: files leave them out or write them down."""
    given = (tuple(attribute(node, name, ())) for name in ("strides", "dilations"))
    return tuple(steps if set(steps) != {1} else () for steps in given)


def _pair(first: _LayerWalk, node: onnx.NodeProto, second: _LayerWalk, other: onnx.NodeProto) -> LayerPair:
    float_tensor, _ = first.result(node)
    int8_tensor, levels = second.result(other)
    name = node.name or node.output[0]
    return LayerPair(name, node.op_type, float_tensor, int8_tensor, levels, second.integer(other))
