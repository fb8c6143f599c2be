"""What one open file says of its bands: names, colours, numbers, masks and place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import rasterio.transform
from rasterio.enums import ColorInterp, MaskFlags

from geoquant.errors import RasterError
from geoquant.grid import Grid
from geoquant.raster import band_names as naming
from geoquant.raster.types import SceneBand, Storage

_COLOURS = {ColorInterp.red: "red", ColorInterp.green: "green", ColorInterp.blue: "blue", ColorInterp.alpha: "alpha"}

_UNITS_UM = {"nanometers": 1e-3, "nm": 1e-3, "micrometers": 1.0, "um": 1.0}
"""Micrometres by the names of units in ENVI headers."""

_LEAST_PIXEL, _LEAST_SINE = 1e-12, 1e-9
"""Below which a pixel's side, in any unit, and the angle between its sides are no measures but damage."""


@dataclass(frozen=True)
class _Columns:
    """Facts of all bands, each asked for once: rasterio walks over all bands for every such question."""

    descriptions: Sequence[str | None]
    colours: Sequence[str | None]
    scales: Sequence[float]
    offsets: Sequence[float]
    dtypes: Sequence[str]
    nodata: Sequence[float | None]
    flags: Sequence[Sequence[MaskFlags]]
    blocks: Sequence[tuple[int, int]]


def bands_of(dataset: Any, path: str, mark: str) -> tuple[SceneBand, ...]:
    """The bands of an open file, alpha included, numbered from 1.

    Args:
        dataset: open rasterio dataset.
        path: it was opened by.
        mark: its stamp.

    Raises:
        RasterError: it holds no bands or complex numbers, or its geotransform places no pixels.
    """
    columns = _columns(dataset)
    _check_kind(dataset, columns, path)
    grid = grid_of(dataset, path)
    alpha = _alpha_index(columns)
    every = sum(np.dtype(dtype).itemsize for dtype in columns.dtypes)
    interleaving = dataset.interleaving
    shared = every if interleaving is not None and interleaving.name == "pixel" and dataset.count > 1 else None
    return tuple(
        SceneBand(
            **_facts(dataset, columns, at),
            gsd=max(grid.pixel_size),
            path=path,
            index=at + 1,
            number=at + 1,
            dtype=columns.dtypes[at],
            nodata=columns.nodata[at],
            mask=_mask_kind(columns.flags[at], alpha),
            alpha_index=alpha,
            grid=grid,
            stamp=mark,
            storage=_storage(columns, at, shared),
            colour=columns.colours[at],
        )
        for at in range(dataset.count)
    )


def _columns(dataset: Any) -> _Columns:
    return _Columns(
        dataset.descriptions,
        [_COLOURS.get(colour) for colour in dataset.colorinterp],
        dataset.scales,
        dataset.offsets,
        dataset.dtypes,
        dataset.nodatavals,
        dataset.mask_flag_enums,
        dataset.block_shapes,
    )


def _check_kind(dataset: Any, columns: _Columns, path: str) -> None:
    complexes = [dtype for dtype in columns.dtypes if dtype.startswith("complex")]
    if complexes:
        raise RasterError(f"{path} holds {complexes[0]} numbers; geoquant reads integers and floats.")
    if not dataset.count:
        parts = ", ".join(dataset.subdatasets[:4]) or "none"
        advice = "Open one of them."
        if parts.startswith("SENTINEL2_"):  # those know neither nodata nor the offset
            advice = "Those lack nodata and offsets: unpack the product and open its MTD_MSIL2A.xml or MTD_MSIL1C.xml."
        raise RasterError(f"{path} holds no bands itself, only subdatasets: {parts}. {advice}")


def _alpha_index(columns: _Columns) -> int | None:
    """The band, from 1, that is tagged as alpha and does not bear a sensor's or a spectral name."""
    for at, colour in enumerate(columns.colours):
        if colour == "alpha" and not naming.names_a_spectral_band(columns.descriptions[at] or ""):
            return at + 1
    return None


def _facts(dataset: Any, columns: _Columns, at: int) -> dict[str, Any]:
    """Name, common name, wavelength, scale and offset of a band, as far as its file tells them."""
    description = columns.descriptions[at]
    facts = naming.from_description(description) if description else naming.BandFacts(str(at + 1))
    wavelength = _wavelength_um(dataset, at + 1) or facts.centre_wavelength_um
    scale, offset = columns.scales[at], columns.offsets[at]
    declared = (scale, offset) != (1.0, 0.0)  # GDAL can't tell "1 and 0" from "none"
    return {
        "name": facts.name,
        "common_name": facts.common_name or _colour_as_name(columns.colours[at], facts.name, wavelength),
        "centre_wavelength_um": wavelength,
        "scale": scale if declared else None,
        "offset": offset if declared else None,
    }


def _wavelength_um(dataset: Any, index: int) -> float | None:
    """The centre wavelength as GDAL's domain for imagery tells it, or as the ENVI driver does, which names its unit."""
    tagged = dataset.tags(index, ns="IMAGERY").get("CENTRAL_WAVELENGTH_UM")
    if tagged:
        return float(tagged)
    tags = dataset.tags(index)
    unit = _UNITS_UM.get(tags.get("wavelength_units", "").lower())
    try:
        found = float(tags["wavelength"]) * unit if unit else 0.0
    except (KeyError, ValueError):
        return None
    return found if math.isfinite(found) and found > 0 else None


def _colour_as_name(colour: str | None, name: str, wavelength: float | None) -> str | None:
    """The colour tag as a common name, where nothing that is said in words or figures contradicts it."""
    if colour in (None, "alpha") or naming.contradicts(str(colour), name, wavelength):
        return None
    return colour


def _mask_kind(flags: Sequence[MaskFlags], alpha: int | None) -> Any:
    """What beside nodata tells invalid pixels. An alpha band counts even where nodata is declared too."""
    if MaskFlags.nodata in flags and MaskFlags.per_dataset in flags:
        return "dataset"  # NODATA_VALUES: no data only where all bands have theirs
    if MaskFlags.nodata in flags or MaskFlags.all_valid in flags or MaskFlags.alpha in flags:
        return "alpha" if alpha is not None else "none"
    return "dataset" if MaskFlags.per_dataset in flags else "band"


def _storage(columns: _Columns, at: int, shared_bytes: int | None) -> Storage:
    own = np.dtype(columns.dtypes[at]).itemsize
    height, width = columns.blocks[at]
    return Storage((height, width), shared_bytes or own, shared_bytes is not None)


def grid_of(dataset: Any, path: str) -> Grid:
    """The file's grid; ground control points become the affine transform that fits them best.

    Without a geotransform the CRS is left out: GDAL's default, one unit per pixel from 0, 0, is no place.

    Raises:
        RasterError: the geotransform puts all pixels on a line, or nowhere.
    """
    points, points_crs = dataset.gcps
    transform, crs = dataset.transform, dataset.crs
    if transform.is_identity:
        transform, crs = (rasterio.transform.from_gcps(points), points_crs) if points else (transform, None)
    grid = Grid(crs.to_wkt() if crs else None, tuple(transform)[:6], dataset.width, dataset.height)
    if not _places_pixels(grid):
        numbers = ", ".join(f"{number:g}" for number in grid.transform)
        raise RasterError(
            f"{path} has a geotransform that places no pixels ({numbers}): expected finite numbers and pixels with an "
            f"area. Correct it with `gdal_edit.py -a_ullr WEST NORTH EAST SOUTH {path}`."
        )
    return grid


def _places_pixels(grid: Grid) -> bool:
    if not all(map(math.isfinite, grid.transform)):
        return False
    down, right = grid.pixel_size
    usual = all(_LEAST_PIXEL < size < 1 / _LEAST_PIXEL for size in (down, right))
    return usual and grid.pixel_area > _LEAST_SINE * down * right
