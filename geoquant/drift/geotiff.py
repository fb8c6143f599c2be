"""The drift map: a small GeoTIFF, one band per band of the model, in percent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, where rasterio does not map them
from rasterio.errors import RasterioError

from geoquant.drift.cells import NODATA
from geoquant.grid import Grid
from geoquant.output.destination import part_file, write_error


def write_drift(out: Path, percent: NDArray[np.uint8], grid: Grid, names: Sequence[str]) -> None:
    """Write ``percent (band, y, x)`` under its final name once it is complete.

    Raises:
        RasterError: the disk did not take the file.
    """
    count, height, width = percent.shape
    shape = {"count": count, "height": height, "width": width, "dtype": "uint8", "nodata": NODATA}
    place = {"crs": grid.crs, "transform": rasterio.Affine(*grid.transform)}
    with part_file(out) as part:
        try:
            with rasterio.open(part, "w", driver="GTiff", compress="deflate", **shape, **place) as dataset:
                dataset.write(percent)
                dataset.descriptions = tuple(f"{name}, percent outside the calibrated range" for name in names)
        except (RasterioError, CPLE_BaseError, OSError) as error:
            raise write_error(out, error) from error
