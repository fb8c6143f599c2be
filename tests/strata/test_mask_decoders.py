"""Mask decoders against values written out by hand from each product's documentation, and against real masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from geoquant.strata.conditions import CLEAR, Stratum
from geoquant.strata.mask_decoders import (
    UNSAID,
    MaskMeaning,
    classes_of_strata,
    decode,
    guess_kind,
    parse_classes,
    stated,
)
from geoquant.strata.spectral_tests import (
    learn_thresholds,
)
from tests.builders.spectra import NEVER, SURFACES, flat, majority, scene_of


def test_scl_values_decode_as_the_product_defines_them():
    mask = np.array([[2, 3, 4, 5, 6, 7, 8, 9, 10, 11]])
    s = Stratum
    expected = [[CLEAR, s.SHADOW, CLEAR, CLEAR, s.WATER, CLEAR, s.THICK_CLOUD, s.THICK_CLOUD, s.THIN_CLOUD, s.SNOW]]
    np.testing.assert_array_equal(decode(MaskMeaning("scl"), mask, flat(mask.shape), NEVER), expected)


def test_scl_shadow_is_completed_where_infrared_is_dark():
    mask = np.array([[2, 4, 7, 6, 9]])
    decoded = decode(MaskMeaning("scl"), mask, flat(mask.shape, nir=0.06), NEVER)
    assert decoded.tolist() == [[Stratum.SHADOW] * 3 + [Stratum.WATER, Stratum.THICK_CLOUD]]


def bit(*positions: int) -> int:
    return sum(1 << position for position in positions)


# values written out by hand from each product's documentation: value -> condition
QA_PIXEL = {
    21824: CLEAR,  # bits 6, 8, 10, 12, 14: clear with low confidences
    21952: Stratum.WATER,  # bits 6, 7, 8, 10, 12, 14
    30048: Stratum.SNOW,  # bits 5, 6, 8, 10, 12 + 13, 14
    23888: Stratum.SHADOW,  # bits 4, 6, 8, 10 + 11, 12, 14
    54596: Stratum.THIN_CLOUD,  # bits 2, 6, 8, 10, 12, 14 + 15
    22280: Stratum.THICK_CLOUD,  # bits 3, 8 + 9, 10, 12, 14
    55052: Stratum.THICK_CLOUD,  # bits 2, 3, 8 + 9, 10, 12, 14 + 15
    bit(3, 4, 7): Stratum.THICK_CLOUD,
    bit(1, 6): CLEAR,  # dilated cloud: refine makes its own edge
    1: UNSAID,
    0: UNSAID,  # where the mask does not reach
}
FMASK = {
    0: CLEAR,
    0b01000000: CLEAR,  # low aerosol
    0b11100000: Stratum.WATER,
    0b01010000: Stratum.SNOW,
    0b10001000: Stratum.SHADOW,
    0b00001100: Stratum.SHADOW,  # shadow, adjacent to cloud or shadow
    0b00000100: CLEAR,  # adjacent
    0b11000010: Stratum.THICK_CLOUD,
    0b00101010: Stratum.THICK_CLOUD,  # water, shadow and cloud
    0b00000001: CLEAR,  # cirrus is reserved and not used
    255: UNSAID,
}
QA60 = {
    0: UNSAID,
    1024: Stratum.THICK_CLOUD,
    2048: Stratum.THIN_CLOUD,
    3072: Stratum.THICK_CLOUD,
    bit(9): UNSAID,
}


@pytest.mark.parametrize(("kind", "values"), [("qa_pixel", QA_PIXEL), ("fmask", FMASK), ("qa60", QA60)])
def test_bits_decode_as_the_product_defines_them(kind, values):
    for dtype in (np.uint8, np.uint16) if kind == "fmask" else (np.uint16, np.int32):
        mask = np.array([list(values)], dtype)
        assert stated(MaskMeaning(kind), mask).tolist() == [list(values.values())]


@given(hnp.arrays(np.uint16, (3, 4)))
def test_only_the_documented_bits_of_a_quality_mask_count(mask):
    for kind, used in (("qa_pixel", (0, 2, 3, 4, 5, 7)), ("qa60", (10, 11))):
        kept = mask & np.uint16(bit(*used))
        other = np.where(kept == 0, kept | np.uint16(bit(6)), kept)  # 0 is where a mask does not reach
        whole = np.where(mask == 0, mask | np.uint16(bit(6)), mask)
        np.testing.assert_array_equal(stated(MaskMeaning(kind), whole), stated(MaskMeaning(kind), other))


def test_udm2_bands_decode_as_the_product_defines_them():
    # one column per pixel: clear, snow, shadow, light haze, heavy haze, cloud, black fill
    mask = np.concatenate([np.eye(6, 7, dtype=np.uint8)])[:, None, :]
    s = Stratum
    expected = [[CLEAR, s.SNOW, s.SHADOW, s.THIN_CLOUD, s.THIN_CLOUD, s.THICK_CLOUD, UNSAID]]
    assert stated(MaskMeaning("udm2"), mask).tolist() == expected


def test_a_mask_without_a_word_for_water_leaves_water_to_the_spectra():
    spectra = scene_of("forest", "water", "cloud", side=4)
    thresholds = learn_thresholds(scene_of(*SURFACES))
    clear = np.zeros((6, 4, 12), np.uint8)
    clear[0] = 1
    decoded = decode(MaskMeaning("udm2"), clear, spectra, thresholds)
    assert [majority(decoded, i, 4) for i in range(3)] == [CLEAR, Stratum.WATER, CLEAR]  # its "clear" excludes cloud


def test_a_class_raster_means_what_its_mapping_says():
    meaning = MaskMeaning("classes", parse_classes(["1=Water", " 4-6 = thick_cloud", "9=clear", "65535=cirrus"]))
    mask = np.array([[1, 3, 4, 5, 6, 9, 65535, -1, 70000]])
    s = Stratum
    expected = [[s.WATER, UNSAID, *[s.THICK_CLOUD] * 3, CLEAR, s.THIN_CLOUD, UNSAID, UNSAID]]
    assert stated(meaning, mask).tolist() == expected
    assert stated(meaning, mask.astype(np.float32)).tolist() == expected
    assert meaning.wordless == (s.SNOW, s.SHADOW)


def test_conditions_that_a_mapping_does_not_name_are_found_by_spectra():
    spectra = scene_of("forest", "cloud", "snow", "shadow", side=4)
    thresholds = learn_thresholds(scene_of(*SURFACES))
    meaning = MaskMeaning("classes", parse_classes(["1=clear", "2=cloud"]))
    decoded = decode(meaning, np.ones((4, 16), np.uint8), spectra, thresholds)
    assert [majority(decoded, i, 4) for i in range(4)] == [CLEAR, CLEAR, Stratum.SNOW, Stratum.SHADOW]


@pytest.mark.parametrize("entry", ["water", "1=mud", "x=water", "6-4=water", "70000=water", "-1=water", "1="])
def test_a_mapping_that_means_nothing_is_refused(entry):
    with pytest.raises(ValueError, match="="):
        parse_classes([entry])


def test_a_map_of_strata_is_a_mask_too():
    labels = {stratum.value: stratum.label for stratum in Stratum if stratum}
    classes = classes_of_strata(labels)
    assert classes == {1: CLEAR, 2: CLEAR, 3: CLEAR, 4: CLEAR, 5: 5, 6: 6, 7: 7, 8: 8, 10: 10}
    assert classes_of_strata({1: "forest", 2: "water"}) is None
    assert classes_of_strata({}) is None


@pytest.mark.parametrize(
    ("name", "values", "dtype", "kind", "by_name"),
    [
        ("T29UNU_SCL_60m.jp2", [0, 4, 11], np.uint8, "scl", True),
        ("mask.tif", [0, 4, 11], np.uint8, "scl", False),
        ("cloudmask.tif", [0, 1], np.uint8, None, False),  # any binary mask
        ("LC08_QA_PIXEL.TIF", [1], np.uint16, "qa_pixel", True),
        ("mask.tif", [1, 21824, 22280], np.uint16, "qa_pixel", False),
        ("HLS.S30.T17SLU.2020209T155956.v2.0.Fmask.tif", [64, 194, 255], np.uint8, "fmask", True),
        ("LC08_fmask4.tif", [0, 1, 4, 255], np.uint8, None, False),  # Fmask outside of HLS has classes, not bits
        ("S2_QA60.tif", [0], np.uint16, "qa60", True),
        ("qa.tif", [0, 1024], np.uint16, "qa60", False),
        ("dem.tif", [12, 800], np.int16, None, False),
    ],
)
def test_masks_are_told_by_name_or_values(name, values, dtype, kind, by_name):
    guess = guess_kind(name, np.array(values, dtype))
    assert (guess is None) if kind is None else (guess.kind, guess.by_name) == (kind, by_name)


def test_a_udm2_is_told_by_its_bands():
    sample = np.array([0, 1], np.uint8)
    assert guess_kind("20200101_3B_udm2.tif", sample, 8).kind == "udm2"
    assert guess_kind("mask.tif", sample, 8).kind == "udm2"
    assert guess_kind("20200101_3B_udm2.tif", sample, 1) is None


@pytest.mark.real
def test_real_masks_decode_to_plausible_strata(real_data: Path):
    import rasterio

    folder = real_data / "sentinel2_l2a_t29unu"
    with rasterio.open(next(folder.glob("*SCL_60m.jp2"))) as source:
        scl = source.read(1)
    decoded = decode(MaskMeaning("scl"), scl, flat(scl.shape), NEVER)
    pairs = {
        Stratum.THICK_CLOUD: (8, 9),
        Stratum.WATER: (6,),
        Stratum.SHADOW: (3,),
        Stratum.THIN_CLOUD: (10,),
        Stratum.SNOW: (11,),
    }
    for stratum, values in pairs.items():
        np.testing.assert_array_equal((decoded == stratum)[scl > 1], np.isin(scl, values)[scl > 1])
        assert (decoded[scl > 1] == stratum).any()


@pytest.mark.real
@pytest.mark.parametrize(
    ("scene", "found"),
    [("005009", {Stratum.SNOW, Stratum.SHADOW, Stratum.THICK_CLOUD}), ("017036", {Stratum.THICK_CLOUD})],
)
def test_real_qa_pixel_decodes_bit_by_bit(real_data: Path, scene: str, found: set[Stratum]):
    import rasterio

    with rasterio.open(next((real_data / "landsat8_c2l2").glob(f"LC08_L2SP_{scene}*QA_PIXEL.TIF"))) as source:
        qa = source.read(1)
    decoded = stated(MaskMeaning("qa_pixel"), qa)
    patterns = np.vectorize(lambda value: format(value, "016b"))(np.unique(qa))
    for value, pattern in zip(np.unique(qa), patterns, strict=True):
        fill, cirrus, cloud, shadow, snow, water = (pattern[-1 - position] == "1" for position in (0, 2, 3, 4, 5, 7))
        ranked = (
            (fill, UNSAID),
            (cloud, Stratum.THICK_CLOUD),
            (cirrus, Stratum.THIN_CLOUD),
            (shadow, Stratum.SHADOW),
            (snow, Stratum.SNOW),
            (water, Stratum.WATER),
            (True, CLEAR),
        )
        assert set(np.unique(decoded[qa == value])) == {next(condition for true, condition in ranked if true)}
    assert found <= set(np.unique(decoded))
