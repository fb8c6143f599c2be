"""Stored numbers as spectra: roles of bands, scale, and numbers without one."""

from __future__ import annotations

import numpy as np

from geoquant.strata.spectra import band_reader, find_roles
from tests.builders.spectra import FakeBand


def test_roles_are_found_by_common_or_sensor_name():
    assert find_roles([("blue", "B02"), (None, "B04"), (None, "SR_B5"), (None, "x")]) == {"blue": 0, "red": 1, "nir": 2}
    assert find_roles([("nir08", "B8A"), ("nir", "B08")]) == {"nir": 1}


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
