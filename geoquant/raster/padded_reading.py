"""Reading windows that reach beyond a scene, whatever the scene is made of."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import RasterError
from geoquant.grid import Grid, Window
from geoquant.raster.reflection import reflected
from geoquant.raster.types import Edge, Pixels

Stored = TypeVar("Stored", bound=np.generic)


class WindowReader(Protocol):
    """What can read windows inside its grid."""

    @property
    def grid(self) -> Grid:
        """The whole grid."""

    def empty(self, window: Window) -> Pixels:
        """Arrays for the pixels of a window, with any content."""

    def read_into(self, window: Window, pixels: Pixels, skip_bad_blocks: bool) -> frozenset[Window]:
        """Fill ``pixels`` with a window inside the grid; the damaged blocks that were left out."""


def read_tolerant(
    source: WindowReader, window: Window, edge: Edge, pixels: Pixels, skip_bad_blocks: bool
) -> tuple[Pixels, frozenset[Window]]:
    """Fill ``pixels`` with a window that may reach beyond the grid, at any distance.

    Args:
        source: what is read.
        window: in pixels of its grid.
        edge: what lies beyond it.
        pixels: arrays of the window's size, which may be views of larger ones.
        skip_bad_blocks: damaged blocks become invalid zeros instead of an error.

    Returns:
        the pixels, and the damaged blocks that were left out, as windows of the grid: a set, because neighbouring
        windows with a halo meet the same block.

    Raises:
        RasterError: the window has no pixels, or can't be read.
    """
    if not window.pixels:
        raise RasterError(f"{window} has no pixels; a window must be at least 1 x 1.")
    inner = window.intersection(source.grid.window)
    if edge == "reflect" and not _mirrors_within(window, inner):
        return pixels, _read_from_afar(source, window, pixels, skip_bad_blocks)
    if edge == "zero" and inner != window:
        pixels.values[...], pixels.valid[...] = 0, False
    y, x = inner.relative_to(window).slices
    bad: frozenset[Window] = frozenset()
    if inner.pixels:
        bad = source.read_into(inner, Pixels(pixels.values[:, y, x], pixels.valid[y, x]), skip_bad_blocks)
    if edge == "reflect" and inner != window:
        _mirror(pixels.values, y, x)
        _mirror(pixels.valid, y, x)
    return pixels, bad


def _read_from_afar(source: WindowReader, window: Window, into: Pixels, skip_bad_blocks: bool) -> frozenset[Window]:
    """A window whose reflection needs more than what it covers itself, or folds more than once."""
    rows = reflected(window.row, window.row_end, source.grid.height)
    cols = reflected(window.col, window.col_end, source.grid.width)
    row, col = int(rows.min()), int(cols.min())
    needed = Window(row, col, int(rows.max()) + 1 - row, int(cols.max()) + 1 - col)
    pixels = source.empty(needed)
    bad = source.read_into(needed, pixels, skip_bad_blocks)
    rows, cols = rows - row, cols - col
    into.values[...], into.valid[...] = _take(pixels.values, rows, cols), _take(pixels.valid, rows, cols)
    return bad


def _mirrors_within(window: Window, inner: Window) -> bool:
    """Whether what lies beyond the edge is the mirror image of pixels that the window holds itself."""
    down = max(inner.row - window.row, window.row_end - inner.row_end)
    right = max(inner.col - window.col, window.col_end - inner.col_end)
    return down < inner.height and right < inner.width


def _mirror(array: NDArray[np.generic], y: slice, x: slice) -> None:
    """Fill the margins of the last two axes by reflecting what lies in ``[..., y, x]``; the edge is not repeated."""
    height, width = array.shape[-2:]
    array[..., y, : x.start] = array[..., y, 2 * x.start - np.arange(x.start)]
    array[..., y, x.stop :] = array[..., y, x.stop - 2 - np.arange(width - x.stop)]
    array[..., : y.start, :] = array[..., 2 * y.start - np.arange(y.start), :]
    array[..., y.stop :, :] = array[..., y.stop - 2 - np.arange(height - y.stop), :]


def _take(array: NDArray[Stored], rows: NDArray[np.intp], cols: NDArray[np.intp]) -> NDArray[Stored]:
    """``array[..., rows, cols]`` on the last two axes, C-contiguous."""
    return np.take(np.take(array, rows, axis=-2), cols, axis=-1)
