"""Spectral tests on spectra that are what they are; edges of clouds and of the scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.model_card.card import Band
from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.spectra import band_reader
from geoquant.strata.spectral_tests import (
    Margins,
    SceneThresholds,
    dilate,
    learn_thresholds,
    refine,
    spectral_conditions,
)
from tests.builders.spectra import SURFACES, majority, scene_of

EXPECTED = {
    "forest": CLEAR,
    "soil": CLEAR,
    "water": Stratum.WATER,
    "snow": Stratum.SNOW,
    "cloud": Stratum.THICK_CLOUD,
    "haze": Stratum.THIN_CLOUD,
    "shadow": Stratum.SHADOW,
}


def test_spectral_tests_tell_textbook_surfaces_apart():
    names = list(SURFACES)
    spectra = scene_of(*names)
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert {name: majority(conditions, i) for i, name in enumerate(names)} == EXPECTED


def test_without_short_wave_infrared_snow_counts_as_cloud_and_the_rest_holds():
    names = [name for name in SURFACES if name != "snow"]
    spectra = scene_of(*names, roles=("blue", "green", "red", "nir"))
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert {name: majority(conditions, i) for i, name in enumerate(names)} == {n: EXPECTED[n] for n in names}
    snow = spectral_conditions(scene_of("snow", roles=("blue", "green", "red", "nir")), learn_thresholds(spectra))
    assert majority(snow, 0) == Stratum.THICK_CLOUD


def test_raw_numbers_without_scale_still_separate_bright_dark_and_clear():
    names = ["forest", "forest", "soil", "soil", "shadow", "cloud"]
    spectra = scene_of(*names, roles=("blue", "green", "red", "nir"), physical=False)
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert majority(conditions, 5) == Stratum.THICK_CLOUD
    assert majority(conditions, 4) in (Stratum.SHADOW, Stratum.WATER)
    assert majority(conditions, 0) == CLEAR
    assert majority(conditions, 3) == CLEAR


def test_clear_land_splits_by_brightness_and_greenness():
    spectra = scene_of("forest", "soil")
    thresholds = learn_thresholds(spectra)
    strata = refine(spectral_conditions(spectra, thresholds), spectra, thresholds, Margins())
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


@pytest.mark.real
@pytest.mark.parametrize(("bands", "least"), [(5, 0.75), (4, 0.7), (3, 0.55)])
@pytest.mark.parametrize("factor", [1, 10_000])
def test_spectral_tests_find_what_others_labelled(real_data: Path, bands: int, least: float, factor: int):
    arrays = np.load(real_data / "cloud_shadow_s2" / "sentinel2.npz")
    labels = arrays["msk"].reshape(arrays["img"].shape[:2])
    values = np.moveaxis(arrays["img"], -1, 0)[:bands] * factor
    values = values if factor == 1 else values.astype(np.uint16)
    roles = dict(zip(("blue", "green", "red", "nir", "swir16"), range(bands), strict=False))
    spectra = band_reader(values, np.ones(labels.shape, bool), roles, [Band("b")] * bands).spectra(
        values, np.ones(labels.shape, bool)
    )
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    for truth, strata, recall in (
        (labels == 4, (7, 8), 0.9 if factor == 1 else 0.6),
        (labels < 2, (5, 10), least),
        (labels == 3, (CLEAR,), 0.85),
    ):
        assert np.isin(conditions[truth], strata).mean() > recall
    assert (labels[np.isin(conditions, (7, 8))] == 4).mean() > 0.7
