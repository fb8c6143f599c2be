"""The pictures of a choice of tiles: every tile, all in one tone, and where the tiles lie on a scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import ceil_div
from geoquant.preprocessing.chain import in_physical_units
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.decimation import decimation, overview
from geoquant.raster.scene import Scene
from geoquant.reporting.pictures import Picture, encode_jpeg, learn_tone, shrink_mean
from geoquant.sampling.summary import NumberedTile
from geoquant.strata.conditions import Stratum
from geoquant.strata.spectra import find_roles
from geoquant.strata.stratified_scene import StratifiedScene

THUMBNAIL_PX = 160
"""Longest side of a thumbnail at most: larger tiles are shrunk by a whole factor."""
SCENE_PX = 750
BRIGHT = (Stratum.THICK_CLOUD, Stratum.THIN_CLOUD, Stratum.CLOUD_EDGE, Stratum.SNOW)
"""Strata that the tone is not learned from: in a cloudy set, land would come out black."""


def tile_thumbnails(
    tiles: Sequence[NumberedTile], scenes: Sequence[StratifiedScene], progress: ProgressCallback
) -> dict[int, bytes]:
    """Number -> JPEG in true colour (or of the first bands), one tone for all; no data is hatched.

    Args:
        tiles: at least one.
        scenes: that they lie on.
        progress: is told after each tile.

    Raises:
        RasterError: a tile can't be read.
    """
    values: dict[int, NDArray[np.float32]] = {}
    valid: dict[int, NDArray[np.bool_]] = {}
    order = sorted(tiles, key=lambda tile: (tile.choice.candidate.scene, tile.choice.candidate.window))
    for done, tile in enumerate(order):  # in the order of the file, so that each block is decoded about once
        progress(Progress("drawing tiles", done, len(order), "tiles"))
        values[tile.number], valid[tile.number] = _small(tile, scenes)
    progress(Progress("drawing tiles", len(order), len(order), "tiles"))
    dark = [tile.number for tile in tiles if tile.choice.stratum not in BRIGHT] or list(values)
    together = np.concatenate([values[number].reshape(3, -1) for number in dark], axis=1)[:, :, None]
    tone = learn_tone(together, np.concatenate([valid[number].ravel() for number in dark])[:, None])
    return {
        number: encode_jpeg(_hatched(tone.apply(part, valid[number]), valid[number])) for number, part in values.items()
    }


def _small(tile: NumberedTile, scenes: Sequence[StratifiedScene]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A tile's bands for red, green and blue (3, y, x) in units that scenes share, and where they are valid (y, x)."""
    place = tile.choice.candidate
    scene = scenes[place.scene].scene
    shown = replace(scene, bands=tuple(scene.bands[i] for i in _visible(scene)))
    pixels = shown.read(place.window)
    data = in_physical_units(np.where(pixels.valid, pixels.values, 0), shown.bands)
    longest, shortest = max(place.window.height, place.window.width), min(place.window.height, place.window.width)
    factor = min(ceil_div(longest, THUMBNAIL_PX), shortest)
    return shrink_mean(data, factor), shrink_mean(pixels.valid[None], factor)[0] > 0.5


def _hatched(picture: Picture, valid: NDArray[np.bool_]) -> Picture:
    """No data is hatched, so that nobody takes it for a dark surface."""
    rows, cols = np.indices(valid.shape)
    hatch = np.where((rows + cols) % 8 < 2, 150, 205).astype(np.uint8)
    return np.where(valid, picture, hatch)


def _visible(scene: Scene) -> list[int]:
    """Positions of red, green and blue, else of the first three bands (one is shown as grey)."""
    roles = find_roles([(band.common_name, band.name) for band in scene.bands])
    if has_colour(scene):
        return [roles[role] for role in ("red", "green", "blue")]
    return [0, 1, 2] if len(scene.bands) >= 3 else [0, 0, 0]


def has_colour(scene: Scene) -> bool:
    """Whether red, green and blue are among a scene's bands."""
    return {"red", "green", "blue"} <= set(find_roles([(band.common_name, band.name) for band in scene.bands]))


@dataclass(frozen=True)
class SceneView:
    """A picture of a whole scene.

    Attributes:
        picture: The scene as a JPEG.
        size: The (height, width) of the picture.
        factor: Pixels of the scene per pixel of the picture.
    """

    picture: bytes
    size: tuple[int, int]
    factor: int


def scene_view(scene: Scene) -> SceneView:
    """A scene from its decimated view, in a tone of its own."""
    view = overview(scene)
    height, width = view.valid.shape
    factor = min(max(1, ceil_div(max(height, width), SCENE_PX)), height, width)
    bands = shrink_mean(np.where(view.valid, view.values, 0)[_visible(scene)], factor)
    valid = shrink_mean(view.valid[None], factor)[0] > 0.5
    picture = _hatched(learn_tone(bands, valid).apply(bands, valid), valid)
    return SceneView(encode_jpeg(picture), (picture.shape[1], picture.shape[2]), factor * decimation(scene))
