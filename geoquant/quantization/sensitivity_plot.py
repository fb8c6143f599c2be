"""The layers' sensitivity as a bar chart: SVG of our own, readable alone and inside a report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from geoquant.quantization.sensitivity import LayerSensitivity

_ROW_PX, _NAME_PX, _BAR_PX, _WIDTH_PX, _HEAD_PX = 18, 260, 360, 800, 46
_INT8, _FLOAT = "#3b6ea5", "#c8553d"


def sensitivity_svg(layers: Sequence[LayerSensitivity]) -> str:
    """One bar per layer: what it alone in INT8 changes in its worst stratum, and the mean over strata as a tick.

    Args:
        layers: the most sensitive first.
    """
    longest = max((layer.changed for layer in layers), default=0.0) or 1.0
    rows = "".join(_row(i, layer, _BAR_PX / longest) for i, layer in enumerate(layers))
    height = _HEAD_PX + _ROW_PX * len(layers) + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH_PX} {height}" width="{_WIDTH_PX}" '
        f'height="{height}" font-family="sans-serif" font-size="11">'
        f'<rect width="{_WIDTH_PX}" height="{height}" fill="#ffffff"/>'
        '<text x="8" y="16" font-size="13">Pixels that change class when one layer alone is INT8</text>'
        '<text x="8" y="34" fill="#666666">bar: worst stratum, in percent; tick: mean over strata; '
        f'<tspan fill="{_INT8}">INT8</tspan>, <tspan fill="{_FLOAT}">left in float</tspan></text>{rows}</svg>\n'
    )


def _row(position: int, layer: LayerSensitivity, px_per_point: float) -> str:
    top = _HEAD_PX + position * _ROW_PX
    width, tick = layer.changed * px_per_point, _NAME_PX + layer.changed_mean * px_per_point
    color = _FLOAT if layer.kept_float else _INT8
    said = f"{layer.changed:.3f} {layer.stratum}, {layer.macs_share:.1%} of the work"
    return (
        f'<text x="{_NAME_PX - 8}" y="{top + 12}" text-anchor="end">{escape(shortened(layer.name))}</text>'
        f'<rect x="{_NAME_PX}" y="{top + 2}" width="{width:.1f}" height="{_ROW_PX - 6}" fill="{color}"/>'
        f'<line x1="{tick:.1f}" x2="{tick:.1f}" y1="{top + 1}" y2="{top + _ROW_PX - 3}" stroke="#000000"/>'
        f'<text x="{_NAME_PX + width + 6:.1f}" y="{top + 12}" fill="#444444">{escape(said)}</text>'
    )


def shortened(name: str, longest: int = 40) -> str:
    """A node's name as exporters make it, by its end, which tells more than its beginning."""
    return name if len(name) <= longest else "…" + name[1 - longest :]
