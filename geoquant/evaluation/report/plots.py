"""The plots of an evaluation's report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from geoquant.engines.protocol import Kind
from geoquant.engines.registry import engine_of, kinds_of
from geoquant.evaluation.performance import Performance
from geoquant.metrics.bootstrap import Estimate
from geoquant.metrics.group_scores import GroupScores
from geoquant.reporting.charts import Line, Mark, PlotAxis, nice_ticks, plot
from geoquant.reporting.number_format import share, signed

ENGINE_COLORS = ("#0b6b5e", "#3b6fb6", "#b0722a", "#7d5ba6")
"""Colours of the engines in the order of their registry, over again where there are more."""
MODEL_COLORS = {"float": "#a9b3bf", "INT8": "#0b6b5e"}
Scores = Mapping[str, tuple[GroupScores, ...]]


def engine_color(kind: Kind) -> str:
    """The colour of an engine in every plot."""
    return ENGINE_COLORS[kinds_of("file").index(engine_of(kind).id) % len(ENGINE_COLORS)]


def agreement_plot(scores: Scores, allowed_change: float) -> str:
    """Share of pixels with the float model's class, per condition and engine, with the gate."""
    groups = [group for each in scores.values() for group in each if group.enough]
    lowest = min((_low(group.agreement) for group in groups), default=0.99)
    gate, low = 1 - allowed_change / 100, max(0.0, lowest - 0.15 * (1 - lowest) - 1e-4)
    near = gate > 1 - 2.5 * (1 - low)
    low = min(low, gate - 0.05 * (1 - gate)) if near else low
    where = "the dashed line is the gate" if near else f"the gate, {100 * gate:g} %, lies far to the left"
    ticks = [(value, f"{100 * value:g} %") for value in nice_ticks(low, 1.0)]
    axis = PlotAxis(low, 1.0, ticks, f"Pixels with the same class as float; {where}")
    return plot(axis, _lines(scores, lambda group: group.agreement, share), gate if near else None)


def change_plot(scores: Scores, allowed_miou: float, truth: str) -> str:
    """Change of mean IoU, per condition and engine: left of zero is a loss."""
    ends = [
        -value
        for each in scores.values()
        for group in each
        if group.enough
        for value in (group.miou_lost.low, group.miou_lost.high, 0.0, allowed_miou)
        if not math.isnan(value)
    ]
    low, high = min(ends, default=-1.0), max(ends, default=1.0)
    margin = 0.05 * (high - low) or 0.1
    ticks = [(value, signed(value, 1) if value else "0") for value in nice_ticks(low - margin, high + margin)]
    axis = PlotAxis(
        low - margin, high + margin, ticks, f"Change of mean IoU against {truth}, points; the dashed line is the gate"
    )
    return plot(axis, _lines(scores, lambda group: _negative(group.miou_lost), signed), -allowed_miou, zero=True)


def _low(figure: Estimate) -> float:
    return figure.value if math.isnan(figure.low) else figure.low


def _negative(figure: Estimate) -> Estimate:
    return Estimate(-figure.value, -figure.high, -figure.low)


def _lines(scores: Scores, figure, words) -> list[Line]:  # type: ignore[no-untyped-def]
    """One line per condition with a mark per engine."""
    kinds = list(scores)
    lines = []
    for rows in zip(*scores.values(), strict=True):
        marks = [_interval(figure(group), kind, words) for kind, group in zip(kinds, rows, strict=True)]
        worst = min(figure(group).value for group in rows)
        name = "all pixels" if rows[0].name == "all" else rows[0].name
        lines.append(Line(name, marks, "–" if math.isnan(worst) else words(worst), "" if rows[0].enough else "faint"))
    return lines


def _interval(figure: Estimate, kind: str, words) -> Mark:  # type: ignore[no-untyped-def]
    title = f"{engine_of(kind).name}: {words(figure.value)}, 95 % from {words(figure.low)} to {words(figure.high)}"
    return Mark(figure.value, figure.low, figure.high, engine_color(kind), title)


def machine_plots(performance: Sequence[Performance]) -> list[str]:
    """Latency, throughput and memory as bars; what was not measured is left out."""
    plots = [
        _bars(
            performance,
            "p50_ms",
            "ms",
            "Milliseconds for one tile: median, line to the 95th percentile; left is better",
        )
    ]
    if all(one.mpx_per_s is not None for one in performance):
        plots.append(
            _bars(performance, "mpx_per_s", "Mpx/s", "Million pixels per second on all cores; right is better")
        )
    if all(one.peak_mb is not None for one in performance):
        plots.append(_bars(performance, "peak_mb", "MB", "Peak memory of a process of its own, MB; left is better"))
    return plots


def _bars(performance: Sequence[Performance], field: str, unit: str, name: str) -> str:
    late = field == "p50_ms"
    top = max(one.p95_ms if late else getattr(one, field) for one in performance)
    axis = PlotAxis(0, 1.02 * top, [(value, f"{value:g}") for value in nice_ticks(0, top)], name)
    lines = []
    for one in performance:
        value = getattr(one, field)
        words = (
            f"{value:.1f} {unit}"
            if unit == "ms"
            else f"{value:.2f} {unit}"
            if unit == "Mpx/s"
            else f"{value:.0f} {unit}"
        )
        ends = (one.p50_ms, one.p95_ms) if late else (math.nan, math.nan)
        mark = Mark(
            value, *ends, MODEL_COLORS[one.label], f"{one.label} in {engine_of(one.kind).name}: {words}", bar=True
        )
        lines.append(Line(f"{one.label}, {engine_of(one.kind).name}", [mark], words))
    return plot(axis, lines)
