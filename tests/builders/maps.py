"""Class maps, their shards and pictures that tests of the stream, the COG and the polygons share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil

from geoquant.grid import Grid, Window
from geoquant.model_card.card import ClassLabel
from geoquant.output.cog import assemble_cog
from geoquant.output.polygons import PolygonFile, write_polygons
from geoquant.output.shard_files import write_shard
from geoquant.output.style import Publication

NODATA = 255
LABELS = (
    ClassLabel(1, "water", "#0000ff"),
    ClassLabel(2, "forêt & <bois>", "#00aa00"),
    ClassLabel(7, "bare", "#aa8844"),
)
UTM = rasterio.crs.CRS.from_epsg(32629).to_wkt()
NORTH_UP = (10.0, 0.0, 500000.0, 0.0, -10.0, 5000000.0)
PUBLICATION = Publication(LABELS, NODATA, {"GEOQUANT_MODEL": "m & <é>", "GEOQUANT_VERSION": "1"})


def class_map(height, width, seed=0):
    """A map with patches, single pixels and a wedge of nodata."""
    rng = np.random.default_rng(seed)
    patches = np.kron(rng.choice([1, 2, 7], (height // 40 + 1, width // 40 + 1)), np.ones((40, 40)))
    values = patches[:height, :width].astype(np.uint8)
    specks = rng.random(values.shape) < 0.2
    values[specks] = rng.choice([1, 2, 7], specks.sum())
    values[np.add.outer(np.arange(height), np.arange(width)) < 150] = NODATA
    return values


def cut(values, grid, folder, side, kind="classes"):
    """Write ``values`` as shards of ``side`` pixels."""
    shards = []
    for row in range(0, grid.height, side):
        for col in range(0, grid.width, side):
            window = Window(row, col, min(side, grid.height - row), min(side, grid.width - col))
            path = folder / f"r{row}_c{col}.tif"
            write_shard(path, values[window.slices], grid.crop(window), NODATA, kind)
            shards.append((path, window))
    return shards


def picture(height: int, width: int, bands: int = 3, seed: int = 0) -> np.ndarray:
    """Stored numbers ``(band, y, x)`` with structure at several scales."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 1000, (bands, height // 9 + 2, width // 9 + 2))
    fine = np.kron(coarse, np.ones((9, 9)))[:, :height, :width]
    return np.clip(fine + random.normal(0, 120, fine.shape), 0, 1000).astype(np.uint16)


def read_levels(path):
    """Full size and all overviews of a file."""
    with rasterio.open(path) as dataset:
        count = len(dataset.overviews(1))
        levels = [dataset.read(1)]
    for level in range(count):
        with rasterio.open(path, overview_level=level) as dataset:
            levels.append(dataset.read(1))
    return levels


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def make(folder, values, *, side=512, transform=NORTH_UP, crs=UTM, publication=PUBLICATION):
    """A COG of ``values``, in ``folder`` alone."""
    grid = Grid(crs, transform, values.shape[1], values.shape[0])
    shard_folder = folder / "shards"
    shard_folder.mkdir(exist_ok=True)
    out = folder / "out.tif"
    assemble_cog(cut(values, grid, shard_folder, side, publication.kind), grid, out, publication)
    return out


def polygons_of(folder: Path, values: np.ndarray, crs: str | None = UTM, side: int = 512, smallest_px: int = 1) -> Path:
    """A GeoPackage of the regions of ``values``, in ``folder`` alone."""
    grid = Grid(crs, NORTH_UP, values.shape[1], values.shape[0])
    (folder / "shards").mkdir()
    out = folder / "classes.gpkg"
    write_polygons(cut(values, grid, folder / "shards", side), grid, PolygonFile(out, smallest_px), PUBLICATION)
    return out
