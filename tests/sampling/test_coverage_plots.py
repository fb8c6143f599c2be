"""The plots of coverage: what calibration misses is seen and said."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.sampling import coverage_plots
from geoquant.sampling.coverage import BandCoverage
from geoquant.sampling.coverage_plots import coverage_section
from geoquant.sampling.stratified_sampling import TailCoverage, TileChoice
from geoquant.sampling.tile_selection import TileSelection
from geoquant.sampling.value_histogram import Histograms


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> TileSelection:
    """A selection whose pixels run from 0 to 1, and whose calibration tiles hold the lower half of them."""
    pixels, tiles = Histograms.empty(1), Histograms.empty(1)
    pixels.add(np.linspace(0, 1, 1000)[None])
    tiles.add(np.linspace(0, 0.5, 500)[None])
    monkeypatch.setattr(coverage_plots, "calibration_pixels", lambda chosen, scenes: tiles)
    tails = TailCoverage(("B<1>",), np.array([0.001]), np.array([0.999]))
    return TileSelection(TileChoice((), ()), pixels, tails, 0, {})


def band(low_covered: bool, high_covered: bool) -> BandCoverage:
    return BandCoverage("B<1>", 0.001, 0.999, -2e-7, 0.5, low_covered, high_covered, 0.9999999)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (True, True, "both tails reached"),
        (True, False, "the high tail is not reached"),
        (False, True, "the low tail is not reached"),
        (False, False, "the low and the high tail are not reached"),
    ],
)
def test_a_missed_tail_is_said_and_drawn(chosen: TileSelection, low: bool, high: bool, words: str) -> None:
    html = coverage_section([band(low, high)], [], chosen)
    assert html.count(words) == 3  # above the plot, for who cannot see it, and in the table
    assert html.count('<line class="missed"') == [low, high].count(False)
    assert html.count('<line class="reached"') == [low, high].count(True)


def test_a_share_that_is_not_all_never_reads_as_all(chosen: TileSelection) -> None:
    html = coverage_section([band(True, True)], [], chosen)
    assert "99.999 % of all pixels" in html
    assert "100 % of all" not in html
    assert "B&lt;1&gt;" in html
    assert "B<1>" not in html


def test_a_band_of_one_value_is_drawn_too(chosen: TileSelection) -> None:
    assert "both tails reached" in coverage_section([BandCoverage("b", 7, 7, 7, 7, True, True, 1.0)], [], chosen)
