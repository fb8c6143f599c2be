"""The drift map: a small GeoTIFF in percent, one band per band of the model and one for the worst, and its style."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, where rasterio does not map them
from rasterio.errors import RasterioError

from geoquant.drift.cells import CELL_PX, NODATA, cells_of
from geoquant.grid import Grid, Window
from geoquant.output.destination import STYLE_SUFFIX, part_file, write_error, write_text
from geoquant.output.style import DRIFT_RAMP, ramp_qml

SHOWN_PX = 32
"""About as many pixels of the scene make one of the map: cells reach beyond a region, and a map must not."""
WORST = "worst band"


def write_drift(out: Path, percent: NDArray[np.uint8], region: Window, grid: Grid, names: Sequence[str]) -> None:
    """Write the map of a region, cut to it, under its final name once it is complete; its style lies beside it.

    The last band holds the worst of all bands, which the style shows. Pixels are about ``SHOWN_PX`` wide and hold what
    ``percent`` says of the cell that their middle lies in.

    Args:
        out: the final name.
        percent: of ``percent_outside``, (band, y, x).
        region: that was classified.
        grid: of the scene.
        names: of the bands.

    Raises:
        RasterError: the disk did not take the file.
    """
    shown, place = _shown(percent, region), grid.crop(region)
    count, height, width = shown.shape
    steps = rasterio.Affine.scale(place.width / width, place.height / height)
    facts = {"count": count, "height": height, "width": width, "dtype": "uint8", "nodata": NODATA}
    where = {"crs": grid.crs, "transform": rasterio.Affine(*place.transform) @ steps}
    with part_file(out) as part:
        try:
            with rasterio.open(part, "w", driver="GTiff", compress="deflate", **facts, **where) as dataset:
                dataset.write(shown)
                shown_names = (*names, WORST)
                dataset.descriptions = tuple(f"{name}, percent outside the calibrated range" for name in shown_names)
        except (RasterioError, CPLE_BaseError, OSError) as error:
            raise write_error(out, error) from error
    write_text(out.with_suffix(STYLE_SUFFIX), ramp_qml(DRIFT_RAMP, band=count))


def _shown(percent: NDArray[np.uint8], region: Window) -> NDArray[np.uint8]:
    """The cells as pixels of the region, with the worst band behind the others, ``(band + 1, y, x)``."""
    area = cells_of(region)
    rows = _cells_at(region.row, region.height) - area.row
    cols = _cells_at(region.col, region.width) - area.col
    worst = percent.max(axis=0, keepdims=True)  # no data, which is the highest value, is so in all bands
    return np.asarray(np.concatenate([percent, worst])[:, rows[:, None], cols])


def _cells_at(first: int, extent: int) -> NDArray[np.intp]:
    """The cell that the middle of each pixel of the map lies in, along one side of the region."""
    pixels = max(1, round(extent / SHOWN_PX))
    return ((first + (np.arange(pixels) + 0.5) * extent / pixels) // CELL_PX).astype(np.intp)
