"""The part of a page that shows what the calibration tiles cover: a histogram and a row of figures per band."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geoquant.reporting import html as report
from geoquant.reporting.charts import Histogram, Limit, PlotAxis, histogram, nice_ticks
from geoquant.reporting.html import Column, Row
from geoquant.sampling.coverage import BandCoverage, calibration_pixels
from geoquant.sampling.tile_selection import TileSelection
from geoquant.strata.stratified_scene import StratifiedScene

CALIBRATION_COLOR, ALL_COLOR = "#0072b2", "#c3c9d0"
BINS = 110
DECADES = 4


def coverage_section(coverage: Sequence[BandCoverage], scenes: Sequence[StratifiedScene], chosen: TileSelection) -> str:
    """Per band: the histogram of all pixels, that of the calibration tiles, and where the tails begin.

    Args:
        coverage: from ``check_coverage``.
        scenes: all scenes.
        chosen: the tiles, and the histograms of what they were chosen from.
    """
    text = (
        "An INT8 model can only represent values that calibration showed it. Dashed lines are the 0.1 and 99.9 "
        "percentile of all valid pixels, where a band's tails begin: the calibration tiles must reach both. Upwards, "
        "on a logarithmic scale, the share of pixels."
    )
    tiles = calibration_pixels(chosen, scenes)
    plots = []
    for i, band in enumerate(coverage):
        low, high = _limits(band)
        shares = [found.rebinned(i, low, high, BINS) for found in (chosen.pixels, tiles)]
        plots.append(_plot(band, shares, (low, high)))
    return report.section(
        "What the calibration tiles cover",
        report.paragraph(text),
        report.legend([("all valid pixels", ALL_COLOR), ("calibration tiles", CALIBRATION_COLOR)]),
        report.gallery(*plots),
        report.folded("The figures", _table(coverage)),
    )


def _limits(band: BandCoverage) -> tuple[float, float]:
    """The values that are drawn: from tail to tail, and a tenth more on both sides."""
    span = (band.tail_high - band.tail_low) or 1.0
    return band.tail_low - 0.1 * span, band.tail_high + 0.1 * span


def _plot(band: BandCoverage, shares: Sequence[NDArray[np.float64]], limits: tuple[float, float]) -> str:
    top = float(np.ceil(np.log10(max(share.max() for share in shares) or 1.0)))
    levels = PlotAxis(
        top - DECADES, top, [(top - i, f"{100 * 10 ** (top - i):g} %") for i in range(DECADES + 1)], "Share of pixels"
    )
    ticks = [(value, _number(value)) for value in nice_ticks(*limits, 6)]
    with np.errstate(divide="ignore"):
        filled, outlined = (np.log10(share).tolist() for share in shares)
    lines = (
        Limit(band.tail_low, band.low_covered, f"0.1 percentile: {band.tail_low:.4g}"),
        Limit(band.tail_high, band.high_covered, f"99.9 percentile: {band.tail_high:.4g}"),
    )
    reach = f"The tiles reach {_number(band.lowest)} to {_number(band.highest)}: {_percent(band.inside)} of all pixels."
    shown = Histogram(band.band, filled, outlined, lines, _verdict(band), reach)
    return histogram(PlotAxis(*limits, ticks, band.band), levels, shown)


def _verdict(band: BandCoverage) -> tuple[bool, str]:
    missed = [name for name, reached in (("low", band.low_covered), ("high", band.high_covered)) if not reached]
    if not missed:
        return True, "both tails reached"
    return False, f"the {' and the '.join(missed)} tail {'are' if len(missed) > 1 else 'is'} not reached"


def _table(coverage: Sequence[BandCoverage]) -> str:
    names = ("0.1 percentile", "Lowest in tiles", "99.9 percentile", "Highest in tiles", "Pixels inside")
    columns = [Column("Band", number=False), *map(Column, names), Column("Tails", number=False)]
    rows = []
    for band in coverage:
        numbers = [_number(value) for value in (band.tail_low, band.lowest, band.tail_high, band.highest)]
        rows.append(Row((band.band, *numbers, _percent(band.inside), _verdict(band)[1])))
    return report.table(columns, rows)


def _number(value: float) -> str:
    return f"{value + 0.0:.4g}".replace("-", "\u2212")


def _percent(share: float) -> str:
    """A share in percent; one that is not quite 1 never reads as 100 %."""
    return "100 %" if share == 1 else f"{min(100 * share, 99.999):.3f} %"
