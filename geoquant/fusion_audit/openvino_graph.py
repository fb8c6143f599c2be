"""The graph that OpenVINO runs: its runtime model, with the time of each node from a profiled request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any

import numpy as np
import onnx

from geoquant.engines.openvino_engine import OpenVinoEngine
from geoquant.engines.protocol import EngineSettings
from geoquant.errors import EngineError
from geoquant.fusion_audit.nodes import INT8, RuntimeGraph, RuntimeNode, Tensor
from geoquant.model_card.card import ModelCard

RUNS = 8  # the first of them allocates
_TYPES = {"u8": "uint8", "i8": "int8", "f32": "float32", "f16": "float16", "bf16": "bfloat16", "i32": "int32"}
_PRODUCTS = ("MatMul", "FullyConnected")
_ENDS = ("Input", "Output", "Const")


def openvino_graph(
    model: onnx.ModelProto, card: ModelCard, settings: EngineSettings, tile: tuple[int, int]
) -> RuntimeGraph:
    """Compile as ``OpenVinoEngine`` does for a tile, with its profiler on, and read what came out.

    Args:
        model: float or quantized; emptied.
        card: its card.
        settings: the arithmetic, and the threads inside a run.
        tile: (y, x) pixels; a network of fixed size takes its own.

    Raises:
        EngineError: OpenVINO is not installed or can't run the network.
        ModelError: the network contradicts its card.
    """
    engine = OpenVinoEngine(model, card, settings)
    shape = (1, engine.interface.bands, *(engine.fixed_shape or tile))
    compiled = engine.profiled(shape)
    request = compiled.create_infer_request()
    times: dict[str, float] = {}
    try:
        for _ in range(RUNS):
            request.infer([np.zeros(shape, engine.input_format.dtype)])
            for fact in request.profiling_info:
                seconds = fact.real_time.total_seconds()
                times[fact.node_name] = min(seconds, times.get(fact.node_name, seconds))
    except RuntimeError as error:
        raise EngineError(f"OpenVINO failed on a tile of zeros: {error}") from error
    operators = compiled.get_runtime_model().get_ordered_ops()
    return RuntimeGraph(engine.name, tuple(_nodes(operators, times)), tuple(_outputs(operators)))


def _outputs(operators: list[Any]) -> Iterator[str]:
    for operator in operators:
        if _fact(operator, "layerType") == "Output":
            yield _tensor(operator.input_value(0)).name


def _nodes(operators: list[Any], times: Mapping[str, float]) -> Iterator[RuntimeNode]:
    """The nodes that depend on the image, in order."""
    made: set[str] = set()
    for operator in operators:
        sources = [_tensor(value) for value in operator.input_values()]
        outputs = tuple(_tensor(value) for value in operator.outputs())
        op = _fact(operator, "layerType")
        if op == "Input" or made.intersection(source.name for source in sources):
            made.update(tensor.name for tensor in outputs)
        if op in _ENDS or not made.intersection(tensor.name for tensor in outputs):
            continue
        reads = tuple(source for source in sources if source.name in made)
        weights = [source for source in sources if source.name not in made]
        macs = _macs(op, reads, outputs, weights)
        yield RuntimeNode(
            name=operator.get_friendly_name(),
            op=op,
            layers=tuple(_fact(operator, "originalLayersNames").split(",")),
            inputs=reads,
            outputs=outputs,
            macs=macs,
            integer=bool(macs) and _TYPES.get(_fact(operator, "runtimePrecision")) in INT8,
            groups=weights[0].shape[0] if weights and len(weights[0].shape) == 5 else 1,
            seconds=times.get(operator.get_friendly_name()),
        )


def _fact(operator: Any, name: str) -> str:
    """An entry of the node's runtime information."""
    fact = operator.get_rt_info()[name]
    return str(getattr(fact, "value", fact))


def _tensor(value: Any) -> Tensor:
    """One output of an operator; its name is the operator's and the output's number."""
    kind = value.get_element_type().get_type_name()
    name = f"{value.get_node().get_friendly_name()}:{value.get_index()}"
    return Tensor(name, tuple(value.get_shape()), _TYPES.get(kind, kind))


def _macs(op: str, reads: tuple[Tensor, ...], outputs: tuple[Tensor, ...], weights: list[Tensor]) -> int:
    """Multiply-accumulates; weights are (out, in, y, x) or (group, out, in, y, x), of Deconvolution (in, out, y, x)."""
    if op in _PRODUCTS:
        return outputs[0].elements * reads[0].shape[-1]
    if op not in ("Convolution", "Deconvolution") or not weights:
        return 0
    taps = prod(weights[0].shape[2:] if len(weights[0].shape) == 5 else weights[0].shape[1:])
    return (reads[0] if op == "Deconvolution" else outputs[0]).elements * taps
