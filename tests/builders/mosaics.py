"""Scenes that overlap: parts of one picture, or pictures of their own, on one lattice of 10 m pixels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio
from rasterio.transform import from_origin
from shapely.geometry import box

from geoquant.grid import Window
from geoquant.options.mosaic import MosaicOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.mosaic.mosaic import Mosaic
from geoquant.raster.mosaic.mosaic_input import MosaicInput, open_mosaic
from geoquant.strata.clarity import SceneClarity
from geoquant.vector.geopackage.features import Feature
from geoquant.vector.geopackage.writing import NewLayer, write_geopackage
from tests.builders.model_files import BAND_NAMES, card_for

CRS = "EPSG:32632"
STORED = {"compress": "deflate", "tiled": True, "blockxsize": 32, "blockysize": 32}
WEST, NORTH, PIXEL_M = 500_000, 5_000_000, 10


@dataclass(frozen=True)
class Facts:
    """What a part says of itself."""

    scale: float | None = None
    offset: float = 0.0
    acquired: str = ""
    crs: str = CRS


def write_part(path: Path, values: np.ndarray, window: Window, facts: Facts = Facts()) -> Path:
    """``values (band, y, x)`` at ``window`` of the lattice; 0 is no data."""
    bands, height, width = values.shape
    place = from_origin(WEST + PIXEL_M * window.col, NORTH - PIXEL_M * window.row, PIXEL_M, PIXEL_M)
    shape = {"count": bands, "height": height, "width": width, "dtype": values.dtype}
    with rasterio.open(
        path, "w", driver="GTiff", crs=facts.crs, transform=place, nodata=0, **shape, **STORED
    ) as target:
        target.write(values)
        target.descriptions = BAND_NAMES[:bands]
        if facts.scale is not None:
            target.scales, target.offsets = [facts.scale] * bands, [facts.offset] * bands
        if facts.acquired:
            target.update_tags(ACQUISITIONDATETIME=facts.acquired)
    return path


def cut(folder: Path, picture: np.ndarray, windows: list[Window], **facts: object) -> list[Path]:
    """Parts of one picture as files; where they overlap, they agree."""
    return [
        write_part(folder / f"part{number}.tif", picture[(slice(None), *window.slices)], window, Facts(**facts))  # type: ignore[arg-type]
        for number, window in enumerate(windows)
    ]


def write_index(path: Path, locations: list[str]) -> Path:
    """A tile index as gdaltindex makes it: a polygon for each raster, and its name in ``location``."""
    layer = NewLayer("index", {"location": str}, "EPSG:4326")
    write_geopackage(path, layer, [Feature(box(9, 45, 10, 46), {"location": name}) for name in locations])
    return path


def opened(files: list[Path], options: MosaicOptions = MosaicOptions(), **given: object) -> Mosaic:  # noqa: B008
    """The mosaic of these files for a model of three bands; ``given`` are a card's facts, or ``gsd``."""
    scene_options = SceneOptions(gsd=given.pop("gsd", None))  # type: ignore[arg-type]
    card = card_for(3, 4, **given)
    return open_mosaic(MosaicInput(tuple(files), options, scene_options), card, SceneClarity)
