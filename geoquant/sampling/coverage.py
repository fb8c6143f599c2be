"""Whether chosen tiles cover every band's histogram with its tails: the check in numbers, and as a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Window, ceil_div
from geoquant.preprocessing.chain import in_physical_units
from geoquant.raster.decimation import decimation, overview
from geoquant.reporting.pictures import Picture, canvas, encode_png, fill, rgb
from geoquant.reporting.text_drawing import text_size, write_text
from geoquant.sampling.tile_selection import TileSelection, view_slices
from geoquant.sampling.value_histogram import Histograms
from geoquant.strata.stratified_scene import StratifiedScene

PAPER, INK, FAINT, RULE = "#fbfbf9", "#1b1e23", "#6b7078", "#e4e5e1"
ALL_COLOR, TILES_COLOR, MISSED_COLOR = "#c3c9d0", "#0b7a75", "#b3261e"
BINS = 110
DECADES = 4
MARGIN_PX, PANEL_PX, COLUMN_PX, AXIS_PX = 28, 236, 540, 54


@dataclass(frozen=True)
class BandCoverage:
    """How calibration covers one band, in the units of ``in_physical_units``.

    Attributes:
        band: its name.
        tail_low: 0.1 percentile of all valid pixels of all scenes.
        tail_high: 99.9 percentile.
        lowest: lowest value in the calibration tiles.
        highest: highest value.
        low_covered: they reach the low tail.
        high_covered: they reach the high tail.
        inside: share of all pixels between lowest and highest, 0..1.
    """

    band: str
    tail_low: float
    tail_high: float
    lowest: float
    highest: float
    low_covered: bool
    high_covered: bool
    inside: float


def check_coverage(chosen: TileSelection) -> tuple[BandCoverage, ...]:
    """The check, per band."""
    tiles = [choice.candidate for choice in chosen.tiles.calibration]
    low, high = np.min([tile.low for tile in tiles], axis=0), np.max([tile.high for tile in tiles], axis=0)
    reached = chosen.tails.reached(tiles)
    inside = chosen.pixels.share_between(low, high)
    return tuple(
        BandCoverage(
            band=name,
            tail_low=float(chosen.tails.low[i]),
            tail_high=float(chosen.tails.high[i]),
            lowest=float(low[i]),
            highest=float(high[i]),
            low_covered=bool(reached[0, i]),
            high_covered=bool(reached[1, i]),
            inside=float(inside[i]),
        )
        for i, name in enumerate(chosen.tails.names)
    )


def coverage_plot(chosen: TileSelection, scenes: Sequence[StratifiedScene], coverage: Sequence[BandCoverage]) -> bytes:
    """Per band: the histogram of all pixels, that of the calibration tiles, and where the tails begin, as PNG.

    Args:
        chosen: the tiles, and the histograms of what they were chosen from.
        scenes: all scenes.
        coverage: from ``check_coverage``.
    """
    tiles = _calibration_pixels(chosen, scenes)
    rows = ceil_div(len(coverage), 2)
    columns = min(2, len(coverage))
    plot = canvas(MARGIN_PX + 62 + rows * PANEL_PX + MARGIN_PX, 2 * MARGIN_PX + max(columns, 1) * COLUMN_PX, PAPER)
    _heading(plot)
    for i, band in enumerate(coverage):
        top, left = MARGIN_PX + 62 + i // 2 * PANEL_PX, MARGIN_PX + i % 2 * COLUMN_PX
        span = (band.tail_high - band.tail_low) or 1.0
        low, high = band.tail_low - 0.1 * span, band.tail_high + 0.1 * span
        shares = [histogram.rebinned(i, low, high, BINS) for histogram in (chosen.pixels, tiles)]
        area = Window(top + 34, left + AXIS_PX, PANEL_PX - 34 - 56, COLUMN_PX - AXIS_PX - 24)
        _panel(plot, area, band, shares, (low, high))
    return encode_png(plot)


def _calibration_pixels(chosen: TileSelection, scenes: Sequence[StratifiedScene]) -> Histograms:
    """Histograms of the calibration tiles, from the same decimated views as those of all pixels."""
    found = Histograms.empty(len(chosen.tails.names))
    for position, stratified in enumerate(scenes):
        view, factor = overview(stratified.scene), decimation(stratified.scene)
        inside = np.zeros_like(view.valid)
        for choice in chosen.tiles.calibration:
            if choice.candidate.scene == position:
                inside[view_slices(choice.candidate.window, factor)] = True
        found.add(in_physical_units(view.values[:, inside & view.valid], stratified.scene.bands))
    return found


def _heading(plot: Picture) -> None:
    write_text(plot, MARGIN_PX, MARGIN_PX, "What the calibration tiles cover", 15, rgb(INK))
    col = MARGIN_PX
    for color, text in ((ALL_COLOR, "all valid pixels"), (TILES_COLOR, "calibration tiles")):
        fill(plot, Window(MARGIN_PX + 30, col, 11, 18), color)
        write_text(plot, MARGIN_PX + 31, col + 26, text, 9, rgb(INK))
        col += 26 + text_size(text, 9)[1] + 24
    _dashed(plot, Window(MARGIN_PX + 26, col + 6, 19, 1), INK)
    text = "0.1 and 99.9 percentile: where the tails begin. Share of pixels per bin, logarithmic"
    write_text(plot, MARGIN_PX + 31, col + 18, text, 9, rgb(INK))


def _panel(
    plot: Picture,
    area: Window,
    band: BandCoverage,
    shares: Sequence[NDArray[np.float64]],
    limits: tuple[float, float],
) -> None:
    top = 10 ** np.ceil(np.log10(max(share.max() for share in shares) or 1.0))
    write_text(plot, area.row - 26, area.col, band.band, 12, rgb(INK))
    _verdict(plot, area, band)
    for decade in range(DECADES + 1):
        row = area.row + area.height * decade // DECADES
        fill(plot, Window(row, area.col, 1, area.width), RULE)
        label = f"{100 * top / 10**decade:g} %"
        write_text(plot, row - 4, area.col - 8 - text_size(label, 8)[1], label, 8, rgb(FAINT))
    edges = area.col + np.round(np.arange(BINS + 1) * area.width / BINS).astype(int)
    heights = [np.round(area.height * _level(share, top)).astype(int) for share in shares]
    for i in range(BINS):
        height = heights[0][i]
        fill(plot, Window(area.row_end - height, edges[i], height, edges[i + 1] - edges[i]), ALL_COLOR)
    _steps(plot, area, edges, heights[1])
    _value_axis(plot, area, limits)
    for value, covered in ((band.tail_low, band.low_covered), (band.tail_high, band.high_covered)):
        col = area.col + round((value - limits[0]) / (limits[1] - limits[0]) * area.width)
        _dashed(plot, Window(area.row - 4, col, area.height + 4, 1), INK if covered else MISSED_COLOR)


def _level(shares: NDArray[np.float64], top: float) -> NDArray[np.float64]:
    """Height 0..1 on a logarithmic axis of ``DECADES`` decades under ``top``."""
    with np.errstate(divide="ignore"):
        return np.clip(1 + np.log10(shares / top) / DECADES, 0, 1)


def _steps(plot: Picture, area: Window, edges: NDArray[np.int_], heights: NDArray[np.int_]) -> None:
    """The outline of a histogram, two pixels thick."""
    rows = area.row_end - np.maximum(heights, 1)
    before = area.row_end - 1
    for i, row in enumerate(rows):
        fill(plot, Window(row - 1, edges[i], 2, edges[i + 1] - edges[i] + 1), TILES_COLOR)
        first, last = min(before, row) - 1, max(before, row) + 1
        fill(plot, Window(first, edges[i], last - first, 2), TILES_COLOR)
        before = row


def _verdict(plot: Picture, area: Window, band: BandCoverage) -> None:
    missed = [name for name, ok in (("low", band.low_covered), ("high", band.high_covered)) if not ok]
    text = f"the {' and '.join(missed)} tail is not reached" if missed else "both tails covered"
    col = area.col_end - text_size(text, 9)[1]
    write_text(plot, area.row - 24, col, text, 9, rgb(MISSED_COLOR if missed else TILES_COLOR))
    reach = f"tiles reach {band.lowest:.4g} to {band.highest:.4g}, which holds {_percent(band.inside)} of all pixels"
    write_text(plot, area.row_end + 27, area.col, reach, 8, rgb(FAINT))


def _percent(share: float) -> str:
    """A share that is not quite 1 never reads as 100 %."""
    return "100 %" if share == 1 else f"{min(100 * share, 99.999):.3f} %"


def _value_axis(plot: Picture, area: Window, limits: tuple[float, float]) -> None:
    low, high = limits
    step = _nice_step((high - low) / 6)
    for value in np.arange(np.ceil(low / step), np.floor(high / step) + 1) * step:
        col = area.col + round((value - low) / (high - low) * area.width)
        fill(plot, Window(area.row_end, col, 5, 1), FAINT)
        label = f"{value:.6g}" if abs(value) > step / 2 else "0"
        write_text(plot, area.row_end + 9, col - text_size(label, 8)[1] // 2 + 1, label, 8, rgb(FAINT))


def _nice_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least ``rough``."""
    power = 10.0 ** np.floor(np.log10(rough))
    return float(next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough))


def _dashed(plot: Picture, line: Window, color: str) -> None:
    for row in range(line.row, line.row_end, 6):
        fill(plot, Window(row, line.col, min(4, line.row_end - row), line.width), color)
