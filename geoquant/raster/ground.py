"""The ground under pixels: lengths and areas on the ellipsoid of a grid's CRS. Units of a projection are no metres.

A length or an area is measured between points of the ellipsoid in space (geocentric coordinates, EPSG guidance note
373-7-2, 4.1.1), which no pole and no antimeridian disturbs. Areas of pixels change smoothly, so they are computed at
nodes some kilometres apart and interpolated between them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window

Numbers = NDArray[np.float64]
NODE_DISTANCE_M = 4000.0
"""Distance of nodes. Linear interpolation over it errs by its square over that of the Earth's radius: below 1e-6."""
MOST_NODES = 256
"""Nodes along one side, at most."""
SPAN_M = 50.0
"""Length over which areas are measured, or a pixel, where that is more: coordinates have no digits for less."""
METRES_PER_DEGREE = 111_320.0
UNITS_PER_PIXEL = 1 << 20
"""Areas are added up in whole units, so that every order of adding gives the same sum."""
RUN_PX = 1 << 16
"""Pixels that are weighed at once, in the core's cache."""
SHOWN_DIGITS = 9


@dataclass(frozen=True, eq=False)
class GroundAreas:
    """Square metres of ground under each pixel of a window of a grid.

    Attributes:
        nodes_m2: The area of a pixel (node row, node column) at points spread evenly from corner to corner.
        window: The window of the grid.
    """

    nodes_m2: Numbers
    window: Window

    @property
    def unit_m2(self) -> float:
        """What ``units_by_value`` counts in."""
        return float(self.nodes_m2.max()) / UNITS_PER_PIXEL

    def of_pixels(self, window: Window) -> Numbers:
        """Square metres of each pixel (y, x) of a window inside that of this object."""
        window = window.relative_to(self.window)
        rows = np.arange(window.row, window.row_end, dtype=np.float64) + 0.5
        cols = np.arange(window.col, window.col_end, dtype=np.float64) + 0.5
        at, down = self._cells(rows, 0)
        left, right = self._cells(cols, 1)
        along = self.nodes_m2[:, left] * (1 - right) + self.nodes_m2[:, left + 1] * right
        areas: Numbers = np.diff(along, axis=0)[at]
        areas *= down[:, None]
        areas += along[at]
        return areas

    def units_by_value(self, values: NDArray[np.uint8], window: Window) -> NDArray[np.int64]:
        """Ground under each value of ``values (y, x)``, which fill ``window``: (256,), in whole ``unit_m2``."""
        sums, rows = np.zeros(256, np.int64), max(1, RUN_PX // window.width)
        for row in range(0, window.height, rows):
            run = Window(window.row + row, window.col, min(rows, window.height - row), window.width)
            units = self.of_pixels(run)
            units /= self.unit_m2
            np.rint(units, out=units)
            found = values[row : row + run.height].ravel()
            sums += np.bincount(found, units.ravel(), 256).astype(np.int64)  # exact: whole numbers below 2 ** 53
        return sums

    def of_regions(self, outlines: NDArray[np.object_]) -> Numbers:
        """Square metres of regions (region,) of whole pixels, shapely polygons in (column, row) of the window.

        Within the distance of two nodes a region weighs as if it lay at its centre; larger ones are integrated over
        their outlines, where the digits of sums over all of the window suffice.
        """
        import shapely

        centres = shapely.get_coordinates(shapely.centroid(outlines))
        result = shapely.area(outlines) * self._density(centres[:, 0], centres[:, 1])
        west, south, east, north = shapely.bounds(outlines).T
        large = (east - west > self._step(1)) | (north - south > self._step(0))
        result[large] = self._integrated(outlines[large])
        return np.asarray(result)

    def _step(self, axis: int) -> float:
        """Pixels between two nodes along an axis (0 = y, 1 = x)."""
        side: int = (self.window.height, self.window.width)[axis]
        return side / (int(self.nodes_m2.shape[axis]) - 1)

    def _cells(self, at: Numbers, axis: int) -> tuple[NDArray[np.intp], Numbers]:
        """The node before each position along an axis, and the share of the way to the next one."""
        place = at / self._step(axis)
        before = np.clip(place.astype(np.intp), 0, self.nodes_m2.shape[axis] - 2)
        return before, place - before

    def _density(self, x: Numbers, y: Numbers) -> Numbers:
        """Square metres per pixel at points (point,), in pixels from the window's corner."""
        (i, t), (j, u) = self._cells(y, 0), self._cells(x, 1)
        nodes = self.nodes_m2
        upper = nodes[i, j] * (1 - u) + nodes[i, j + 1] * u
        return upper * (1 - t) + (nodes[i + 1, j] * (1 - u) + nodes[i + 1, j + 1] * u) * t

    @cached_property
    def _sums(self) -> tuple[tuple[Numbers, Numbers], tuple[Numbers, Numbers]]:
        """Integrals to each node down alone, with what they integrate; and the same of those to the right."""
        nodes = self.nodes_m2
        across = self._accumulated(nodes, 1)
        return (self._accumulated(nodes, 0), nodes), (self._accumulated(across, 0), across)

    def _accumulated(self, nodes: Numbers, axis: int) -> Numbers:
        """The integral along an axis from the first node to each."""
        parts = np.moveaxis(nodes, axis, 0)
        sums = np.concatenate([np.zeros_like(parts[:1]), np.cumsum((parts[1:] + parts[:-1]) / 2, axis=0)])
        return np.moveaxis(sums * self._step(axis), 0, axis)

    def _to(self, x: Numbers, y: Numbers) -> Numbers:
        """Square metres of the rectangles between the window's corner and points (point,)."""
        (i, t), (j, u) = self._cells(y, 0), self._cells(x, 1)
        (down, nodes), (both, across) = self._sums

        def until(whole: Numbers, slope: Numbers, column: NDArray[np.intp]) -> Numbers:
            first, second = slope[i, column], slope[i + 1, column]
            return whole[i, column] + self._step(0) * (t * first + t * t / 2 * (second - first))

        left, right = until(down, nodes, j), until(down, nodes, j + 1)
        return until(both, across, j) + self._step(1) * (u * left + u * u / 2 * (right - left))

    def _integrated(self, outlines: NDArray[np.object_]) -> Numbers:
        """Areas by Green's theorem: of outlines along pixels' edges, only those that run down or up count."""
        import shapely

        rings, owners = shapely.get_rings(outlines, return_index=True)
        points, ring_of = shapely.get_coordinates(rings, return_index=True)
        reached = self._to(points[:, 0], points[:, 1])
        counts = (np.diff(ring_of) == 0) & (np.diff(points[:, 0]) == 0)
        of_rings = np.abs(np.bincount(ring_of[1:], np.diff(reached) * counts, len(rings)))
        is_hole = np.diff(owners, prepend=-1) == 0
        signed = np.where(is_hole, -of_rings, of_rings)
        return np.bincount(owners, signed, len(outlines)).astype(np.float64)


def ground_areas(grid: Grid, window: Window | None = None) -> GroundAreas | None:
    """Areas of the pixels of a grid, or of a window of it; None where nothing says them, see ``without_areas``."""
    window = window or grid.window
    grid = grid.crop(window)
    ground = _ground(grid)
    if ground is None:
        return None
    sides = zip((grid.height, grid.width), ground.nominal_m, strict=True)
    counts = [
        min(MOST_NODES, max(1, math.ceil(length * pixel_m / NODE_DISTANCE_M)), length) for length, pixel_m in sides
    ]
    rows, cols = (np.linspace(0, side, n + 1) for side, n in zip((grid.height, grid.width), counts, strict=True))
    right, down = ground.edges(*np.meshgrid(cols, rows))
    nodes = np.linalg.norm(np.cross(right, down), axis=-1)
    return GroundAreas(nodes, window) if np.isfinite(nodes).all() and nodes.any() else None


def without_areas(name: str, grid: Grid, ground: GroundAreas | None) -> tuple[str, ...]:
    """The warning that areas of the scene ``name`` are not given, with the reason, where ``ground`` is None.

    A scene without a CRS has a warning of its own.
    """
    if ground is not None or grid.crs is None:
        return ()
    outside = "a part of it lies outside of where its CRS is defined"
    reason = "its CRS is not tied to the Earth" if _ground(grid) is None else outside
    return (f"Areas of {name} are not given, only pixels: {reason}.",)


def ground_pixel_size(grid: Grid) -> tuple[float, float] | None:
    """Height and width ``(down, right)`` of the grid's middle pixel in metres on the ground, or None."""
    ground = _ground(grid)
    if ground is None:
        return None
    right, down = ground.edges(np.array(grid.width / 2), np.array(grid.height / 2))
    sizes = float(np.linalg.norm(down)), float(np.linalg.norm(right))
    return sizes if all(math.isfinite(size) and size > 0 for size in sizes) else None


def shown(area_m2: float) -> float:
    """An area with the digits that mean something."""
    return float(f"{area_m2:.{SHOWN_DIGITS}g}")


@dataclass(frozen=True)
class _Ground:
    """A grid on the ellipsoid of its CRS.

    Attributes:
        grid: The grid that pixels are counted on.
        transformer: A pyproj transformer from the CRS to longitude and latitude on its own ellipsoid.
        angle_unit: The radians of one unit of longitude and latitude.
        axes_m: The semi-major and the semi-minor axis of the ellipsoid.
        unit_m: The metres that a unit of the CRS is called, or those of a degree of latitude.
    """

    grid: Grid
    transformer: Any
    angle_unit: float
    axes_m: tuple[float, float]
    unit_m: float

    @property
    def nominal_m(self) -> tuple[float, float]:
        """Height and width of a pixel as if units of the CRS were what they are called."""
        down, right = self.grid.pixel_size
        return down * self.unit_m, right * self.unit_m

    def edges(self, cols: Numbers, rows: Numbers) -> tuple[Numbers, Numbers]:
        """A pixel's edges to the right and down at points (...), as vectors in space (..., 3), metres."""
        down, right = (max(0.5, SPAN_M / 2 / size) for size in self.nominal_m)
        to_right = (self._points(cols + right, rows) - self._points(cols - right, rows)) / (2 * right)
        return to_right, (self._points(cols, rows + down) - self._points(cols, rows - down)) / (2 * down)

    def _points(self, cols: Numbers, rows: Numbers) -> Numbers:
        """Geocentric coordinates (..., 3) in metres."""
        longitude, latitude = (
            np.asarray(angle) * self.angle_unit for angle in self.transformer.transform(*self.grid.xy(cols, rows))
        )
        squashed = (self.axes_m[1] / self.axes_m[0]) ** 2
        with np.errstate(invalid="ignore"):
            normal = self.axes_m[0] / np.sqrt(1 - (1 - squashed) * np.sin(latitude) ** 2)
            ring = normal * np.cos(latitude)
            axes = ring * np.cos(longitude), ring * np.sin(longitude), squashed * normal * np.sin(latitude)
        return np.stack(axes, axis=-1)


def _ground(grid: Grid) -> _Ground | None:
    """The grid on its ellipsoid, where it has one."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    if grid.crs is None:
        return None
    try:
        crs = CRS.from_wkt(grid.crs).to_2d()
        geodetic, ellipsoid = crs.geodetic_crs, crs.ellipsoid
        if crs.is_geocentric or geodetic is None or ellipsoid is None:
            return None
        axes_m = ellipsoid.semi_major_metre, ellipsoid.semi_minor_metre
        unit_m = METRES_PER_DEGREE if crs.is_geographic else crs.axis_info[0].unit_conversion_factor
        transformer = Transformer.from_crs(crs, geodetic, always_xy=True)
    except ProjError:
        return None
    return _Ground(grid, transformer, geodetic.axis_info[0].unit_conversion_factor, axes_m, unit_m)
