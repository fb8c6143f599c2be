"""The layers' sensitivity as a page: a bar per layer, and all figures as a table."""

from __future__ import annotations

from collections.abc import Sequence

from geoquant._version import __version__
from geoquant.quantization.sensitivity import LayerSensitivity
from geoquant.reporting import html as report
from geoquant.reporting.charts import Line, Mark, PlotAxis, nice_ticks, plot
from geoquant.reporting.html import Column, Row
from geoquant.reporting.number_format import share

INT8_COLOR, FLOAT_COLOR = "#0b6b5e", "#c25400"


def sensitivity_page(layers: Sequence[LayerSensitivity]) -> str:
    """What each layer alone in INT8 changes: averaged over imaging conditions, and in its worst one.

    Args:
        layers: the most sensitive first.
    """
    lead = (
        "Share of pixels that change class when one layer alone is INT8 and all others are float, measured on "
        "calibration tiles."
    )
    parts = [
        report.legend([("INT8", INT8_COLOR), ("left in float", FLOAT_COLOR)]),
        _plot(layers),
        report.folded("All layers as a table", _table(layers)),
    ]
    return report.page("What each layer costs in INT8", lead, parts, f"geoquant {__version__}.")


def _plot(layers: Sequence[LayerSensitivity]) -> str:
    longest = max((layer.changed for layer in layers), default=0.0) or 1.0
    ticks = [(value, f"{value:g} %") for value in nice_ticks(0, longest)]
    name = "Pixels that change class: mean over imaging conditions, line to the worst one; left is better"
    return plot(PlotAxis(0, 1.02 * longest, ticks, name), [_line(layer) for layer in layers], wide=True)


def _line(layer: LayerSensitivity) -> Line:
    color = FLOAT_COLOR if layer.kept_float else INT8_COLOR
    worst = f"{layer.changed:.3f} % {layer.stratum}"
    work = f"{share(layer.macs_share, 1)} of work"
    title = f"{layer.name}: {layer.changed_mean:.3f} % on average, {worst}, {work}"
    mark = Mark(layer.changed_mean, layer.changed_mean, layer.changed, color, title, bar=True)
    return Line(shortened(layer.name), [mark], f"{worst}, {work}")


def _table(layers: Sequence[LayerSensitivity]) -> str:
    columns = [
        *(Column(name, number=False) for name in ("Layer", "Operator")),
        *map(Column, ("Share of work", "Changed, mean", "Changed, worst")),
        *(Column(name, number=False) for name in ("Worst condition", "Runs in")),
    ]
    rows = [
        Row(
            (
                *(layer.name, layer.op_type, share(layer.macs_share, 1)),
                *(f"{layer.changed_mean:.3f} %", f"{layer.changed:.3f} %", layer.stratum),
                "float" if layer.kept_float else "INT8",
            )
        )
        for layer in layers
    ]
    return report.table(columns, rows)


def shortened(name: str, longest: int = 40) -> str:
    """A node's name as exporters make it, by its end, which tells more than its beginning."""
    return name if len(name) <= longest else "…" + name[1 - longest :]
