"""The fusion audit: how much of a network each engine really runs in INT8, what is left in float, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoquant.engines.protocol import Kind
from geoquant.errors import EngineError, ModelError
from geoquant.fusion_audit.islands import FloatIsland, float_islands
from geoquant.fusion_audit.nodes import RuntimeGraph
from geoquant.fusion_audit.remedies import FileLayers, advice
from geoquant.fusion_audit.runtime_graph import audited_engines, runtime_graph
from geoquant.grid import align_up
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.onnx_graph.loading import load_model

TILE_PX = 256


@dataclass(frozen=True)
class Island:
    """A connected part of a network that an engine runs in float, and what it costs.

    Attributes:
        layers: The names of the file's nodes in it, in order, as far as the engine tells.
        ops: The operators that the engine runs, in order, each once.
        macs_share: The share of the network's multiply-accumulates, 0..1.
        time_share: The share of the network's time on one thread, 0..1; None where the engine does not tell.
        float_elements: The number of float values written for one tile.
        bytes: The bytes of activations read and written for one tile.
        cause: Why it is float.
        remedy: Advice on what to do about it; "" where nothing is wrong.
    """

    layers: tuple[str, ...]
    ops: tuple[str, ...]
    macs_share: float
    time_share: float | None
    float_elements: int
    bytes: int
    cause: str
    remedy: str


@dataclass(frozen=True)
class EngineAudit:
    """The audit of one engine's graph.

    Attributes:
        kind: The engine and what it runs, as ``load_engine`` names it.
        engine: The engine's name and version.
        int8_share: The share of the multiply-accumulates that run in INT8, 0..1.
        macs: The multiply-accumulates of one tile.
        seconds: The time of one tile on one thread, the sum over its nodes.
        islands: The float islands, the costliest first; empty for a float file, which is one island.
        problem: Why this engine does not run the file; "" when it does.
    """

    kind: str
    engine: str
    int8_share: float
    macs: int
    seconds: float
    islands: tuple[Island, ...]
    problem: str = ""

    @property
    def float_time_share(self) -> float:
        """The share of the time that the islands take, 0..1."""
        return sum(island.time_share or 0.0 for island in self.islands)


@dataclass(frozen=True)
class Audit:
    """The audit of a model file in each engine.

    Attributes:
        model: The model's file.
        quantized: Whether the file carries integer arithmetic.
        tile_px: The side of the tile that was looked at; a network of fixed size took its own.
        engines: One entry per engine that was audited.
    """

    model: str
    quantized: bool
    tile_px: int
    engines: tuple[EngineAudit, ...]

    @property
    def int8_share(self) -> Mapping[str, float]:
        """Engine -> share of the multiply-accumulates in INT8, of the engines that run the file."""
        return {one.kind: one.int8_share for one in self.engines if not one.problem}

    def to_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def audit_fusion(
    model: str | Path, card: ModelCard, kinds: tuple[Kind, ...] | None = None, *, tile_px: int = TILE_PX
) -> Audit:
    """Look at the graph that each engine really runs, after its own rewriting: not at what the file promises.

    onnxruntime's is its optimized model, OpenVINO's its runtime model; both are run on one tile with their profiler on.

    Args:
        model: ONNX file, float or INT8.
        card: its card.
        kinds: engines, as ``load_engine`` names them; None for all that tell what they run.
        tile_px: side of the tile, rounded up to the network's stride.

    Raises:
        ModelError: the file is not a network. That an engine can't run it is a finding, not an error.
    """
    path, requested = Path(model), audited_engines() if kinds is None else kinds
    proto = load_model(path)
    stride = card.tiling.stride_px
    side = align_up(tile_px, stride)
    file = FileLayers.of(proto)
    return Audit(
        model=str(path),
        quantized=is_quantized(proto),
        tile_px=side,
        engines=tuple(_engine(path, card, kind, side, file) for kind in requested),
    )


def _engine(path: Path, card: ModelCard, kind: Kind, side: int, file: FileLayers) -> EngineAudit:
    try:
        graph = runtime_graph(path, card, kind, (side, side))
    except (EngineError, ModelError) as error:
        return EngineAudit(kind, kind, 0.0, 0, 0.0, (), str(error))
    found = float_islands(graph) if graph.int8_share or file.quantized else ()
    islands = sorted((_island(one, graph, file) for one in found), key=_cost, reverse=True)
    return EngineAudit(kind, graph.engine, graph.int8_share, graph.macs, graph.seconds, tuple(islands))


def _cost(island: Island) -> tuple[float, float, int]:
    return island.time_share or 0.0, island.macs_share, island.bytes


def _island(found: FloatIsland, graph: RuntimeGraph, file: FileLayers) -> Island:
    cause, remedy = advice(found, file)
    seconds = found.seconds
    layers = dict.fromkeys(name for node in found.nodes for name in file.known(node.layers))
    return Island(
        layers=tuple(layers),
        ops=tuple(dict.fromkeys(node.op for node in found.nodes)),
        macs_share=found.macs / graph.macs if graph.macs else 0.0,
        time_share=seconds / graph.seconds if seconds is not None and graph.seconds else None,
        float_elements=found.float_elements,
        bytes=found.bytes,
        cause=cause,
        remedy=remedy,
    )
