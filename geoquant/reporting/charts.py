"""Plots as inline SVG whose places are in percent: they fit a phone and a page, and their words stay readable.

Every function returns HTML; every text that enters is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class PlotAxis:
    """The axis of a plot: the value at both ends, ticks with their labels, and the name with its unit."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    name: str

    def percent(self, value: float) -> float:
        """Where a value lies, 0..100, at the end when it is beyond."""
        span = self.high - self.low
        return 100 * min(max((value - self.low) / span, 0.0), 1.0) if span > 0 else 50.0


@dataclass(frozen=True)
class Mark:
    """A value with its interval: a dot and a line, or a bar that starts at the axis' low end."""

    value: float
    low: float
    high: float
    color: str
    title: str
    bar: bool = False


@dataclass(frozen=True)
class Line:
    """One line of a plot: its name, its marks below each other, the words at its end, its tone ("" or "faint")."""

    name: str
    marks: Sequence[Mark]
    end: str
    tone: str = ""


STEP_PX = 15
PAD_PX = 9


def plot(
    axis: PlotAxis, lines: Sequence[Line], limit: float | None = None, zero: bool = False, wide: bool = False
) -> str:
    """Lines below each other over one axis.

    Args:
        axis: from left to right.
        lines: from the top.
        limit: a value to draw through all lines.
        zero: whether to draw zero through them too.
        wide: whether their names are long.
    """
    through = "" if limit is None else _upright(axis.percent(limit), "limit")
    through += _upright(axis.percent(0), "zero") if zero else ""
    rows = "".join(_line(axis, line, through) for line in lines)
    ticks = "".join(_tick(axis.percent(value), text) for value, text in axis.ticks)
    scale = f'<div class="bars-row axis"><span></span><svg height="18">{ticks}</svg><span></span></div>'
    name = escape(axis.name)
    kind = "bars wide" if wide else "bars"
    return f'<figure class="{kind}" role="group" aria-label="{name}">{rows}{scale}<p>{name}</p></figure>'


def _tick(percent: float, text: str) -> str:
    return f'<text x="{percent:.2f}%" y="13" text-anchor="{_anchor(percent)}">{escape(text)}</text>'


def _anchor(percent: float) -> str:
    return "start" if percent < 4 else "end" if percent > 96 else "middle"


def _line(axis: PlotAxis, line: Line, through: str) -> str:
    height = 2 * PAD_PX + STEP_PX * (max(len(line.marks), 1) - 1)
    grid = "".join(_upright(axis.percent(value), "grid") for value, _ in axis.ticks)
    marks = "".join(_mark(axis, mark, PAD_PX + STEP_PX * i) for i, mark in enumerate(line.marks))
    label = "; ".join(mark.title for mark in line.marks)
    return (
        f'<div class="bars-row {escape(line.tone)}"><span>{escape(line.name)}</span>'
        f'<svg height="{height}" role="img" aria-label="{escape(label)}">{grid}{through}{marks}</svg>'
        f"<span>{escape(line.end)}</span></div>"
    )


def _upright(percent: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{percent:.2f}%" x2="{percent:.2f}%" y1="0" y2="100%"/>'


def _mark(axis: PlotAxis, mark: Mark, y: int) -> str:
    if math.isnan(mark.value):
        return ""
    x, low, high = (axis.percent(value) for value in (mark.value, mark.low, mark.high))
    color = escape(mark.color)
    whisker = ""
    if not math.isnan(mark.low) and high > low:
        ink = "#1c2430" if mark.bar else color
        whisker = f'<line x1="{low:.2f}%" x2="{high:.2f}%" y1="{y}" y2="{y}" stroke="{ink}" stroke-width="2.5"/>'
    if mark.bar:
        body = f'<rect x="0" y="{y - 6}" width="{x:.2f}%" height="12" rx="2" fill="{color}"/>'
        return f"<g><title>{escape(mark.title)}</title>{body}{whisker}</g>"
    dot = f'<circle cx="{x:.2f}%" cy="{y}" r="5" fill="{color}" stroke="#fff" stroke-width="1.5"/>'
    return f"<g><title>{escape(mark.title)}</title>{whisker}{dot}</g>"


@dataclass(frozen=True)
class Bar:
    """An upright bar: its height, its colour and what hovering tells."""

    value: float
    color: str
    title: str


COLUMNS_PX = 170
LABELS_PERCENT = 6  # left of the bars, for the axis' words


def columns(axis: PlotAxis, bars: Sequence[Bar]) -> str:
    """Upright bars side by side, in their order; ``axis`` runs upwards."""
    shapes = "".join(_column(axis, bar, i, len(bars)) for i, bar in enumerate(bars))
    grid = "".join(_level(_up(axis, value), text) for value, text in axis.ticks)
    name = escape(axis.name)
    return (
        f'<figure class="bars columns"><svg height="{COLUMNS_PX + 18}" role="img" aria-label="{name}">'
        f"{shapes}{grid}</svg><p>{name}</p></figure>"
    )


def _up(axis: PlotAxis, value: float) -> float:
    return 16 + COLUMNS_PX * (1 - axis.percent(value) / 100)


def _level(y: float, text: str) -> str:
    line = f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
    return f'{line}<text x="0" y="{y - 4:.1f}">{escape(text)}</text>'


def _column(axis: PlotAxis, bar: Bar, position: int, count: int) -> str:
    if math.isnan(bar.value):
        return ""
    pitch = (100 - LABELS_PERCENT) / count
    left, top, bottom = LABELS_PERCENT + pitch * (position + 0.1), _up(axis, bar.value), _up(axis, axis.low)
    place = f'x="{left:.2f}%" y="{top:.1f}" width="{0.8 * pitch:.2f}%" height="{max(bottom - top, 1):.1f}"'
    return f'<g><title>{escape(bar.title)}</title><rect {place} rx="1.5" fill="{escape(bar.color)}"/></g>'


@dataclass(frozen=True)
class Limit:
    """A value that a histogram should reach: where it lies, whether it is reached, and what hovering tells."""

    value: float
    reached: bool
    title: str


@dataclass(frozen=True)
class Histogram:
    """Two distributions over one axis, to see whether the second covers the first.

    Attributes:
        name: The name of the quantity that is distributed.
        filled: The first distribution: its value per bin, from the axis' low to its high end in equal bins.
        outlined: The second distribution, in the same bins.
        limits: The positions of upright lines.
        verdict: Whether all is well, and this in words.
        note: The line under the plot.
    """

    name: str
    filled: Sequence[float]
    outlined: Sequence[float]
    limits: Sequence[Limit]
    verdict: tuple[bool, str]
    note: str


HISTOGRAM_PX = 150


def histogram(axis: PlotAxis, levels: PlotAxis, shown: Histogram) -> str:
    """Two histograms over each other: the first as a filled area, the second as a line; ``levels`` runs upwards."""
    good, words = shown.verdict
    name = escape(f"{shown.name}: {words}")
    tone = "reached" if good else "missed"
    head = f'<div><b>{escape(shown.name)}</b><span class="{tone}">{escape(words)}</span></div>'
    side = "".join(_side_label(levels, value, text) for value, text in levels.ticks)
    lines = "".join(_level_line(levels, value) for value, _ in levels.ticks)
    lines += "".join(_limit(axis, limit) for limit in shown.limits)
    ticks = "".join(_under(axis.percent(value), text) for value, text in axis.ticks)
    return (
        f'<figure class="bars histogram">{head}<div class="histogram-row"><svg height="{HISTOGRAM_PX}">{side}</svg>'
        f'<svg height="{HISTOGRAM_PX}" role="img" aria-label="{name}">{_areas(levels, shown)}{lines}{ticks}</svg></div>'
        f"<p>{escape(shown.note)}</p></figure>"
    )


def _areas(levels: PlotAxis, shown: Histogram) -> str:
    """Both distributions in a box of their own, as wide as there are bins and 100 high, stretched over the plot."""
    bins = max(len(shown.filled), 1)
    filled, outlined = (_steps(levels, values) for values in (shown.filled, shown.outlined))
    box = f'viewBox="0 0 {bins} 100" width="100%" height="100%" preserveAspectRatio="none"'
    return (
        f'<svg {box}><path class="filled" d="M0 100{filled}V100Z"/>'
        f'<path class="outlined" d="M0 100{outlined}V100" vector-effect="non-scaling-stroke"/></svg>'
    )


def _steps(levels: PlotAxis, values: Sequence[float]) -> str:
    """The upper edge of bars side by side as a path's commands, from the left end of the axis."""
    return "".join(f"V{100 - levels.percent(value):.1f}H{i}" for i, value in enumerate(values, 1))


def _side_label(levels: PlotAxis, value: float, text: str) -> str:
    y = HISTOGRAM_PX * (1 - levels.percent(value) / 100)
    return f'<text x="100%" y="{y + 4:.1f}" text-anchor="end">{escape(text)}</text>'


def _level_line(levels: PlotAxis, value: float) -> str:
    y = HISTOGRAM_PX * (1 - levels.percent(value) / 100)
    return f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'


def _limit(axis: PlotAxis, limit: Limit) -> str:
    tone, x = "reached" if limit.reached else "missed", axis.percent(limit.value)
    line = f'<line class="{tone}" x1="{x:.2f}%" x2="{x:.2f}%" y1="-5" y2="100%"/>'
    return f"<g><title>{escape(limit.title)}</title>{line}</g>"


def _under(percent: float, text: str) -> str:
    mark = f'<line class="tick" x1="{percent:.2f}%" x2="{percent:.2f}%" y1="100%" y2="{HISTOGRAM_PX + 4}"/>'
    return (
        f'{mark}<text x="{percent:.2f}%" y="{HISTOGRAM_PX + 17}" text-anchor="{_anchor(percent)}">{escape(text)}</text>'
    )


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) inside low .. high, about ``wanted`` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
