"""Evaluation: the result's dataclass."""

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
    """What was found; every field is plain data.

    Attributes:
        float_model: file.
        int8_model: file.
        report: the HTML file, None where none was asked for.
        scenes: names of the scenes.
        classes: names of the classes.
        labels: whether there were true classes to judge by.
        tile_px: side of the tiles.
        seed: of tiles and intervals.
        replicates: of the bootstrap.
        gate: the verdict.
        scores: engine -> all pixels, then each condition that occurs.
        tiles: the tiles, each with its agreement per engine.
        layers: SQNR and clip rate of every layer that both networks have, in onnxruntime.
        audit: what each engine really runs in INT8.
        performance: latency, throughput and memory.
        float_bytes: size of the float file.
        int8_bytes: size of the INT8 file.
        machine: CPU, instruction sets and package versions.
        notes: what a person should know.
        seconds: wall time.
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
