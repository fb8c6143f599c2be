"""The pictures of an evaluation: where tiles lie, and what both models see in the worst tiles and in random ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.evaluation.contender import Contender, Runner
from geoquant.model_card.card import ModelCard
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.scene import Scene
from geoquant.reporting.pictures import Picture, Tone, encode_jpeg, encode_png, learn_tone
from geoquant.sampling.tile_reader import ReadTile, TileReader
from geoquant.strata.spectra import find_roles
from geoquant.strata.stratified_scene import StratifiedScene

OVERVIEW_PX = 900
SHOWN_TILES = 4
"""Worst tiles, and as many random ones."""
MAX_SCENES = 4

DIFFERS, INT8_RIGHT, FLOAT_RIGHT = 1, 2, 3
DIFFERENCE_COLORS = {DIFFERS: "#d98a00", INT8_RIGHT: "#1c8a55", FLOAT_RIGHT: "#c1121f"}
GROUND, SHADES = 10, 48
"""The first palette value, and the number of values, of the pale grey in which the scene shows where both agree."""
DIFFERENCE_WORDS = {
    INT8_RIGHT: "differ, INT8 is right",
    FLOAT_RIGHT: "differ, float is right",
    DIFFERS: "differ, neither is right",
}


@dataclass(frozen=True)
class SceneView:
    """A picture of a whole scene.

    Attributes:
        name: The name of the scene.
        picture: The scene as a JPEG.
        size: The (height, width) of the picture.
        factor: Pixels of the scene per pixel of the picture.
    """

    name: str
    picture: bytes
    size: tuple[int, int]
    factor: float


@dataclass(frozen=True)
class TileView:
    """The pictures of one tile.

    Attributes:
        position: The position of the tile among all.
        scene: A JPEG in true colour.
        labels: A PNG of the true classes, None without labels.
        by_float: A PNG of the float model's classes.
        by_int8: A PNG of the INT8 model's classes.
        difference: A PNG in which differing pixels stand out.
    """

    position: int
    scene: bytes
    labels: bytes | None
    by_float: bytes
    by_int8: bytes
    difference: bytes


def scene_views(tiles: TileReader) -> list[SceneView]:
    """The first scenes, each in its own tone."""
    return [_scene_view(stratified, tiles.card) for stratified in tiles.scenes[:MAX_SCENES]]


def _scene_view(stratified: StratifiedScene, card: ModelCard) -> SceneView:
    scene = stratified.scene
    factor = max(1.0, max(scene.grid.height, scene.grid.width) / OVERVIEW_PX)
    size = max(1, round(scene.grid.height / factor)), max(1, round(scene.grid.width / factor))
    pixels = scene.read_decimated(*size)
    bands = pixels.values[_shown_bands(card)]
    picture = learn_tone(bands, pixels.valid).apply(bands, pixels.valid)
    return SceneView(scene.name, encode_jpeg(picture), size, factor)


def scene_tone(scene: Scene, card: ModelCard) -> Tone:
    """One tone for all tiles of a scene, so that they can be compared."""
    factor = max(1.0, max(scene.grid.height, scene.grid.width) / OVERVIEW_PX)
    pixels = scene.read_decimated(round(scene.grid.height / factor), round(scene.grid.width / factor))
    return learn_tone(pixels.values[_shown_bands(card)], pixels.valid)


def _shown_bands(card: ModelCard) -> list[int]:
    """Positions of red, green and blue; the first three bands, or one three times, where they are not all there."""
    roles = find_roles([(band.common_name, band.name) for band in card.bands])
    if {"red", "green", "blue"} <= set(roles):
        return [roles[name] for name in ("red", "green", "blue")]
    return [0, 1, 2] if len(card.bands) > 2 else [0, 0, 0]


def pick_tiles(agreements: Sequence[float], seed: int) -> tuple[list[int], list[int]]:
    """Positions of the worst tiles, worst first, and of random others."""
    known = np.nan_to_num(np.asarray(agreements), nan=2.0)
    order = [int(i) for i in np.argsort(known, kind="stable") if known[i] <= 1]
    worst, rest = order[:SHOWN_TILES], order[SHOWN_TILES:]
    chosen = np.random.default_rng(seed).permutation(len(rest))[:SHOWN_TILES]
    return worst, sorted(rest[i] for i in chosen)


def tile_views(
    pair: tuple[Contender, Contender], tiles: TileReader, positions: Sequence[int], progress: ProgressCallback
) -> list[TileView]:
    """Run both models on some tiles again and draw what they say.

    Args:
        pair: float and INT8.
        tiles: all of them.
        positions: of those to draw.
        progress: is told after each tile.
    """
    some = replace(tiles, choices=[tiles.choices[i] for i in positions], blended=True)
    runners = [Runner(contender, some) for contender in pair]
    tones = {i: scene_tone(tiles.scenes[i].scene, tiles.card) for i in {c.candidate.scene for c in some.choices}}
    views: list[TileView] = []
    for position, tile in zip(positions, some, strict=True):
        progress(Progress("drawing tiles", len(views), len(some), "tiles"))
        maps = [runner.classes(tile) for runner in runners]
        views.append(_tile_view(position, tile, (maps[0], maps[1]), (tones[tile.scene], tiles.card)))
    progress(Progress("drawing tiles", len(some), len(some), "tiles"))
    return views


def _tile_view(
    position: int, tile: ReadTile, maps: tuple[NDArray[np.uint8], NDArray[np.uint8]], look: tuple[Tone, ModelCard]
) -> TileView:
    tone, card = look
    rows, cols = tile.core
    valid = tile.pixels.valid[rows, cols]
    photo: Picture = tone.apply(tile.pixels.values[_shown_bands(card), rows, cols], valid)
    palette = {i: label.color for i, label in enumerate(card.classes)}
    drawn = [encode_png(np.where(valid, classes, 255).astype(np.uint8), palette) for classes in maps]
    labels = None if tile.labels is None else encode_png(tile.labels, palette)
    difference = _difference(maps, tile.labels)
    ground = GROUND + photo.mean(axis=0) / 256 * SHADES  # (y, x)
    shown = np.where(difference, difference, np.where(valid, ground, 0)).astype(np.uint8)
    return TileView(position, encode_jpeg(photo), labels, drawn[0], drawn[1], encode_png(shown, _difference_palette()))


def _difference_palette() -> dict[int, str]:
    greys = [190 + round(60 * shade / SHADES) for shade in range(SHADES)]
    return DIFFERENCE_COLORS | {GROUND + i: f"#{grey:02x}{grey:02x}{grey:02x}" for i, grey in enumerate(greys)}


def _difference(
    maps: tuple[NDArray[np.uint8], NDArray[np.uint8]], labels: NDArray[np.uint8] | None
) -> NDArray[np.uint8]:
    """Per pixel 0 where the models agree, else who is right by the labels (y, x); every dot is three pixels wide."""
    by_float, by_int8 = maps
    kinds = np.where(by_float == by_int8, 0, DIFFERS)
    if labels is not None:
        kinds = np.where((kinds > 0) & (by_int8 == labels), INT8_RIGHT, kinds)
        kinds = np.where((kinds > 0) & (by_float == labels), FLOAT_RIGHT, kinds)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(kinds, 1), (3, 3)).max(axis=(2, 3))
    return np.where(kinds > 0, kinds, around).astype(np.uint8)
