"""Pixel windows and the georeferenced grid they lie on: integers and six floats, nothing else."""

from __future__ import annotations

from dataclasses import dataclass


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
        """What both cover; height or width is 0 where they do not meet."""
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
    """Where a raster lies.

    Attributes:
        crs: WKT, or None when the raster has no CRS.
        transform: (a, b, c, d, e, f) of ``x = a * col + b * row + c``, ``y = d * col + e * row + f``.
        width: columns.
        height: rows.
    """

    crs: str | None
    transform: tuple[float, float, float, float, float, float]
    width: int
    height: int

    @property
    def window(self) -> Window:
        """The whole grid as a window."""
        return Window(0, 0, self.height, self.width)

    def origin_at(self, row: int, col: int) -> tuple[float, float, float, float, float, float]:
        """The transform of a raster whose upper left pixel is this grid's (row, col)."""
        a, b, c, d, e, f = self.transform
        return a, b, a * col + b * row + c, d, e, d * col + e * row + f

    def crop(self, window: Window) -> Grid:
        """The grid of ``window``."""
        return Grid(self.crs, self.origin_at(window.row, window.col), window.width, window.height)
