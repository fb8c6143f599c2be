"""The doctor's checks of the file: its format, its mode, and whether it is what it says it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped,unused-ignore]
from numpy.typing import NDArray
from onnx import numpy_helper

from geoquant.diagnostics.finding import Finding, listed, ok, problem, warning
from geoquant.engines.float_twin import float_twin
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import Graph, is_quantized, opset_of
from geoquant.onnx_graph.nodes import attribute
from geoquant.onnx_graph.prepare import MAX_OPSET, MIN_OPSET

HEAVY = ("Conv", "ConvTranspose", "Gemm", "MatMul")
INTEGER = ("QLinearConv", "QLinearMatMul", "QGemm", "ConvInteger", "MatMulInteger")
DYNAMIC = ("ConvInteger", "MatMulInteger", "DynamicQuantizeLinear")


def header(path: Path) -> tuple[Finding, ...]:
    """Opset and IR version, which may keep everything else from being read."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(path.read_bytes())
    except (DecodeError, OSError, RuntimeError):
        return ()
    opset, newest = opset_of(model), onnx.defs.onnx_opset_version()
    if model.ir_version > onnx.IR_VERSION or opset > newest:
        found = (
            f"IR version {model.ir_version}, opset {opset}; the onnx installed here knows {onnx.IR_VERSION}, {newest}"
        )
        return (
            problem("format", found, f"export again with opset_version={MAX_OPSET}, or update onnx and onnxruntime"),
        )
    if not MIN_OPSET <= opset <= MAX_OPSET:
        remedy = f"opsets {MIN_OPSET} to {MAX_OPSET} are those that every engine and `geoquant quantize` know well"
        return (warning("format", f"opset {opset}, IR version {model.ir_version}", remedy),)
    return (ok("format", f"opset {opset}, IR version {model.ir_version}"),)


def findings(path: Path, model: Any, card: ModelCard) -> Iterator[Finding]:
    """Findings about evaluation mode, trained statistics, quantization that happened, format and size."""
    yield _mode(model)
    yield from _statistics(model)
    yield _quantized(path, model, card)
    if is_quantized(model):
        yield _operators(model)
        yield from _size(path, model)


def _mode(model: Any) -> Finding:
    """The finding about training mode: dropout that drops, and batch norm by the batch's own statistics."""
    graph = Graph(model)
    active = [node for node in graph.nodes if _trains(graph, node)]
    if not active:
        return ok("evaluation mode", "no dropout or batch norm in training mode")
    names = listed(f"{node.op_type} {node.name or node.output[0]}" for node in active)
    return problem(
        "evaluation mode",
        f"{len(active)} layers are in training mode: {names}. Results change from run to run or with the tile, and "
        "calibration sees other values than those that the network was judged on",
        "call model.eval() before exporting or preparing it for quantization, and export again",
    )


def _trains(graph: Graph, node: onnx.NodeProto) -> bool:
    if node.op_type == "BatchNormalization":
        return bool(attribute(node, "training_mode", 0)) or len([name for name in node.output if name]) > 1
    mode = graph.constant(node.input[2]) if node.op_type == "Dropout" and len(node.input) > 2 else None
    return mode is not None and bool(mode.any())


def _statistics(model: Any) -> Iterator[Finding]:
    """Findings about batch norms whose statistics are still those of an untrained layer."""
    graph = Graph(model)
    norms = [node for node in graph.nodes_of("BatchNormalization") if len(node.input) > 4]
    fresh = [node for node in norms if _is_untrained(*(graph.constant(name) for name in node.input[3:5]))]
    if fresh:
        yield warning(
            "batch norm statistics",
            f"{len(fresh)} of {len(norms)} batch norms have mean 0 and variance 1 everywhere, as before any training",
            "check that the trained weights were loaded, running statistics included, before the export",
        )


def _is_untrained(mean: NDArray[Any] | None, variance: NDArray[Any] | None) -> bool:
    return mean is not None and variance is not None and not mean.any() and bool((variance == 1).all())


def _quantized(path: Path, model: Any, card: ModelCard) -> Finding:
    """Whether the layers that matter compute in integers, where the file says that they do."""
    heavy, integer = _layers(model)
    total, names = len(heavy) + len(integer), listed(node.name or node.output[0] for node in heavy)
    if not is_quantized(model):
        claims = _claims(path, model, card)
        if not claims:
            return ok("quantization", f"a float model of {total} convolutions and matrix products")
        return problem(
            "quantization",
            f"{claims}, but no layer is quantized: torch's quantize_dynamic leaves Conv2d alone without a word, and a "
            "quantizer that finds no layer of the kinds it was given writes the float model again",
            "quantize statically: geoquant quantize",
        )
    if not integer:
        return problem(
            "quantization",
            f"the file holds quantization, but none of its {total} convolutions and products computes in integers",
            "quantize statically, weights and activations: geoquant quantize",
        )
    if len(integer) < 0.5 * total:
        found = f"only {len(integer)} of {total} convolutions and matrix products are quantized; float: {names}"
        return warning("quantization", found, "see the fusion audit for their share of the work; quantize them too")
    return ok("quantization", f"{len(integer)} of {total} convolutions and matrix products are quantized")


def _layers(model: Any) -> tuple[list[onnx.NodeProto], list[onnx.NodeProto]]:
    """The convolutions and matrix products in float, and those that compute in integers."""
    graph = Graph(model)
    plain: list[onnx.NodeProto] = []
    integer = list(graph.nodes_of(*INTEGER))
    for node in graph.nodes_of(*HEAVY):
        levels = all(graph.producer(name, "DequantizeLinear") for name in node.input[:2])
        (integer if levels else plain).append(node)
    return plain, integer


def _claims(path: Path, model: Any, card: ModelCard) -> str:
    """What claims that the file is INT8, in words, or ""."""
    if card.quantization is not None:
        return "its card has a quantization"
    if "quantize" in model.producer_name:
        return f"a quantizer made it ({model.producer_name})"
    name = path.name.lower()
    return f"its name is {path.name}" if any(mark in name for mark in ("int8", "quant", "w8a8")) else ""


def _operators(model: Any) -> Finding:
    """The finding about the format: QDQ runs everywhere and keeps a way back to float."""
    kinds = {node.op_type for node in model.graph.node}
    if kinds.intersection(DYNAMIC):
        return warning(
            "quantization format",
            "dynamic quantization: every run measures ranges anew, which convolutions pay dearly",
            "quantize statically: geoquant quantize",
        )
    if any(kind.startswith("QLinear") or kind == "QGemm" for kind in kinds):
        return warning(
            "quantization format",
            "QOperator format (QLinearConv and the like): not every engine reads it, and it has no float twin to fall "
            "back to where INT8 is slower",
            "write QDQ (quant_format=QuantFormat.QDQ, or geoquant quantize)",
        )
    return ok("quantization format", "QDQ")


def _size(path: Path, model: Any) -> Iterator[Finding]:
    twin = float_twin(model)
    if twin is None:
        return
    weights = sum(numpy_helper.to_array(tensor).nbytes for tensor in twin.graph.initializer)
    size = path.stat().st_size
    if size >= weights:
        found = f"{size:,} bytes, not less than its {weights:,} bytes of float weights"
        yield warning("size", found, "for so small a network the levels' scales outweigh what INT8 saves: keep float")
    else:
        yield ok("size", f"{size:,} bytes, {size / weights:.0%} of its float weights")
