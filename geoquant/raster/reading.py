"""Windows of pixels out of files: one read call for the bands of a file, validity beside it, errors in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio.windows
from numpy.typing import NDArray
from rasterio._err import CPLE_OutOfMemoryError

from geoquant.errors import DamagedRaster, RasterError
from geoquant.grid import Grid, Window, ceil_div, magnified
from geoquant.raster.handles import RASTERIO_ERRORS, HandleKey, borrowed, is_remote
from geoquant.raster.interpolation import interpolated, margin, nearest, pieces
from geoquant.raster.patience import TRIES, patiently
from geoquant.raster.pixel_positions import pixel_ratio, positions
from geoquant.raster.placement import Placement, place
from geoquant.raster.resampling import averaged, repeated

if TYPE_CHECKING:
    from geoquant.raster.types import SceneBand


Values = NDArray[Any]  # (band, y, x)
Valid = NDArray[np.bool_]  # (y, x)
AVERAGED_PX = 1 << 20
"""File pixels that are read at a time to be averaged: their memory is then the same however coarse the scene is."""
_CELL_PX = 256  # what a damaged block is looked for in, where file blocks do not lie on the scene's pixels


@dataclass(frozen=True)
class _Part:
    """Neighbouring bands of one file: what one read call fetches."""

    bands: tuple[SceneBand, ...]
    place: Placement
    grid: Grid

    @property
    def first(self) -> SceneBand:
        return self.bands[0]

    @property
    def indexes(self) -> list[int]:
        return [band.index for band in self.bands]

    @property
    def key(self) -> HandleKey:
        return HandleKey(self.first.path, self.first.stamp)


def read(bands: Sequence[SceneBand], grid: Grid, window: Window, into: tuple[Values, Valid]) -> None:
    """Fill ``into``: values ``(band, y, x)`` and validity ``(y, x)`` of a window inside ``grid``.

    Args:
        bands: to read.
        grid: the scene's.
        window: inside it.
        into: arrays of the window's size, which may be views of larger ones.

    Raises:
        DamagedRaster: pixels can't be decoded; names file, band and window.
        RasterError: the file no longer opens, or memory runs out.
    """
    values, valid = into
    valid[...] = True
    for at, part in _parts(bands, grid):
        _read_part(part, window, values[at], valid)


def read_skipping(
    bands: Sequence[SceneBand], grid: Grid, window: Window, into: tuple[Values, Valid]
) -> frozenset[Window]:
    """As ``read``, with damaged blocks as invalid zeros; returns those blocks, as windows of ``grid``.

    Raises:
        RasterError: as ``read``, for what is no damage: an empty map would look like a result.
    """
    values, valid = into
    valid[...] = True
    bad: set[Window] = set()
    for at, part in _parts(bands, grid):
        before = valid.copy()
        try:
            _read_part(part, window, values[at], valid)
        except DamagedRaster:
            valid[...] = before
            bad |= _read_by_blocks(part, window, values[at], valid)
    return frozenset(bad)


def read_decimated(
    bands: Sequence[SceneBand], grid: Grid, dtype: np.dtype[Any], shape: tuple[int, int]
) -> tuple[Values, Valid]:
    """The whole grid at ``shape`` (y, x) by nearest neighbour, through overviews where there are any."""
    values, valid = _blank(len(bands), dtype, Window(0, 0, *shape))
    for at, part in _parts(bands, grid):
        whole = _whole(part)
        if whole is None:
            _read_nearest(part, values[at], valid)
        else:
            _read_mapped(part, whole, values[at], valid)
    return values, valid


def _read_nearest(part: _Part, values: Values, valid: Valid) -> None:
    """The whole grid, decimated, where it does not lie on the file's pixels: the nearest of a decimated read."""
    grid, file_grid = part.grid, part.first.grid
    height, width = valid.shape
    coarse = Grid(grid.crs, magnified(grid.transform, grid.height / height, grid.width / width), width, height)
    where = positions(file_grid, coarse, coarse.window)
    reach = where.reach(file_grid, (0, 0))
    if not reach.pixels:
        values[...], valid[...] = 0, False
        return
    down, right = (max(1, int(ratio)) for ratio in where.ratio)
    size = Window(0, 0, ceil_div(reach.height, down), ceil_div(reach.width, right))
    read_values, read_valid = _blank(len(part.bands), values.dtype, size)
    _read_mapped(part, _rasterio_window(reach), read_values, read_valid)
    shrunk = where.shrunk(reach, size)
    values[...] = nearest(read_values, shrunk, size)
    valid &= nearest(read_valid, shrunk, size) & where.inside(file_grid.height, file_grid.width)


def _blank(count: int, dtype: np.dtype[Any], window: Window) -> tuple[Values, Valid]:
    shape = window.height, window.width
    return np.empty((count, *shape), dtype), np.ones(shape, np.bool_)


def _parts(bands: Sequence[SceneBand], grid: Grid) -> Iterator[tuple[slice, _Part]]:
    """Runs of bands of one file, and where their values go; one place for each, so that one read call fills it."""
    start = 0
    for _, run in groupby(bands, key=lambda band: (band.path, band.grid)):
        members = tuple(run)
        yield slice(start, start + len(members)), _Part(members, place(members[0].grid, grid), grid)
        start += len(members)


def _read_part(part: _Part, window: Window, values: Values, valid: Valid) -> None:
    """Fill ``values`` and clear ``valid`` where the part has no data."""
    if part.place.kind == "interpolate":
        separable = positions(part.first.grid, part.grid, Window(0, 0, 1, 1)).separable
        for piece in pieces(window, pixel_ratio(part.first.grid, part.grid), AVERAGED_PX, separable):
            y, x = piece.relative_to(window).slices
            _read_interpolated(part, piece, values[:, y, x], valid[y, x])
    elif part.place.kind == "direct":
        _read_clipped(part, part.place.source_window(window), values, valid)
    elif part.place.kind == "repeat":
        _read_repeated(part, window, values, valid)
    else:
        for rows in _averaged_rows(part.place, window):
            at = slice(rows.row - window.row, rows.row_end - window.row)
            _read_averaged(part, rows, values[:, at], valid[at])


def _read_repeated(part: _Part, window: Window, values: Values, valid: Valid) -> None:
    """Read coarser pixels and repeat them."""
    source, factor = part.place.source_window(window), part.place.factor
    wide, wide_valid = _blank(len(part.bands), values.dtype, source)
    _read_clipped(part, source, wide, wide_valid)
    row, col = window.row + part.place.row, window.col + part.place.col
    offset = row - source.row * factor[0], col - source.col * factor[1]
    repeated(wide, factor, offset, values)
    inside = np.empty((1, *valid.shape), np.bool_)
    repeated(wide_valid[np.newaxis], factor, offset, inside)
    valid &= inside[0]


def _averaged_rows(spot: Placement, window: Window) -> Iterator[Window]:
    """``window`` in bands of rows, so that what is read for each holds about ``AVERAGED_PX`` pixels of the file."""
    down, right = spot.factor
    height = max(1, AVERAGED_PX // (window.width * right * down))
    for row in range(window.row, window.row_end, height):
        yield Window(row, window.col, min(height, window.row_end - row), window.width)


def _read_averaged(part: _Part, window: Window, values: Values, valid: Valid) -> None:
    """Read finer pixels and average them."""
    source = part.place.source_window(window)
    wide, wide_valid = _blank(len(part.bands), values.dtype, source)
    _read_clipped(part, source, wide, wide_valid)
    valid &= averaged(wide, wide_valid, part.place.factor, values)


def _read_interpolated(part: _Part, window: Window, values: Values, valid: Valid) -> None:
    """Read what lies around the pixels' places in the file, and make values of it."""
    file_grid = part.first.grid
    where = positions(file_grid, part.grid, window)
    source = where.reach(file_grid, margin(where.ratio))
    if not source.pixels:
        values[...], valid[...] = 0, False
        return
    wide, wide_valid = _blank(len(part.bands), values.dtype, source)
    _read_mapped(part, _rasterio_window(source), wide, wide_valid)
    made = interpolated(wide, wide_valid, (where, source), values)
    valid &= made & where.inside(file_grid.height, file_grid.width)


def _read_clipped(part: _Part, source: Window, values: Values, valid: Valid) -> None:
    """Read a window of the file that may reach beyond it; what lies beyond is invalid."""
    inner = source.intersection(part.first.grid.window)
    if inner == source:
        _read_mapped(part, _rasterio_window(source), values, valid)
        return
    values[...] = 0
    outside = np.ones_like(valid)
    if inner.pixels:
        y, x = inner.relative_to(source).slices
        inner_values, inner_valid = _blank(len(part.bands), values.dtype, inner)
        _read_mapped(part, _rasterio_window(inner), inner_values, inner_valid)
        values[:, y, x] = inner_values
        outside[y, x] = ~inner_valid
    valid &= ~outside


def _read_mapped(part: _Part, source: rasterio.windows.Window, values: Values, valid: Valid) -> None:
    """``_read_file`` with foreign errors put into words."""
    try:
        _read_file(part, source, values, valid)
    except RASTERIO_ERRORS as error:
        raise _unreadable(part, source, error) from error


def _read_file(part: _Part, source: rasterio.windows.Window, values: Values, valid: Valid) -> None:
    """Read ``source`` of the file at the shape of ``values`` and mark what it says is invalid."""
    patiently(part.first.path, partial(_read_once, part, source, values, valid))
    mark_nodata(part.bands, values, valid)


def _read_once(part: _Part, source: rasterio.windows.Window, values: Values, valid: Valid) -> None:
    """One try of ``_read_file``, as far as the file itself is concerned."""
    with borrowed(part.key) as dataset:
        dataset.read(part.indexes, window=source, out=values)
        _clear_masked(part.bands, dataset, source, valid)


def _clear_masked(bands: Sequence[SceneBand], dataset: Any, source: rasterio.windows.Window, valid: Valid) -> None:
    """Clear ``valid`` where a mask band, a band's own mask or alpha says that there is no data."""
    shared = [band.index for band in bands if band.mask == "dataset"][:1]
    for index in shared + [band.index for band in bands if band.mask == "band"]:
        valid &= dataset.read_masks(index, window=source, out_shape=valid.shape) != 0
    for alpha in {band.alpha_index for band in bands} - {None}:
        valid &= dataset.read(alpha, window=source, out_shape=valid.shape) != 0


def mark_nodata(bands: Sequence[SceneBand], values: Values, valid: Valid) -> None:
    """Clear ``valid`` where a band holds its nodata value, NaN or infinity."""
    flag = np.empty_like(valid)
    for band, layer in zip(bands, values, strict=True):
        nodata = stored_nodata(band.nodata, np.dtype(band.dtype))
        if nodata is not None:
            np.not_equal(layer, nodata.astype(layer.dtype), out=flag)
            np.logical_and(valid, flag, out=valid)
        if np.issubdtype(layer.dtype, np.inexact):
            np.isfinite(layer, out=flag)
            np.logical_and(valid, flag, out=valid)


def stored_nodata(nodata: float | None, dtype: np.dtype[Any]) -> Any:
    """The nodata value as the stored type holds it, or None where that type can't hold it (or it is NaN)."""
    if nodata is None or not np.isfinite(nodata) or not holds(nodata, dtype):
        return None
    return dtype.type(int(nodata) if np.issubdtype(dtype, np.integer) else nodata)


def holds(value: float, dtype: np.dtype[Any]) -> bool:
    """Whether a pixel of that type can have this value; a float pixel can have any."""
    if not np.issubdtype(dtype, np.integer):
        return True
    limits = np.iinfo(dtype)
    return bool(np.isfinite(value)) and value == int(value) and limits.min <= value <= limits.max


def _whole(part: _Part) -> rasterio.windows.Window | None:
    """The grid's whole extent in the file; None where that is not all of it, or not on the file's pixels."""
    grid, spot = part.grid, part.place
    if spot.kind == "interpolate":
        return None
    (ry, rx), (row, col) = spot.ratio, (float(spot.row), float(spot.col))
    if spot.kind == "repeat":
        row, col = row / spot.factor[0], col / spot.factor[1]
    height, width = grid.height * ry, grid.width * rx
    source = part.first.grid
    beyond = max(-row, -col, row + height - source.height, col + width - source.width)
    if beyond > 0.5 and grid.crs is not None:
        return None
    row, col = max(row, 0.0), max(col, 0.0)
    height, width = min(height, source.height - row), min(width, source.width - col)
    return rasterio.windows.Window(col, row, width, height)


def _read_by_blocks(part: _Part, window: Window, values: Values, valid: Valid) -> set[Window]:
    """Read each block of its own, blank those that fail, and name them."""
    bad: set[Window] = set()
    for block in _blocks(part, window):
        inner = block.intersection(window)
        y, x = inner.relative_to(window).slices
        inner_values, inner_valid = _blank(len(part.bands), values.dtype, inner)
        try:
            _read_part(part, inner, inner_values, inner_valid)
        except DamagedRaster:
            inner_values[...], inner_valid[...] = 0, False
            bad.add(block.intersection(part.grid.window))
        values[:, y, x] = inner_values
        valid[y, x] &= inner_valid
    return bad


def _blocks(part: _Part, window: Window) -> Iterator[Window]:
    """The blocks that ``window`` touches: the file's own where they lie on the scene's pixels, else cells."""
    height, width, row0, col0 = _CELL_PX, _CELL_PX, 0, 0
    if part.place.kind == "direct":
        with borrowed(part.key) as dataset:
            height, width = dataset.block_shapes[part.first.index - 1]
        row0, col0 = part.place.row, part.place.col
    first_row, first_col = (window.row + row0) // height * height - row0, (window.col + col0) // width * width - col0
    for row in range(first_row, window.row_end, height):
        for col in range(first_col, window.col_end, width):
            yield Window(row, col, height, width)


def _unreadable(part: _Part, source: rasterio.windows.Window, error: BaseException) -> RasterError:
    """What failed, where, and what to do: damage only where the file opens and yet its pixels can't be decoded."""
    band = _first_failing(part, source)
    row, col, height, width = source.row_off, source.col_off, source.height, source.width
    reason = str(error.__cause__ or error).rstrip(".")
    found = (
        f"Can't read band {band.index} ({band.name}) of {band.path} in rows {row:g} to {row + height:g}, columns "
        f"{col:g} to {col + width:g}: {reason}."
    )
    if isinstance(error, CPLE_OutOfMemoryError) or isinstance(error.__cause__, CPLE_OutOfMemoryError):
        return RasterError(f"{found} Memory ran out, or the file declares a size that no memory holds.")
    if not _opens(part):
        return RasterError(f"{found} The file no longer opens: see that it is there and may be read, and run again.")
    skip = "classify --skip-bad-blocks writes no data there and counts it."
    if is_remote(band.path):
        return DamagedRaster(
            f"{found} It was tried {TRIES} times, and the server answers: the file is damaged or incomplete there, or "
            f"the network keeps breaking off. What was finished is kept: run the same command again; {skip}"
        )
    return DamagedRaster(f"{found} The file is damaged or incomplete there: fetch it again; {skip}")


def _opens(part: _Part) -> bool:
    try:
        with borrowed(part.key):
            return True
    except RASTERIO_ERRORS:
        return False


def _first_failing(part: _Part, source: rasterio.windows.Window) -> SceneBand:
    for band in part.bands:
        try:
            with borrowed(part.key) as dataset:
                dataset.read(band.index, window=source)
        except RASTERIO_ERRORS:
            return band
    return part.first


def _rasterio_window(window: Window) -> rasterio.windows.Window:
    return rasterio.windows.Window(window.col, window.row, window.width, window.height)
