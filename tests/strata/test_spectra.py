"""Stored numbers as spectra: roles of bands, scale, and numbers without one."""

from __future__ import annotations

import numpy as np
import pytest

from geoquant.strata.spectra import band_reader, find_roles
from tests.builders.spectra import FakeBand


def test_roles_are_found_by_common_or_sensor_name():
    assert find_roles([("blue", "B02"), (None, "B04"), (None, "SR_B5"), (None, "x")]) == {"blue": 0, "red": 1, "nir": 2}
    assert find_roles([("nir08", "B8A"), ("nir", "B08")]) == {"nir": 1}


def test_a_sensors_name_counts_only_where_nothing_else_is_known():
    landsat_5 = [("blue", "SR_B1"), ("green", "SR_B2"), ("red", "SR_B3"), ("nir08", "SR_B4"), ("swir16", "SR_B5")]
    assert find_roles(landsat_5) == {"blue": 0, "green": 1, "red": 2, "nir": 3, "swir16": 4}
    assert find_roles([(None, "SR_B4")], [0.835]) == {"nir": 0}
    assert find_roles([(None, "SR_B4")], [None]) == {"red": 0}


def test_bands_of_a_cube_are_found_by_wavelength():
    wavelengths = [0.42 + 0.01 * i for i in range(150)]
    found = find_roles([(None, str(i + 1)) for i in range(150)], wavelengths)
    assert {role: round(wavelengths[i], 2) for role, i in found.items()} == {
        "blue": 0.49,
        "green": 0.56,
        "red": 0.66,
        "nir": 0.86,
        "swir16": 1.61,
    }


@pytest.mark.parametrize(
    ("factor", "units", "band", "physical"),
    [
        (1, "physical", FakeBand(), True),
        (1, "dn", FakeBand(), False),
        (1, "dn", FakeBand(1.0, -0.02), True),
        (255, "physical", FakeBand(), False),
        (10_000, "physical", FakeBand(), False),
        (10_000, "dn", FakeBand(1e-4, 0.0), True),
        (1, "physical", FakeBand(100.0, 0.0), False),
    ],
)
def test_floats_are_reflectance_where_units_and_values_say_so(factor, units, band, physical: bool):
    values = (np.random.default_rng(0).uniform(0.02, 0.6, (2, 20, 20)) * factor).astype(np.float32)
    reader = band_reader(values, np.ones((20, 20), bool), {"red": 0, "nir": 1}, [band] * 2, units)
    assert reader.physical == physical


def test_standardized_values_are_no_reflectance():
    values = np.random.default_rng(0).normal(0, 1, (2, 20, 20)).astype(np.float32)
    assert not band_reader(values, np.ones((20, 20), bool), {"red": 0, "nir": 1}, [FakeBand()] * 2).physical


def test_spectra_apply_scale_and_silence_invalid_pixels():
    values = np.array([[[1000, 2000]]], np.uint16)
    valid = np.array([[True, False]])
    spectra = band_reader(values, valid, {"red": 0}, [FakeBand(1e-4, -0.1)]).spectra(values, valid)
    assert spectra.physical
    np.testing.assert_allclose(spectra.bands["red"], [[0.0, 0.0]], atol=1e-7)


def test_stored_numbers_without_scale_count_from_the_darkest_object():
    values = np.array([[[5000, 7000]], [[6000, 9000]]], np.uint16)
    valid = np.array([[True, True]])
    spectra = band_reader(values, valid, {"red": 0, "nir": 1}, [FakeBand(), FakeBand(1.0, 0.0)]).spectra(values, valid)
    assert not spectra.physical
    np.testing.assert_allclose(spectra.bands["nir"], [[0, 3000]], atol=5)
