"""The report's pictures: the scene, both class maps, where they differ, and close-ups of hard places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.demo.findings import Findings
from geoquant.demo.landscape.spectra import CLOUD, SHADOW, SNOW, WATER
from geoquant.grid import Window, ceil_div
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from geoquant.raster.types import Pixels
from geoquant.reporting.pictures import (
    Picture,
    Tone,
    encode_jpeg,
    encode_png,
    false_colour_gains,
    learn_tone,
    outline,
    paint_classes,
    shrink_any,
    shrink_mean,
    shrink_nearest,
    stretch,
)
from geoquant.strata.conditions import Stratum
from geoquant.strata.strata_map import STRATUM_COLORS

LONGEST_PX = 1024
CLOSE_UP_PX = 128
GAP_PX = 8
AGREE, DIFFER = 1, 2
DIFFERENCE_COLORS = {AGREE: "#e9e9e4", DIFFER: "#c1121f"}
CLOSE_UPS = {Stratum.CLOUD_EDGE: CLOUD, Stratum.SHADOW: SHADOW, Stratum.SNOW: SNOW, Stratum.WATER: WATER}
"""Conditions to show, each with the true class that should be seen there."""

BEST_SHARE = 0.4
"""Pixels of that class in a close-up: enough to see it, and its edges."""


@dataclass(frozen=True)
class CloseUp:
    """One place at full resolution, four pictures as PNG: the scene, the truth, float, INT8; and why this place."""

    title: str
    pictures: tuple[bytes, bytes, bytes, bytes]


@dataclass(frozen=True)
class Pictures:
    """All pictures, encoded, at one scale.

    Attributes:
        factor: Pixels of the scene per pixel of the picture.
        size: The (height, width) of each picture.
        true_colour: A JPEG in true colour.
        false_colour: A JPEG with near infrared as red.
        classes_float: A PNG of the float model's classes.
        classes_int8: A PNG of the INT8 model's classes.
        truth: A PNG of the true classes.
        difference: A PNG in which every differing pixel is visible.
        close_ups: Enlarged pictures of hard places.
        tiles: Calibration tiles on the picture: window, colour, record.
        base: The true colour picture (3, y, x), to draw on.
        overview: A JPEG of true colour, false colour and INT8 classes side by side.
    """

    factor: int
    size: tuple[int, int]
    true_colour: bytes
    false_colour: bytes
    classes_float: bytes
    classes_int8: bytes
    truth: bytes
    difference: bytes
    close_ups: tuple[CloseUp, ...]
    tiles: tuple[tuple[Window, str, Mapping[str, Any]], ...]
    base: Picture
    overview: bytes


def draw_pictures(findings: Findings, scene: Scene) -> Pictures:
    """Draw everything.

    Args:
        findings: where the maps lie, which tiles were chosen.
        scene: fitted to the card: blue, green, red, nir, ...
    """
    factor = max(1, ceil_div(max(scene.grid.height, scene.grid.width), LONGEST_PX))
    palette = {label.value: label.color for label in findings.model.card.classes}
    paths = (findings.outputs.classes_float, findings.outputs.classes_int8, findings.files.labels)
    by_float, by_int8, truth = (_read_whole(path) for path in paths)
    small, valid = _shrink_scene(scene, factor)
    maps = [encode_png(shrink_nearest(classes, factor), palette) for classes in (by_float, by_int8, truth)]
    tone = learn_tone(small[[2, 1, 0]], valid)
    base = tone.apply(small[[2, 1, 0]], valid)
    false_colour = stretch(small[[3, 2, 1]], valid, false_colour_gains())
    return Pictures(
        factor=factor,
        size=(base.shape[1], base.shape[2]),
        true_colour=encode_jpeg(base),
        false_colour=encode_jpeg(false_colour),
        classes_float=maps[0],
        classes_int8=maps[1],
        truth=maps[2],
        difference=_difference(by_float, by_int8, valid, factor),
        close_ups=tuple(_close_ups(findings, _Painter(scene, tone, (truth, by_float, by_int8), palette))),
        tiles=tuple(_placed(tile, factor) for tile in findings.quantized.calibration),
        base=base,
        overview=_side_by_side(base, false_colour, paint_classes(shrink_nearest(by_int8, factor), palette)),
    )


def _side_by_side(*pictures: Picture) -> bytes:
    """Pictures of one size in a row with a white gap, JPEG."""
    gap = np.full((3, pictures[0].shape[1], GAP_PX), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)][1:]
    return encode_jpeg(np.concatenate(row, axis=2))


def tile_picture(pictures: Pictures) -> bytes:
    """The scene with the calibration tiles framed in their stratum's colour, PNG."""
    windows, colors = [tile[0] for tile in pictures.tiles], [tile[1] for tile in pictures.tiles]
    return encode_png(outline(pictures.base, windows, colors))


def stratum_color(label: str) -> str:
    """The colour of a stratum by its name."""
    return next((color for stratum, color in STRATUM_COLORS.items() if stratum.label == label), "#ffffff")


def _read_whole(path: Any) -> NDArray[np.uint8]:
    source = open_scene(path)
    try:
        return np.asarray(source.read(source.grid.window).values[0], np.uint8)
    finally:
        source.close()


def _shrink_scene(scene: Scene, factor: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The first four bands averaged over blocks, and where all of a block is valid; a band of rows at a time."""
    rows = 256 * factor
    height = scene.grid.height // factor * factor
    parts, masks = [], []
    for row in range(0, height, rows):
        pixels: Pixels = scene.read(Window(row, 0, min(rows, height - row), scene.grid.width))
        parts.append(shrink_mean(pixels.values[:4], factor))
        masks.append(~shrink_any(~pixels.valid, factor))
    return np.concatenate(parts, axis=1), np.concatenate(masks, axis=0)


def _difference(
    by_float: NDArray[np.uint8], by_int8: NDArray[np.uint8], valid: NDArray[np.bool_], factor: int
) -> bytes:
    differ = shrink_any(by_float != by_int8, factor)
    return encode_png(np.where(valid, np.where(differ, DIFFER, AGREE), 0).astype(np.uint8), DIFFERENCE_COLORS)


def _placed(tile: Mapping[str, Any], factor: int) -> tuple[Window, str, Mapping[str, Any]]:
    """A calibration tile in pixels of the picture."""
    place = Window(*(tile[side] // factor for side in ("row", "col", "height", "width")))
    return place, stratum_color(tile["stratum"]), tile


@dataclass(frozen=True)
class _Painter:
    """Cuts the same window out of the scene and the three class maps (truth, float, INT8)."""

    scene: Scene
    tone: Tone
    maps: tuple[NDArray[np.uint8], ...]
    palette: Mapping[int, str]

    def paint(self, window: Window) -> tuple[bytes, bytes, bytes, bytes]:
        pixels = self.scene.read(window)
        photo = encode_png(self.tone.apply(pixels.values[[2, 1, 0]], pixels.valid))
        truth, by_float, by_int8 = (encode_png(paint_classes(m[window.slices], self.palette)) for m in self.maps)
        return photo, truth, by_float, by_int8

    def share(self, window: Window, value: int) -> float:
        return float((self.maps[0][window.slices] == value).mean())


def _close_ups(findings: Findings, painter: _Painter) -> Iterator[CloseUp]:
    """One place per hard condition: of the tiles held out for it, the one that shows it best."""
    for stratum, value in CLOSE_UPS.items():
        held_out = [tile for tile in findings.quantized.held_out if tile["stratum"] == stratum.label]
        windows = [_middle(tile, painter.scene.grid.window) for tile in held_out]
        if windows:
            shares = [abs(painter.share(window, value) - BEST_SHARE) for window in windows]
            yield CloseUp(stratum.label, painter.paint(windows[int(np.argmin(shares))]))


def _middle(tile: Mapping[str, Any], whole: Window) -> Window:
    """A square of ``CLOSE_UP_PX`` in the middle of a tile, inside the scene."""
    half = CLOSE_UP_PX // 2
    row = min(max(tile["row"] + tile["height"] // 2 - half, 0), whole.height - CLOSE_UP_PX)
    col = min(max(tile["col"] + tile["width"] // 2 - half, 0), whole.width - CLOSE_UP_PX)
    return Window(row, col, CLOSE_UP_PX, CLOSE_UP_PX)
