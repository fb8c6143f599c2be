"""The page of what each layer costs: every layer is there, in order, and its bars are as long as its figures."""

from __future__ import annotations

import re

from geoquant.quantization.sensitivity import LayerSensitivity
from geoquant.quantization.sensitivity_report import FLOAT_COLOR, INT8_COLOR, sensitivity_page, shortened


def test_the_page_shows_every_layer_by_bars_and_figures():
    layers = [
        LayerSensitivity("/first/<Conv>", "Conv", 0.25, "water", 2.0, 0.4, kept_float=True),
        LayerSensitivity("x" * 90, "Mul", 0.0, "snow", 0.5, 0.1),
        LayerSensitivity("quiet", "Conv", 0.75, "snow", 0.0, 0.0),
    ]
    page = sensitivity_page(layers)
    assert "/first/&lt;Conv&gt;" in page
    assert "<Conv>" not in page
    assert "2.000 % water, 25.0 % of work" in page
    assert f"<td>{'x' * 90}</td>" in page
    bars = re.findall(r'width="([\d.]+)%" height="12" rx="2" fill="(#[0-9a-f]+)"', page)
    assert [color for _, color in bars] == [FLOAT_COLOR, INT8_COLOR, INT8_COLOR]
    widths = [float(width) for width, _ in bars]
    assert widths[0] > 3.9 * widths[1] > widths[2] == 0


def test_nothing_measured_is_an_empty_page():
    assert "What each layer costs" in sensitivity_page([])


def test_long_names_are_shown_by_their_ends():
    assert shortened("x" * 90) == "…" + "x" * 39
    assert shortened("short") == "short"
