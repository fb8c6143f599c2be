"""The part of a scene that a job works on: inside bounds, inside polygons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.options.scene import AreaOptions
from geoquant.raster.types import Imagery
from geoquant.vector.polygons import bounds_window, digest_of, polygon_mask, read_polygons

MOST_PX = 4 * 10**12
"""Pixels of one map: all land at 6 m. A file may declare any number, whatever it holds."""


@dataclass(frozen=True)
class Region:
    """A part of a scene.

    Attributes:
        window: The pixels of the scene's grid that a map of it has.
        polygons: The polygons outside of which it holds no data, in the scene's CRS; None where there are none.
    """

    window: Window
    polygons: tuple[Any, ...] | None = None

    @property
    def tags(self) -> dict[str, str]:
        """The tags of a map that say which polygons cut it; its own grid says the window."""
        return {} if self.polygons is None else {"GEOQUANT_AOI_SHA256": digest_of(self.polygons)}

    def mask(self, scene: Imagery, window: Window) -> NDArray[np.bool_] | None:
        """The pixels ``(y, x)`` of a window that lie inside the polygons; None where all do."""
        return None if self.polygons is None else polygon_mask(self.polygons, scene.grid.crop(window))


def region_of(scene: Imagery, options: AreaOptions) -> Region:
    """The scene, cut to ``--bounds`` and to the extent of the polygons of ``--aoi``.

    Raises:
        OptionError: the file of polygons can't be used, nothing is left, or more than ``MOST_PX``.
    """
    polygons = tuple(read_polygons(options.aoi, scene.grid)) if options.aoi else None
    window = scene.grid.window
    if options.bounds:
        window = window.intersection(bounds_window(options.bounds, scene.grid))
    if polygons:
        boxes = np.array([polygon.bounds for polygon in polygons])
        extent = (*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist())
        window = window.intersection(bounds_window(extent, scene.grid))
    elif polygons is not None:
        window = replace(window, height=0, width=0)
    if not window.pixels:
        asked = "--bounds" if polygons is None else "--aoi (with --bounds)" if options.bounds else "--aoi"
        raise OptionError(f"{asked} does not meet the scene {scene.name}; check the coordinates and their CRS.")
    if window.pixels > MOST_PX:
        raise OptionError(
            f"{scene.name} declares {window.height} x {window.width} pixels ({window.pixels:.3g}), more than one map "
            f"takes ({MOST_PX:.3g}). Cut out what you need with --bounds WEST SOUTH EAST NORTH or --aoi FILE."
        )
    return Region(window, polygons)
