"""A map as a Zarr store (version 3) for users of arrays: classes and confidence as sharded arrays on one grid.

Facts: Zarr v3 core and its sharding codec; the conventions ``proj`` and ``spatial`` of zarr-conventions (v0.1, those of
GeoZarr) on the group; CF 1.11 on the arrays: ``grid_mapping`` with ``crs_wkt``, ``flag_values`` and ``flag_meanings``.
rioxarray reads the second, and takes the transform from GDAL's ``GeoTransform`` in it.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.crs import CRS
from rasterio.enums import WktVersion
from rasterio.errors import RasterioError

from geoquant.errors import OptionError
from geoquant.grid import Grid, Window
from geoquant.output.destination import ZARR_SUFFIX, to_disk, write_error
from geoquant.output.style import Publication, dataset_tags
from geoquant.output.vrt import READING, Shards, level_vrt
from geoquant.progress import Progress, ProgressCallback, silent

CHUNK_PX, SHARD_PX = 512, 2048
"""Sides of what is decoded together and of what is a file: of a map of 100,000 x 100,000 px 2,401 files."""
GRID_MAPPING = "spatial_ref"
_PROJECTED = ("projection_x_coordinate", "projection_y_coordinate")
_CONVENTIONS = {
    "proj": ("f17cb550-5864-4468-aeb7-f3180cfb622f", "Coordinate reference system information for geospatial data"),
    "spatial": ("689b58e2-cf7b-45e0-9fff-9cfc0883d6b4", "Spatial coordinate information"),
}


@dataclass(frozen=True)
class Layer:
    """One array of a store.

    Attributes:
        shards: The files of the job's finished shards, and the windows that they fill.
        publication: The labels, nodata and tags.
    """

    shards: Shards
    publication: Publication


def is_store(out: Path) -> bool:
    """Whether an output is a Zarr store, by its name."""
    return out.suffix.lower() == ZARR_SUFFIX


def check_zarr_is_there(out: Path) -> None:
    """Refuse a store before any work where the library is missing that writes it.

    Raises:
        OptionError: with the command that installs it.
    """
    if importlib.util.find_spec("zarr") is None:
        raise OptionError(
            f"{out} is a Zarr store, and the package zarr (3 or later, for Python 3.11 or later) is not installed: "
            f"python -m pip install 'geoquant[zarr]', or give an output that ends with .tif."
        )


def write_store(layers: Mapping[str, Layer], grid: Grid, out: Path, *, progress: ProgressCallback = silent) -> None:
    """Write a store where nothing is yet; it is on the disk when this returns.

    Each file of the store is written once, from all of the job's shards that meet it.

    Args:
        layers: name -> array; the first one's tags become the store's.
        grid: of all arrays.
        out: the folder of the store; what an interrupted call left there is removed.
        progress: is told after every file; may raise ``Cancelled``.

    Raises:
        RasterError: the disk did not take it.
    """
    import zarr

    try:
        shutil.rmtree(out, ignore_errors=True)
        first = next(iter(layers.values())).publication
        group = zarr.create_group(store=str(out), attributes={**_place(grid), **dataset_tags(first)})
        _write_coordinates(group, grid)
        for name, layer in layers.items():
            _write_layer(group, name, layer, (grid, progress))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # version 3 has no standard for it yet, but xarray opens a store by it
            zarr.consolidate_metadata(str(out))
        _flush(out)
    except (OSError, RasterioError, CPLE_BaseError) as error:
        raise write_error(out, error) from error


def _write_layer(group: Any, name: str, layer: Layer, over: tuple[Grid, ProgressCallback]) -> None:
    grid, progress = over
    array = group.create_array(
        name,
        shape=(grid.height, grid.width),
        chunks=(CHUNK_PX, CHUNK_PX),
        shards=(SHARD_PX, SHARD_PX),
        dtype="uint8",
        fill_value=layer.publication.nodata,
        dimension_names=("y", "x"),
        attributes=_meaning(layer.publication),
    )
    done, stage = 0, f"writing {name}"
    with rasterio.Env(**READING), rasterio.open(level_vrt(layer.shards, grid, 0, layer.publication.nodata)) as source:
        for window in _files(grid):
            rows, columns = window.slices
            array[rows, columns] = source.read(1, window=((rows.start, rows.stop), (columns.start, columns.stop)))
            done += window.pixels
            progress(Progress(stage, done, grid.window.pixels, "px"))


def _files(grid: Grid) -> Iterator[Window]:
    """The windows of the store's files, row by row."""
    for row in range(0, grid.height, SHARD_PX):
        for col in range(0, grid.width, SHARD_PX):
            yield Window(row, col, SHARD_PX, SHARD_PX).intersection(grid.window)


def _write_coordinates(group: Any, grid: Grid) -> None:
    """The grid mapping and the centres of pixels along x and y, as CF has them; a rotated grid has no such lines."""
    crs = CRS.from_wkt(grid.crs) if grid.crs else None
    a, b, c, d, e, f = (repr(float(number)) for number in grid.transform)
    mapping = {"GeoTransform": " ".join((c, a, b, f, d, e))}  # GDAL's order
    if crs is not None:
        wkt = crs.to_wkt(version=WktVersion.WKT2_2019)
        mapping |= {"crs_wkt": wkt, "spatial_ref": wkt}
    group.create_array(GRID_MAPPING, shape=(), dtype="int64", attributes=mapping)
    if grid.transform[1] or grid.transform[3]:
        return
    names = ("longitude", "latitude") if crs is not None and crs.is_geographic else _PROJECTED
    columns, rows = (np.arange(length, dtype=np.float64) + 0.5 for length in (grid.width, grid.height))
    x, y = grid.xy(columns, np.zeros_like(columns))[0], grid.xy(np.zeros_like(rows), rows)[1]
    for name, values, standard_name in zip("xy", (x, y), names, strict=True):
        facts: dict[str, Any] = {"shape": values.shape, "dtype": "float64", "dimension_names": (name,)}
        group.create_array(name, **facts, attributes={"standard_name": standard_name})[:] = values


def _meaning(publication: Publication) -> dict[str, Any]:
    """The attributes of an array: what its values mean."""
    # xarray reads the grid mapping along only where "coordinates" names it
    shared = {"grid_mapping": GRID_MAPPING, "coordinates": GRID_MAPPING, "_FillValue": publication.nodata}
    if publication.kind == "confidence":
        return {**shared, "long_name": "confidence", "units": "percent"}
    labels = publication.labels
    words = [re.sub(r"\s+", "_", label.name) for label in labels]
    flags = {"flag_values": [label.value for label in labels], "flag_meanings": " ".join(words)}
    names, colors = [label.name for label in labels], " ".join(label.color for label in labels)
    return {**shared, "long_name": "class", **flags, "flag_colors": colors, "class_names": names}


def _place(grid: Grid) -> dict[str, Any]:
    """The group's attributes by the conventions ``proj`` and ``spatial``."""
    names = ["proj", "spatial"] if grid.crs else ["spatial"]
    place = {
        "zarr_conventions": [_convention(name) for name in names],
        "spatial:dimensions": ["y", "x"],
        "spatial:transform": list(grid.transform),
        "spatial:shape": [grid.height, grid.width],
        "spatial:bbox": list(grid.extent),
        "spatial:registration": "pixel",
    }
    if not grid.crs:
        return place
    crs = CRS.from_wkt(grid.crs)
    authority = crs.to_authority()
    code = {"proj:code": ":".join(authority)} if authority else {}
    return {**place, **code, "proj:wkt2": crs.to_wkt(version=WktVersion.WKT2_2019)}


def _convention(name: str) -> dict[str, str]:
    uuid, description = _CONVENTIONS[name]
    home = f"zarr-conventions/{name}"
    return {
        "schema_url": f"https://raw.githubusercontent.com/{home}/refs/tags/v0.1/schema.json",
        "spec_url": f"https://github.com/{home}/blob/v0.1/README.md",
        "uuid": uuid,
        "name": name,
        "description": description,
    }


def _flush(out: Path) -> None:
    for path in [*out.rglob("*"), out]:
        to_disk(path)
