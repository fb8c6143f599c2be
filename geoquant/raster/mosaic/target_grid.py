"""The grid of a mosaic: its CRS, pixel size, pixel corners and extent, and where a scene lies on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.errors import CRSError, RasterioError
from rasterio.warp import transform_bounds

from geoquant.errors import OptionError, RasterError
from geoquant.grid import Grid, Window
from geoquant.raster.pixel_size import alike, fineness, in_units_of_crs
from geoquant.raster.placement import same_crs
from geoquant.raster.scene import Scene

LATTICE_TOLERANCE_PX = 0.01
"""Pixel corners that differ by less are the same."""
WIDEST_STRETCH = 4.0
"""A scene whose pixels grow more than this in number on the mosaic's grid does not belong there."""
Extent = tuple[float, float, float, float]


def target_grid(scenes: Sequence[Scene], crs: str | None, like: Grid | None) -> Grid:
    """The grid that holds all scenes.

    Its CRS is ``like``'s, the given one, or that of most pixels of the scenes. Its pixels are as large as ``like``'s,
    or as those of the finest scene. Its pixel corners are those of ``like``, of the scenes where they share them, or
    whole multiples of the pixel size. The order of the scenes changes nothing.

    Args:
        scenes: fitted to the model.
        crs: as people write it, or None.
        like: a grid whose CRS, pixel size and corners are taken, or None.

    Raises:
        OptionError: the CRS is none, or contradicts ``like``.
        RasterError: a scene has no CRS, or can't be brought to the mosaic's.
    """
    for scene in scenes:
        if scene.grid.crs is None:
            raise RasterError(
                f"{scene.name} has no CRS, so it has no place in a mosaic: assign one with "
                f"`gdal_edit.py -a_srs EPSG:... FILE`, or classify it alone."
            )
    wkt = _target_crs(scenes, crs, like)
    size = _pixel_size(scenes, wkt, like)
    corner = _corner(scenes, wkt, size, like)
    west, south, east, north = _union([extent_in(scene, wkt) for scene in scenes])
    first_col, last_col = _outward(west - corner[0], east - corner[0], size[1])
    first_row, last_row = _outward(corner[1] - north, corner[1] - south, size[0])
    transform = (size[1], 0.0, corner[0] + first_col * size[1], 0.0, -size[0], corner[1] - first_row * size[0])
    return Grid(wkt, transform, last_col - first_col, last_row - first_row)


def place_on(scene: Scene, grid: Grid) -> Window:
    """The smallest window of ``grid`` that holds a scene.

    Raises:
        RasterError: the scene is torn apart there, as on the far side of the antimeridian.
    """
    west, south, east, north = extent_in(scene, grid.crs or "")
    left, top = grid.pixel_at(west, north)
    right, bottom = grid.pixel_at(east, south)
    rows, cols = _outward(top, bottom, 1.0), _outward(left, right, 1.0)
    window = Window(rows[0], cols[0], rows[1] - rows[0], cols[1] - cols[0])
    _check_stretch(scene, grid, window)
    return window.intersection(grid.window)


def extent_in(scene: Scene, crs: str) -> Extent:
    """West, south, east, north of a scene in a CRS.

    Raises:
        RasterError: the CRS does not reach there.
    """
    grid = scene.grid
    if same_crs(grid.crs, crs):
        return grid.extent
    try:
        found = transform_bounds(grid.crs, crs, *grid.extent)
    except (RasterioError, CPLE_BaseError):
        found = (math.inf,) * 4
    west, south, east, north = found
    if not all(map(math.isfinite, found)) or east <= west or north <= south:
        raise RasterError(
            f"{scene.name} can't be brought to {_named(crs)}: the scene lies outside of where that CRS holds, or "
            f"across the antimeridian. Give a CRS that holds for all scenes with --crs, or leave the scene out."
        )
    return west, south, east, north


def _target_crs(scenes: Sequence[Scene], crs: str | None, like: Grid | None) -> str:
    given = None if crs is None else _wkt(crs)
    if like is not None:
        if like.crs is None:
            raise OptionError("The raster of --align has no CRS; give one that has, or --crs alone.")
        if given is not None and not same_crs(given, like.crs):
            raise OptionError(f"--crs is {crs}, the raster of --align has {_named(like.crs)}; leave one of them out.")
        return like.crs
    if given is not None:
        return given
    pixels: Counter[str] = Counter()
    for scene in scenes:
        known = next((one for one in pixels if same_crs(one, scene.grid.crs)), str(scene.grid.crs))
        pixels[known] += scene.grid.window.pixels
    return min(pixels, key=lambda wkt: (-pixels[wkt], wkt))


def _wkt(text: str) -> str:
    try:
        return str(CRS.from_user_input(text).to_wkt())
    except CRSError as error:
        raise OptionError(f"--crs {text} is no CRS that PROJ knows; expected for example EPSG:32632.") from error


def _named(crs: str) -> str:
    found = CRS.from_wkt(crs)
    code = found.to_epsg()
    return f"EPSG:{code}" if code else crs.split('"')[1]


def _pixel_size(scenes: Sequence[Scene], crs: str, like: Grid | None) -> tuple[float, float]:
    """``(down, right)`` in units of the CRS."""
    if like is not None:
        return like.pixel_size
    there = [scene.grid.pixel_size for scene in scenes if same_crs(scene.grid.crs, crs)]
    if there:
        return min(there)
    finest = min(scenes, key=lambda scene: (fineness(scene.grid), scene.name))
    west, south, east, north = extent_in(finest, crs)
    span = Grid(crs, (east - west, 0.0, west, 0.0, south - north, north), 1, 1)
    side = max(in_units_of_crs(fineness(finest.grid), span))
    return side, side


def _corner(scenes: Sequence[Scene], crs: str, size: tuple[float, float], like: Grid | None) -> tuple[float, float]:
    """(x, y) of a pixel corner."""
    if like is not None:
        return like.xy(0, 0)
    there = sorted(scene.grid.xy(0, 0) for scene in scenes if same_crs(scene.grid.crs, crs))
    if not there:
        return 0.0, 0.0
    first = there[0]
    steps = np.array([((x - first[0]) / size[1], (y - first[1]) / size[0]) for x, y in there])
    return first if (np.abs(steps - np.rint(steps)) < LATTICE_TOLERANCE_PX).all() else (0.0, 0.0)


def _union(extents: Sequence[Extent]) -> Extent:
    west, south, east, north = np.array(extents).T
    return float(west.min()), float(south.min()), float(east.max()), float(north.max())


def _outward(start: float, end: float, size: float) -> tuple[int, int]:
    """The whole pixels that hold the span from ``start`` to ``end``."""
    first = math.floor(start / size + LATTICE_TOLERANCE_PX)
    return first, max(first + 1, math.ceil(end / size - LATTICE_TOLERANCE_PX))


def _check_stretch(scene: Scene, grid: Grid, window: Window) -> None:
    metres = fineness(scene.grid) / fineness(grid)
    expected = max(scene.grid.height, scene.grid.width) * metres
    if max(window.height, window.width) > WIDEST_STRETCH * expected + 64:
        raise RasterError(
            f"{scene.name} would be {window.height} x {window.width} pixels in {_named(grid.crs or '')}, far more than "
            f"its own {scene.grid.height} x {scene.grid.width}: it lies across the antimeridian or far from where that "
            f"CRS holds. Give a CRS that holds for all scenes with --crs, or leave the scene out."
        )


def check_model_size(grid: Grid, gsd_m: float | None, like: Grid | None) -> None:
    """Refuse a grid of ``--align`` whose pixels are not those that a model was trained on.

    Raises:
        OptionError: naming both sizes.
    """
    if gsd_m is None or like is None or alike(grid.pixel_size, in_units_of_crs(gsd_m, grid)):
        return
    wanted = max(in_units_of_crs(gsd_m, grid))
    raise OptionError(
        f"The raster of --align has pixels of {max(grid.pixel_size):g}, the model works at {wanted:g}, in units of the "
        f"CRS. Give another raster, or say with --gsd {max(grid.pixel_size):g} that this size is meant."
    )
