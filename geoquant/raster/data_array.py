"""A scene as a lazy xarray.DataArray: one task per chunk, which opens, reads and masks in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rasterio import Affine

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.raster.scene import Scene
from geoquant.raster.source_watch import SourceWatch

if TYPE_CHECKING:
    import xarray


STORED_DTYPE = "stored_dtype"
"""The attribute that names the dtype of the stored numbers, which a mask turns into floats here."""


def to_data_array(scene: Scene, chunk_px: int = 2048) -> xarray.DataArray:
    """The scene, dims ``(band, y, x)``, backed by dask with one task per chunk.

    Where invalid pixels are known by one nodata value, values are the stored numbers and ``rio.nodata`` is that value.
    Where a mask or alpha band tells them, or bands differ, values become float (float32 holds 8 and 16 bits exactly)
    and invalid pixels NaN. CRS and transform are rioxarray's; ``attrs`` hold ``scales``, ``offsets``,
    ``stored_dtype`` and ``warnings``.

    Args:
        scene: opened or fitted; it travels in the tasks, so it runs on a cluster that sees the same paths.
        chunk_px: side of a chunk.

    Raises:
        OptionError: ``chunk_px`` is less than 1.
        RasterError: a file changed since the scene was opened; at compute time, as ``Scene.read``, or a file changed
            since the array was made, which would make it a mixture.
    """
    import dask.array
    import rioxarray  # noqa: F401 - registers the .rio accessor
    import xarray

    if chunk_px < 1:
        raise OptionError(f"chunk_px is {chunk_px}; it must be at least 1.")
    dtype, nodata = _presentation(scene)
    grid, count, source = scene.grid, len(scene.bands), _Watched(scene, scene.watch())
    chunks = ((count,), _chunk_sizes(grid.height, chunk_px), _chunk_sizes(grid.width, chunk_px))
    pixels = dask.array.map_blocks(
        _read_chunk, chunks=chunks, dtype=dtype, meta=np.empty((0, 0, 0), dtype), source=source, present_as=dtype
    )
    array: xarray.DataArray = xarray.DataArray(
        pixels, dims=("band", "y", "x"), coords=_coordinates(scene), name=scene.name, attrs=_attributes(scene)
    )
    array = array.rio.write_transform(Affine(*grid.transform))
    array = array.rio.write_crs(grid.crs) if grid.crs else array
    if nodata is not None:
        array = array.rio.write_nodata(nodata)
    return array


def _chunk_sizes(size: int, chunk: int) -> tuple[int, ...]:
    full, rest = divmod(size, chunk)
    return (chunk,) * full + ((rest,) if rest else ())


def _presentation(scene: Scene) -> tuple[np.dtype[Any], float | None]:
    """The dtype of the lazy array and the value that marks invalid pixels in it."""
    masked = any(band.mask != "none" for band in scene.bands)
    mixed = scene.nodata is None and any(band.nodata is not None for band in scene.bands)
    if np.issubdtype(scene.dtype, np.inexact):
        return scene.dtype, np.nan
    if masked or mixed:
        return np.dtype(np.float32 if scene.dtype.itemsize <= 2 else np.float64), np.nan
    return scene.dtype, scene.nodata


@dataclass(frozen=True)
class _Watched:
    """A scene that travels in tasks, with the watch over its files from the time when the array was made."""

    scene: Scene
    watch: SourceWatch


def _read_chunk(
    source: _Watched, present_as: np.dtype[Any], block_info: dict[Any, Any] | None = None
) -> NDArray[np.generic]:
    """One chunk ``(band, y, x)``."""
    if not block_info:
        return np.empty((0, 0, 0), present_as)
    _, (row, row_end), (col, col_end) = block_info[None]["array-location"]
    scene = source.scene
    with source.watch.reading():
        values, valid = scene.read(Window(row, col, row_end - row, col_end - col))
    shown = values.astype(present_as, copy=False)
    if np.issubdtype(present_as, np.inexact):
        shown[:, ~valid] = np.nan
    elif scene.nodata is not None:
        shown[:, ~valid] = scene.nodata  # a pixel that lacks one band lacks all
    return shown


def _coordinates(scene: Scene) -> dict[str, Any]:
    """Band names, and the pixel centres where the raster is not rotated."""
    grid, coordinates = scene.grid, {"band": [band.name for band in scene.bands]}
    _, b, _, d, _, _ = grid.transform
    if b == 0 and d == 0:
        columns, rows = (np.arange(n, dtype=np.float64) + 0.5 for n in (grid.width, grid.height))
        coordinates["x"] = grid.xy(columns, np.zeros_like(columns))[0]  # type: ignore[assignment]
        coordinates["y"] = grid.xy(np.zeros_like(rows), rows)[1]  # type: ignore[assignment]
    return coordinates


def _attributes(scene: Scene) -> dict[str, Any]:
    return {
        "long_name": tuple(band.name for band in scene.bands),
        "scales": tuple(1.0 if band.scale is None else band.scale for band in scene.bands),
        "offsets": tuple(0.0 if band.offset is None else band.offset for band in scene.bands),
        STORED_DTYPE: str(scene.dtype),
        "warnings": scene.warnings,
    }
