"""The graph that onnxruntime runs: its optimized model, with shapes, types and times from a profiled run of it."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from geoquant.engines.graph_interface import interface_of
from geoquant.engines.onnxruntime_engine import open_session, plain_ends, session_options
from geoquant.engines.protocol import EngineSettings
from geoquant.errors import EngineError
from geoquant.fusion_audit.nodes import INT8, RuntimeGraph, RuntimeNode, Tensor
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.macs import macs_by_node
from geoquant.onnx_graph.nodes import attribute

RUNS = 8  # the first of them allocates
BLOCKED = "com.microsoft.nchwc"  # convolutions over channels in blocks of the vector's width, padded up to it
_FLOATS = {"float": "float32", "double": "float64"}
_CONVOLUTIONS = ("Conv", "FusedConv", "QLinearConv", "ConvInteger", "NhwcFusedConv", "NhwcConv")
_PRODUCTS = ("MatMul", "Gemm", "FusedMatMul", "FusedGemm", "QGemm", "QLinearMatMul", "MatMulInteger")
_ADDED = re.compile(r"(_token_\d+|_nchwc)+$")  # what onnxruntime appends to the name of a node that it replaces


def onnxruntime_graph(
    model: onnx.ModelProto, card: ModelCard, settings: EngineSettings, tile: tuple[int, int]
) -> RuntimeGraph:
    """Optimize as ``OnnxRuntimeEngine`` does, then run what came out with the profiler on.

    Args:
        model: float or quantized; changed.
        card: its card.
        settings: the threads inside a run.
        tile: (y, x) pixels; a network of fixed size takes its own.

    Raises:
        EngineError: onnxruntime can't load or run the network.
        ModelError: the network contradicts its card.
    """
    interface = interface_of(model, card)
    shape = (1, interface.bands, *(interface.fixed_shape or tile))
    macs = sum(macs_by_node(model, shape).values())
    input_format, _ = plain_ends(model, interface)
    names = frozenset(node.name for node in model.graph.node)
    heavy = [node.name for node in model.graph.node if node.op_type in (*_CONVOLUTIONS, *_PRODUCTS, "ConvTranspose")]
    with tempfile.TemporaryDirectory(prefix="geoquant-") as folder:
        optimized = _optimized(model, settings.threads, Path(folder))
        own = {f"n{number}": node.name for number, node in enumerate(optimized.graph.node)}
        for number, node in enumerate(optimized.graph.node):
            node.name = f"n{number}"  # so that the profile names every node, and each differently
        feeds = {interface.input_name: np.zeros(shape, input_format.dtype)}
        seen = _profiled(optimized, feeds, settings.threads, Path(folder))
    nodes = [
        replace(node, layers=_layers(own[node.name], names)) for node in _nodes(optimized, interface.input_name, seen)
    ]
    nodes = _with_lost_names(nodes, heavy)
    outputs = tuple(value.name for value in optimized.graph.output)
    return RuntimeGraph(f"onnxruntime {onnxruntime.__version__}", _unpadded(nodes, optimized, macs), outputs)


def _layers(name: str, known: frozenset[str]) -> tuple[str, ...]:
    plain = _ADDED.sub("", name)
    return (plain,) if plain and plain in known else ()


def _with_lost_names(nodes: list[RuntimeNode], heavy: list[str]) -> list[RuntimeNode]:
    """Fusing loses names of convolutions; none is ever split or merged, so what is left over is told by its order."""
    known = {name for node in nodes if node.macs for name in node.layers if name in heavy}
    lost = [node.name for node in nodes if node.macs and not known.intersection(node.layers)]
    spare = [name for name in heavy if name not in known]
    found = dict(zip(lost, spare, strict=True)) if len(lost) == len(spare) else {}
    return [replace(n, layers=(*n.layers, found[n.name])) if n.name in found else n for n in nodes]


def _optimized(model: onnx.ModelProto, threads: int, folder: Path) -> onnx.ModelProto:
    """What the engine's optimizer makes of a network on this CPU."""
    options, target = session_options(threads), folder / "optimized.onnx"
    options.optimized_model_filepath = str(target)
    open_session(model.SerializeToString(), options)
    return onnx.load(target)


def _profiled(
    model: onnx.ModelProto, feeds: dict[str, Any], threads: int, folder: Path
) -> dict[str, Mapping[str, Any]]:
    """Node name -> its event of the profile, with the shortest duration of some runs."""
    options = session_options(threads)
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_profiling, options.profile_file_prefix = True, str(folder / "profile")
    session = open_session(model.SerializeToString(), options)
    try:
        for _ in range(RUNS):
            session.run(None, feeds)
    except Exception as error:  # onnxruntime's exception classes share no public base
        raise EngineError(f"onnxruntime failed on a tile of zeros: {error}") from error
    events: dict[str, Mapping[str, Any]] = {}
    for event in json.loads(Path(session.end_profiling()).read_text(encoding="utf-8")):
        name = event["name"].removesuffix("_kernel_time")
        if event.get("cat") == "Node" and name != event["name"]:
            known = events.get(name)
            events[name] = event if known is None or event["dur"] < known["dur"] else known
    return events


def _nodes(model: onnx.ModelProto, image: str, seen: Mapping[str, Mapping[str, Any]]) -> Iterator[RuntimeNode]:
    """The nodes that depend on the image, in order."""
    weights = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    made = {image: _input(model, image, seen)}
    for node in model.graph.node:
        event = seen.get(node.name)
        reads = tuple(made[name] for name in node.input if name in made)
        if event is None:
            continue
        outputs = _tensors(node.output, event["args"]["output_type_shape"])
        if not reads:  # it prepares weights: their shape counts, they do not
            weights |= {tensor.name: tensor.shape for tensor in outputs}
            continue
        made |= {tensor.name: tensor for tensor in outputs}
        shapes = [weights[name] for name in node.input if len(weights.get(name, ())) > 1]
        macs = _macs(node, reads, outputs, shapes)
        integer = bool(macs) and reads[0].dtype in INT8
        seconds = event["dur"] / 1e6
        yield RuntimeNode(
            node.name, node.op_type, (), reads, outputs, macs, integer, int(attribute(node, "group", 1)), seconds
        )


def _input(model: onnx.ModelProto, image: str, seen: Mapping[str, Mapping[str, Any]]) -> Tensor:
    """The image as its first reader saw it."""
    for node in model.graph.node:
        if image in node.input and node.name in seen:
            ((kind, shape),) = seen[node.name]["args"]["input_type_shape"][list(node.input).index(image)].items()
            return Tensor(image, tuple(shape), _FLOATS.get(kind, kind))
    raise EngineError("onnxruntime's profile does not show the network's input.")


def _tensors(names: Any, described: list[Mapping[str, list[int]]]) -> tuple[Tensor, ...]:
    """Output tensors from their names and the profile's [{type: shape}, ...]."""
    kinds = [next(iter(one.items())) for one in described]
    return tuple(
        Tensor(name, tuple(shape), _FLOATS.get(kind, kind))
        for name, (kind, shape) in zip((name for name in names if name), kinds, strict=False)
    )


def _macs(
    node: onnx.NodeProto, reads: tuple[Tensor, ...], outputs: tuple[Tensor, ...], weights: list[tuple[int, ...]]
) -> int:
    """Multiply-accumulates; weights are (out, in / group, y, x), for ConvTranspose (in, out / group, y, x)."""
    if node.op_type == "ConvTranspose" and weights:
        return reads[0].elements * prod(weights[0][1:])
    if node.op_type in _CONVOLUTIONS and weights:
        return outputs[0].elements * prod(weights[0][1:])
    if node.op_type in _PRODUCTS:
        inner = weights[0] if weights else reads[1].shape
        transposed = node.op_type in ("Gemm", "FusedGemm", "QGemm") and attribute(node, "transB", 0)
        return outputs[0].elements * inner[-1 if transposed else -2]
    return 0


def _unpadded(nodes: list[RuntimeNode], model: onnx.ModelProto, macs: int) -> tuple[RuntimeNode, ...]:
    """Blocked convolutions with their share of the MACs that the file has: their weights are padded to the block."""
    blocked = {node.name for node in model.graph.node if node.domain == BLOCKED}
    padded = sum(node.macs for node in nodes if node.name in blocked)
    if not padded:
        return tuple(nodes)
    true = macs - sum(node.macs for node in nodes if node.name not in blocked)
    return tuple(replace(n, macs=round(n.macs * true / padded)) if n.name in blocked else n for n in nodes)
