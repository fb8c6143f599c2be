"""The result of a quantization, the gate, and the warnings a person should read."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.engines.registry import REFERENCE
from geoquant.errors import AccuracyDrop, GeoquantWarning
from geoquant.evaluation.gate_verdict import GateVerdict
from geoquant.evaluation.performance import Speed, int8_is_slower
from geoquant.fusion_audit.audit import Audit
from geoquant.metrics.confusion import together
from geoquant.metrics.gate import Gate, Judged, allowances_used
from geoquant.quantization.judged_rows import ClassRow, StratumRow
from geoquant.quantization.sensitivity import LayerSensitivity


@dataclass(frozen=True)
class QuantizeSummary:
    """What ``quantize`` did and what it measured; every field is plain data.

    Attributes:
        out: The file of the INT8 model.
        tile_px: The side of the tiles.
        verdict: How many of the conditions that occur are proved, which, and what the worst one loses.
        calibration_tiles: The number of tiles that calibrated.
        held_out_tiles: The number of tiles that judged.
        folded: Whether band ranges moved into the first convolution.
        strata: One row per stratum that occurs.
        classes: One row per class.
        agreement: The agreement over all held-out pixels, by engine.
        agreement_interval: The lower and upper end of the 95 % interval of each.
        miou_lost: The points of mean IoU lost over all held-out pixels, by engine.
        miou_interval: The lower and upper end of the 95 % interval of each.
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
        speed: One entry per model and engine; empty with ``fast``.
        notes: What a person should know.
        seconds: The wall time.
        calibration: The calibration tiles, as in the card.
        held_out: The held-out tiles, alike; those of ``calibration`` where each was judged by a network without it.
        audit: What each engine really runs in INT8, and what it leaves in float; None with ``fast``.
        rewrites: The exact changes of the float network, made so that more of it runs in INT8.
    """

    out: str
    tile_px: int
    verdict: GateVerdict
    calibration_tiles: int
    held_out_tiles: int
    folded: bool
    strata: tuple[StratumRow, ...]
    classes: tuple[ClassRow, ...]
    agreement: Mapping[str, float]
    agreement_interval: Mapping[str, tuple[float, float]]
    miou_lost: Mapping[str, float]
    miou_interval: Mapping[str, tuple[float, float]]
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
    audit: Audit | None
    rewrites: tuple[str, ...]

    @property
    def reference_speed(self) -> Speed:
        """The speed of the float model in onnxruntime, which the other speeds are multiples of."""
        return next(one for one in self.speed if (one.label, one.kind) == ("float", REFERENCE.id))


def worst_agreement(judged: Judged) -> dict[str, float]:
    """Judged stratum -> its agreement in the worse engine."""
    totals = [together(tiles) for tiles in judged.values()]
    return {s.label: min(total.scores(s).agreement for total in totals) for s in allowances_used(judged, Gate())}


def worst_miou_lost(judged: Judged) -> dict[str, float]:
    """Judged stratum -> points of mean IoU that it loses in the worse engine; without those that have no class."""
    totals = [together(tiles) for tiles in judged.values()]
    lost = {s.label: max(total.scores(s).miou_lost for total in totals) for s in allowances_used(judged, Gate())}
    return {stratum: points for stratum, points in lost.items() if not math.isnan(points)}


@dataclass(frozen=True)
class Refusal:
    """What a person should know of a model that the gate refuses.

    Attributes:
        kept_float: The layers that are in float already.
        kept_as: Where the model will lie nevertheless, or None.
        causes: What may be behind it beside INT8 itself, one phrase each.
    """

    kept_float: Sequence[str] = ()
    kept_as: Path | None = None
    causes: Sequence[str] = ()

    @property
    def where(self) -> str:
        """Where the model is."""
        return "Nothing was written." if self.kept_as is None else f"The refused model is kept as {self.kept_as}."


def check_gate(verdict: GateVerdict, judged: Judged, refusal: Refusal = Refusal()) -> None:
    """Raise an error where a result does not hold the gate.

    Args:
        verdict: on it.
        judged: per engine.
        refusal: what else the message says.

    Raises:
        AccuracyDrop: a stratum loses more than it may, fails without being judged, or none can be judged.
    """
    if verdict.passed:
        return
    parts = [verdict.words]
    if refusal.kept_float:
        parts.append(f"{len(refusal.kept_float)} layers are in float already.")
    parts.append(refusal.where)
    if verdict.stratum:
        parts.append(f"{_table(judged)}.")
    if refusal.causes:
        parts.append(f"What may be behind it: {'; '.join(refusal.causes)}.")
    parts.append("Calibrate on scenes that hold more of these conditions, raise --tiles, or accept with --max-drop.")
    raise AccuracyDrop(" ".join(parts))


def _table(judged: Judged) -> str:
    agreement, lost = worst_agreement(judged), worst_miou_lost(judged)
    cells = [f"{name} {100 * share:.2f} % and {lost.get(name, math.nan):.2f}" for name, share in agreement.items()]
    return "Agreement by stratum, and points of mean IoU lost: " + ", ".join(cells)


def warn_where_int8_loses(summary: QuantizeSummary) -> None:
    """Warn where INT8 is slower or larger than float; the speed was not measured with ``--fast``."""
    if int8_is_slower([(one.label, one.cpu) for one in summary.speed]):
        best = {label: min(s.cpu.median for s in summary.speed if s.label == label) for label in ("float", "INT8")}
        warnings.warn(
            f"INT8 is SLOWER than float on this machine: {best['INT8']:.2f} against {best['float']:.2f} CPU seconds "
            "for a million pixels, each in its best engine, and more than the rounds differ. Run the float model here; "
            "--engine auto does.",
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
