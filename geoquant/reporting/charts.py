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
    """What runs from left to right: the value at both ends, ticks with their words, and the name with its unit."""

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


def plot(axis: PlotAxis, lines: Sequence[Line], limit: float | None = None, zero: bool = False) -> str:
    """Lines below each other over one axis; ``limit``, and on wish zero, are drawn through all of them."""
    through = "" if limit is None else _upright(axis.percent(limit), "limit")
    through += _upright(axis.percent(0), "zero") if zero else ""
    rows = "".join(_line(axis, line, through) for line in lines)
    ticks = "".join(_tick(axis.percent(value), text) for value, text in axis.ticks)
    scale = f'<div class="bars-row axis"><span></span><svg height="18">{ticks}</svg><span></span></div>'
    name = escape(axis.name)
    return f'<figure class="bars" role="group" aria-label="{name}">{rows}{scale}<p>{name}</p></figure>'


def _tick(percent: float, text: str) -> str:
    return f'<text x="{percent:.2f}%" y="13" text-anchor="{_anchor(percent)}">{escape(text)}</text>'


def _anchor(percent: float) -> str:
    return "start" if percent < 4 else "end" if percent > 96 else "middle"


def _line(axis: PlotAxis, line: Line, through: str) -> str:
    height = 2 * PAD_PX + STEP_PX * (max(len(line.marks), 1) - 1)
    grid = "".join(_upright(axis.percent(value), "grid") for value, _ in axis.ticks)
    marks = "".join(_mark(axis, mark, PAD_PX + STEP_PX * i) for i, mark in enumerate(line.marks))
    told = "; ".join(mark.title for mark in line.marks)
    return (
        f'<div class="bars-row {escape(line.tone)}"><span>{escape(line.name)}</span>'
        f'<svg height="{height}" role="img" aria-label="{escape(told)}">{grid}{through}{marks}</svg>'
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
    left, top, floor = LABELS_PERCENT + pitch * (position + 0.1), _up(axis, bar.value), _up(axis, axis.low)
    place = f'x="{left:.2f}%" y="{top:.1f}" width="{0.8 * pitch:.2f}%" height="{max(floor - top, 1):.1f}"'
    return f'<g><title>{escape(bar.title)}</title><rect {place} rx="1.5" fill="{escape(bar.color)}"/></g>'


def nice_ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) inside low .. high, about ``wanted`` of them."""
    if not high > low:
        return [low]
    raw = (high - low) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
