"""The plot of sensitivities shows every layer."""

from __future__ import annotations

from xml.etree import ElementTree

from geoquant.quantization.sensitivity import LayerSensitivity
from geoquant.quantization.sensitivity_plot import sensitivity_svg, shortened


def test_the_plot_is_svg_and_shows_every_layer():
    layers = [
        LayerSensitivity("/first/<Conv>", "Conv", 0.25, "water", 2.0, 0.4, kept_float=True),
        LayerSensitivity("x" * 90, "Mul", 0.0, "snow", 0.5, 0.1),
        LayerSensitivity("quiet", "Conv", 0.75, "snow", 0.0, 0.0),
    ]
    root = ElementTree.fromstring(sensitivity_svg(layers))
    texts = [element.text for element in root.iter() if element.text]
    assert "/first/<Conv>" in texts
    assert any("25.0% of the work" in text for text in texts)
    bars = [float(e.get("width")) for e in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert bars[0] == 4 * bars[1] > bars[2] == 0
    assert len(shortened("x" * 90)) == 40
    assert sensitivity_svg([]).startswith("<svg")
