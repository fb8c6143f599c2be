"""Write a QDQ network: 8-bit activations with given ranges, int8 weights per channel, small and portable.

The pairs are placed by onnxruntime's ``QDQQuantizer`` (MIT); ranges are geoquant's, and its result is made small:
equal constants once, short names, no shape annotations.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.calibration.range_estimators import Range
from geoquant.errors import QuantizationError
from geoquant.onnx_graph.compact import compact
from geoquant.onnx_graph.convolutions import weight_of
from geoquant.onnx_graph.editing import Graph
from geoquant.quantization.layers import without_integer_form
from geoquant.quantization.unified_scales import unified_ranges

# operators that have integer kernels or pass integers through in onnxruntime and OpenVINO; HardSwish, Sigmoid and
# Softmax are left in float, where an 8-bit kernel costs accuracy and gains nothing
QUANTIZED_OPS = (
    *("Conv", "ConvTranspose", "Gemm", "MatMul", "Add", "Mul", "Concat", "Relu", "Clip", "LeakyRelu"),
    *("MaxPool", "AveragePool", "GlobalAveragePool", "Resize", "DepthToSpace", "Pad", "Split"),
    *("Slice", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten"),
)


@dataclass(frozen=True)
class Format:
    """Integer types, as the kernels of a target want them.

    Attributes:
        symmetric: Whether activations are int8 with zero point 0, so that a ReLU stays a node, in front of its pair.
        shifted: Whether activations are int8 on the grid that uint8 would have: every zero point is 128 lower, and a
            ReLU is the end of the grid.
        reduced_weights: Whether weights have 7 bits.
        float_bias: Whether biases stay float instead of int32.
    """

    symmetric: bool = False
    shifted: bool = False
    reduced_weights: bool = False
    float_bias: bool = False

    def __str__(self) -> str:
        activations = "int8 activations" if self.shifted else "uint8 activations"
        activations = "int8 activations around 0" if self.symmetric else activations
        weights = "int8 weights of 7 bits" if self.reduced_weights else "int8 weights"
        return f"QDQ, {activations}, {weights} per channel" + (", float biases" if self.float_bias else "")


FORMATS = {
    "x86": Format(),  # VNNI multiplies unsigned by signed bytes
    "x86-no-vnni": Format(reduced_weights=True),  # two products of 8 bits overflow the 16 bits that are summed there
    "openvino": Format(),  # refuses signed activations with a zero point other than 0
    "arm": Format(shifted=True),  # int8, as onnxruntime's documentation asks for there
    # accepts zero points of 0 only, and no DequantizeLinear of int32 (onnxruntime#14229, onnx-tensorrt#850)
    "tensorrt": Format(symmetric=True, float_bias=True),
}
"""``QuantizeOptions.target`` -> format."""


@dataclass(frozen=True)
class QdqSettings:
    """How the pairs are placed.

    Attributes:
        quantize_output: Whether the network's output gets a pair too: uint8 scores are cheaper to compare, float scores
            have fewer ties.
        keep_float: The names of nodes that stay float.
        format: The integer types; ranges have to be symmetric where it is.
    """

    quantize_output: bool = False
    keep_float: tuple[str, ...] = ()
    format: Format = FORMATS["x86"]


RoundWeights = Callable[[str, NDArray[np.float64], NDArray[np.float64], int], NDArray[np.int8] | None]
"""Chooses levels: (node, weights, value of a level per output, largest level) -> levels, or None for the nearest."""


def write_qdq(
    model: onnx.ModelProto,
    ranges: Mapping[str, Range],
    settings: QdqSettings,
    round_weights: RoundWeights | None = None,
) -> onnx.ModelProto:
    """Quantize a prepared float network (``prepare``).

    Args:
        model: float, batch norm folded; not changed.
        ranges: tensor name -> range, from ``calibrate.observe``.
        settings: see ``QdqSettings``.
        round_weights: chooses the levels of convolutions' weights.

    Raises:
        QuantizationError: onnxruntime's quantizer refuses the graph.
    """
    from onnxruntime.quantization import QuantType
    from onnxruntime.quantization.qdq_quantizer import QDQQuantizer

    copy, kinds = onnx.ModelProto(), settings.format
    copy.CopyFrom(model)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.ERROR)  # it warns through the root logger about every Shape and Gather
    try:
        quantizer = QDQQuantizer(
            copy,
            True,
            kinds.reduced_weights,
            QuantType.QInt8,
            QuantType.QInt8 if kinds.symmetric else QuantType.QUInt8,
            _tensors_data(copy, unified_ranges(copy, ranges, kinds.symmetric)),
            [],
            [*settings.keep_float, *without_integer_form(copy)],
            list(QUANTIZED_OPS),
            {"QuantizeBias": not kinds.float_bias, "ActivationSymmetric": kinds.symmetric, "MinimumRealRange": 1e-6},
        )
        quantized: onnx.ModelProto = quantizer.quantize_model()
    except Exception as error:  # it raises ValueError, RuntimeError, KeyError and more
        raise QuantizationError(f"onnxruntime's quantizer failed: {error}") from error
    finally:
        logging.getLogger().setLevel(level)
    graph = Graph(quantized)
    _restore_lone_constants(Graph(model), graph)
    if not settings.quantize_output:
        _float_output(graph)
    if kinds.symmetric:
        _pairs_behind_activations(graph)
    if kinds.shifted:
        _shift_to_int8(graph)
    if round_weights is not None:
        _round_weights(Graph(model), Graph(quantized), round_weights, 64 if kinds.reduced_weights else 127)
    return compact(quantized)


def _restore_lone_constants(source: Graph, graph: Graph) -> None:
    """Give back its float constant to each node whose other inputs stay float: levels would only round it.

    A constant that a layer in INT8 takes too has levels for both, as the weights of layer norms in basic operators,
    which often are all 1. OpenVINO 2026.4 does not even compile such a Mul between two Transposes.
    """
    originals = {node.name: node for node in source.nodes}
    for node in graph.nodes:
        original = originals.get(node.name)
        if original is None or len(original.input) != len(node.input):
            continue
        makers = [graph.producer(name, "DequantizeLinear") for name in node.input]
        stored = [maker is not None and graph.is_constant(maker.input[0]) for maker in makers]
        computed = [maker for maker, constant in zip(makers, stored, strict=True) if not constant]
        if any(stored) and all(maker is None for maker in computed):
            _restore(source, graph, node, original)


def _restore(source: Graph, graph: Graph, node: onnx.NodeProto, original: onnx.NodeProto) -> None:
    """Let a node take the constants that it took before it was quantized."""
    names = [old if old in source.initializers else new for old, new in zip(original.input, node.input, strict=True)]
    for name in names:
        if name in source.initializers and name not in graph.initializers:
            graph.add_initializer(np.asarray(source.constant(name)), name)
    before = [graph.producer(name, "DequantizeLinear") for name in node.input]
    graph.set_inputs(node, names)
    graph.remove(maker for maker in before if maker is not None and maker in graph and not _used(graph, maker))


def _used(graph: Graph, node: onnx.NodeProto) -> bool:
    return any(graph.consumers(name) or graph.is_output(name) for name in node.output)


def _pairs_behind_activations(graph: Graph) -> None:
    """Take out the pair between a layer and the ReLU or Clip that alone takes its result: engines fuse the two."""
    for node in graph.nodes_of("Relu", "Clip"):
        dequantize = graph.producer(node.input[0], "DequantizeLinear")
        quantize = None if dequantize is None else graph.producer(dequantize.input[0], "QuantizeLinear")
        if dequantize is None or quantize is None or graph.producer(quantize.input[0]) is None:
            continue
        if graph.only_consumer(dequantize.output[0]) and graph.only_consumer(quantize.output[0]):
            graph.set_inputs(node, [quantize.input[0], *node.input[1:]])
            graph.remove([dequantize, quantize])


def _shift_to_int8(graph: Graph) -> None:
    """Let every uint8 level be int8, 128 lower: the same values, the same grid, the ReLU still at its end."""
    stored = {
        name
        for node in graph.nodes_of("QuantizeLinear", "DequantizeLinear")
        for name in (node.input[0], *node.input[2:])
        if name in graph.initializers and graph.initializers[name].data_type == onnx.TensorProto.UINT8
    }
    for name in stored:
        levels = np.asarray(graph.constant(name), np.int16)
        graph.set_initializer(name, (levels - 128).astype(np.int8))


def _round_weights(source: Graph, graph: Graph, choose: RoundWeights, limit: int) -> None:
    """Put chosen levels in place of the nearest ones, where a convolution's weights are its own."""
    convs = {node.name: node for node in source.nodes_of("Conv") if node.input[1] in source.initializers}
    for node in graph.nodes:
        maker = graph.producer(node.input[1], "DequantizeLinear") if node.name in convs else None
        if maker is None or maker.input[0] not in graph.initializers or len(graph.consumers(maker.output[0])) > 1:
            continue
        original, scale = weight_of(source, convs[node.name]), np.asarray(graph.constant(maker.input[1]), np.float64)
        levels = choose(node.name, original, np.broadcast_to(scale, len(original)), limit)
        if levels is not None:
            graph.set_initializer(maker.input[0], levels)


def _tensors_data(model: onnx.ModelProto, ranges: Mapping[str, Range]):  # type: ignore[no-untyped-def]
    """Ranges as onnxruntime wants them; a tensor that only a ReLU or Clip takes gets the range of its result."""
    from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData

    known = dict(ranges)
    for node in model.graph.node:
        if node.op_type in ("Relu", "Clip") and node.input[0] not in known and node.output[0] in known:
            known[node.input[0]] = known[node.output[0]]
    data = {
        name: TensorData(lowest=np.array(span.low, np.float32), highest=np.array(span.high, np.float32))
        for name, span in known.items()
    }
    return TensorsData(CalibrationMethod.MinMax, data)


def _float_output(graph: Graph) -> None:
    """Take the pair off the network's output, so that its scores keep float resolution."""
    for output in graph.outputs:
        dequantize = graph.producer(output.name, "DequantizeLinear")
        quantize = None if dequantize is None else graph.producer(dequantize.input[0])
        source = None if quantize is None else graph.producer(quantize.input[0])
        if dequantize is None or quantize is None or source is None or len(graph.consumers(quantize.output[0])) > 1:
            continue
        inner = quantize.input[0]
        graph.remove([dequantize, quantize])
        graph.set_outputs(source, [output.name if name == inner else name for name in source.output])
        graph.replace_uses(inner, output.name)
