"""Bands are found by name, common name, wavelength, position or option; what could be several is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.enums import ColorInterp

from geoquant.errors import BandMismatch
from geoquant.grid import Window
from geoquant.model_card.card import Band
from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from tests.builders.rasters import card, numbers

MakeTif = Callable[..., Path]


def picture(bands: int = 4, height: int = 24, width: int = 36) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 4000, (bands, height, width)).astype("uint16")


def test_bands_are_found_by_description_in_any_order(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), descriptions=["nir", "blue", "red", "green"]))
    assert numbers(fit_to_card(scene, card("blue", "green", "red", "nir"))) == [2, 4, 3, 1]


def test_bands_are_found_by_sensor_name(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), descriptions=["B2", "B03", "b04", "B08"]))
    assert numbers(fit_to_card(scene, card("B08", "B02", "B04"))) == [4, 1, 3]


def test_one_name_of_two_sensors_is_not_one_band(make_tif: MakeTif) -> None:
    landsat = [make_tif(picture(1), f"LC08_L2SP_1_2_3_02_T1_SR_B{i}.TIF") for i in (2, 3, 4, 5)]
    fitted = fit_to_card(open_scene(landsat), card(Band("B04", "red"), Band("B08", "nir")))
    assert [band.name for band in fitted.bands] == ["SR_B4", "SR_B5"]
    assert any("SR_B5 (nir08) stands in" in warning for warning in fitted.warnings)


def test_b8a_stands_in_where_there_is_no_b08(make_tif: MakeTif) -> None:
    scene = open_scene([make_tif(picture(1), f"T29UNU_20221005T115411_{b}_60m.tif") for b in ("B04", "B8A")])
    fitted = fit_to_card(scene, card("red", "nir"))
    assert [band.name for band in fitted.bands] == ["B04", "B8A"]


def test_red_edge_is_told_apart_by_name_or_wavelength(make_tif: MakeTif) -> None:
    scene = open_scene([make_tif(picture(1), f"T29UNU_20221005T115411_B0{b}_20m.tif") for b in (5, 6, 7)])
    assert numbers(fit_to_card(scene, card(Band("B06", "rededge")))) == [2]
    assert numbers(fit_to_card(scene, card(Band("edge", "rededge", 0.78)))) == [3]
    with pytest.raises(BandMismatch, match="several bands"):
        fit_to_card(scene, card(Band("edge", "rededge")))


def test_nameless_bands_are_taken_in_order_with_a_warning(make_tif: MakeTif) -> None:
    fitted = fit_to_card(open_scene(make_tif(picture())), card("blue", "green", "red", "nir"))
    assert numbers(fitted) == [1, 2, 3, 4]
    assert any("taken in order" in warning for warning in fitted.warnings)


@pytest.mark.parametrize("count", [3, 5])
def test_missing_and_surplus_nameless_bands_are_refused(make_tif: MakeTif, count: int) -> None:
    with pytest.raises(BandMismatch, match="--bands"):
        fit_to_card(open_scene(make_tif(picture(count))), card("blue", "green", "red", "nir"))


RGB = (Band("B02", "blue"), Band("B03", "green"), Band("B04", "red"))


def uint8(bands: int) -> np.ndarray:
    """GDAL tags three bands of a new uint8 file red, green, blue, and a fourth alpha."""
    return picture(bands).astype("uint8")


def test_a_band_that_bears_the_wanted_name_is_the_wanted_band_whatever_its_colour_tag(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(uint8(3), descriptions=["B02", "B03", "B04"], photometric="RGB"))
    fitted = fit_to_card(scene, card(*RGB))
    assert numbers(fitted) == [1, 2, 3]
    assert any("B02 is tagged red, B04 is tagged blue" in warning for warning in fitted.warnings)


def test_colour_tags_that_contradict_the_names_decide_nothing(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(uint8(3), descriptions=["B02", "B03", "B04"], photometric="RGB"))
    with pytest.raises(BandMismatch, match=r"lacks blue, red.*colour tags contradict its names.*B02 red, B04 blue"):
        fit_to_card(scene, card("blue", "green", "red"))
    with pytest.raises(BandMismatch, match="no band"):
        open_scene(
            make_tif(uint8(3), descriptions=["B02", "B03", "B04"], photometric="RGB"), SceneOptions(bands=("red",))
        )


def test_colour_tags_of_unnamed_bands_are_their_names(make_tif: MakeTif) -> None:
    fitted = fit_to_card(open_scene(make_tif(uint8(3), photometric="RGB")), card("blue", "green", "red"))
    assert numbers(fitted) == [3, 2, 1]
    assert not any("colour" in warning.lower() for warning in fitted.warnings)


def test_a_colour_tag_that_alone_decides_beside_a_name_is_said(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(uint8(3), descriptions=["one", "two", "three"], photometric="RGB"))
    fitted = fit_to_card(scene, card("blue", "green", "red"))
    assert numbers(fitted) == [3, 2, 1]
    assert any("three (band 3) for blue" in warning for warning in fitted.warnings)


def test_words_go_before_colour_tags(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(uint8(3), descriptions=["nir", "red", "green"], photometric="RGB"))
    fitted = fit_to_card(scene, card("green", "red", "nir"))
    assert numbers(fitted) == [3, 2, 1]
    assert numbers(open_scene(scene.bands[0].path, SceneOptions(bands=("red",)))) == [2]


def test_a_file_name_goes_before_colour_tags(make_tif: MakeTif) -> None:
    path = make_tif(uint8(1), "T29UNU_20221005T115411_B02_10m.tif")
    with rasterio.open(path, "r+") as target:
        target.colorinterp = [ColorInterp.red]
    assert [(band.name, band.common_name) for band in open_scene(path).bands] == [("B02", "blue")]


def test_a_band_with_a_name_is_data_although_it_is_tagged_as_alpha(make_tif: MakeTif) -> None:
    values = uint8(4)
    values[3, 0] = 0
    scene = open_scene(make_tif(values, descriptions=["B02", "B03", "B04", "B08"], photometric="RGB", alpha="YES"))
    assert [band.name for band in scene.bands] == ["B02", "B03", "B04", "B08"]
    assert any("tagged as alpha, but its name is B08" in warning for warning in scene.warnings)
    assert scene.read(scene.grid.window).valid.all()


def test_a_wavelength_goes_before_a_colour_tag(make_tif: MakeTif) -> None:
    names = ["first, 490 nm", "second, 560 nm", "third, 665 nm"]
    scene = open_scene(make_tif(uint8(3), descriptions=names, photometric="RGB"))
    assert [band.common_name for band in scene.bands] == [None, "green", None]


def test_messages_list_some_bands_of_many(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(np.ones((300, 2, 2), np.uint8)))
    with pytest.raises(BandMismatch, match="20: 20 and 280 more"):
        open_scene(scene.bands[0].path, SceneOptions(bands=("blue",)))


def test_a_missing_band_is_named(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(3), descriptions=["blue", "green", "red"]))
    with pytest.raises(BandMismatch, match=r"lacks nir.*1: blue, 2: green, 3: red"):
        fit_to_card(scene, card("blue", "nir"))


def test_the_bands_option_selects_by_name_common_name_and_number(make_tif: MakeTif) -> None:
    path = make_tif(picture(), descriptions=["B02", "green", "other", "B08"])
    options = SceneOptions(bands=("b8", "green", "3"))
    scene = open_scene(path, options)
    assert numbers(scene) == [4, 2, 3]
    fitted = fit_to_card(scene, card("x", "y", "z"), options)
    assert numbers(fitted) == [4, 2, 3]
    np.testing.assert_array_equal(fitted.read(Window(0, 0, 24, 36)).values, picture()[[3, 1, 2]])


def test_a_wrong_bands_option_is_explained(make_tif: MakeTif) -> None:
    path = make_tif(picture(2), descriptions=["blue", "green"])
    with pytest.raises(BandMismatch, match=r"--bands swir.*1: blue, 2: green"):
        open_scene(path, SceneOptions(bands=("swir",)))
    with pytest.raises(BandMismatch, match="names 1 bands, the model takes 2"):
        fit_to_card(open_scene(path), card("blue", "green"), SceneOptions(bands=("blue",)))


def test_alpha_is_data_when_the_model_takes_it(make_tif: MakeTif) -> None:
    values = picture(4).astype("uint8")
    values[3, 0] = 0
    scene = open_scene(make_tif(values, photometric="RGB", alpha="YES"))
    assert any("tagged as alpha" in warning for warning in scene.warnings)
    fitted = fit_to_card(scene, card("red", "green", "blue", "nir"))
    pixels = fitted.read(Window(0, 0, 24, 36))
    np.testing.assert_array_equal(pixels.values, values)
    assert pixels.valid.all()
    by_option = open_scene(make_tif(values, photometric="RGB", alpha="YES"), SceneOptions(bands=("4", "red")))
    np.testing.assert_array_equal(by_option.read(Window(0, 0, 24, 36)).values, values[[3, 0]])


@pytest.mark.parametrize("count", [3, 4])
def test_a_model_that_numbers_its_bands_takes_the_first_ones_and_says_so(make_tif: MakeTif, count: int) -> None:
    """As a model of the plugin Deepness on an orthophoto whose bands are described."""
    scene = open_scene(make_tif(picture(count), descriptions=["red", "green", "blue", "nir"][:count]))
    fitted = fit_to_card(scene, card("1", "2", "3"))
    assert numbers(fitted) == [1, 2, 3]
    assert any("taken in order: 1 = red, 2 = green, 3 = blue. See --bands." in warning for warning in fitted.warnings)


def test_a_model_that_numbers_more_bands_than_there_are_is_refused(make_tif: MakeTif) -> None:
    with pytest.raises(BandMismatch, match="takes 3 bands"):
        fit_to_card(open_scene(make_tif(picture(2), descriptions=["red", "green"])), card("1", "2", "3"))


def cube(make_tif: MakeTif, count: int = 24, unit: str = "Nanometers") -> Path:
    """A cube of bands every 25 nm from 400 nm on, described as the ENVI driver does."""
    path = make_tif(picture(count))
    with rasterio.open(path, "r+") as file:
        for i in range(count):
            length = 400 + 25 * i if unit == "Nanometers" else (400 + 25 * i) / 1000
            file.update_tags(i + 1, wavelength=str(length), wavelength_units=unit)
    return path


def chosen(path: Path, *bands: str) -> list[int]:
    return numbers(open_scene(path, SceneOptions(bands=bands)))


def test_bands_are_chosen_by_ranges_of_numbers(make_tif: MakeTif) -> None:
    path = make_tif(picture(24))
    assert chosen(path, "1-4", "9", "20-21") == [1, 2, 3, 4, 9, 20, 21]
    assert chosen(path, " 3 - 3 ") == [3]
    scene = open_scene(path, SceneOptions(bands=("2-3", "7")))
    assert numbers(fit_to_card(scene, card("a", "b", "c"), SceneOptions(bands=("2-3", "7")))) == [2, 3, 7]
    with pytest.raises(BandMismatch, match="--bands names 4 bands, the model takes 3"):
        fit_to_card(open_scene(path), card("a", "b", "c"), SceneOptions(bands=("1-4",)))


@pytest.mark.parametrize("unit", ["Nanometers", "Micrometers"])
def test_bands_are_chosen_by_wavelength(make_tif: MakeTif, unit: str) -> None:
    path = cube(make_tif, unit=unit)
    assert chosen(path, "665nm", "0.56um", "490 nm") == [12, 7, 5]
    assert chosen(path, "0.8-0.86µm", "420-480nm") == [17, 18, 19, 2, 3, 4]


@pytest.mark.parametrize(
    ("entry", "match"),
    [
        ("20-30", "there is no band 25"),
        ("9-3", "the smaller number comes first"),
        ("1300nm", "no band has this wavelength; those of the scene are 400 to 975 nm"),
        ("900-450nm", "smaller first"),
    ],
)
def test_ranges_that_mean_no_band_are_refused(make_tif: MakeTif, entry: str, match: str) -> None:
    with pytest.raises(BandMismatch, match=match):
        chosen(cube(make_tif), entry)
    with pytest.raises(BandMismatch, match="tells no wavelengths"):
        chosen(make_tif(picture(3), "plain.tif"), "665nm")


def test_a_band_that_is_called_like_a_range_is_that_band(make_tif: MakeTif) -> None:
    path = make_tif(picture(3), descriptions=["1-2", "665nm", "x"])
    assert chosen(path, "1-2", "665nm") == [1, 2]
