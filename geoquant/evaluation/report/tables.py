"""The tables of an evaluation's report."""

from __future__ import annotations

import math
from collections.abc import Sequence

from geoquant.engines.registry import engine_of
from geoquant.evaluation.performance import Performance
from geoquant.metrics.bootstrap import Estimate
from geoquant.metrics.confusion import MIN_CLASS_PX
from geoquant.metrics.group_scores import ClassScores, GroupScores
from geoquant.reporting import html as report
from geoquant.reporting.html import Column, Row
from geoquant.reporting.number_format import NONE, count, points, share, signed


def condition_table(groups: Sequence[GroupScores]) -> str:
    """One row per condition, all pixels first."""
    names = ["Pixels", "Tiles", "Same class", "95 %", "mIoU change", "95 %"]
    labelled = groups[0].float_miou is not None
    names += ["mIoU, float", "95 %", "mIoU, INT8", "95 %"] if labelled else []
    columns = [Column("Condition", number=False), *map(Column, names)]
    return report.table(columns, [_condition(group, labelled) for group in groups])


def _condition(group: GroupScores, labelled: bool) -> Row:
    lost = group.miou_lost
    cells = [
        *(group.name, count(group.pixels), str(group.tiles)),
        *(share(group.agreement.value), between(group.agreement)),
        *(signed(-lost.value), between(Estimate(-lost.value, -lost.high, -lost.low), 1)),
    ]
    if labelled:
        for figure in (group.float_miou, group.int8_miou):
            cells += [_points(figure), between(figure)]
    tone = "strong" if group.name == "all" else "" if group.enough else "faint"
    return Row(tuple(cells), tone)


def _points(figure: Estimate | None) -> str:
    return NONE if figure is None else points(figure.value)


def class_table(group: GroupScores) -> str:
    """F1 of every class over all pixels."""
    labelled = group.float_miou is not None
    names = ["Pixels", "F1 with float as truth", "95 %"]
    names += ["F1, float", "95 %", "F1, INT8", "95 %"] if labelled else []
    columns = [Column("Class", number=False), *map(Column, names)]
    return report.table(columns, [_class(entry, labelled) for entry in group.classes])


def _class(entry: ClassScores, labelled: bool) -> Row:
    cells = [entry.name, count(entry.pixels), points(entry.f1.value), between(entry.f1)]
    if labelled:
        for figure in (entry.float_f1, entry.int8_f1):
            cells += [_points(figure), between(figure)]
    return Row(tuple(cells), "" if entry.pixels >= MIN_CLASS_PX else "faint")


def f1_matrix(groups: Sequence[GroupScores]) -> str:
    """F1 of INT8 per class and condition with its interval: against labels where there are any."""
    columns = [Column("Condition", number=False), *(Column(entry.name) for entry in groups[0].classes)]
    rows = [
        Row((group.name, *(_f1(entry) for entry in group.classes)), "strong" if group.name == "all" else "")
        for group in groups
    ]
    return report.table(columns, rows)


def _f1(entry: ClassScores) -> str:
    figure = entry.int8_f1 or entry.f1
    return points(figure.value) if entry.pixels < MIN_CLASS_PX else f"{points(figure.value)} ({between(figure)})"


def machine_table(performance: Sequence[Performance]) -> str:
    """One row per model and engine."""
    names = ("Tile", "Average", "Median", "95th percentile", "Throughput", "Peak memory")
    columns = [Column("Model", number=False), Column("Engine", number=False), *map(Column, names)]
    return report.table(columns, [_performance(one) for one in performance])


def _performance(one: Performance) -> Row:
    return Row(
        (
            *(one.label, engine_of(one.kind).name, f"{one.tile_px[0]} x {one.tile_px[1]} px"),
            *(f"{value:.1f} ms" for value in (one.mean_ms, one.p50_ms, one.p95_ms)),
            NONE if one.mpx_per_s is None else f"{one.mpx_per_s:.2f} Mpx/s",
            NONE if one.peak_mb is None else f"{one.peak_mb:.0f} MB",
        )
    )


def between(figure: Estimate | None, scale: float = 100, digits: int = 2) -> str:
    """The interval of an estimate: "99.61 to 99.84"."""
    if figure is None or math.isnan(figure.low):
        return NONE
    return f"{scale * figure.low:.{digits}f} to {scale * figure.high:.{digits}f}".replace("-", "\u2212")
