"""Strata: mask decoders against hand-written values, spectral tests on spectra that are what they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geoquant.numbers.masks import decode_qa_pixel, decode_scl, guess_kind
from geoquant.numbers.strata import (
    CLEAR,
    Margins,
    SceneThresholds,
    Spectra,
    Stratum,
    band_reader,
    dilate,
    find_roles,
    learn_thresholds,
    refine,
    spectral_conditions,
)

ROLES = ("blue", "green", "red", "nir", "swir16")
# reflectance of textbook surfaces: blue, green, red, nir, swir16
SURFACES = {
    "forest": (0.03, 0.05, 0.03, 0.35, 0.15),
    "soil": (0.08, 0.12, 0.16, 0.25, 0.32),
    "water": (0.06, 0.05, 0.03, 0.01, 0.005),
    "snow": (0.85, 0.86, 0.84, 0.78, 0.08),
    "cloud": (0.60, 0.61, 0.62, 0.65, 0.50),
    "haze": (0.17, 0.16, 0.15, 0.35, 0.22),
    "shadow": (0.015, 0.02, 0.015, 0.05, 0.03),
}


@dataclass(frozen=True)
class FakeBand:
    scale: float | None = None
    offset: float | None = None


def scene_of(*names: str, roles: tuple[str, ...] = ROLES, physical: bool = True, side: int = 20) -> Spectra:
    """One square of each surface, side by side."""
    rng = np.random.default_rng(0)
    columns = [np.array(SURFACES[name], np.float32)[:, None, None] * np.ones((1, side, side)) for name in names]
    cube = np.concatenate(columns, axis=2) * rng.normal(1, 0.02, (5, side, side * len(names)))
    bands = {role: cube[i].astype(np.float32) for i, role in enumerate(ROLES) if role in roles}
    if not physical:
        bands = {role: band * 20000 + 5000 for role, band in bands.items()}
    return Spectra(bands, np.ones((side, side * len(names)), bool), physical)


def majority(conditions: np.ndarray, position: int, side: int = 20) -> int:
    part = conditions[:, position * side : (position + 1) * side]
    return int(np.bincount(part.ravel()).argmax())


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


@given(hnp.arrays(bool, st.tuples(st.integers(1, 12), st.integers(1, 12))), st.integers(1, 4))
def test_dilation_is_the_square_neighbourhood(mask, radius):
    rows, cols = np.nonzero(mask)
    expected = np.zeros_like(mask)
    for row, col in zip(rows, cols, strict=True):
        expected[max(0, row - radius) : row + radius + 1, max(0, col - radius) : col + radius + 1] = True
    np.testing.assert_array_equal(dilate(mask, radius), expected)


def flat(shape: tuple[int, int], nir: float = 0.3) -> Spectra:
    return Spectra({"nir": np.full(shape, nir, np.float32)}, np.ones(shape, bool), True)


NEVER = SceneThresholds(bright=0, green=0, cloud=9, dark=0.1, dark_blue=0.1)


def test_scl_values_decode_as_the_product_defines_them():
    mask = np.array([[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]])
    s = Stratum
    expected = [[CLEAR, s.SHADOW, CLEAR, CLEAR, s.WATER, CLEAR, s.THICK_CLOUD, s.THICK_CLOUD, s.THIN_CLOUD, s.SNOW]]
    np.testing.assert_array_equal(decode_scl(mask, flat(mask.shape), NEVER), expected)


def test_scl_shadow_is_completed_where_infrared_is_dark():
    mask = np.array([[2, 4, 7, 6, 9]])
    decoded = decode_scl(mask, flat(mask.shape, nir=0.06), NEVER)
    assert decoded.tolist() == [[Stratum.SHADOW] * 3 + [Stratum.WATER, Stratum.THICK_CLOUD]]


def test_qa_pixel_bits_decode_as_the_product_defines_them():
    clear, confidence = 1 << 6, 1 << 14
    bits = {
        clear | confidence: CLEAR,
        (1 << 7) | clear | confidence: Stratum.WATER,
        (1 << 5) | clear: Stratum.SNOW,
        1 << 4: Stratum.SHADOW,
        1 << 2: Stratum.THIN_CLOUD,
        (1 << 3) | (1 << 2): Stratum.THICK_CLOUD,
        (1 << 3) | (1 << 4) | (1 << 7): Stratum.THICK_CLOUD,
        (1 << 1) | clear: CLEAR,
    }
    mask = np.array([list(bits)], np.uint16)
    assert decode_qa_pixel(mask, flat(mask.shape), NEVER).tolist() == [list(bits.values())]


def test_masks_are_told_by_name_or_values():
    assert guess_kind("T29UNU_SCL_60m.jp2", np.array([0, 4, 11], np.uint8)) == "scl"
    assert guess_kind("mask.tif", np.array([0, 4, 11], np.uint8)) == "scl"
    assert guess_kind("LC08_QA_PIXEL.TIF", np.array([1], np.uint16)) == "qa_pixel"
    assert guess_kind("mask.tif", np.array([1, 21824, 22280], np.uint16)) == "qa_pixel"
    assert guess_kind("dem.tif", np.array([12, 800], np.int16)) is None


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


@pytest.mark.real
def test_real_masks_decode_to_plausible_strata(real_data: Path):
    import rasterio

    folder = real_data / "sentinel2_l2a_t29unu"
    with rasterio.open(next(folder.glob("*SCL_60m.jp2"))) as source:
        scl = source.read(1)
    decoded = decode_scl(scl, flat(scl.shape), NEVER)
    assert (decoded == Stratum.THICK_CLOUD).sum() == ((scl == 8) | (scl == 9)).sum()
    assert (decoded == Stratum.WATER).sum() == (scl == 6).sum()
    qa_path = next((real_data / "landsat8_c2l2").glob("LC08_L2SP_017036*QA_PIXEL.TIF"))
    with rasterio.open(qa_path) as source:
        qa = source.read(1)
    cloud = (qa >> 3) & 1 == 1
    assert 0 < cloud.mean() < 1
    np.testing.assert_array_equal(decode_qa_pixel(qa, flat(qa.shape), NEVER) == Stratum.THICK_CLOUD, cloud)
