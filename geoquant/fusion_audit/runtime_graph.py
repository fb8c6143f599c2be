"""The graph that an engine really runs, after its own rewriting: what computes in INT8, and where float is left."""

from __future__ import annotations

from pathlib import Path

from geoquant.engines.protocol import Kind
from geoquant.engines.registry import network_for
from geoquant.fusion_audit.islands import FloatIsland, float_islands
from geoquant.fusion_audit.nodes import RuntimeGraph, RuntimeNode, Tensor
from geoquant.model_card.card import ModelCard

__all__ = ["FloatIsland", "RuntimeGraph", "RuntimeNode", "Tensor", "float_islands", "runtime_graph"]


def runtime_graph(model: Path | bytes, card: ModelCard, kind: Kind, tile: tuple[int, int]) -> RuntimeGraph:
    """What ``kind`` makes of a model file, with the time of each node on one thread.

    Args:
        model: the ONNX file, float or QDQ, or its bytes.
        card: its card.
        kind: see ``engine.KINDS``.
        tile: (y, x) pixels; a network of fixed size takes its own.

    Raises:
        EngineError: the engine is not installed or can't run the network.
        ModelError: the file is not a network, or it contradicts its card.
    """
    proto = network_for(model, kind)
    if kind.startswith("ort"):
        from geoquant.fusion_audit.onnxruntime_graph import onnxruntime_graph

        return onnxruntime_graph(proto, card, tile)
    from geoquant.fusion_audit.openvino_graph import openvino_graph

    return openvino_graph(proto, card, kind, tile)
