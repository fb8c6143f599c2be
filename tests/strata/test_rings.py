"""Rings: metres of ground, of clear land only, and never so much of it that none is left."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.rings import (
    CLOUD_EDGE_M,
    LARGEST_SHARE,
    MOST_PX,
    SCENE_EDGE_M,
    Margins,
    bounded,
    dilate,
    margins_on_ground,
    refine,
)
from geoquant.strata.spectral_tests import SceneThresholds, learn_thresholds, spectral_conditions
from tests.builders.spectra import NEVER, flat, majority, scene_of

PIXELS_M = (10.0, 30.0, 60.0, 450.0)
TOLD = [int(s) for s in (CLEAR, Stratum.WATER, Stratum.SNOW, Stratum.THICK_CLOUD, Stratum.THIN_CLOUD, Stratum.SHADOW)]
EDGES = (Stratum.CLOUD_EDGE, Stratum.SCENE_EDGE)


def landscapes() -> st.SearchStrategy[np.ndarray]:
    """Conditions (y, x) in patches of 4 x 4 px, with parts of no data."""
    cells = hnp.arrays(np.uint8, (12, 12), elements=st.sampled_from([*TOLD, CLEAR, CLEAR, int(Stratum.NO_DATA)]))
    return cells.map(lambda coarse: np.kron(coarse, np.ones((4, 4), np.uint8)))


def ringed(conditions: np.ndarray, pixel_m: float, factor: int = 1) -> np.ndarray:
    spectra = flat(conditions.shape)
    spectra.valid[...] = conditions != Stratum.NO_DATA
    margins = bounded(margins_on_ground(pixel_m), conditions, factor)
    return refine(conditions, spectra, NEVER, margins.decimated(factor))


@given(landscapes(), st.sampled_from(PIXELS_M), st.sampled_from((1, 3)))
def test_rings_take_clear_land_and_nothing_else(conditions: np.ndarray, pixel_m: float, factor: int) -> None:
    strata, clear = ringed(conditions, pixel_m, factor), conditions == CLEAR
    np.testing.assert_array_equal(strata[~clear], conditions[~clear])
    assert not np.isin(strata[clear], TOLD[1:]).any()


@given(landscapes(), st.sampled_from(PIXELS_M))
def test_each_ring_leaves_two_thirds_of_clear_land(conditions: np.ndarray, pixel_m: float) -> None:
    strata = ringed(conditions, pixel_m)
    for edge in EDGES:
        assert (strata == edge).sum() <= LARGEST_SHARE * (conditions == CLEAR).sum()


@pytest.mark.parametrize("pixel_m", PIXELS_M)
@pytest.mark.parametrize(
    ("seed", "stratum", "width_m"),
    [
        (Stratum.THICK_CLOUD, Stratum.CLOUD_EDGE, CLOUD_EDGE_M),
        (Stratum.NO_DATA, Stratum.SCENE_EDGE, SCENE_EDGE_M),
    ],
)
def test_widths_are_metres_of_ground_and_at_least_a_pixel(seed, stratum, width_m, pixel_m: float) -> None:
    conditions = np.full((100, 100), CLEAR, np.uint8)
    conditions[:, 50:52] = seed
    row = ringed(conditions, pixel_m)[50]
    assert (row == stratum).sum() == 2 * max(1, round(width_m / pixel_m))


def test_fine_pixels_and_unknown_ground_have_rings_of_bounded_width() -> None:
    assert margins_on_ground(0.1) == Margins(MOST_PX, MOST_PX)
    assert margins_on_ground(None) == margins_on_ground(10.0) == Margins(6, 16)
    widths = [margins_on_ground(pixel_m).reach_px for pixel_m in (1.0, *PIXELS_M)]
    assert all(wide >= narrow for wide, narrow in pairwise(widths))


def test_a_ring_is_as_wide_as_the_clear_land_allows() -> None:
    conditions = np.full((90, 90), CLEAR, np.uint8)
    conditions[::15, ::15] = Stratum.THICK_CLOUD
    margins, spectra = margins_on_ground(10.0), flat(conditions.shape)
    narrow = bounded(margins, conditions, 1)
    assert 0 < narrow.cloud_px < margins.cloud_px
    wider = Margins(narrow.cloud_px + 1, narrow.scene_px)
    taken = (refine(conditions, spectra, NEVER, wider) == Stratum.CLOUD_EDGE).sum()
    assert taken > LARGEST_SHARE * (conditions == CLEAR).sum()
    assert bounded(margins, np.full((9, 9), Stratum.THIN_CLOUD, np.uint8), 1) == margins  # takes nothing from nothing


def test_a_decimated_view_keeps_every_ring_that_there_is() -> None:
    assert Margins(6, 16, 1).decimated(4) == Margins(2, 4, 1)
    assert Margins(1, 0).decimated(20) == Margins(1, 0)


def test_clear_land_splits_by_brightness_and_greenness():
    spectra = scene_of("forest", "soil")
    thresholds = learn_thresholds(spectra)
    strata = refine(spectral_conditions(spectra, thresholds), spectra, thresholds, Margins(6, 16))
    assert majority(strata, 0) == Stratum.LAND_DULL_GREEN
    assert majority(strata, 1) == Stratum.LAND_BRIGHT_BARE


def test_edges_lie_round_clouds_and_inside_no_data():
    spectra = scene_of("forest", side=40)
    spectra.valid[:, :5] = False
    conditions = np.full((40, 40), CLEAR, np.uint8)
    conditions[20:24, 20:24] = Stratum.THICK_CLOUD
    thresholds = SceneThresholds(0, 0, 1, 0, 0)
    strata = refine(conditions, spectra, thresholds, Margins(cloud_px=2, scene_px=3))
    assert (strata == Stratum.CLOUD_EDGE).sum() == 8 * 8 - 4 * 4
    assert (strata == Stratum.SCENE_EDGE).sum() == 40 * 3
    assert (strata == Stratum.NO_DATA).sum() == 40 * 5


def test_specks_have_no_edge_where_the_margins_say_so():
    spectra = scene_of("forest", side=40)
    conditions = np.full((40, 40), CLEAR, np.uint8)
    conditions[5:7, 5:20] = Stratum.THICK_CLOUD
    conditions[20:23, 20:23] = Stratum.THIN_CLOUD
    thresholds = SceneThresholds(0, 0, 1, 0, 0)
    strata = refine(conditions, spectra, thresholds, Margins(cloud_px=2, scene_px=3, speck_px=1))
    assert (strata == Stratum.CLOUD_EDGE).sum() == 7 * 7 - 3 * 3
    assert (strata[18:25, 18:25] == Stratum.CLOUD_EDGE).sum() == 7 * 7 - 3 * 3


@given(hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(1, 4))
def test_dilation_is_the_square_neighbourhood(mask, radius):
    rows, cols = np.nonzero(mask)
    expected = np.zeros_like(mask)
    for row, col in zip(rows, cols, strict=True):
        expected[max(0, row - radius) : row + radius + 1, max(0, col - radius) : col + radius + 1] = True
    np.testing.assert_array_equal(dilate(mask, radius), expected)
