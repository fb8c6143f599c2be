"""Which bands of a scene, from which of their files, on which grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from geoquant.errors import BandMismatch, OptionError
from geoquant.grid import Grid
from geoquant.options.scene import SceneOptions
from geoquant.raster.band_matching import listing
from geoquant.raster.pixel_size import SAME_SIZE, alike, fineness, resized
from geoquant.raster.placement import place
from geoquant.raster.scene import Scene
from geoquant.raster.types import SceneBand

LARGEST_RATIO = 32
"""Largest ratio of wanted to stored pixel size, either way: beyond it the source window of a tile is too large."""


def selectable(scene: Scene) -> tuple[SceneBand, ...]:
    """The bands that may be selected: all of them, and the alpha band, which NAIP uses for near infrared."""
    return scene.bands + ((scene.alpha,) if scene.alpha else ())


def with_bands(scene: Scene, chosen: Sequence[SceneBand]) -> Scene:
    """The scene with these bands, on the finest grid among them; an alpha band that is chosen masks no longer."""
    if not chosen:
        raise BandMismatch(f"No band of {scene.name} was chosen; it has {listing(scene.bands)}.")
    alpha = scene.alpha
    if alpha in chosen:
        chosen = [_unmasked(band) if band.path == alpha.path else band for band in chosen]  # type: ignore[union-attr]
        alpha = None
    return on_finest_grid(replace(scene, bands=tuple(chosen), alpha=alpha))


def _unmasked(band: SceneBand) -> SceneBand:
    """The band with an alpha band that is data; a mask that the file has beside it goes on masking."""
    return replace(band, mask="none" if band.mask == "alpha" else band.mask, alpha_index=None)


def on_finest_grid(scene: Scene) -> Scene:
    """The scene on the grid of its finest band."""
    return on_grid(scene, min((band.grid for band in scene.bands), key=fineness))


def on_grid(scene: Scene, grid: Grid) -> Scene:
    """The scene on a grid.

    Raises:
        GridMismatch: a band's file can't be laid over it.
    """
    for band in scene.bands:
        place(band.grid, grid)  # raises where it can't be laid over the others
    dtype = np.result_type(*(np.dtype(band.dtype) for band in scene.bands))
    rpc = scene.rpc if grid == scene.grid else ()  # they count in the pixels of the file
    return replace(scene, grid=grid, dtype=np.dtype(dtype), rpc=rpc)


def gsd_option(options: SceneOptions) -> tuple[float, float] | None:
    """``--gsd`` as pixel size (down, right), or None.

    Raises:
        OptionError: it is not positive.
    """
    if options.gsd is None:
        return None
    if not options.gsd > 0:
        raise OptionError(f"--gsd is {options.gsd}; it must be greater than 0.")
    return options.gsd, options.gsd


def at_resolution(scene: Scene, target: tuple[float, float] | None) -> Scene:
    """Of each band's files the one that fits best, on a grid of the target pixel size (down, right).

    A scene that has this pixel size, or for which there is no target, stays as it is.

    Raises:
        OptionError: the target is so far from the scene's pixels that it must be meant in another unit.
    """
    if target is None or alike(scene.grid.pixel_size, target):
        return scene
    _check_ratio(scene, target)
    bands = tuple(_best_file(band, max(target)) for band in scene.bands)
    grid = _native_grid(bands, target) or resized(scene.grid, target)
    return on_grid(replace(scene, bands=bands), grid)


def _check_ratio(scene: Scene, target: tuple[float, float]) -> None:
    """Refuse metres given for degrees, which would make the scene one pixel, or a pixel a city."""
    ratios = [wanted / own for wanted, own in zip(target, scene.grid.pixel_size, strict=True)]
    if max(ratios) > LARGEST_RATIO or min(ratios) < 1 / LARGEST_RATIO:
        raise OptionError(
            f"Pixels of {max(target):g} are wanted and those of {scene.name} are {max(scene.grid.pixel_size):g}, in "
            f"units of its CRS: more than {LARGEST_RATIO} times apart. Give --gsd in these units, or resample the "
            f"scene first with `gdalwarp -tr`."
        )


def _best_file(band: SceneBand, gsd: float) -> SceneBand:
    """The coarsest file that is still as fine as ``gsd``, else the finest."""
    files = (replace(band, alternatives=()), *band.alternatives)
    fine_enough = [file for file in files if file.gsd <= gsd * SAME_SIZE]
    best = max(fine_enough, key=lambda file: file.gsd) if fine_enough else min(files, key=lambda file: file.gsd)
    return replace(best, alternatives=tuple(file for file in files if file is not best))


def _native_grid(bands: Sequence[SceneBand], target: tuple[float, float]) -> Grid | None:
    """A grid of the target size that a file has already."""
    for band in bands:
        if alike(band.grid.pixel_size, target):
            return band.grid
    return None
