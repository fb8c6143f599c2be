"""The doctor's checks of scales and zero points: silent observers, saturation, lost channels, types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.diagnostics.finding import Finding, listed, ok, problem, warning
from geoquant.onnx_graph.editing import Graph
from geoquant.system import machine_facts

SILENT_SCALE = 1e-7
"""A uint8 scale that spans less than 2.6e-5: what quantizers write when they saw only zeros."""
CLIPPED_SHARE = 0.01
FEW_LEVELS = 8
INT16 = 32767
VNNI = frozenset(("avx_vnni", "avx512_vnni", "amx_int8"))
ARM = frozenset(("asimddp", "i8mm"))


@dataclass(frozen=True)
class Pair:
    """The quantization parameters of one activation.

    Attributes:
        name: The name of the tensor that is quantized.
        scale: The size of one level, one number per tensor.
        zero_point: The level that stands for 0.
        dtype: The integer type of the levels.
    """

    name: str
    scale: float
    zero_point: int
    dtype: str


@dataclass(frozen=True)
class Weights:
    """A quantized weight: levels with the output channel first (channel, ...), and its node's name."""

    name: str
    levels: NDArray[Any]
    channels_scaled: bool


def findings(model: Any) -> Iterator[Finding]:
    """Findings about scales, zero points and levels; none for a float file."""
    pairs, weights = activation_pairs(model), quantized_weights(model)
    if pairs:
        yield _observers(pairs)
        yield _types(pairs)
    if weights:
        yield _resolution(weights)
        yield _clipped(weights)
        yield _saturation(pairs, weights)


def activation_pairs(model: Any) -> list[Pair]:
    """Per-tensor parameters of every QuantizeLinear, and of the results of QLinear operators."""
    graph, found = Graph(model), []
    for node in graph.nodes:
        for tensor, names in _parameters(node):
            values = [value for name in names if (value := graph.constant(name)) is not None]
            if len(values) == len(names) and values[0].size == 1:
                zero = values[1] if len(values) > 1 else np.zeros((), np.uint8)
                found.append(Pair(tensor, float(values[0].reshape(())), int(zero.reshape(())), str(zero.dtype)))
    return found


def _parameters(node: Any) -> Iterator[tuple[str, list[str]]]:
    """(tensor, names of scale and zero point) of what a node quantizes."""
    if node.op_type == "QuantizeLinear":
        yield node.input[0], [name for name in node.input[1:3] if name]
    elif node.op_type in ("QLinearConv", "QLinearMatMul"):
        yield node.output[0], list(node.input[6:8])


def quantized_weights(model: Any) -> list[Weights]:
    """Weights of convolutions and matrix products that are stored as int8 levels."""
    graph, found = Graph(model), []
    for node in graph.nodes_of("Conv", "ConvTranspose", "Gemm", "MatMul", "QLinearConv"):
        value, scale = (graph.constant(name) for name in _level_names(graph, node))
        if value is not None and scale is not None and value.dtype == np.int8:
            turned = np.swapaxes(value, 0, 1) if node.op_type in ("ConvTranspose", "MatMul") else value
            found.append(Weights(node.name or node.output[0], turned, scale.size > 1))
    return found


def _level_names(graph: Graph, node: onnx.NodeProto) -> Sequence[str]:
    """Names of the levels and scales that a layer's weights are stored as; empty where they are not."""
    if node.op_type == "QLinearConv":
        return list(node.input[3:5])
    source = graph.producer(node.input[1], "DequantizeLinear")
    return ["", ""] if source is None else list(source.input[:2])


def _observers(pairs: list[Pair]) -> Finding:
    """The finding about scales of a calibration that saw nothing: 0, NaN, tiny, or the default 1 with zero point 0."""
    silent = [
        pair
        for pair in pairs
        if not np.isfinite(pair.scale) or pair.scale < SILENT_SCALE or (pair.scale == 1.0 and pair.zero_point == 0)
    ]
    if not silent:
        return ok("observers", f"all {len(pairs)} activations have a range")
    shown = listed(f"{pair.name} (scale {pair.scale:g})" for pair in silent)
    return problem(
        "observers",
        f"{len(silent)} of {len(pairs)} activations have no range: {shown}. Their observers saw nothing, or only zeros "
        "(min = max = 0), so everything they carry is rounded away or clipped",
        "run calibration batches through the prepared model before converting it, with valid pixels in them; a layer "
        "that really gives only zeros is dead and can go",
    )


def _types(pairs: list[Pair]) -> Finding:
    signed = [pair for pair in pairs if pair.dtype == "int8" and pair.zero_point]
    if not signed:
        return ok("activation types", ", ".join(sorted({pair.dtype for pair in pairs})))
    return warning(
        "activation types",
        f"{len(signed)} of {len(pairs)} activations are int8 with a zero point (asymmetric): engines on x86 convert "
        "them or leave layers in float",
        "use uint8 activations on x86 (activation_type=QuantType.QUInt8, or geoquant quantize)",
    )


def _resolution(weights: list[Weights]) -> Finding:
    """The finding about channels that one scale for all of them leaves with a handful of levels."""
    poor = {}
    for one in weights:
        if not one.channels_scaled and len(one.levels) > 1:
            peak = np.abs(one.levels.reshape(len(one.levels), -1).astype(np.int16)).max(axis=1)
            share = float(((peak < FEW_LEVELS) & (peak > 0)).mean())
            if share > 0.1:
                poor[one.name] = share
    if not poor:
        return ok("weight resolution", "scales per channel, or channels of like range")
    worst = max(poor, key=lambda name: poor[name])
    return warning(
        "weight resolution",
        f"{len(poor)} layers have one scale for all channels, which leaves {poor[worst]:.0%} of the channels of "
        f"{worst} with fewer than {FEW_LEVELS} levels",
        "quantize weights per channel (per_channel=True, or geoquant quantize)",
    )


def _clipped(weights: list[Weights]) -> Finding:
    """The finding about weights at the ends of int8, beyond the one per channel that defines the scale."""
    clipped = {}
    for one in weights:
        flat = np.abs(one.levels.reshape(len(one.levels), -1).astype(np.int16))
        at_end = int((flat >= 127).sum()) - (len(flat) if one.channels_scaled else 1)
        share = at_end / flat.size
        if share > CLIPPED_SHARE and at_end > len(flat):
            clipped[one.name] = share
    if not clipped:
        return ok("weight range", "weights fit into int8")
    worst = max(clipped, key=lambda name: clipped[name])
    found = f"{len(clipped)} layers have weights beyond int8; of {worst} {clipped[worst]:.1%} are clipped"
    return warning("weight range", found, "let the scale cover the largest weight of each channel")


def _saturation(pairs: list[Pair], weights: list[Weights]) -> Finding:
    """The finding about sums of two products that overflow int16 in AVX2 and AVX-512 without VNNI (vpmaddubsw)."""
    flags = set(machine_facts()["flags"].split())
    at_risk = {one.name: share for one in weights if (share := overflow_share(one.levels)) > 0}
    unsigned = any(pair.dtype == "uint8" for pair in pairs)
    if not at_risk or not unsigned:
        return ok("saturation", "no pair of weights can overflow 16 bits (7-bit weights, or int8 activations)")
    worst = max(at_risk, key=lambda name: at_risk[name])
    risk = f"{at_risk[worst]:.0%} of neighbouring weights of {worst} can overflow 16 bits with uint8 activations"
    if flags & VNNI or flags & ARM:
        return ok("saturation", f"this CPU adds in 32 bits. On an x86 CPU without VNNI, {risk}")
    return warning(
        "saturation",
        f"this CPU has no VNNI, so products are added in pairs in 16 bits: {risk}",
        "quantize with 7-bit weights (reduce_range=True; geoquant quantize --target x86-no-vnni), or run the float "
        "twin (--engine auto)",
    )


def overflow_share(levels: NDArray[Any]) -> float:
    """Share of pairs of weights, neighbours along the inputs, whose sum times 255 can leave int16.

    Args:
        levels: int8 (channel, input, ...).

    Returns:
        0..1: the products of one sign only can add up, so positive and negative parts are counted apart.
    """
    flat = levels.reshape(len(levels), -1).astype(np.int32)
    even = flat[:, : flat.shape[1] // 2 * 2].reshape(len(flat), -1, 2)
    if not even.size:
        return 0.0
    high, low = np.maximum(even, 0).sum(axis=2), np.minimum(even, 0).sum(axis=2)
    return float(((high * 255 > INT16) | (low * 255 < -INT16 - 1)).mean())
