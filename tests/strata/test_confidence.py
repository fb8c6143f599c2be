"""Confidence: high where clouds look like clouds and tests are firm, low where ground passes for cloud."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import geoquant
from geoquant.errors import GeoquantWarning
from geoquant.model_card.card import Band
from geoquant.options.scene import SceneOptions
from geoquant.raster.scene_input import SceneInput
from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.confidence import (
    DOUBTFUL,
    LEAST_PAIRS,
    Confidence,
    cloud_texture,
    confidence_by_mask,
    confidence_by_tests,
)
from geoquant.strata.spectra import Spectra, band_reader
from geoquant.strata.spectral_tests import learn_thresholds, spectral_conditions
from tests.builders.spectra import SURFACES, scene_of


def told(spectra: Spectra, **changes: float) -> Confidence:
    thresholds = replace(learn_thresholds(spectra), **changes)
    return confidence_by_tests(spectra, spectral_conditions(spectra, thresholds), thresholds)


def textured(alike: float, side: int = 40) -> Spectra:
    """A field of white pixels whose near infrared follows the visible bands as far as ``alike`` says (0..1)."""
    rng = np.random.default_rng(0)
    thickness, ground = rng.normal(0, 0.05, (2, side, side))
    visible = (0.6 + thickness).astype(np.float32)
    nir = (0.6 + alike * thickness + np.sqrt(1 - alike**2) * ground).astype(np.float32)
    bands = {"blue": visible, "green": visible, "red": visible, "nir": nir, "swir16": nir - np.float32(0.1)}
    return Spectra(bands, np.ones((side, side), bool), True)


@pytest.mark.parametrize(("alike", "low", "high"), [(1.0, 0.999, 1), (0.8, 0.999, 1), (0.5, 0.4, 0.8), (0.0, 0, 0.001)])
def test_clouds_are_trusted_as_far_as_they_vary_like_clouds(alike: float, low: float, high: float) -> None:
    spectra = textured(alike)
    conditions = np.full(spectra.valid.shape, Stratum.THICK_CLOUD, np.uint8)
    assert cloud_texture(spectra, conditions) == pytest.approx(alike, abs=0.06)
    found = confidence_by_mask(spectra, conditions)
    assert low <= found.by_stratum[Stratum.THICK_CLOUD] <= high
    assert found.by_stratum[Stratum.CLOUD_EDGE] == found.by_stratum[Stratum.THICK_CLOUD]
    assert bool(found.doubts) == (alike < 0.4)


def test_few_clouds_and_bands_without_infrared_have_no_texture() -> None:
    spectra = textured(0.0)
    few = np.full(spectra.valid.shape, CLEAR, np.uint8)
    few[0, : LEAST_PAIRS // 20] = Stratum.THICK_CLOUD
    assert cloud_texture(spectra, few) is None
    everywhere = np.full(spectra.valid.shape, Stratum.THIN_CLOUD, np.uint8)
    colours = replace(spectra, bands={role: spectra.bands[role] for role in ("blue", "green", "red")})
    assert cloud_texture(colours, everywhere) is None
    assert confidence_by_mask(colours, everywhere).by_stratum[Stratum.THIN_CLOUD] == 1


def test_textbook_surfaces_are_told_firmly_and_borderline_ones_are_not() -> None:
    firm = told(scene_of("forest", "soil", "water", "cloud", "shadow"))
    assert min(firm.by_stratum.values()) > 0.9
    spectra = scene_of("forest", "soil", "water", "cloud", "shadow")
    spectra.bands["nir"][:, 40:60] = 0.048  # water where its bound is 0.05 and NDVI does not decide
    spectra.bands["red"][:, 40:60] = 0.044
    assert told(spectra).by_stratum[Stratum.WATER] < DOUBTFUL


@given(st.lists(st.sampled_from(list(SURFACES)), min_size=1, max_size=5), st.booleans())
def test_every_condition_that_occurs_has_a_confidence(names: list[str], physical: bool) -> None:
    spectra = scene_of(*names, physical=physical)
    thresholds = learn_thresholds(spectra)
    conditions = spectral_conditions(spectra, thresholds)
    found = confidence_by_tests(spectra, conditions, thresholds).by_stratum
    assert all(0 <= value <= 1 for value in found.values())
    land = {Stratum.LAND_DULL_BARE, Stratum.LAND_DULL_GREEN, Stratum.LAND_BRIGHT_BARE, Stratum.LAND_BRIGHT_GREEN}
    there = {Stratum(value) for value in np.unique(conditions)}
    expected = (there - land) | (land if CLEAR in there else set())
    assert set(found) - {Stratum.CLOUD_EDGE} == expected


@pytest.mark.real
def test_ground_that_passes_for_cloud_is_doubted(real_data: Path) -> None:
    """With the fixed constant of Fmask, hazy land counts as cloud; the confidence tells without any label."""
    arrays = np.load(real_data / "cloud_shadow_s2" / "sentinel2.npz")
    air = np.array((0.10, 0.06, 0.035, 0.015, 0.003), np.float32)[:, None, None]
    values = np.moveaxis(arrays["img"], -1, 0)[:5] * (1 - air) + air
    valid = np.ones(values.shape[1:], bool)
    roles = {role: i for i, role in enumerate(("blue", "green", "red", "nir", "swir16"))}
    spectra = band_reader(values, valid, roles, [Band("b")] * 5).spectra(values, valid)
    assert told(spectra).by_stratum[Stratum.CLOUD_EDGE] > 0.85
    assert not told(spectra).doubts
    fixed = told(spectra, haze=0.08)
    assert fixed.by_stratum[Stratum.CLOUD_EDGE] < DOUBTFUL
    assert "texture of ground" in fixed.doubts[0]


@pytest.mark.real
def test_concrete_that_passes_for_cloud_is_doubted(real_data: Path, tmp_path: Path) -> None:
    chip = real_data / "naip" / "m_4208701_ne_16_060_20200902.tif"
    with pytest.warns(GeoquantWarning, match=r"with little confidence .* thick cloud 0\.1"):
        summary = geoquant.map_strata(SceneInput(chip, SceneOptions(bands=("1-4",))), tmp_path / "strata.tif")
    assert summary.pixels_by_stratum["thick cloud"] > 0.25 * summary.valid_pixels
    assert summary.confidence_by_stratum["thick cloud"] < 0.2
