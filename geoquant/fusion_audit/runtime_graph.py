"""The graph that an engine really runs, after its own rewriting: what computes in INT8, and where float is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import onnx

from geoquant.engines.protocol import EngineSettings, Kind
from geoquant.engines.registry import ONNXRUNTIME, OPENVINO, engine_of, kinds_of, network_for, settings_for
from geoquant.errors import EngineError
from geoquant.fusion_audit.islands import FloatIsland, float_islands
from geoquant.fusion_audit.nodes import RuntimeGraph, RuntimeNode, Tensor
from geoquant.model_card.card import ModelCard

__all__ = ["FloatIsland", "RuntimeGraph", "RuntimeNode", "Tensor", "audited_engines", "float_islands", "runtime_graph"]

GraphReader: TypeAlias = Callable[[onnx.ModelProto, ModelCard, EngineSettings, tuple[int, int]], RuntimeGraph]
"""Compiles a network as an engine does, for tiles of (y, x) pixels, and reads the graph that came out."""


def _onnxruntime() -> GraphReader:
    from geoquant.fusion_audit.onnxruntime_graph import onnxruntime_graph

    return onnxruntime_graph


def _openvino() -> GraphReader:
    from geoquant.fusion_audit.openvino_graph import openvino_graph

    return openvino_graph


GRAPH_READERS: Mapping[str, Callable[[], GraphReader]] = {ONNXRUNTIME.id: _onnxruntime, OPENVINO.id: _openvino}
"""Engine id -> what imports and gives its reader. An engine that does not tell what it runs has none, and no audit."""


def audited_engines() -> tuple[Kind, ...]:
    """The ids of the engines that tell what they run."""
    return tuple(kind for kind in kinds_of("file") if kind in GRAPH_READERS)


def runtime_graph(model: Path | bytes, card: ModelCard, kind: Kind, tile: tuple[int, int]) -> RuntimeGraph:
    """The graph that ``kind`` makes of a model file, with the time of each node on one thread.

    Args:
        model: the ONNX file, float or QDQ, or its bytes.
        card: its card.
        kind: as ``load_engine`` names it.
        tile: (y, x) pixels; a network of fixed size takes its own.

    Raises:
        EngineError: the engine is not installed, can't run the network, or does not tell what it runs.
        ModelError: the file is not a network, or it contradicts its card.
    """
    network = network_for(model, kind)
    engine = engine_of(kind)
    load_reader = GRAPH_READERS.get(engine.id)
    if load_reader is None:
        raise EngineError(f"{engine.name} does not tell what it runs.")
    return load_reader()(network, card, settings_for(kind), tile)
