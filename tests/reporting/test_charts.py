"""Plots put values where they belong, and let no text become markup."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.reporting.charts import (
    Bar,
    Histogram,
    Limit,
    Line,
    Mark,
    PlotAxis,
    columns,
    histogram,
    nice_ticks,
    plot,
)

HOSTILE = '<script>alert("x")</script>'
NUMBERS = st.floats(-1e6, 1e6)


def test_a_dot_lies_where_its_value_is():
    axis = PlotAxis(10, 20, [(10, "10"), (20, "20")], "metres")
    html = plot(axis, [Line("a", [Mark(15, 12.5, 30, "#123456", "fifteen")], "15 m")], limit=20)
    assert 'cx="50.00%"' in html
    assert 'x1="25.00%" x2="100.00%"' in html  # the interval ends with the axis
    assert 'class="limit" x1="100.00%"' in html


def test_a_bar_is_as_long_as_its_value():
    html = plot(PlotAxis(0, 8, [], "ms"), [Line("a", [Mark(2, 2, 4, "#000000", "", bar=True)], "")])
    assert 'width="25.00%"' in html
    low, high = (
        float(re.findall(r'height="([\d.]+)" rx', columns(PlotAxis(0, 40, [], "dB"), [Bar(value, "#0", "")]))[0])
        for value in (10, 40)
    )
    assert high == pytest.approx(4 * low)


def test_a_histogram_draws_both_distributions_and_its_limits_to_scale():
    axis, levels = PlotAxis(0, 4, [(2, "2")], "metres"), PlotAxis(-2, 0, [(-1, "10 %")], "share")
    limits = (Limit(1, True, "low"), Limit(3, False, "high"))
    shown = Histogram("B02", [-1, 0, -2, -math.inf], [-2, -0.5, -9, -2], limits, (False, "high is missed"), "a note")
    html = histogram(axis, levels, shown)
    assert 'd="M0 100V50.0H1V0.0H2V100.0H3V100.0H4V100Z"' in html
    assert 'd="M0 100V100.0H1V25.0H2V100.0H3V100.0H4V100"' in html
    assert 'class="reached" x1="25.00%"' in html
    assert 'class="missed" x1="75.00%"' in html
    assert '<span class="missed">high is missed</span>' in html
    assert "<p>a note</p>" in html


def test_a_wide_plot_says_so_to_its_style():
    assert '<figure class="bars wide"' in plot(PlotAxis(0, 1, [], ""), [], wide=True)


def test_nothing_is_drawn_for_what_was_not_measured():
    nan = float("nan")
    assert "circle" not in plot(PlotAxis(0, 1, [], ""), [Line("a", [Mark(nan, nan, nan, "#000000", "")], "")])
    assert "<rect" not in columns(PlotAxis(0, 1, [], ""), [Bar(nan, "#000000", "")])


def test_no_text_becomes_markup():
    mark = Mark(0.5, 0.4, 0.6, HOSTILE, HOSTILE)
    axis = PlotAxis(0, 1, [(0.5, HOSTILE)], HOSTILE)
    shown = Histogram(HOSTILE, [0], [0], [Limit(0, True, HOSTILE)], (True, HOSTILE), HOSTILE)
    for html in (
        plot(axis, [Line(HOSTILE, [mark], HOSTILE, HOSTILE)]),
        columns(axis, [Bar(1, HOSTILE, HOSTILE)]),
        histogram(axis, axis, shown),
    ):
        assert "<script" not in html


@given(NUMBERS, st.floats(1e-3, 1e6))
def test_ticks_lie_inside_and_are_few(low, span):
    ticks = nice_ticks(low, low + span)
    assert 1 <= len(ticks) <= 12
    assert all(low - 1e-6 * span - 1e-3 <= tick <= low + span + 1e-6 * span + 1e-3 for tick in ticks)


def test_ticks_by_hand():
    assert nice_ticks(0, 100) == [0, 50, 100]
    assert nice_ticks(0.981, 1.0) == pytest.approx([0.985, 0.99, 0.995, 1.0])
    assert nice_ticks(3, 3) == [3]
