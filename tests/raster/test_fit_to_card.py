"""A scene as a model wants it: scales settled, grids brought to the model's distance exactly."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from rasterio.transform import from_origin

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.model_card.card import Band
from geoquant.options.scene import SceneOptions
from geoquant.raster import reading
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from tests.builders.rasters import card

MakeTif = Callable[..., Path]


def picture(bands: int = 4, height: int = 24, width: int = 36) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 4000, (bands, height, width)).astype("uint16")


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
