"""What keeps a part of a network in float, and what helps: the causes and remedies of the fusion audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx

from geoquant.fusion_audit.islands import FloatIsland
from geoquant.onnx_graph.editing import Graph, is_quantized

HEAVY = frozenset(("Conv", "ConvTranspose", "MatMul", "Gemm"))


@dataclass(frozen=True)
class FileLayers:
    """What the file says of its nodes, for the engines keep little of it.

    Attributes:
        ops: The operator by node name.
        dequantized: The names of the nodes whose data and weights come from levels: those that are meant to be INT8.
        signed: The names of the nodes whose activations are int8 with a zero point other than 0.
        outputs: The names of the nodes that make the network's output.
        quantized: Whether the file has any quantization.
    """

    ops: Mapping[str, str]
    dequantized: frozenset[str]
    signed: frozenset[str]
    outputs: frozenset[str]
    quantized: bool

    @classmethod
    def of(cls, model: Any) -> FileLayers:
        """Read an ``onnx.ModelProto``."""
        graph = Graph(model)
        heavy = list(graph.nodes_of(*HEAVY))
        makers = (graph.producer(value.name) for value in graph.outputs)
        return cls(
            ops={node.name: node.op_type for node in graph.nodes if node.name},
            dequantized=frozenset(node.name for node in heavy if _takes_levels(graph, node)),
            signed=frozenset(node.name for node in heavy if _is_signed(graph, node.input[0])),
            outputs=frozenset(node.name for node in makers if node is not None),
            quantized=is_quantized(model),
        )

    def known(self, layers: Iterable[str]) -> list[str]:
        """The file's own names among an engine's names for parts of them ("conv0/WithoutBiases")."""
        plain = (name if name in self.ops else name.split("/")[0] for name in layers)
        return [name for name in dict.fromkeys(plain) if self.ops.get(name, "Constant") != "Constant"]


def _takes_levels(graph: Graph, node: onnx.NodeProto) -> bool:
    return all(graph.producer(name, "DequantizeLinear") is not None for name in node.input[:2])


def _is_signed(graph: Graph, tensor: str) -> bool:
    """Whether a tensor is an activation dequantized from int8 with a zero point other than 0."""
    node = graph.producer(tensor, "DequantizeLinear")
    if node is None or len(node.input) < 3 or graph.is_constant(node.input[0]):
        return False
    zero = graph.constant(node.input[2])
    return zero is not None and zero.dtype == np.int8 and bool(zero.any())


Advice = tuple[str, str]
_OUTPUT = (
    "its result is the network's output, whose scores stay float",
    "quantize the output as well, where ties between classes do not hurt",
)
_SCORES = ("the scores on their way out", "")
_CONVERTS = ("conversions between engines' layouts or between unequal scales", "give both sides the same range")
_TRANSPOSED = (
    "transposed convolution: onnxruntime has no INT8 kernel for it, OpenVINO only for symmetric activations",
    "kernel = stride is rewritten by `geoquant quantize` into a convolution and DepthToSpace, exactly; else train with "
    "Resize and a convolution instead",
)
_SIGNED = (
    "int8 activations with a zero point: engines on x86 have INT8 kernels for uint8 ones",
    "quantize activations to uint8",
)
_FILE_FLOAT = (
    "the file leaves it in float: its input or its weights are not quantized",
    "it is a fallback for accuracy, or quantize it too",
)
_REFUSED = (
    "the engine has no INT8 kernel for it as it stands",
    "try the other engine; symmetric weights without zero points, and a result that is quantized at once, help most",
)
_BY_OP: tuple[tuple[frozenset[str], Advice], ...] = (
    (
        frozenset(("HardSwish", "HardSigmoid", "QuickGelu")),
        (
            "HardSwish or HardSigmoid, which has no INT8 arithmetic",
            "train with ReLU or ReLU6, which quantization does for nothing; OpenVINO computes HardSwish in one pass",
        ),
    ),
    (
        frozenset(("Sigmoid", "Swish", "Gelu", "Erf", "Tanh", "Elu", "Mish", "Exp")),
        ("a curved activation (SiLU, GELU, sigmoid), which has no INT8 arithmetic", "train with ReLU or ReLU6"),
    ),
    (
        frozenset(("Softmax", "LogSoftmax")),
        ("Softmax is float everywhere", "at the end of a network, export logits: their highest class is the same"),
    ),
    (
        frozenset(("Resize", "Upsample", "Interpolate")),
        (
            "an interpolating Resize is computed in float, at the larger size",
            "resize by nearest (INT8 passes through), or put the Resize behind the last 1x1 convolution",
        ),
    ),
    (
        frozenset(("GlobalAveragePool", "ReduceMean", "Reduce", "QLinearGlobalAveragePool")),
        ("global pooling of squeeze-and-excite", "cheap by itself; leave out squeeze-and-excite where time matters"),
    ),
    (
        frozenset(("BatchNormalization", "InstanceNormalization", "LayerNormalization", "GroupNormalization", "MVN")),
        (
            "a normalization that is not inside a convolution",
            "batch norm right behind a convolution is folded into it; instance and layer norm stay float",
        ),
    ),
    (
        frozenset(("Concat", "QLinearConcat", "Concatenation")),
        ("Concat of inputs with unequal scales", "give its inputs one range, so that levels pass through"),
    ),
    (
        frozenset(("Add", "Mul", "Sub", "Div", "Eltwise", "Pow", "Sqrt")),
        ("element by element arithmetic on float values", "quantize both of its inputs and its result"),
    ),
)


def advice(island: FloatIsland, file: FileLayers) -> Advice:
    """Why an island is float, and what helps ("" where nothing is wrong)."""
    names = [name for node in island.nodes for name in file.known(node.layers)]
    ops = {node.op for node in island.nodes} | {file.ops[name] for name in names}
    if island.macs:
        return _heavy(island, file, ops)
    for marks, words in _BY_OP:
        if ops & marks:
            return words
    if island.leaves:
        return _SCORES
    return _CONVERTS if not names else (f"{', '.join(sorted(ops))} in float", _REFUSED[1])


def _heavy(island: FloatIsland, file: FileLayers, ops: set[str]) -> Advice:
    """Why convolutions or matrix products are in it, by the costliest one."""
    costliest = max(island.nodes, key=lambda node: node.macs)
    names = file.known(costliest.layers)
    if costliest.op in ("ConvTranspose", "Deconvolution"):
        return _TRANSPOSED
    if file.outputs.intersection(names):
        return _OUTPUT
    if file.signed.intersection(names):
        return _SIGNED
    return _REFUSED if file.dequantized.intersection(names) else _FILE_FLOAT
