"""The result of an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from geoquant.evaluation.gate_verdict import GateVerdict
from geoquant.evaluation.layer_probe import LayerError
from geoquant.evaluation.performance import Performance
from geoquant.fusion_audit.audit import Audit
from geoquant.metrics.group_scores import GroupScores


@dataclass(frozen=True)
class Evaluation:
    """The result of an evaluation; every field is plain data.

    Attributes:
        float_model: The file of the float model.
        int8_model: The file of the INT8 model.
        report: The HTML file, None where none was requested.
        scenes: The names of the scenes.
        classes: The names of the classes.
        labels: Whether there were true classes to judge by.
        tile_px: The side of the tiles.
        seed: The seed of tiles and intervals.
        replicates: The number of bootstrap replicates.
        gate: The verdict of the gate.
        scores: Scores per engine: those of all pixels, then those of each condition that occurs.
        tiles: The tiles, each with its agreement per engine.
        layers: SQNR and clip rate of every layer that both networks have, in onnxruntime.
        audit: What each engine really runs in INT8.
        performance: Latency, throughput and memory of both models.
        float_bytes: The size of the float file.
        int8_bytes: The size of the INT8 file.
        machine: CPU, instruction sets and package versions.
        notes: What a person should know.
        seconds: The wall time.
    """

    float_model: str
    int8_model: str
    report: str | None
    scenes: tuple[str, ...]
    classes: tuple[str, ...]
    labels: bool
    tile_px: int
    seed: int
    replicates: int
    gate: GateVerdict
    scores: Mapping[str, tuple[GroupScores, ...]]
    tiles: tuple[Mapping[str, Any], ...]
    layers: tuple[LayerError, ...]
    audit: Audit
    performance: tuple[Performance, ...]
    float_bytes: int
    int8_bytes: int
    machine: Mapping[str, str]
    notes: tuple[str, ...]
    seconds: float
