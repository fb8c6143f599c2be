"""Shard files: finished pieces of a result, each a GeoTIFF of its own that is there whole or not at all.

The first page is the piece itself, with its georeference; the pages after it are its overviews, each half the size of
the one before. They are pages and not TIFF overviews because GDAL writes only overviews it has computed itself, and
its mode takes 3.6 times the CPU seconds of ``output/overviews.py`` (measured, GDAL 3.10).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, where rasterio does not map them
from rasterio.errors import RasterioError

from geoquant.errors import RasterError
from geoquant.grid import Grid, magnified
from geoquant.output.destination import check_blocks, part_file, write_error
from geoquant.output.overviews import halve_by_mean, halve_by_mode, overview_shape, pyramid

Kind = Literal["classes", "confidence"]

BLOCK_PX = 512
SHARD_LEVELS = 5
"""Overviews in every shard file, however small: shards at multiples of 2 ** 5 pixels give the whole map's overviews."""
HALVE = {"classes": halve_by_mode, "confidence": halve_by_mean}


def write_shard(path: Path, values: NDArray[np.uint8], grid: Grid, nodata: int, kind: Kind = "classes") -> None:
    """Write one finished piece with its overviews; when it returns, ``path`` is complete.

    Safe to call from several threads for different paths.

    Args:
        path: final name of the shard file.
        values: ``(y, x)`` uint8.
        grid: where they lie; its size is the shape of ``values``.
        nodata: value of invalid pixels.
        kind: how overviews are made: classes by mode, confidence by mean.

    Raises:
        RasterError: the values are not of the grid's shape, or the disk did not take the file.
    """
    if values.shape != (grid.height, grid.width) or values.dtype != np.uint8:
        raise RasterError(
            f"shard {path} has shape {values.shape} and type {values.dtype}; its grid wants "
            f"{(grid.height, grid.width)} and uint8."
        )
    pages = [values, *pyramid(values, nodata, SHARD_LEVELS, HALVE[kind])]
    with part_file(path) as part:
        try:
            for level, page in enumerate(pages):
                _append_page(part, page, nodata, _page_place(grid, level))
        except (RasterioError, CPLE_BaseError, OSError) as error:
            raise write_error(path, error) from error
        for number in range(len(pages)):
            _check_page(part, path, number)


def page_name(path: Path, level: int) -> str:
    """GDAL's name of one page of a shard file; level 0 is the piece itself."""
    return f"GTIFF_DIR:{level + 1}:{path}"


def page_shape(height: int, width: int, level: int) -> tuple[int, int]:
    """``(y, x)`` of one page of a shard of that size."""
    return overview_shape(height, width, level)


def _page_place(grid: Grid, level: int) -> dict[str, Any]:
    """Where a page lies; overviews go without a CRS, and are appended to the file."""
    size = 2**level
    transform = rasterio.Affine(*magnified(grid.transform, size, size))
    if level == 0:
        return {"crs": grid.crs, "transform": transform}
    return {"transform": transform, "append_subdataset": "yes"}


def _append_page(part: Path, values: NDArray[np.uint8], nodata: int, place: dict[str, Any]) -> None:
    profile: dict[str, Any] = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "uint8"}
    profile |= {"nodata": nodata, "tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX}
    profile |= {"compress": "zstd", "zstd_level": 1}
    with rasterio.open(part, "w", driver="GTiff", **profile, **place) as dataset:
        dataset.write(values, 1)


def _check_page(part: Path, path: Path, number: int) -> None:
    try:
        with rasterio.open(page_name(part, number)) as dataset:
            check_blocks(part, dataset)
    except (RasterioError, CPLE_BaseError) as error:
        raise write_error(path, error) from error
