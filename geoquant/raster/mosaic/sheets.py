"""The sheets of a map: a regular grid in its CRS, anchored at whole multiples of the side, wherever the scenes lie."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from rasterio.crs import CRS

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.raster.mosaic.mosaic import Mosaic

SMALLEST_PX, MOST_SHEETS = 32, 100_000
_SIDE = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(km|m|deg|)")
_METRES = {"km": 1000.0, "m": 1.0}
ON_CENTRE_PX = 1e-6
"""A line between sheets this close to a pixel's centre goes through it: the pixel is of the east or south sheet."""


@dataclass(frozen=True)
class SheetSide:
    """The side of a sheet as a person gives it.

    Attributes:
        length: The number, above 0.
        unit: One of "km", "m" and "deg"; empty for units of the map's CRS.
    """

    length: float
    unit: str

    def in_units_of(self, crs: str) -> float:
        """The side in units of a CRS.

        Raises:
            OptionError: the unit is none that the CRS has.
        """
        known = CRS.from_wkt(crs)
        if not self.unit or (self.unit == "deg" and known.is_geographic):
            return self.length
        if known.is_geographic or self.unit == "deg":
            units = "degrees" if known.is_geographic else "units of length"
            raise OptionError(
                f"--sheets is {self.length:g}{self.unit}, and the map's CRS counts in {units}: give a side in these, "
                f"or another CRS with --crs."
            )
        return self.length * _METRES[self.unit] / float(known.linear_units_factor[1])


@dataclass(frozen=True)
class Sheet:
    """A part of a map that becomes a file of its own.

    Attributes:
        name: ``xI_yJ``, where I and J count sides from the CRS's origin to the west and south edge.
        window: Its pixels, on the map's grid.
    """

    name: str
    window: Window


@dataclass(frozen=True)
class SheetInput:
    """A sheet of an open mosaic, as a job is given it.

    Attributes:
        mosaic: The scenes that reach into the sheet or its context.
        window: The sheet's pixels on the mosaic's grid.
    """

    mosaic: Mosaic
    window: Window

    @property
    def files(self) -> list[str]:
        """Every file that reading may touch: what no output may replace."""
        return sorted(self.mosaic.files)


def sheet_side(text: str) -> SheetSide:
    """The side that a text says: ``100km``, ``5000m``, ``1deg``, or a number in units of the map's CRS.

    Raises:
        OptionError: the text says none.
    """
    found = _SIDE.fullmatch(text.strip())
    if found is None or not float(found[1]):
        raise OptionError(
            f"--sheets is {text!r}; it takes the side of a sheet: 100km, 5000m, 1deg, or a number in units of the "
            f"map's CRS."
        )
    return SheetSide(float(found[1]), found[2])


def sheets_of(grid: Grid, region: Window, side: SheetSide) -> tuple[Sheet, ...]:
    """The sheets of a region, from north to south and west to east, cut at its edge; together they are the region.

    A pixel belongs to the sheet that its centre lies in.

    Args:
        grid: north-up, with a CRS.
        region: pixels of the grid.
        side: of a sheet.

    Raises:
        OptionError: the side is in units that the CRS does not have, or so small that sheets are pixels or too many.
    """
    length, (down, right) = side.in_units_of(grid.crs or ""), grid.pixel_size
    count = region.pixels * down * right / length**2
    if length < SMALLEST_PX * max(down, right) or count > MOST_SHEETS:
        raise OptionError(
            f"--sheets is {length:g} units of the CRS, {length / right:.3g} pixels: that would be about {count:.3g} "
            f"sheets of this map. Give {SMALLEST_PX} pixels or more and at most {MOST_SHEETS} sheets."
        )
    # counted along each axis from the CRS's origin; y grows to the north and rows to the south
    columns = _cut(region.col, region.col_end, grid.transform[2] / right, length / right)
    rows = _cut(region.row, region.row_end, -grid.transform[5] / down, length / down)
    return tuple(
        Sheet(f"x{east}_y{-south - 1}", Window(row, col, height, width))
        for south, row, height in rows
        for east, col, width in columns
    )


def _cut(start: int, end: int, origin_px: float, side_px: float) -> list[tuple[int, int, int]]:
    """``(number, first pixel, pixels)`` of the sheets along an axis.

    Args:
        start: first pixel.
        end: pixel after the last.
        origin_px: place of pixel 0, in pixels from the CRS's origin.
        side_px: side of a sheet, in pixels.
    """
    first = math.floor((origin_px + start) / side_px) - 1
    last = math.ceil((origin_px + end) / side_px) + 1
    edges = {number: _first_centre(number * side_px - origin_px) for number in range(first, last + 1)}
    spans = [(number, max(start, edges[number]), min(end, edges[number + 1])) for number in range(first, last)]
    return [(number, low, high - low) for number, low, high in spans if high > low]


def _first_centre(at_px: float) -> int:
    """The first pixel whose centre does not lie before a place."""
    return math.ceil(at_px - 0.5 - ON_CENTRE_PX)
