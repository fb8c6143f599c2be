"""How the pixels of a file's grid lie on the scene's grid.

Grids that share a CRS and nest by whole numbers (Sentinel-2's 10, 20 and 60 m) are repeated or averaged here, exactly,
by NumPy: GDAL's warper takes 0.23 CPU seconds per Mpx of 6 bands for a bilinear doubling, more than the network. Any
other pair of grids is interpolated (``interpolation.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rasterio.crs import CRS

from geoquant.errors import GridMismatch
from geoquant.grid import Grid, Window, ceil_div, pixel_map

Kind = Literal["direct", "repeat", "average", "interpolate"]
_FAR_CORNER_TOLERANCE_PX = 0.05


@dataclass(frozen=True)
class Placement:
    """The way from a file's pixels to the scene's.

    Attributes:
        kind: How scene pixels come about: the same pixels, each file pixel repeated, blocks of file pixels averaged, or
            interpolated ones.
        factor: The whole-number ratio ``(y, x)`` of the pixel sizes, 1 for "direct" and "interpolate".
        row: The row of the scene's first pixel: in file pixels, or in scene pixels from the file's edge for "repeat".
        col: The column of the scene's first pixel, alike.
        ratio: The size ``(y, x)`` of a scene pixel in file pixels.
    """

    kind: Kind
    factor: tuple[int, int] = (1, 1)
    row: int = 0
    col: int = 0
    ratio: tuple[float, float] = (1.0, 1.0)

    def source_window(self, window: Window) -> Window:
        """The file's pixels that ``window`` of the scene needs; it may reach beyond the file. Not for "interpolate"."""
        ky, kx = self.factor
        row, col = window.row, window.col
        if self.kind == "repeat":
            top, left = (row + self.row) // ky, (col + self.col) // kx
            bottom, right = ceil_div(window.row_end + self.row, ky), ceil_div(window.col_end + self.col, kx)
            return Window(top, left, bottom - top, right - left)
        return Window(self.row + row * ky, self.col + col * kx, window.height * ky, window.width * kx)


@lru_cache(maxsize=256)
def place(source: Grid, target: Grid) -> Placement:
    """How to bring pixels of ``source`` onto ``target``.

    Raises:
        GridMismatch: the grids can't be related, because only one has a CRS, or neither and they do not nest.
    """
    if (source.crs is None) != (target.crs is None):
        raise GridMismatch(
            "One of the scene's files has a CRS and another has none, so they can't be laid over each other; "
            "assign the missing CRS with `gdal_edit.py -a_srs EPSG:... FILE`."
        )
    nested = _nest(source, target) if same_crs(source.crs, target.crs) else None
    if nested is None and source.crs is None:
        raise GridMismatch(
            "The scene's files have no CRS, and their origins or pixel sizes do not nest by whole numbers, so they "
            "can't be laid over each other; georeference them first."
        )
    return nested or _interpolate(source, target)


@lru_cache(maxsize=256)
def same_crs(one: str | None, other: str | None) -> bool:
    """Whether two CRSs, as WKT, are the same."""
    if one is None or other is None or one == other:
        return one == other
    return bool(CRS.from_wkt(one) == CRS.from_wkt(other))


def _nest(source: Grid, target: Grid) -> Placement | None:
    """The placement of grids whose pixels nest by whole numbers, or None."""
    a, b, col, d, e, row = pixel_map(source, target)
    far = max(target.width, target.height)
    if a <= 0 or e <= 0 or max(abs(b), abs(d)) * far > _FAR_CORNER_TOLERANCE_PX:
        return None
    if a > 0.75 and e > 0.75:
        factor = max(1, round(e)), max(1, round(a))
        misfit = max(abs(e - factor[0]) * target.height, abs(a - factor[1]) * target.width)
        kind: Kind = "direct" if factor == (1, 1) else "average"
        tolerance = _FAR_CORNER_TOLERANCE_PX * max(factor)
    else:
        factor = max(1, round(1 / e)), max(1, round(1 / a))
        row, col = row * factor[0], col * factor[1]
        misfit = max(abs(e * factor[0] - 1) * target.height, abs(a * factor[1] - 1) * target.width)
        kind, tolerance = "repeat", _FAR_CORNER_TOLERANCE_PX
    if max(misfit, abs(row - round(row)), abs(col - round(col))) > tolerance:
        return None
    return Placement(kind, factor, round(row), round(col), (e, a))


def _interpolate(source: Grid, target: Grid) -> Placement:
    """Interpolation; the ratio of pixel sizes is meaningful only where the CRSs are the same."""
    if not same_crs(source.crs, target.crs):
        return Placement("interpolate")
    in_file_pixels = Grid(None, pixel_map(source, target), target.width, target.height)
    return Placement("interpolate", ratio=in_file_pixels.pixel_size)
