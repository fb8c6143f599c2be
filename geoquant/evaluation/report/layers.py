"""The part of a report that looks into the network: every layer's error."""

from __future__ import annotations

import math
from collections.abc import Sequence

from geoquant.evaluation.layer_probe import LayerError
from geoquant.reporting import html as report
from geoquant.reporting.charts import Bar, PlotAxis, columns, nice_ticks
from geoquant.reporting.html import Column, Row
from geoquant.reporting.number_format import NONE, share

INTEGER, FLOAT, CLIPPED = "#0b6b5e", "#a9b3bf", "#d98a00"
WEAKEST = 5


def layer_section(layers: Sequence[LayerError]) -> str:
    """SQNR and clip rate of every layer, as plots and, on demand, as a table; nothing without layers."""
    if not layers:
        return ""
    weak = sorted((layer for layer in layers if not math.isnan(layer.sqnr_db)), key=lambda layer: layer.sqnr_db)
    names = ", ".join(f"`{layer.name}` {_decibels(layer.sqnr_db)}" for layer in weak[:WEAKEST])
    text = (
        "What the INT8 network computes in each layer against the float network, the errors of the layers before it "
        f"included: 6 dB more is half the error. Weakest: {names}."
    )
    legend = report.legend([("computed on integers", INTEGER), ("left in float", FLOAT), ("values clipped", CLIPPED)])
    return report.section(
        "Layer by layer",
        report.paragraph(text),
        legend,
        _sqnr_plot(layers),
        _clip_plot(layers),
        report.folded("All layers", _table(layers)),
    )


def _sqnr_plot(layers: Sequence[LayerError]) -> str:
    known = [layer.sqnr_db for layer in layers if math.isfinite(layer.sqnr_db)]
    top, low = max(known, default=60.0), min(0.0, *known) if known else 0.0
    axis = PlotAxis(
        low, top, [(v, f"{v:g} dB") for v in nice_ticks(low, top)], "Signal to quantization noise, first layer left"
    )
    bars = [
        Bar(min(layer.sqnr_db, top), INTEGER if layer.integer else FLOAT, f"{layer.name}: {_decibels(layer.sqnr_db)}")
        for layer in layers
    ]
    return columns(axis, bars)


def _clip_plot(layers: Sequence[LayerError]) -> str:
    top = max(layer.clip_rate for layer in layers)
    if not top > 0:
        return report.paragraph("No layer's values lie beyond its INT8 range.")
    axis = PlotAxis(
        0,
        top,
        [(v, f"{100 * v:.2g} %") for v in nice_ticks(0, top, 3)],
        "Values beyond the INT8 range, first layer left",
    )
    return columns(
        axis, [Bar(layer.clip_rate, CLIPPED, f"{layer.name}: {share(layer.clip_rate, 4)}") for layer in layers]
    )


def _table(layers: Sequence[LayerError]) -> str:
    heads = [
        Column("Layer", False),
        Column("Operator", False),
        Column("Runs in", False),
        Column("SQNR"),
        Column("Clipped"),
    ]
    rows = [
        Row(
            (
                layer.name,
                layer.kind,
                "INT8" if layer.integer else "float",
                _decibels(layer.sqnr_db),
                share(layer.clip_rate, 4),
            )
        )
        for layer in layers
    ]
    return report.table(heads, rows)


def _decibels(value: float) -> str:
    return NONE if math.isnan(value) else "exact" if math.isinf(value) else f"{value:.1f} dB"
