"""What the judging found, as rows: per imaging condition and per class, every figure with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.metrics.bootstrap import Estimate, draw_tiles, estimate
from geoquant.metrics.confusion import Comparison, iou_of
from geoquant.metrics.evidence import MIN_TILE_PX
from geoquant.metrics.gate import Judged
from geoquant.metrics.group_scores import GroupScores, score_groups
from geoquant.model_card.card import ModelCard
from geoquant.strata.conditions import Stratum

REPLICATES = 1000
"""Times that tiles are drawn again for an interval."""


@dataclass(frozen=True)
class StratumRow:
    """One line of the result: how INT8 does in one imaging condition.

    Attributes:
        stratum: The name of the imaging condition.
        calibration_tiles: The number of tiles chosen for it.
        held_out_px: The number of pixels it was judged on.
        held_out_tiles: The number of judging tiles that hold more than a speck of it.
        agreement: The share of pixels with the float model's class, 0..1, by engine.
        agreement_interval: The lower and upper end of the 95 % interval of each.
        miou_lost: The points of mean IoU lost by engine, against labels where given, else against the float map.
        miou_interval: The lower and upper end of the 95 % interval of each.
        judged: Whether it has enough pixels on enough tiles to count for the gate, see ``metrics/evidence.py``.
    """

    stratum: str
    calibration_tiles: int
    held_out_px: int
    held_out_tiles: int
    agreement: Mapping[str, float]
    agreement_interval: Mapping[str, tuple[float, float]]
    miou_lost: Mapping[str, float]
    miou_interval: Mapping[str, tuple[float, float]]
    judged: bool


@dataclass(frozen=True)
class ClassRow:
    """One line of the result: how INT8 does on one class of the float model.

    Attributes:
        name: The name of the class.
        agreement: The share of the float model's pixels of this class that keep it, by engine.
        agreement_interval: The lower and upper end of the 95 % interval of each.
        iou: The IoU of the two maps, by engine.
        iou_interval: The lower and upper end of the 95 % interval of each.
    """

    name: str
    agreement: Mapping[str, float]
    agreement_interval: Mapping[str, tuple[float, float]]
    iou: Mapping[str, float]
    iou_interval: Mapping[str, tuple[float, float]]


def stratum_rows(calibration: Sequence[Stratum], judged: Judged, seed: int) -> tuple[StratumRow, ...]:
    """One row for all pixels, then one per stratum that was met or calibrated for.

    Args:
        calibration: what each calibration tile was chosen for.
        judged: per engine.
        seed: of the intervals.
    """
    scores = {engine: score_groups(tiles, (), REPLICATES, seed) for engine, tiles in judged.items()}
    tiles = next(iter(judged.values()))
    rows = [_row("all", len(calibration), len(tiles), {engine: groups[0] for engine, groups in scores.items()})]
    for stratum in Stratum:
        found = {engine: group for engine, groups in scores.items() for group in groups if group.name == stratum.label}
        held = sum(int(tile.maps[stratum].sum()) >= MIN_TILE_PX for tile in tiles)
        if len(found) == len(scores):
            rows.append(_row(stratum.label, calibration.count(stratum), held, found))
        elif stratum in calibration:
            rows.append(_unseen(stratum, calibration.count(stratum), tuple(scores)))
    return tuple(rows)


def _row(name: str, calibration: int, tiles: int, scores: Mapping[str, GroupScores]) -> StratumRow:
    return StratumRow(
        stratum=name,
        calibration_tiles=calibration,
        held_out_px=min(group.pixels for group in scores.values()),
        held_out_tiles=tiles,
        agreement={engine: group.agreement.value for engine, group in scores.items()},
        agreement_interval={engine: _ends(group.agreement) for engine, group in scores.items()},
        miou_lost={engine: group.miou_lost.value for engine, group in scores.items()},
        miou_interval={engine: _ends(group.miou_lost) for engine, group in scores.items()},
        judged=all(group.enough for group in scores.values()),
    )


def _unseen(stratum: Stratum, calibration: int, engines: Sequence[str]) -> StratumRow:
    """The row of a condition that no judging tile holds."""
    nothing, no_interval = dict.fromkeys(engines, np.nan), dict.fromkeys(engines, (np.nan, np.nan))
    return StratumRow(stratum.label, calibration, 0, 0, nothing, no_interval, nothing, no_interval, False)


def _ends(figure: Estimate) -> tuple[float, float]:
    return figure.low, figure.high


def class_rows(card: ModelCard, judged: Judged, seed: int) -> tuple[ClassRow, ...]:
    """One row per class of the card.

    Args:
        card: names the classes.
        judged: per engine.
        seed: of the intervals.
    """
    kept = {engine: _estimates(_kept_of, tiles, seed) for engine, tiles in judged.items()}
    iou = {engine: _estimates(iou_of, tiles, seed) for engine, tiles in judged.items()}
    return tuple(
        ClassRow(label.name, *_columns(kept, position), *_columns(iou, position))
        for position, label in enumerate(card.classes)
    )


def _estimates(statistic, tiles: Sequence[Comparison], seed: int) -> list[Estimate]:  # type: ignore[no-untyped-def]
    return estimate(statistic, draw_tiles(len(tiles), REPLICATES, seed), np.stack([t.maps.sum(axis=0) for t in tiles]))


def _kept_of(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each reference class's pixels that keep it: counts (..., class, class) -> (..., class)."""
    kept, total = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1)
    return np.asarray(np.divide(kept, total, out=np.full(total.shape, np.nan), where=total > 0))


def _columns(
    figures: Mapping[str, Sequence[Estimate]], position: int
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    values = {engine: column[position].value for engine, column in figures.items()}
    return values, {engine: _ends(column[position]) for engine, column in figures.items()}
