"""The float twin of an INT8 file: the same network with float weights and activations.

On a CPU without VNNI, or for a network that quantizes badly, float is faster than INT8. The twin lets ``--engine
auto`` fall back to it without asking for the float file: weights are what dequantization makes of them, activations
are not rounded. Quantizers drop a ReLU or ReLU6 whose clip the quantization does anyway, so where a quantization
starts at zero the twin puts the clip back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from geoquant.onnx_graph.editing import Graph, is_quantized
from geoquant.onnx_graph.nodes import attribute

NEVER_NEGATIVE = {"Relu", "Sigmoid", "Softmax", "HardSigmoid"}
KEEPS_SIGN = {"MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Upsample", "Concat", "Reshape", "Transpose"}


def float_twin(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The float network behind a QDQ file.

    Returns:
        None for a file in another format than QDQ (QLinear operators), or whose scales are computed at run time.
    """
    graph = Graph.copied(model)
    removal = _PairRemoval(graph)
    for node in graph.nodes:
        removal.visit(node)
    graph.remove(removal.quantizers.values())
    graph.remove(node for node in graph.nodes_of("Constant") if not _is_used(graph, node.output[0]))
    graph.remove_unused_initializers()
    del graph.model.graph.value_info[:]  # shapes that are stale now
    return None if is_quantized(graph.model) else graph.model


def _is_used(graph: Graph, name: str) -> bool:
    return bool(graph.consumers(name)) or graph.is_output(name)


@dataclass(frozen=True)
class _Range:
    low: float
    high: float


class _PairRemoval:
    """One pass over the nodes in topological order, which removes the QDQ pairs.

    Attributes:
        quantizers: Levels -> the QuantizeLinear that makes them, to be removed when the pass is over.
    """

    def __init__(self, graph: Graph) -> None:
        self.quantizers: dict[str, onnx.NodeProto] = {}
        self._graph = graph
        self._nonnegative: set[str] = set()

    def visit(self, node: onnx.NodeProto) -> None:
        if node.op_type == "QuantizeLinear" and self._range(node) is not None:
            self.quantizers[node.output[0]] = node
        elif node.op_type == "DequantizeLinear" and node.input[0] in self.quantizers:
            self._bypass(node, self.quantizers[node.input[0]])
        elif node.op_type == "DequantizeLinear" and all(self._graph.is_constant(name) for name in node.input):
            self._graph.add_initializer(self._dequantized(node), node.output[0])
            self._graph.remove([node])
        elif node.op_type in NEVER_NEGATIVE or (node.op_type in KEEPS_SIGN and self._takes_nonnegative(node)):
            self._nonnegative.update(node.output)

    def _takes_nonnegative(self, node: onnx.NodeProto) -> bool:
        return self._nonnegative.issuperset(node.input if node.op_type == "Concat" else node.input[:1])

    def _bypass(self, dequantize: onnx.NodeProto, quantize: onnx.NodeProto) -> None:
        source, target, span = quantize.input[0], dequantize.output[0], self._range(quantize)
        if span is not None and span.low == 0.0 and source not in self._nonnegative:
            ends = (("low", span.low), ("high", span.high))
            names = [self._graph.add_initializer(np.array(end, np.float32), f"{target}_{name}") for name, end in ends]
            clip = helper.make_node("Clip", [source, *names], [target], name=f"{target}_saturation")
            self._graph.replace([dequantize], [clip])
            self._nonnegative.add(target)
        elif self._graph.is_output(target):
            self._graph.replace([dequantize], [helper.make_node("Identity", [source], [target])])
        else:
            self._graph.replace_uses(target, source)
            self._graph.remove([dequantize])

    def _range(self, node: onnx.NodeProto) -> _Range | None:
        """The lowest and the highest value that a per-tensor quantization can hold."""
        if len(node.input) < 3:
            return None
        scale, zero_point = (self._graph.constant(name) for name in node.input[1:3])
        if scale is None or zero_point is None or scale.size != 1 or zero_point.dtype.kind not in "iu":
            return None
        limits = np.iinfo(zero_point.dtype)
        step, zero = float(scale.reshape(())), int(zero_point.reshape(()))
        return _Range((limits.min - zero) * step, (limits.max - zero) * step)

    def _dequantized(self, node: onnx.NodeProto) -> NDArray[np.float32]:
        values = [np.asarray(self._graph.constant(name)) for name in node.input]
        levels, scale = values[0].astype(np.float32), values[1]
        zero_point = values[2].astype(np.float32) if len(values) > 2 else np.zeros((), np.float32)
        if scale.size == 1:
            return np.asarray((levels - zero_point.reshape(())) * scale.reshape(()), np.float32)
        shape = [1] * levels.ndim
        shape[attribute(node, "axis", 1)] = scale.size
        zero_point = zero_point.reshape(shape) if zero_point.ndim else zero_point
        return np.asarray((levels - zero_point) * scale.reshape(shape), np.float32)
