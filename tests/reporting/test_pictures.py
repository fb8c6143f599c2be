"""Pictures: what is drawn can be read back, and a stretch keeps order, haze off and clouds in."""

from __future__ import annotations

import numpy as np
import pytest
from rasterio.io import MemoryFile

from geoquant.grid import Window
from geoquant.reporting.pictures import (
    encode_jpeg,
    encode_png,
    false_colour_gains,
    learn_tone,
    outline,
    paint_classes,
    rgb,
    shrink_any,
    shrink_mean,
    shrink_nearest,
    stretch,
)

RNG = np.random.default_rng(0)


def decode(data: bytes) -> tuple[np.ndarray, dict[int, tuple[int, int, int, int]] | None]:
    with MemoryFile(data) as memory, memory.open() as source:
        palette = source.colormap(1) if source.colorinterp[0].name == "palette" else None
        return source.read(), palette


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_png_is_lossless() -> None:
    picture = RNG.integers(0, 256, (3, 20, 30), dtype=np.uint8)
    data = encode_png(picture)
    assert data.startswith(b"\x89PNG")
    np.testing.assert_array_equal(decode(data)[0], picture)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_class_png_keeps_its_values_and_colours_and_is_transparent_elsewhere() -> None:
    classes = RNG.integers(0, 4, (16, 16), dtype=np.uint8)
    values, palette = decode(encode_png(classes, {1: "#ff8000", 2: "#0000ff", 3: "#ffffff"}))
    np.testing.assert_array_equal(values[0], classes)
    assert palette is not None
    assert palette[1] == (255, 128, 0, 255)
    assert palette[0][3] == 0


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_jpeg_is_close_to_the_picture() -> None:
    ramp = np.tile(np.linspace(0, 255, 64, dtype=np.uint8), (3, 64, 1))
    data = encode_jpeg(ramp, quality=95)
    assert data.startswith(b"\xff\xd8")
    assert np.abs(decode(data)[0].astype(int) - ramp).max() < 12


def test_stretch_keeps_order_and_puts_the_median_in_the_middle() -> None:
    values = np.tile(np.sort(RNG.gamma(2.0, 0.05, 4096)).astype(np.float32).reshape(64, 64), (3, 1, 1))
    picture = stretch(values, np.ones((64, 64), bool))
    assert (np.diff(picture[0].ravel().astype(int)) >= 0).all()
    assert 0.3 < np.median(picture) / 255 < 0.45
    assert picture.max() == 255
    assert picture.min() == 0


def test_stretch_does_not_depend_on_units() -> None:
    reflectance = RNG.gamma(2.0, 0.05, (3, 32, 32)).astype(np.float32)
    valid = np.ones((32, 32), bool)
    stored = reflectance / 1e-4 + 1000
    np.testing.assert_allclose(stretch(stored, valid).astype(int), stretch(reflectance, valid).astype(int), atol=1)


def test_stretch_leaves_invalid_pixels_black_and_survives_a_constant_or_empty_band() -> None:
    values = np.full((3, 8, 8), 7.0, np.float32)
    half = np.zeros((8, 8), bool)
    assert stretch(values, half).max() == 0
    half[:4] = True
    assert stretch(values + RNG.random((3, 8, 8)), half)[:, 4:].max() == 0
    assert stretch(values, half).shape == (3, 8, 8)


def test_a_tone_makes_a_part_look_as_in_the_whole() -> None:
    values, valid = RNG.gamma(2.0, 0.05, (3, 32, 32)).astype(np.float32), np.ones((32, 32), bool)
    tone = learn_tone(values, valid)
    np.testing.assert_array_equal(tone.apply(values[:, :8], valid[:8]), tone.apply(values, valid)[:, :8])
    np.testing.assert_array_equal(stretch(values, valid), tone.apply(values, valid))


def test_vegetation_is_red_in_false_colour() -> None:
    nir_red_green = np.stack([np.full((8, 8), level, np.float32) for level in (0.35, 0.04, 0.07)])
    nir_red_green[:, 0, 0], nir_red_green[:, 7, 7] = 0.0, 0.8
    red, green, blue = stretch(nir_red_green, np.ones((8, 8), bool), false_colour_gains())[:, 4, 4]
    assert red > 1.5 * green
    assert red > 1.3 * blue


def test_classes_are_painted_in_their_colours() -> None:
    picture = paint_classes(np.array([[1, 2]], np.uint8), {1: "#102030"})
    assert picture[:, 0, 0].tolist() == [16, 32, 48] == list(rgb("#102030"))
    assert picture[:, 0, 1].tolist() == [0, 0, 0]


def test_shrinking() -> None:
    values = np.arange(36, dtype=np.uint16).reshape(1, 6, 6)
    np.testing.assert_allclose(shrink_mean(values, 3)[0, 0, 0], values[0, :3, :3].mean())
    np.testing.assert_array_equal(shrink_nearest(values[0].astype(np.uint8), 3), [[7, 10], [25, 28]])
    mask = np.zeros((7, 7), bool)
    mask[4, 5] = True
    np.testing.assert_array_equal(shrink_any(mask, 3), [[False, False], [False, True]])
    assert shrink_nearest(mask.astype(np.uint8), 2).shape == shrink_any(mask, 2).shape == (3, 3)


def test_outline_draws_a_frame_and_clips_it_to_the_picture() -> None:
    blank = np.full((3, 20, 20), 9, np.uint8)
    framed = outline(blank, [Window(5, 5, 8, 8), Window(-4, 16, 8, 8)], ["#ff0000", "#00ff00"])
    assert framed[:, 5, 7].tolist() == [255, 0, 0]
    assert framed[:, 9, 9].tolist() == [9, 9, 9]
    assert framed[:, 3, 18].tolist() == [0, 255, 0]
    assert blank.max() == 9
