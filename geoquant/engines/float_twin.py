"""The float twin of an INT8 file: the same network with float weights and activations.

On a CPU without VNNI, or for a network that quantizes badly, float is faster than INT8. The twin lets ``--engine
auto`` fall back to it without asking for the float file: weights are what dequantization makes of them, activations
are not rounded. Quantizers drop a ReLU or ReLU6 whose clip the quantization does anyway, so where a quantization
starts at zero the twin puts the clip back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from geoquant.onnx_graph.editing import clip_node, float_initializer, is_quantized, replace_nodes

NEVER_NEGATIVE = {"Relu", "Sigmoid", "Softmax", "HardSigmoid"}
KEEPS_SIGN = {"MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "Upsample", "Concat", "Reshape", "Transpose"}


def float_twin(model: onnx.ModelProto) -> onnx.ModelProto | None:
    """The float network behind a QDQ file.

    Returns:
        None for a file in another format than QDQ (QLinear operators), or whose scales are computed at run time.
    """
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    strip = _Strip(twin)
    for node in list(twin.graph.node):
        strip.visit(node)
    replace_nodes(twin, strip.nodes)
    twin.graph.initializer.extend(strip.folded)
    _drop_unused(twin)
    return None if is_quantized(twin) else twin


@dataclass(frozen=True)
class _Range:
    low: float
    high: float


class _Strip:
    """One pass over the nodes in topological order."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.nodes: list[Any] = []
        self.folded: list[Any] = []
        self._values = {tensor.name: tensor for tensor in model.graph.initializer}
        self._values |= {node.output[0]: node.attribute[0].t for node in model.graph.node if node.op_type == "Constant"}
        self._outputs = {value.name for value in model.graph.output}
        self._alias: dict[str, str] = {}
        self._quantized: dict[str, Any] = {}
        self._nonnegative: set[str] = set()

    def visit(self, node: Any) -> None:
        for index, name in enumerate(node.input):
            node.input[index] = self._alias.get(name, name)
        if node.op_type == "QuantizeLinear" and self._range(node) is not None:
            self._quantized[node.output[0]] = node
        elif node.op_type == "DequantizeLinear" and node.input[0] in self._quantized:
            self._bypass(node, self._quantized[node.input[0]])
        elif node.op_type == "DequantizeLinear" and all(name in self._values for name in node.input):
            self.folded.append(float_initializer(node.output[0], self._dequantized(node)))
        else:
            self._keep(node)

    def _keep(self, node: Any) -> None:
        known = node.op_type in KEEPS_SIGN and all(name in self._nonnegative for name in _data_inputs(node))
        if known or node.op_type in NEVER_NEGATIVE:
            self._nonnegative.update(node.output)
        self.nodes.append(node)

    def _bypass(self, dequantize: Any, quantize: Any) -> None:
        source, target, span = quantize.input[0], dequantize.output[0], self._range(quantize)
        clips = span is not None and span.low == 0.0 and source not in self._nonnegative
        if clips and span is not None:
            low, high = f"{target}_low", f"{target}_high"
            self.folded += [float_initializer(low, np.array(span.low)), float_initializer(high, np.array(span.high))]
            self.nodes.append(clip_node(source, target, low, high))
            self._nonnegative.add(target)
        elif target in self._outputs:
            self.nodes.append(onnx.helper.make_node("Identity", [source], [target]))
        else:
            self._alias[target] = source

    def _range(self, node: Any) -> _Range | None:
        """The values that a per-tensor quantization can hold."""
        if any(name not in self._values for name in node.input[1:]) or len(node.input) < 3:
            return None
        scale, zero_point = (numpy_helper.to_array(self._values[name]) for name in node.input[1:3])
        if scale.size != 1 or zero_point.dtype.kind not in "iu":
            return None
        limits = np.iinfo(zero_point.dtype)
        step, zero = float(scale.reshape(())), int(zero_point.reshape(()))
        return _Range((limits.min - zero) * step, (limits.max - zero) * step)

    def _dequantized(self, node: Any) -> NDArray[np.float32]:
        values = [numpy_helper.to_array(self._values[name]) for name in node.input]
        levels, scale = values[0].astype(np.float32), values[1]
        zero_point = values[2].astype(np.float32) if len(values) > 2 else np.float32(0)
        axis = next((attribute.i for attribute in node.attribute if attribute.name == "axis"), 1)
        if scale.size > 1:
            shape = [1] * levels.ndim
            shape[axis] = scale.size
            scale, zero_point = (
                scale.reshape(shape),
                np.reshape(zero_point, shape) if np.ndim(zero_point) else zero_point,
            )
        else:
            scale, zero_point = scale.reshape(()), np.reshape(zero_point, ())
        return np.asarray((levels - zero_point) * scale, np.float32)


def _data_inputs(node: Any) -> list[str]:
    return list(node.input) if node.op_type == "Concat" else list(node.input[:1])


def _drop_unused(model: onnx.ModelProto) -> None:
    """Remove initializers and constants that nothing reads any more, and stale shapes."""
    used = {name for node in model.graph.node for name in node.input} | {value.name for value in model.graph.output}
    replace_nodes(model, [node for node in model.graph.node if node.op_type != "Constant" or node.output[0] in used])
    kept = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    del model.graph.value_info[:]
