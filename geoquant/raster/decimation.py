"""The decimated view of a scene that everything about calibration is planned on: one read, kept for the job.

Memory stays bounded: a view has at most ``OVERVIEW_PX`` pixels a side, views beyond ``KEPT_BYTES`` are read again when
they are needed, and a file without overviews is decimated strip by strip.
"""

from __future__ import annotations

import warnings
import weakref

import numpy as np

from geoquant.errors import GeoquantWarning, RasterError
from geoquant.grid import Window, ceil_div
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.handles import HandleKey, borrowed
from geoquant.raster.scene import Scene
from geoquant.raster.types import Pixels, SceneBand

OVERVIEW_PX = 1500
"""Longest side of the decimated view that tiles are chosen from."""

KEPT_BYTES = 256 * 2**20
STRIP_PX = 512
_kept: weakref.WeakKeyDictionary[Scene, Pixels] = weakref.WeakKeyDictionary()


def decimation(scene: Scene) -> int:
    """The whole factor that brings the longest side to at most ``OVERVIEW_PX``."""
    return max(1, ceil_div(max(scene.grid.height, scene.grid.width), OVERVIEW_PX))


def overview_shape(scene: Scene) -> tuple[int, int]:
    """Height and width of the decimated view: every ``factor``-th pixel."""
    factor = decimation(scene)
    return ceil_div(scene.grid.height, factor), ceil_div(scene.grid.width, factor)


def overview(scene: Scene, progress: ProgressCallback = silent) -> Pixels:
    """Every ``decimation(scene)``-th pixel, stored numbers (band, y, x); the same object again while the scene lives.

    Args:
        scene: any.
        progress: is told where the scene has no overviews and all of it has to be read; may raise ``Cancelled``.

    Raises:
        RasterError: the scene can't be read; blocks of a local file that are damaged are no data instead.
    """
    kept = _kept.get(scene)
    if kept is not None:
        return kept
    pixels = _decimated(scene, progress)
    if sum(other.values.nbytes for other in list(_kept.values())) + pixels.values.nbytes <= KEPT_BYTES:
        _kept[scene] = pixels
    return pixels


def _decimated(scene: Scene, progress: ProgressCallback) -> Pixels:
    """Through the overviews; from full resolution where there are none, or where what is read at once is damaged."""
    if lacks_overviews(scene):
        grid = scene.grid
        warnings.warn(
            f"{scene.name} has no overviews: to choose tiles, all of its {grid.height} x {grid.width} pixels are read "
            f"and every {decimation(scene)}th is kept. With overviews this takes seconds: gdaladdo FILE 2 4 8 16.",
            GeoquantWarning,
            stacklevel=4,
        )
        return _by_strips(scene, progress)
    try:
        return scene.read_decimated(*overview_shape(scene))
    except RasterError:
        if scene.is_remote:
            raise
        return _by_strips(scene, progress)


def lacks_overviews(scene: Scene) -> bool:
    """Whether a band must be decimated and its file holds nothing smaller than full resolution."""
    return decimation(scene) > 1 and any(_only_full(band) for band in scene.bands)


def _only_full(band: SceneBand) -> bool:
    if max(band.grid.height, band.grid.width) <= 2 * OVERVIEW_PX:
        return False
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        return not dataset.overviews(band.index)


def _by_strips(scene: Scene, progress: ProgressCallback) -> Pixels:
    """Decimate full resolution, the middle pixel of each block, decoding each strip of the file once.

    Damaged blocks are no data, with a warning; a remote file's error may be the network's, and is raised.
    """
    grid, factor, bad = scene.grid, decimation(scene), set[Window]()
    height, width = overview_shape(scene)
    values, valid = np.empty((len(scene.bands), height, width), scene.dtype), np.empty((height, width), np.bool_)
    rows, cols = (
        np.minimum(np.arange(n) * factor + factor // 2, size - 1)
        for n, size in ((height, grid.height), (width, grid.width))
    )
    for row in range(0, grid.height, STRIP_PX):
        progress(Progress(f"decimating {scene.name}", row, grid.height, "rows"))
        strip = Window(row, 0, min(STRIP_PX, grid.height - row), grid.width)
        inside = (rows >= row) & (rows < strip.row_end)
        pixels, damaged = scene.read_tolerant(strip, skip_bad_blocks=not scene.is_remote)
        bad |= damaged
        values[:, inside] = pixels.values[:, rows[inside] - row][:, :, cols]
        valid[inside] = pixels.valid[rows[inside] - row][:, cols]
    progress(Progress(f"decimating {scene.name}", grid.height, grid.height, "rows"))
    _warn_of_damage(scene, sorted(bad))
    return Pixels(values, valid)


def _warn_of_damage(scene: Scene, bad: list[Window]) -> None:
    if bad:
        rows, cols = f"{bad[0].row} to {bad[0].row_end}", f"{bad[0].col} to {bad[0].col_end}"
        warnings.warn(
            f"{len(bad)} blocks of {scene.name} are damaged and count as no data, the first in rows {rows}, columns "
            f"{cols}; fetch the file again, or leave them out.",
            GeoquantWarning,
            stacklevel=6,
        )
