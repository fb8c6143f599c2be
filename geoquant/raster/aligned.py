"""A class raster (mask, labels) read on a scene's grid."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.transform import Affine
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window as RasterioWindow

from geoquant.errors import GridMismatch, RasterError
from geoquant.grid import Grid, Window
from geoquant.raster.handles import reading_env


class AlignedRaster:
    """The first bands of a raster, on the grid of a scene. Not shared between threads; close it.

    Attributes:
        path: The path of the file.
        grid: The grid of the scene.
        bands: The number of bands it has.
        tags: The tags of the file.
    """

    def __init__(self, path: str | Path, grid: Grid) -> None:
        """Open ``path`` for reading on ``grid``.

        Raises:
            RasterError: it can't be opened.
            GridMismatch: it can't be put on the grid.
        """
        self.path = str(path)
        self.grid = grid
        try:
            with reading_env(self.path):
                self._source = rasterio.open(self.path, sharing=False)
                self._view = self._aligned()
                self.bands: int = self._source.count
                self.tags: dict[str, str] = self._source.tags()
        except RasterioError as error:
            raise RasterError(f"{self.path} can't be opened as a raster: {error}") from error

    def _aligned(self) -> Any:
        source, grid = self._source, self.grid
        if source.crs is None or grid.crs is None or (source.transform.is_identity and not source.gcps[0]):
            if (source.width, source.height) != (grid.width, grid.height):
                raise GridMismatch(
                    f"{self.path} is {source.width} x {source.height} and the scene {grid.width} x {grid.height}; "
                    "without a CRS on both they must be of one size. Give a mask on the scene's grid, or both a CRS."
                )
            return source
        size = {"width": grid.width, "height": grid.height}
        transform = Affine(*grid.transform)
        return WarpedVRT(source, crs=grid.crs, transform=transform, resampling=Resampling.nearest, **size)

    def read(self, window: Window, shape: tuple[int, int] | None = None, bands: int = 1) -> NDArray[Any]:
        """Pixels of a window inside the scene's grid, or a nearest-neighbour view of it of another shape.

        0 lies where the raster does not reach.

        Args:
            window: on the scene's grid.
            shape: of the view, (y, x).
            bands: how many, from the first.

        Returns:
            (y, x) of one band, (band, y, x) of several.

        Raises:
            RasterError: the file is damaged.
        """
        part = RasterioWindow(window.col, window.row, window.width, window.height)
        which = 1 if bands == 1 else list(range(1, bands + 1))
        size = shape if shape is None or bands == 1 else (bands, *shape)
        try:
            with reading_env(self.path):
                return np.asarray(
                    self._view.read(which, window=part, out_shape=size, resampling=Resampling.nearest, masked=False)
                )
        except RasterioError as error:
            raise RasterError(f"{self.path} can't be read at {window}: {error}") from error

    def close(self) -> None:
        """Close the file."""
        if self._view is not self._source:
            self._view.close()
        self._source.close()


def class_positions(labels: NDArray[Any], values: Sequence[int]) -> NDArray[np.uint8]:
    """Label values -> class positions; 255 for values that no class has.

    Args:
        labels: (y, x), as stored.
        values: the class's value, per class.
    """
    table = np.full(256, 255, np.uint8)
    table[list(values)] = np.arange(len(values), dtype=np.uint8)
    inside = (labels >= 0) & (labels <= 255)
    return np.where(inside, table[np.where(inside, labels, 0).astype(np.uint8)], np.uint8(255))
