"""Pixel windows, the georeferenced grid they lie on, and the arithmetic of both: integers and six floats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Transform = tuple[float, float, float, float, float, float]
"""(a, b, c, d, e, f) of ``x = a * column + b * row + c``, ``y = d * column + e * row + f``."""

Coordinate = TypeVar("Coordinate", float, "NDArray[np.float64]")
"""One coordinate, or an array of them."""


def ceil_div(value: int, divisor: int) -> int:
    """``value / divisor`` rounded up, in whole numbers: exact at any size."""
    return -(-value // divisor)


def align_down(value: int, multiple: int) -> int:
    """The largest multiple of ``multiple`` that is not above ``value``."""
    return value // multiple * multiple


def align_up(value: int, multiple: int) -> int:
    """The smallest multiple of ``multiple`` that is not below ``value``."""
    return ceil_div(value, multiple) * multiple


def apply(transform: Transform, column: Coordinate, row: Coordinate) -> tuple[Coordinate, Coordinate]:
    """(x, y) of a point at ``column`` and ``row``, which may lie between pixels."""
    a, b, c, d, e, f = transform
    return a * column + b * row + c, d * column + e * row + f


def compose(outer: Transform, inner: Transform) -> Transform:
    """The transform that applies ``inner`` first and ``outer`` to what it gives."""
    a, b, c, d, e, f = outer
    g, h, i, j, k, m = inner
    return (
        *(a * g + b * j, a * h + b * k, a * i + b * m + c),
        *(d * g + e * j, d * h + e * k, d * i + e * m + f),
    )


def inverse(transform: Transform) -> Transform:
    """The transform from (x, y) to column and row.

    Raises:
        ZeroDivisionError: the transform maps all pixels onto a line or a point.
    """
    a, b, c, d, e, f = transform
    share = 1.0 / (a * e - b * d)
    a, b, d, e = e * share, -b * share, -d * share, a * share
    return a, b, -c * a - f * b, d, e, -c * d - f * e


def magnified(transform: Transform, down: float, right: float) -> Transform:
    """The transform of a raster with the same corner whose pixels are ``down`` times as high, ``right`` as wide."""
    a, b, c, d, e, f = transform
    return a * right, b * down, c, d * right, e * down, f


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of pixels, rows down and columns right, in pixels of some grid; it may reach beyond that grid."""

    row: int
    col: int
    height: int
    width: int

    @property
    def row_end(self) -> int:
        """First row below the window."""
        return self.row + self.height

    @property
    def col_end(self) -> int:
        """First column right of the window."""
        return self.col + self.width

    @property
    def pixels(self) -> int:
        """Number of pixels."""
        return self.height * self.width

    def expand(self, margin_px: int) -> Window:
        """The window grown by ``margin_px`` on every side."""
        side = 2 * margin_px
        return Window(self.row - margin_px, self.col - margin_px, self.height + side, self.width + side)

    def relative_to(self, other: Window) -> Window:
        """The same pixels, counted from ``other``'s upper left corner."""
        return Window(self.row - other.row, self.col - other.col, self.height, self.width)

    def intersection(self, other: Window) -> Window:
        """The pixels that both cover; height or width is 0 where they do not meet."""
        row, col = max(self.row, other.row), max(self.col, other.col)
        height = max(0, min(self.row_end, other.row_end) - row)
        width = max(0, min(self.col_end, other.col_end) - col)
        return Window(row, col, height, width)

    @property
    def slices(self) -> tuple[slice, slice]:
        """``(y, x)`` slices of an array that the window lies in."""
        return slice(self.row, self.row_end), slice(self.col, self.col_end)


@dataclass(frozen=True)
class Grid:
    """The georeferenced grid of a raster.

    Attributes:
        crs: The CRS as WKT, or None when the raster has none.
        transform: The (a, b, c, d, e, f) of ``x = a * col + b * row + c``, ``y = d * col + e * row + f``.
        width: The number of columns.
        height: The number of rows.
    """

    crs: str | None
    transform: Transform
    width: int
    height: int

    @property
    def window(self) -> Window:
        """The whole grid as a window."""
        return Window(0, 0, self.height, self.width)

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Height and width ``(down, right)`` of a pixel, in units of the CRS; also where the raster is rotated."""
        a, b, _, d, e, _ = self.transform
        return (b * b + e * e) ** 0.5, (a * a + d * d) ** 0.5

    @property
    def pixel_area(self) -> float:
        """Area of a pixel, in square units of the CRS."""
        a, b, _, d, e, _ = self.transform
        return abs(a * e - b * d)

    @property
    def pixel_extent(self) -> tuple[float, float]:
        """Width and height ``(x, y)`` of the upright rectangle around a pixel, in units of the CRS."""
        a, b, _, d, e, _ = self.transform
        return abs(a) + abs(b), abs(d) + abs(e)

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the upright rectangle around the grid."""
        corners = [self.xy(column, row) for column in (0, self.width) for row in (0, self.height)]
        xs, ys = zip(*corners, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def xy(self, column: Coordinate, row: Coordinate) -> tuple[Coordinate, Coordinate]:
        """(x, y) of a point at ``column`` and ``row``; whole numbers are the upper left corners of pixels."""
        return apply(self.transform, column, row)

    def pixel_at(self, x: float, y: float) -> tuple[float, float]:
        """Column and row, with fractions, of a point.

        Raises:
            ZeroDivisionError: the grid's pixels have no area.
        """
        a, b, _, d, e, _ = inverse(self.transform)
        # counted from the corner: coordinates of millions of metres would cost the digits behind the point
        right, down = x - self.transform[2], y - self.transform[5]
        return a * right + b * down, d * right + e * down

    def origin_at(self, row: int, col: int) -> Transform:
        """The transform of a raster whose upper left pixel is this grid's (row, col)."""
        a, b, _, d, e, _ = self.transform
        x, y = self.xy(col, row)
        return a, b, x, d, e, y

    def crop(self, window: Window) -> Grid:
        """The grid of ``window``."""
        return Grid(self.crs, self.origin_at(window.row, window.col), window.width, window.height)


def pixel_map(source: Grid, target: Grid) -> Transform:
    """(a, b, c, d, e, f) of ``source col = a * col + b * row + c``, ``source row = d * col + e * row + f``.

    ``col`` and ``row`` count in pixels of ``target``; the grids share a CRS.
    """
    return compose(inverse(source.transform), target.transform)
