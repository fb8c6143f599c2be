"""The decimated view of a scene that everything about calibration is planned on: one read, kept for the job.

Memory stays bounded: a view has at most ``OVERVIEW_PX`` pixels a side, views beyond ``KEPT_BYTES`` are read again when
they are needed, and a file without overviews is decimated piece by piece, however wide it is. Blocks that a sparse TIFF
does not hold are not read.
"""

from __future__ import annotations

import warnings
import weakref
from itertools import product

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import GeoquantWarning, RasterError
from geoquant.grid import Window, align_up, ceil_div
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.raster.handles import HandleKey, borrowed
from geoquant.raster.scene import Scene
from geoquant.raster.types import Pixels, SceneBand

Positions = NDArray[np.intp]

OVERVIEW_PX = 1500
"""Longest side of the decimated view that tiles are chosen from."""

KEPT_BYTES = 256 * 2**20
STRIP_PX = 512
"""Rows of a piece, at most."""
PIECE_BYTES = 64 * 2**20
"""Bytes of stored numbers that are read at a time, but for the blocks of a file that are larger themselves."""
MOST_READ_PX = 10**11
"""Pixels that are read for a view at most: about an hour of decoding."""
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
        _check_size(scene)
        warnings.warn(
            f"{scene.name} has no overviews: to choose tiles, all of its {grid.height} x {grid.width} pixels are read "
            f"and every {decimation(scene)}th is kept. With overviews this takes seconds: gdaladdo FILE 2 4 8 16.",
            GeoquantWarning,
            stacklevel=4,
        )
        return _by_pieces(scene, progress)
    try:
        return scene.read_decimated(*overview_shape(scene))
    except RasterError:
        if scene.is_remote:
            raise
        return _by_pieces(scene, progress)


def lacks_overviews(scene: Scene) -> bool:
    """Whether a band must be decimated and its file holds nothing smaller than full resolution."""
    return decimation(scene) > 1 and any(_only_full(band) for band in scene.bands)


def _only_full(band: SceneBand) -> bool:
    if max(band.grid.height, band.grid.width) <= 2 * OVERVIEW_PX:
        return False
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        return not dataset.overviews(band.index)


def _check_size(scene: Scene) -> None:
    """Refuse to read what would take hours, whatever a file declares without holding it."""
    grid = scene.grid
    if grid.window.pixels > MOST_READ_PX:
        raise RasterError(
            f"{scene.name} declares {grid.height} x {grid.width} pixels and has no overviews, so that all "
            f"{grid.window.pixels:.3g} would have to be read, more than {MOST_READ_PX:.3g}. Make overviews (gdaladdo "
            "FILE 2 4 8 16 ...), or cut out what you need: gdal_translate -projwin WEST NORTH EAST SOUTH FILE OUT.tif."
        )


def _by_pieces(scene: Scene, progress: ProgressCallback) -> Pixels:
    """Decimate full resolution, the middle pixel of each block, decoding each block of the file once.

    Damaged blocks are no data, with a warning; a remote file's error may be the network's, and is raised.
    """
    grid, factor, bad = scene.grid, decimation(scene), set[Window]()
    height, width = overview_shape(scene)
    values, valid = np.empty((len(scene.bands), height, width), scene.dtype), np.empty((height, width), np.bool_)
    rows, cols = (
        np.minimum(np.arange(n) * factor + factor // 2, size - 1)
        for n, size in ((height, grid.height), (width, grid.width))
    )
    high, wide = _piece_px(scene)
    for row, column in product(range(0, grid.height, high), range(0, grid.width, wide)):
        progress(Progress(f"decimating {scene.name}", row, grid.height, "rows"))
        piece = Window(row, column, high, wide).intersection(grid.window)
        y, x = (slice(*np.searchsorted(at, ends)) for at, ends in _ends(piece, rows, cols))
        if rows[y].size and cols[x].size:
            pixels, damaged = _sampled(scene, piece, rows[y] - row, cols[x] - column)
            values[:, y, x], valid[y, x] = pixels
            bad |= damaged
    progress(Progress(f"decimating {scene.name}", grid.height, grid.height, "rows"))
    _warn_of_damage(scene, sorted(bad))
    return Pixels(values, valid)


def _ends(piece: Window, rows: Positions, cols: Positions) -> tuple[tuple[Positions, tuple[int, int]], ...]:
    return (rows, (piece.row, piece.row_end)), (cols, (piece.col, piece.col_end))


def _piece_px(scene: Scene) -> tuple[int, int]:
    """Height and width of what is read at a time: whole blocks, as wide as memory allows."""
    high, wide = scene.block_px
    pixel_bytes = len(scene.bands) * scene.dtype.itemsize + 1
    rows = align_up(min(STRIP_PX, max(high, PIECE_BYTES // (pixel_bytes * scene.grid.width))), high)
    rows = rows if wide >= scene.grid.width else align_up(STRIP_PX, high)
    rows = min(rows, max(STRIP_PX, PIECE_BYTES // (pixel_bytes * wide)))  # of a block larger than memory, a part
    return rows, min(scene.grid.width, align_up(max(1, PIECE_BYTES // (pixel_bytes * rows) - wide + 1), wide))


def _sampled(scene: Scene, piece: Window, rows: Positions, cols: Positions) -> tuple[Pixels, frozenset[Window]]:
    """The pixels at rows and columns of a piece, and its damaged blocks."""
    if all(_is_missing(band, piece, scene) for band in scene.bands):
        pixels = scene.read(Window(piece.row, piece.col, 1, 1))  # what stands for all that is not there
        shape = len(rows), len(cols)
        return Pixels(
            np.broadcast_to(pixels.values, (len(scene.bands), *shape)), np.broadcast_to(pixels.valid, shape)
        ), frozenset()
    pixels, damaged = scene.read_tolerant(piece, skip_bad_blocks=not scene.is_remote)
    return Pixels(pixels.values[:, rows][:, :, cols], pixels.valid[np.ix_(rows, cols)]), damaged


def _is_missing(band: SceneBand, piece: Window, scene: Scene) -> bool:
    """Whether a sparse TIFF holds none of the blocks of a piece, so that every pixel is the same."""
    if band.grid != scene.grid or band.mask != "none":
        return False
    (high, wide), (row, col) = band.storage.block, (piece.row, piece.col)
    blocks = product(
        range(row // high, ceil_div(piece.row_end, high)), range(col // wide, ceil_div(piece.col_end, wide))
    )
    with borrowed(HandleKey(band.path, band.stamp)) as dataset:
        if dataset.driver != "GTiff":
            return False
        return not any(dataset.get_tag_item(f"BLOCK_OFFSET_{x}_{y}", "TIFF", bidx=band.index) for y, x in blocks)


def _warn_of_damage(scene: Scene, bad: list[Window]) -> None:
    if bad:
        rows, cols = f"{bad[0].row} to {bad[0].row_end}", f"{bad[0].col} to {bad[0].col_end}"
        warnings.warn(
            f"{len(bad)} blocks of {scene.name} are damaged and count as no data, the first in rows {rows}, columns "
            f"{cols}; fetch the file again, or leave them out.",
            GeoquantWarning,
            stacklevel=6,
        )
