"""A generated landscape as files: the scene, its 20 m scene classification and its true labels, as GeoTIFFs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError

from geoquant.demo.landscape.scene import NODATA, OFFSET, SCALE, Landscape
from geoquant.demo.landscape.spectra import BANDS, COVERS
from geoquant.demo.landscape.terrain import PIXEL_M
from geoquant.output.destination import part_file, write_error
from geoquant.reporting.pictures import rgb

RECIPE = "1"
"""Changes whenever the same seed and size give another scene: cached files of an older recipe are made anew."""

CRS = "EPSG:32631"
WEST, NORTH = 166_020.0, 100_000.0
"""Upper left corner: in the Gulf of Guinea by Null Island, so that nobody takes the scene for a real place."""

SCENE_TAG = "GEOQUANT_LANDSCAPE"


@dataclass(frozen=True)
class LandscapeFiles:
    """Where a landscape's parts lie.

    Attributes:
        scene: Six bands, uint16, at 10 m with scale, offset and nodata.
        scl: The scene classification at 20 m.
        labels: The true classes at 10 m.
    """

    scene: Path
    scl: Path
    labels: Path


def landscape_files(folder: Path) -> LandscapeFiles:
    """The names that a landscape's files have in ``folder``."""
    return LandscapeFiles(folder / "scene.tif", folder / "scl.tif", folder / "labels.tif")


def holds_landscape(folder: Path, seed: int, size: int) -> bool:
    """Whether ``folder`` has complete files of exactly this landscape."""
    files = landscape_files(folder)
    return all(_tag(path) == _identity(seed, size) for path in (files.scene, files.scl, files.labels))


def _identity(seed: int, size: int) -> str:
    return f"recipe {RECIPE}, seed {seed}, size {size}"


def _tag(path: Path) -> str | None:
    try:
        with rasterio.open(path) as source:
            tag: str | None = source.tags().get(SCENE_TAG)
            return tag
    except RasterioError:
        return None


def write_landscape(folder: Path, landscape: Landscape, seed: int) -> LandscapeFiles:
    """Write the three files; each appears under its name when it is complete.

    Raises:
        RasterError: a file could not be written.
    """
    files, size = landscape_files(folder), landscape.labels.shape[0]
    tags = {SCENE_TAG: _identity(seed, size)}
    scene = {"nodata": NODATA, "predictor": 2, "interleave": "pixel"}
    _write(files.scene, landscape.stored, PIXEL_M, scene, tags | {"AREA_OR_POINT": "Area"})
    _write(files.scl, landscape.scl[None], 2 * PIXEL_M, {"nodata": 0}, tags)
    _write(files.labels, landscape.labels[None], PIXEL_M, {"nodata": 0}, tags)
    return files


def _write(
    path: Path, bands: NDArray[Any], pixel_m: float, creation: Mapping[str, Any], tags: Mapping[str, str]
) -> None:
    """One tiled, compressed GeoTIFF with overviews."""
    count, height, width = bands.shape
    profile = {
        "driver": "GTiff",
        "count": count,
        "height": height,
        "width": width,
        "dtype": bands.dtype.name,
        "crs": CRS,
        "transform": rasterio.Affine(pixel_m, 0, WEST, 0, -pixel_m, NORTH),
        "tiled": True,
        "blockxsize": 512,
        "blockysize": 512,
        "compress": "deflate",
        "zlevel": 1,
        **creation,
    }
    try:
        with part_file(path) as part, rasterio.open(part, "w", **profile) as sink:
            sink.write(bands)
            sink.update_tags(**tags)
            _describe(sink, bands)
            shrink = Resampling.average if bands.dtype == np.uint16 else Resampling.nearest
            sink.build_overviews([2, 4, 8], shrink)
    except RasterioError as error:
        raise write_error(path, error) from error


def _describe(sink: Any, bands: NDArray[Any]) -> None:
    """Band names with scale and offset for the scene, colours for labels."""
    if bands.dtype == np.uint16:
        sink.descriptions = BANDS
        sink.scales, sink.offsets = [SCALE] * len(bands), [OFFSET] * len(bands)
    elif sink.res[0] == PIXEL_M:
        sink.descriptions = ("true classes",)
        sink.write_colormap(1, {cover.value: (*rgb(cover.color), 255) for cover in COVERS})
    else:
        sink.descriptions = ("SCL",)
