"""Polygons cut down to the surroundings of a scene, before they are reprojected: no projection holds the whole world.

Longitudes repeat: a scene on the antimeridian, or polygons from 0 to 360 degrees, are met by polygons moved around the
Earth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid

if TYPE_CHECKING:
    from pyproj import Transformer

Numbers = NDArray[np.float64]
SAMPLES = 33
"""Points along each side of a scene, in lines over all of it, that tell where it lies in another CRS."""
MARGIN_SHARE = 0.05
"""Part of the surroundings' sides that is added all around: between two points, edges may bulge."""
TURNS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True)
class Surroundings:
    """The rectangle around a scene, in the CRS of polygons.

    Attributes:
        box: The shapely rectangle; its longitudes may lie beyond those that the CRS is written with.
        turn: The units of a full turn of longitude; 0 where the CRS has none.
    """

    box: Any
    turn: float

    def cut(self, polygons: Sequence[Any]) -> list[Any]:
        """The parts of polygons that lie in the rectangle; what lies inside of it stays as it is."""
        parts = [self._part(polygon) for polygon in polygons]
        return [part for part in parts if not part.is_empty]

    def _part(self, polygon: Any) -> Any:
        import shapely

        if self.box.contains(polygon):
            return polygon
        turned = [
            shapely.transform(polygon, lambda points, by=turn * self.turn: np.add(points, (by, 0.0)))
            for turn in (TURNS if self.turn else (0,))
        ]
        meeting = [part.intersection(self.box) for part in turned if part.intersects(self.box)]
        return shapely.union_all(meeting) if meeting else shapely.Polygon()


def surroundings(grid: Grid, source: str) -> Surroundings | None:
    """Where a scene lies in another CRS; None where it has no CRS or no point of it can be placed there.

    Args:
        grid: of the scene.
        source: WKT of the polygons' CRS.
    """
    import shapely
    from pyproj import CRS, Transformer

    if grid.crs is None:
        return None
    crs = CRS.from_wkt(source)
    turn = 2 * np.pi / crs.axis_info[0].unit_conversion_factor if crs.is_geographic else 0.0
    there = Transformer.from_crs(CRS.from_wkt(grid.crs), crs, always_xy=True)
    columns, rows = (np.linspace(0, side, SAMPLES) for side in (grid.width, grid.height))
    x, y = _placed(there, *grid.xy(*np.meshgrid(columns, rows)))
    known = np.isfinite(x) & np.isfinite(y)
    if not known.any():
        return None
    x, y = _unrolled(x, known, turn)[known], y[known]
    west, south, east, north = _with_poles(grid, there, (x.min(), y.min(), x.max(), y.max()), turn)
    wide, high = MARGIN_SHARE * (east - west), MARGIN_SHARE * (north - south)
    limit = turn / 4 or np.inf
    south, north = max(south - high, -limit), min(north + high, limit)
    if turn and east - west + 2 * wide >= turn:
        wide = 0.0
    with_margin = shapely.box(west - wide, south, east + wide, north)
    exact = shapely.box(west, south, east, north)
    return Surroundings(exact if _jumps(with_margin, grid, there) else with_margin, float(turn))


def _placed(transformer: Transformer, x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
    """Points in the other CRS; not finite where it does not reach."""
    to_x, to_y = transformer.transform(x, y)
    return np.asarray(to_x), np.asarray(to_y)


def _unrolled(longitudes: Numbers, known: NDArray[np.bool_], turn: float) -> Numbers:
    """Longitudes without jumps: each within half a turn of the scene's middle."""
    if not turn:
        return longitudes
    middle = longitudes[SAMPLES // 2, SAMPLES // 2]
    middle = middle if np.isfinite(middle) else longitudes[known][0]
    return np.asarray(longitudes - turn * np.round((longitudes - middle) / turn))


def _with_poles(
    grid: Grid, there: Transformer, bounds: tuple[float, float, float, float], turn: float
) -> tuple[float, float, float, float]:
    """The rectangle, with all longitudes where the scene holds a pole."""
    west, south, east, north = bounds
    for pole in (-turn / 4, turn / 4) if turn else ():
        x, y = there.transform((west + east) / 2, pole, direction="INVERSE")
        if not np.isfinite((x, y)).all():
            continue
        column, row = grid.pixel_at(x, y)
        if 0 <= column <= grid.width and 0 <= row <= grid.height:
            middle = (west + east) / 2
            west, east = middle - turn / 2, middle + turn / 2
            south, north = min(south, pole), max(north, pole)
    return west, south, east, north


def _jumps(box: Any, grid: Grid, there: Transformer) -> bool:
    """Whether the scene's CRS tears the rectangle's outline apart, as beyond the edge of a world map."""
    import shapely

    west, south, east, north = box.bounds
    ring = shapely.get_coordinates(shapely.segmentize(box, max(east - west, north - south) / SAMPLES))
    x, y = there.transform(ring[:, 0], ring[:, 1], direction="INVERSE")
    steps = np.hypot(np.diff(x), np.diff(y))
    left, bottom, right, top = grid.extent
    return not bool((steps < np.hypot(right - left, top - bottom)).all())  # also where it is not finite
