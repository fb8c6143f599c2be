"""Spectral tests on spectra that are what they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from geoquant.model_card.card import Band
from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.spectra import Spectra, band_reader
from geoquant.strata.spectral_tests import learn_thresholds, spectral_conditions
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


AIR = {"blue": 0.10, "green": 0.06, "red": 0.035, "nir": 0.015, "swir16": 0.003}
"""What a hazy atmosphere adds to each band, reflectance at its top."""


def through_air(spectra: Spectra, strength: float) -> Spectra:
    """The same ground seen through an atmosphere that scatters, and dims what lies under it."""
    bands = {role: band * (1 - strength * AIR[role]) + strength * AIR[role] for role, band in spectra.bands.items()}
    return Spectra({role: band.astype(np.float32) for role, band in bands.items()}, spectra.valid, spectra.physical)


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 1.5])
def test_clear_land_stays_clear_and_shadow_dark_through_any_air(strength: float) -> None:
    names = ["forest", "soil", "forest", "soil", "shadow", "cloud"]
    spectra = through_air(scene_of(*names), strength)
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    found = [majority(conditions, i) for i in range(len(names))]
    assert found == [CLEAR] * 4 + [Stratum.SHADOW, Stratum.THICK_CLOUD]


def test_without_clear_land_the_published_constants_hold() -> None:
    thresholds = learn_thresholds(scene_of("cloud", "cloud"))
    assert (thresholds.haze, thresholds.snow_green) == (0.08, 0.1)


@pytest.mark.parametrize(("others", "expected"), [(("forest",), Stratum.THICK_CLOUD), (("snow",) * 3, Stratum.SNOW)])
def test_the_dark_end_of_ice_clouds_is_snow_only_where_there_is_snow(others: tuple[str, ...], expected: int) -> None:
    spectra = scene_of("cloud", "cloud", *others)
    ice = np.linspace(0.08, 0.3, 40, dtype=np.float32)[None] * np.ones((20, 1), np.float32)
    spectra.bands["swir16"][:, :40] = ice
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert (conditions[:, :40][ice < 0.14] == expected).all()
    assert (conditions[:, :40][ice > 0.16] == Stratum.THICK_CLOUD).all()


def test_bright_rock_is_no_cloud_where_no_infrared_tells() -> None:
    spectra = scene_of("forest", "soil", "forest", "forest", "soil", "cloud", roles=("blue", "green", "red", "nir"))
    for role, reflectance in (("blue", 0.22), ("green", 0.3), ("red", 0.37), ("nir", 0.42)):
        spectra.bands[role][:, 20:40] = reflectance
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert [majority(conditions, i) for i in range(6)] == [*[CLEAR] * 5, Stratum.THICK_CLOUD]


@pytest.mark.real
@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_more_haze_over_a_labelled_scene_changes_little(real_data: Path, strength: float) -> None:
    arrays = np.load(real_data / "cloud_shadow_s2" / "sentinel2.npz")
    labels, air = arrays["msk"].reshape(arrays["img"].shape[:2]), np.array(list(AIR.values()), np.float32) * strength
    values = np.moveaxis(arrays["img"], -1, 0)[:5] * (1 - air[:, None, None]) + air[:, None, None]
    valid = np.ones(labels.shape, bool)
    roles = {role: i for i, role in enumerate(AIR)}
    spectra = band_reader(values, valid, roles, [Band("b")] * 5).spectra(values, valid)
    conditions = spectral_conditions(spectra, learn_thresholds(spectra))
    assert np.isin(conditions[labels == 4], (7, 8)).mean() > 0.85
    assert (labels[np.isin(conditions, (7, 8))] == 4).mean() > 0.85  # 0.26 with a fixed constant
    assert (conditions[labels == 3] == CLEAR).mean() > 0.9
    assert np.isin(conditions[labels < 2], (5, 10)).mean() > 0.75


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
