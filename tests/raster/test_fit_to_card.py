"""Bands found by name, common name, position or option; scales settled; grids brought together exactly."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from geoquant.errors import BandMismatch, GridMismatch, OptionError
from geoquant.grid import Grid, Window
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.scene import SceneOptions
from geoquant.raster import band_names as naming
from geoquant.raster import reading
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.raster.placement import place
from geoquant.raster.resampling import averaged, repeated

MakeTif = Callable[..., Path]


def card(*bands: str | Band, units: str = "dn", gsd_m: float | None = None, nodata: float | None = None) -> ModelCard:
    made = tuple(Band(band, naming.common_name(band)) if isinstance(band, str) else band for band in bands)
    flat = Normalization(shift=(0.0,) * len(made), scale=(1.0,) * len(made))
    label = ClassLabel(0, "a", "#000000")
    return ModelCard("m", made, flat, (label,), units=units, gsd_m=gsd_m, nodata=nodata)  # type: ignore[arg-type]


def picture(bands: int = 4, height: int = 24, width: int = 36) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 4000, (bands, height, width)).astype("uint16")


def numbers(scene: object) -> list[int]:
    return [band.number for band in scene.bands]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("stem", "name", "common"),
    [
        ("T29UNU_20221005T115411_B8A_60m", "B8A", "nir08"),
        ("T29UNU_20221005T115411_B11_20m", "B11", "swir16"),
        ("S2A_MSIL2A_20170617T113321_36_85_B04", "B04", "red"),
        ("LC08_L2SP_005009_20150710_20200908_02_T2_SR_B5", "SR_B5", "nir08"),
        ("LT05_L2SP_005009_19900710_20200908_02_T1_SR_B4", "SR_B4", "nir08"),
        ("LE07_L1TP_005009_20000710_20200908_02_T1_B8", "B8", "pan"),
        ("landsat_b4", "B4", None),
    ],
)
def test_file_names_tell_their_band(stem: str, name: str, common: str | None) -> None:
    facts = naming.from_file_name(stem)
    assert facts is not None
    assert (facts.name, facts.common_name) == (name, common)


@pytest.mark.parametrize("stem", ["dem", "T29UNU_20221005T115411_SCL_20m", "ab04", "B4U"])
def test_other_file_names_tell_nothing(stem: str) -> None:
    assert naming.from_file_name(stem) is None


def test_descriptions_tell_names_and_wavelengths() -> None:
    facts = naming.from_description("B8A, central wavelength 865 nm")
    assert (facts.name, facts.centre_wavelength_um) == ("B8A", 0.865)
    assert naming.from_description("SWIR 1").common_name == "swir16"


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


def test_scale_comes_from_option_then_raster_then_card(make_tif: MakeTif) -> None:
    wanted = card(Band("1", scale=0.5, offset=3.0), units="physical")
    plain_path = make_tif(picture(1))
    fitted = fit_to_card(open_scene(plain_path), wanted)
    assert (fitted.bands[0].scale, fitted.bands[0].offset) == (0.5, 3.0)
    assert any("the model's are used" in warning for warning in fitted.warnings)
    options = SceneOptions(scale=2.0)
    fitted = fit_to_card(open_scene(plain_path, options), wanted, options)
    assert (fitted.bands[0].scale, fitted.bands[0].offset) == (2.0, 0.0)


def test_a_scale_tag_wins_over_the_card(make_tif: MakeTif) -> None:
    import rasterio

    path = make_tif(picture(1))
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = (0.0001,), (-0.1,)
    (band,) = fit_to_card(open_scene(path), card(Band("1", scale=0.5), units="physical")).bands
    assert (band.scale, band.offset) == (0.0001, -0.1)


def test_nothing_guesses_how_integers_become_physical(make_tif: MakeTif) -> None:
    with pytest.raises(OptionError, match="--scale and --offset"):
        fit_to_card(open_scene(make_tif(picture(1))), card("1", units="physical"))
    floats = open_scene(make_tif(picture(1).astype("float32")))
    assert fit_to_card(floats, card("1", units="physical")).bands[0].scale == 1.0


def test_the_cards_nodata_fills_in(make_tif: MakeTif) -> None:
    path, declared = make_tif(picture(1)), make_tif(picture(1), "declared.tif", nodata=9)
    assert fit_to_card(open_scene(path), card("1", nodata=0)).nodata == 0
    assert fit_to_card(open_scene(declared), card("1", nodata=0)).nodata == 9


def resolutions(make_tif: MakeTif) -> tuple[Path, Path, Path, np.ndarray, np.ndarray, np.ndarray]:
    """Bands of 10, 20 and 60 m over one extent, and their numbers."""
    ten, twenty, sixty = picture(1, 60, 90), picture(1, 30, 45), picture(1, 10, 15)
    paths = [
        make_tif(
            values, f"T29UNU_20221005T115411_{name}.tif", transform=from_origin(500_000, 5e6, size, size), nodata=0
        )
        for values, name, size in ((ten, "B02", 10), (twenty, "B05", 20), (sixty, "B01", 60))
    ]
    return (*paths, ten, twenty, sixty)  # type: ignore[return-value]


def test_coarse_bands_are_repeated_onto_the_finest(make_tif: MakeTif) -> None:
    a, b, c, ten, twenty, sixty = resolutions(make_tif)
    scene = open_scene([b, a, c])
    assert (scene.grid.height, scene.grid.width) == (60, 90)
    whole = scene.read(scene.grid.window)
    np.testing.assert_array_equal(whole.values[1], ten[0])
    np.testing.assert_array_equal(whole.values[0], np.kron(twenty[0], np.ones((2, 2), np.uint16)))
    np.testing.assert_array_equal(whole.values[2], np.kron(sixty[0], np.ones((6, 6), np.uint16)))
    part = scene.read(Window(7, 13, 31, 29))
    np.testing.assert_array_equal(part.values, whole.values[:, 7:38, 13:42])


def test_fine_bands_are_averaged_onto_the_models_distance(make_tif: MakeTif) -> None:
    a, b, c, ten, _, sixty = resolutions(make_tif)
    ten[0, :6, :6] = 0
    make_tif(ten, a.name, transform=from_origin(500_000, 5e6, 10, 10), nodata=0)
    scene = fit_to_card(open_scene([a, b, c]), card("B02", "B05", "B01", gsd_m=60))
    assert (scene.grid.height, scene.grid.width) == (10, 15)
    pixels = scene.read(scene.grid.window)
    means = ten[0].reshape(10, 6, 15, 6).mean(axis=(1, 3))
    np.testing.assert_array_equal(pixels.values[0][pixels.valid], np.floor(means + 0.5)[pixels.valid])
    np.testing.assert_array_equal(pixels.values[2], sixty[0])
    assert not pixels.valid[0, 0]
    assert pixels.valid.sum() == 149
    np.testing.assert_array_equal(scene.read(Window(2, 3, 5, 6)).values, pixels.values[:, 2:7, 3:9])


def test_averaging_holds_little_of_the_file_at_a_time(make_tif: MakeTif, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(4).integers(1, 5000, (1, 1200, 1200)).astype(np.uint16)
    path = make_tif(values, transform=from_origin(500_000, 5e6, 10, 10))
    scene = fit_to_card(open_scene(path), card("1", gsd_m=200))
    at_once = scene.read(scene.grid.window)
    monkeypatch.setattr(reading, "AVERAGED_PX", 1 << 16)
    tracemalloc.start()
    by_rows = scene.read(scene.grid.window)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < values.nbytes / 4
    np.testing.assert_array_equal(by_rows.values, at_once.values)
    np.testing.assert_array_equal(by_rows.valid, at_once.valid)


def test_the_gsd_option_wins_and_interpolation_is_warned_of(make_tif: MakeTif) -> None:
    path = make_tif(picture(1, 20, 20))
    same = fit_to_card(open_scene(path), card("1", gsd_m=60), SceneOptions(gsd=10))
    assert (same.grid.height, same.warnings) == (20, ())
    finer = fit_to_card(open_scene(path), card("1", gsd_m=5))
    assert finer.grid.height == 40
    assert any("interpolated" in warning and "--gsd 10" in warning for warning in finer.warnings)
    assert open_scene(path, SceneOptions(gsd=20)).grid.height == 10
    with pytest.raises(OptionError, match="--gsd"):
        open_scene(path, SceneOptions(gsd=-1))


def test_nearly_the_models_distance_is_left_alone(make_tif: MakeTif) -> None:
    path = make_tif(picture(1, 20, 20), transform=from_origin(500_000, 5e6, 9.98, 9.98))
    assert fit_to_card(open_scene(path), card("1", gsd_m=10)).grid.height == 20


def test_degrees_are_compared_with_metres_on_the_ground(make_tif: MakeTif) -> None:
    degrees = 30 / 111_320
    transform = from_origin(10, 60, degrees / np.cos(np.radians(60)), degrees)
    path = make_tif(picture(1, 40, 40), crs="EPSG:4326", transform=transform)
    assert fit_to_card(open_scene(path), card("1", gsd_m=30)).grid.height == 40
    assert fit_to_card(open_scene(path), card("1", gsd_m=60)).grid.height == 20


def test_any_other_grid_is_warped_the_same_in_every_window(make_tif: MakeTif) -> None:
    fine = make_tif(picture(1, 300, 300), "fine.tif")
    smooth = (np.add.outer(np.arange(100), np.arange(100)) * 10 + 500)[np.newaxis].astype("uint16")
    shifted = make_tif(smooth, "odd.tif", transform=from_origin(500_000 + 7, 5e6 - 7, 27, 27))
    scene = open_scene([fine, shifted])
    whole = scene.read(scene.grid.window)
    assert not whole.valid[0].any()  # the odd file begins 7 m inside
    assert not whole.valid[-20:].any()  # and ends before the fine one
    assert whole.valid[10:200, 10:200].all()
    part = scene.read(Window(30, 141, 77, 90))
    np.testing.assert_array_equal(part.values, whole.values[:, 30:107, 141:231])
    np.testing.assert_array_equal(part.valid, whole.valid[30:107, 141:231])
    rows, cols = np.mgrid[100:110, 100:110]
    plane = ((rows + 0.5) * 10 - 7 + (cols + 0.5) * 10 - 7) / 27 - 1  # in pixels of the odd file
    np.testing.assert_allclose(whole.values[1, 100:110, 100:110], plane * 10 + 500, atol=1)


def test_another_projection_is_warped(make_tif: MakeTif) -> None:
    utm = make_tif(picture(1, 50, 50), "utm.tif", transform=from_origin(500_000, 5e6, 100, 100))
    world = make_tif(
        np.full((1, 40, 40), 77, np.uint16), "world.tif", crs="EPSG:4326", transform=from_origin(8.9, 45.3, 0.01, 0.01)
    )
    pixels = open_scene([utm, world], SceneOptions(bands=("1", "2"))).read(Window(10, 10, 20, 20))
    assert pixels.valid.all()
    assert (pixels.values[1] == 77).all()


def test_shifted_extents_leave_the_rest_invalid(make_tif: MakeTif) -> None:
    values = picture(1, 20, 20)
    one, other = make_tif(values, "a.tif"), make_tif(values, "b.tif", transform=from_origin(500_050, 4_999_970, 10, 10))
    pixels = open_scene([one, other]).read(Window(0, 0, 20, 20))
    np.testing.assert_array_equal(pixels.values[1, 3:, 5:], values[0, :17, :15])
    assert pixels.valid[3:, 5:].all()
    assert pixels.valid.sum() == 17 * 15
    np.testing.assert_array_equal(open_scene([one, other]).read_decimated(20, 20).valid, pixels.valid)


def test_files_without_crs_must_nest(make_tif: MakeTif) -> None:
    one = make_tif(picture(1), "a.tif", crs=None)
    other = make_tif(picture(1), "b.tif", crs=None, transform=from_origin(500_003, 5e6, 10, 10))
    with pytest.raises(GridMismatch, match="nest"):
        open_scene([one, other])


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 3))
def test_repeating_is_kron(ky: int, kx: int, height: int, width: int, top: int, left: int) -> None:
    source = np.arange(2 * 12 * 12).reshape(2, 12, 12).astype(np.int32)
    out = np.empty((2, height, width), np.int32)
    repeated(source, (ky, kx), (top, left), out)
    tall = np.repeat(np.repeat(source, ky, axis=1), kx, axis=2)
    np.testing.assert_array_equal(out, tall[:, top : top + height, left : left + width])


@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from(["uint8", "uint16", "int16", "float32"]))
def test_averaging_counts_valid_pixels_only(ky: int, kx: int, dtype: str) -> None:
    rng = np.random.default_rng(ky * 7 + kx)
    source = rng.integers(0, 250, (2, 3 * ky, 5 * kx)).astype(dtype)
    valid = rng.random((3 * ky, 5 * kx)) > 0.4
    out = np.empty((2, 3, 5), dtype)
    kept = averaged(source, valid, (ky, kx), out)
    for i in range(3):
        for j in range(5):
            block = np.s_[i * ky : (i + 1) * ky, j * kx : (j + 1) * kx]
            assert kept[i, j] == (valid[block].mean() >= 0.5)
            if kept[i, j]:
                mean = source[(slice(None), *block)][:, valid[block]].astype(float).mean(axis=1)
                wanted = mean if dtype == "float32" else np.floor(mean + 0.5)
                np.testing.assert_allclose(out[:, i, j], wanted, rtol=1e-6)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 6))
def test_grids_that_nest_are_found(row: int, col: int, factor: int) -> None:
    fine = Grid("EPSG:32632", (10.0, 0.0, 500_000.0, 0.0, -10.0, 5e6), 100, 80)
    a, b, c, d, e, f = fine.origin_at(row, col)
    coarse = Grid("EPSG:32632", (a * factor, b, c, d, e * factor, f), 20, 16)
    up, down = place(coarse, fine), place(fine, coarse)
    if factor == 1:
        assert (up.kind, up.row, up.col) == ("direct", -row, -col)
    else:
        assert (up.kind, up.factor, up.row, up.col) == ("repeat", (factor, factor), -row, -col)
        assert (down.kind, down.factor, down.row, down.col) == ("average", (factor, factor), row, col)
