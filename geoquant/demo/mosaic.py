"""The demo's mosaic: four days of one land in two UTM zones, classified as one map by two rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.warp import calculate_default_transform, reproject

from geoquant.demo.landscape.scene import NODATA, OFFSET, SCALE, Landscape, make_days
from geoquant.demo.landscape.spectra import BANDS, CLOUD, SHADOW
from geoquant.demo.landscape.terrain import PIXEL_M
from geoquant.demo.landscape_files import CRS, NORTH, WEST
from geoquant.grid import Window
from geoquant.inference.classify import ClassifySummary, classify
from geoquant.options.classify import ClassifyOptions
from geoquant.options.mosaic import MosaicOptions
from geoquant.output.destination import part_file
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.mosaic.mosaic_input import MosaicInput

RULES = ("first", "clearest")
NEIGHBOUR_CRS = "EPSG:32630"
"""The zone west of the demo's, which ends where its land begins."""
DATES = ("2024:04:03 10:41:00", "2024:04:18 10:41:00", "2024:05:03 10:41:00", "2024:05:18 10:41:00")
SHARE = 0.625
"""Side of a scene over that of the land: neighbours share a fifth of the land's side."""
GRID = {"crs": CRS, "transform": rasterio.Affine(PIXEL_M, 0, WEST, 0, -PIXEL_M, NORTH)}
TILED = {"driver": "GTiff", "tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "zlevel": 1}


@dataclass(frozen=True)
class Land:
    """A generated land.

    Attributes:
        seed: The seed that makes it.
        size: The side in pixels of 10 m.
    """

    seed: int
    size: int


@dataclass(frozen=True)
class RuleMap:
    """One map of the mosaic.

    Attributes:
        rule: The rule for overlaps.
        summary: What classifying found.
        hidden: The share of the map's pixels that are cloud or cloud shadow, 0..1.
        right: The share of the map's pixels that show the class of the ground beneath, 0..1.
    """

    rule: str
    summary: ClassifySummary
    hidden: float
    right: float


@dataclass(frozen=True)
class MosaicFindings:
    """What the mosaic's part of the report shows.

    Attributes:
        folder: The folder with everything.
        scenes: The scenes, by date.
        maps: The maps, one for each of ``RULES``.
    """

    folder: Path
    scenes: tuple[Path, ...]
    maps: tuple[RuleMap, ...]


def mosaic_demo(
    folder: Path, model: Path, land: Land, options: ClassifyOptions, progress: ProgressCallback
) -> MosaicFindings:
    """Make four scenes, and classify them as one map by each rule.

    Args:
        folder: made if it is missing.
        model: the model to classify with.
        land: what the scenes show.
        options: of both maps.
        progress: is told what goes on.

    Raises:
        GeoquantError: what classifying raises.
    """
    folder.mkdir(exist_ok=True)
    done = iter(range(2 * len(DATES) + 2))

    def step(name: str) -> None:
        progress(Progress(f"making four scenes: {name}", next(done), 2 * len(DATES) + 1, "steps"))

    cover, days = make_days(land.seed, land.size, len(DATES), step)
    ground = _write(folder / "ground.tif", cover[None], {**GRID, "nodata": 0})
    scenes = tuple(
        _write_scene(folder, day, *given) for day, given in enumerate(zip(days, _places(land.size), strict=True))
    )
    given = MosaicInput(scenes, MosaicOptions(align=str(ground)))
    maps = tuple(_mapped(_by(given, rule), model, folder, cover, (options, progress)) for rule in RULES)
    return MosaicFindings(folder, scenes, maps)


def _by(given: MosaicInput, rule: str) -> MosaicInput:
    return replace(given, options=replace(given.options, rule=rule))


def _places(size: int) -> Iterator[Window]:
    """Where the scenes lie on the land: its four corners, west first."""
    side = round(size * SHARE)
    for col in (0, size - side):
        for row in (0, size - side):
            yield Window(row, col, side, side)


def _write_scene(folder: Path, day: int, landscape: Landscape, place: Window) -> Path:
    """A part of the land as one day's scene; the western ones in the zone next to it, on its own pixels."""
    path = folder / f"scene_{day + 1}.tif"
    stored = landscape.stored[(slice(None), *place.slices)]
    corner = rasterio.Affine(PIXEL_M, 0, WEST + PIXEL_M * place.col, 0, -PIXEL_M, NORTH - PIXEL_M * place.row)
    grid: dict[str, Any] = {"crs": CRS, "transform": corner}
    if place.col == 0:
        stored, grid = _in_the_other_zone(stored, corner)
    return _write(path, stored, {**grid, "nodata": NODATA, "predictor": 2}, DATES[day])


def _in_the_other_zone(
    stored: NDArray[np.uint16], corner: rasterio.Affine
) -> tuple[NDArray[np.uint16], dict[str, Any]]:
    """Pixels ``(band, y, x)`` resampled to the other zone, and their grid."""
    count, height, width = stored.shape
    west, north = corner.c, corner.f
    box = (west, north - PIXEL_M * height, west + PIXEL_M * width, north)
    transform, columns, rows = calculate_default_transform(
        CRS, NEIGHBOUR_CRS, width, height, *box, resolution=float(PIXEL_M)
    )
    moved = np.zeros((count, rows, columns), stored.dtype)
    reproject(
        stored,
        moved,
        src_transform=corner,
        src_crs=CRS,
        dst_transform=transform,
        dst_crs=NEIGHBOUR_CRS,
        src_nodata=NODATA,
        dst_nodata=NODATA,
        resampling=Resampling.bilinear,
    )
    return moved, {"crs": NEIGHBOUR_CRS, "transform": transform}


def _write(path: Path, bands: NDArray[Any], creation: dict[str, Any], date: str = "") -> Path:
    """A tiled GeoTIFF, which appears when it is complete; a scene has its date, bands, scale and offset."""
    count, height, width = bands.shape
    shape = {"count": count, "height": height, "width": width, "dtype": bands.dtype.name}
    with part_file(path) as part, rasterio.open(part, "w", **TILED, **shape, **creation) as sink:
        sink.write(bands)
        if date:
            sink.update_tags(TIFFTAG_DATETIME=date)
            sink.descriptions = BANDS
            sink.scales, sink.offsets = [SCALE] * count, [OFFSET] * count
    return path


def _mapped(
    given: MosaicInput,
    model: Path,
    folder: Path,
    cover: NDArray[np.uint8],
    how: tuple[ClassifyOptions, ProgressCallback],
) -> RuleMap:
    """One map, and how it compares with the ground."""
    (options, progress), rule = how, given.options.rule

    def tell(report: Progress) -> None:
        progress(replace(report, stage=f"mosaic by {rule}: {report.stage}"))

    summary = classify(given, model, folder / f"mosaic_{rule}.tif", options, progress=tell)
    with rasterio.open(summary.out) as written:
        row, col = (round(side) for side in _corner(written.transform))
        classes = written.read(1)
    rows, cols = _inside(row, classes.shape[0], cover.shape[0]), _inside(col, classes.shape[1], cover.shape[1])
    shown = classes[rows[0], cols[0]]
    ground, valid = cover[rows[1], cols[1]], shown != 0
    hidden = np.isin(shown, (CLOUD, SHADOW))
    return RuleMap(rule, summary, float(hidden[valid].mean()), float((shown == ground)[valid].mean()))


def _corner(transform: rasterio.Affine) -> tuple[float, float]:
    """Row and column of the land at which a map begins."""
    return (NORTH - transform.f) / PIXEL_M, (transform.c - WEST) / PIXEL_M


def _inside(first: int, count: int, whole: int) -> tuple[slice, slice]:
    """The rows (or columns) that a map shares with the land: in the map, and in the land."""
    low, high = max(first, 0), min(first + count, whole)
    return slice(low - first, high - first), slice(low, high)
