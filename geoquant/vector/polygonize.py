"""Regions of equal class as polygons, made strip by strip and joined where strips meet, so that no seam is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.vector.rings import corners_only

AT_ONCE = 10_000
"""Regions that are in memory as Python's own numbers, which take ten times the space of an array's."""


@dataclass(frozen=True)
class Regions:
    """Connected pixels of one value each; pixels connect by their sides.

    Attributes:
        values: The class value of each region (region,), uint8.
        outlines: The shapely polygon of each region (region,) in (column, row), corners of pixels; an area is a number
            of pixels.
    """

    values: NDArray[np.uint8]
    outlines: NDArray[np.object_]

    def chosen(self, which: NDArray[np.bool_]) -> Regions:
        """The regions at these positions."""
        return Regions(self.values[which], self.outlines[which])

    def __add__(self, other: Regions) -> Regions:
        return Regions(np.append(self.values, other.values), np.append(self.outlines, other.outlines))


NONE = Regions(np.empty(0, np.uint8), np.empty(0, object))


def regions_of(strips: Iterable[NDArray[np.uint8]], nodata: int) -> Iterator[Regions]:
    """All regions of a raster that comes in strips, the same as if it came in one piece.

    Memory holds one strip, its regions, and those from above that reach its upper edge.

    Args:
        strips: (y, x) of the same width, from top to bottom.
        nodata: value that has no regions.

    Yields:
        With every strip the regions that end in it, in no order.
    """
    import shapely

    pending, row = NONE, 0
    for classes in strips:
        found = _joined(pending, _regions_within(classes, row, nodata), row)
        row += len(classes)
        reach_on = shapely.bounds(found.outlines)[:, 3] == row
        pending = found.chosen(reach_on)
        yield found.chosen(~reach_on)
    yield pending


def _regions_within(classes: NDArray[np.uint8], row: int, nodata: int) -> Regions:
    """Regions of ``classes (y, x)``, whose first row is ``row``."""
    from affine import Affine
    from rasterio.features import shapes

    found = shapes(classes, classes != nodata, connectivity=4, transform=Affine.translation(0, row))
    parts = [NONE]
    while some := list(islice(found, AT_ONCE)):
        parts.append(_of_shapes(some))
    return Regions(*(np.concatenate(column) for column in zip(*((r.values, r.outlines) for r in parts), strict=True)))


def _of_shapes(found: list[tuple[dict[str, Any], float]]) -> Regions:
    """Regions of rasterio's shapes: (GeoJSON polygon, value)."""
    import shapely

    outlines = [geometry["coordinates"] for geometry, _ in found]
    rings = list(chain.from_iterable(outlines))
    points = np.array(list(chain.from_iterable(rings)), float).reshape(-1, 2)
    ends = [np.cumsum([0, *map(len, parts)]) for parts in (rings, outlines)]
    polygons = shapely.from_ragged_array(shapely.GeometryType.POLYGON, points, ends)
    return Regions(np.array([value for _, value in found], np.uint8), polygons)


def _joined(above: Regions, below: Regions, row: int) -> Regions:
    """The regions above and below the seam ``row``, those of equal value made one where they share a part of it.

    Args:
        above: all of them reach the seam.
        below: the regions under it.
        row: of the seam.
    """
    import shapely

    at_seam = shapely.bounds(below.outlines)[:, 1] == row
    result, meeting = below.chosen(~at_seam), above + below.chosen(at_seam)
    for value in np.unique(meeting.values):
        outlines = _united(meeting.outlines[meeting.values == value])
        result += Regions(np.full(len(outlines), value, np.uint8), outlines)
    return result


def _united(outlines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Outlines of one value that reach the seam, made one where they share a part of it.

    No hole reaches the seam with more than a point, or it would be none. So holes stay as they are, and only the
    outer rings are united, which is what makes a large region with thousands of holes affordable.
    """
    import shapely

    rings, owners = shapely.get_rings(outlines, return_index=True)
    is_shell = np.diff(owners, prepend=-1) > 0
    filled = shapely.polygons(rings[is_shell])
    united = shapely.get_parts(shapely.union_all(filled))
    inside, home = shapely.STRtree(united).query(shapely.point_on_surface(filled), predicate="within")
    home_of = np.empty(len(filled), np.intp)
    home_of[inside] = home
    holes = [[corners_only(shapely.get_coordinates(hole)) for hole in outline.interiors] for outline in united]
    for hole, owner in zip(rings[~is_shell], owners[~is_shell], strict=True):
        holes[home_of[owner]].append(hole)
    shells = [corners_only(shapely.get_coordinates(outline.exterior)) for outline in united]
    return np.array([shapely.Polygon(*both) for both in zip(shells, holes, strict=True)], object)
