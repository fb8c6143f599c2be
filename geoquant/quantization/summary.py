"""The result of a quantization: the table of strata and classes, the gate, and the notes a person should read."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.registry import REFERENCE
from geoquant.errors import AccuracyDrop, GeoquantWarning
from geoquant.evaluation.gate_verdict import gate_verdict
from geoquant.evaluation.performance import Speed
from geoquant.fusion_audit.audit import Audit
from geoquant.metrics.confusion import MIN_STRATUM_PX, Comparison
from geoquant.metrics.gate import Gate, allowances_used
from geoquant.model_card.card import ModelCard
from geoquant.quantization.sensitivity import LayerSensitivity
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.strata.conditions import Stratum

Judged = Mapping[str, Comparison]
"""Engine -> comparison of the INT8 model with the float model."""


@dataclass(frozen=True)
class StratumRow:
    """One line of the result: how INT8 does in one imaging condition.

    Attributes:
        stratum: The name of the imaging condition.
        calibration_tiles: The number of tiles chosen for it.
        held_out_px: The number of pixels it was judged on.
        agreement: The share of pixels with the float model's class, 0..1, by engine.
        miou_lost: The points of mean IoU lost by engine, against labels where given, else against the float map.
        judged: Whether it has enough pixels to count for the gate.
    """

    stratum: str
    calibration_tiles: int
    held_out_px: int
    agreement: Mapping[str, float]
    miou_lost: Mapping[str, float]
    judged: bool


@dataclass(frozen=True)
class ClassRow:
    """One line of the result: how INT8 does on one class of the float model.

    Attributes:
        name: The name of the class.
        agreement: The share of the float model's pixels of this class that keep it, by engine.
        iou: The IoU of the two maps, by engine.
    """

    name: str
    agreement: Mapping[str, float]
    iou: Mapping[str, float]


@dataclass(frozen=True)
class QuantizeSummary:
    """What ``quantize`` did and what it measured; every field is plain data.

    Attributes:
        out: The file of the INT8 model.
        tile_px: The side of the tiles.
        calibration_tiles: The number of tiles that calibrated.
        held_out_tiles: The number of tiles that judged.
        folded: Whether band ranges moved into the first convolution.
        strata: One row per stratum that occurs.
        classes: One row per class.
        agreement: The agreement over all held-out pixels, by engine.
        miou_lost: The points of mean IoU lost over all held-out pixels, by engine.
        float_miou: The mean IoU of the float model against labels, None without labels.
        worst_stratum: The name of the judged stratum with the lowest agreement.
        worst_agreement: The agreement of that stratum in the worse engine.
        worst_miou_stratum: The name of the judged stratum that loses most mean IoU, None where no class has enough
            pixels.
        worst_miou_lost: The points of mean IoU that it loses in the worse engine, None alike.
        int8_macs_share: The share of the multiply-accumulates whose layers are INT8 in the file, 0..1.
        kept_float: The layers that the fallback left in float.
        sensitivity: One row per layer, the most sensitive first; empty where it was not measured.
        steps: What was tried beyond folding, and what it brought on the calibration tiles.
        float_bytes: The size of the float file.
        int8_bytes: The size of the INT8 file.
        speed: One entry per model and engine.
        notes: What a person should know.
        seconds: The wall time.
        calibration: The calibration tiles, as in the card.
        held_out: The held-out tiles, alike.
        audit: What each engine really runs in INT8, and what it leaves in float.
        rewrites: The exact changes of the float network, made so that more of it runs in INT8.
    """

    out: str
    tile_px: int
    calibration_tiles: int
    held_out_tiles: int
    folded: bool
    strata: tuple[StratumRow, ...]
    classes: tuple[ClassRow, ...]
    agreement: Mapping[str, float]
    miou_lost: Mapping[str, float]
    float_miou: float | None
    worst_stratum: str
    worst_agreement: float
    worst_miou_stratum: str | None
    worst_miou_lost: float | None
    int8_macs_share: float
    kept_float: tuple[str, ...]
    sensitivity: tuple[LayerSensitivity, ...]
    steps: tuple[str, ...]
    float_bytes: int
    int8_bytes: int
    speed: tuple[Speed, ...]
    notes: tuple[str, ...]
    seconds: float
    calibration: tuple[Mapping[str, Any], ...]
    held_out: tuple[Mapping[str, Any], ...]
    audit: Audit
    rewrites: tuple[str, ...]

    @property
    def reference_speed(self) -> Speed:
        """The speed of the float model in onnxruntime, which the other speeds are multiples of."""
        return next(one for one in self.speed if (one.label, one.kind) == ("float", REFERENCE.id))


def worst_agreement(judged: Judged) -> dict[str, float]:
    """Judged stratum -> its agreement in the worse engine."""
    strata = allowances_used(list(judged.values()), Gate())
    return {s.label: min(comparison.scores(s).agreement for comparison in judged.values()) for s in strata}


def worst_miou_lost(judged: Judged) -> dict[str, float]:
    """Judged stratum -> points of mean IoU that it loses in the worse engine; without those that have no class."""
    lost = {
        stratum.label: max(comparison.scores(stratum).miou_lost for comparison in judged.values())
        for stratum in allowances_used(list(judged.values()), Gate())
    }
    return {stratum: points for stratum, points in lost.items() if not math.isnan(points)}


def check_gate(judged: Judged, gate: Gate, kept_float: Sequence[str] = (), refused: Path | None = None) -> None:
    """Raise an error where a result does not hold the gate.

    Args:
        judged: per engine.
        gate: what the worst judged stratum may lose in the worse engine.
        kept_float: layers that are in float already.
        refused: where the model will lie nevertheless.

    Raises:
        AccuracyDrop: it loses more, or no stratum has enough pixels to judge.
    """
    verdict = gate_verdict(judged, gate)
    if verdict.passed:
        return
    where = "Nothing was written." if refused is None else f"The refused model is kept as {refused}."
    if not verdict.stratum:
        raise AccuracyDrop(f"{verdict.words} {where}")
    tried = f" {len(kept_float)} layers are in float already." if kept_float else ""
    raise AccuracyDrop(
        f"{verdict.words}{tried} {where} {_table(judged)}. Calibrate on scenes that hold more of that "
        "condition, raise --tiles, or accept the loss with --max-drop."
    )


def _table(judged: Judged) -> str:
    agreement, lost = worst_agreement(judged), worst_miou_lost(judged)
    cells = [f"{name} {100 * share:.2f} % and {lost.get(name, math.nan):.2f}" for name, share in agreement.items()]
    return "Agreement by stratum, and points of mean IoU lost: " + ", ".join(cells)


def warn_where_int8_loses(summary: QuantizeSummary) -> None:
    """Warn where INT8 is slower or larger than float."""
    best = {label: max(s.mpx_per_s for s in summary.speed if s.label == label) for label in ("float", "INT8")}
    if best["INT8"] < best["float"]:
        warnings.warn(
            f"INT8 is SLOWER than float on this machine: {best['INT8']:.2f} against {best['float']:.2f} Mpx/s, each in "
            "its best engine. Run the float model here; --engine auto does.",
            GeoquantWarning,
            stacklevel=3,
        )
    if summary.int8_bytes >= summary.float_bytes:
        warnings.warn(
            f"The INT8 file is LARGER than the float file: {summary.int8_bytes:,} against {summary.float_bytes:,} "
            "bytes.",
            GeoquantWarning,
            stacklevel=3,
        )


def stratum_rows(tiles: TileChoice, judged: Judged) -> tuple[StratumRow, ...]:
    """One row per stratum that was met or calibrated for."""
    chosen = [choice.stratum for choice in tiles.calibration]
    rows = []
    for stratum in Stratum:
        scores = {kind: comparison.scores(stratum) for kind, comparison in judged.items()}
        pixels = min(score.pixels for score in scores.values())
        if stratum == Stratum.NO_DATA or not (pixels or stratum in chosen):
            continue
        agreement = {kind: score.agreement for kind, score in scores.items()}
        lost = {kind: score.miou_lost for kind, score in scores.items()}
        enough = pixels >= MIN_STRATUM_PX
        rows.append(StratumRow(stratum.label, chosen.count(stratum), pixels, agreement, lost, enough))
    return tuple(rows)


def class_rows(card: ModelCard, judged: Judged) -> tuple[ClassRow, ...]:
    """One row per class of the card."""
    agreement = {kind: comparison.class_agreement() for kind, comparison in judged.items()}
    iou = {kind: comparison.class_iou() for kind, comparison in judged.items()}
    return tuple(
        ClassRow(label.name, _column(agreement, position), _column(iou, position))
        for position, label in enumerate(card.classes)
    )


def _column(values: Mapping[str, NDArray[np.float64]], position: int) -> dict[str, float]:
    return {kind: float(column[position]) for kind, column in values.items()}
