"""Pixels, Storage, SceneBand, Product, Readable: plain values, no rasterio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window


class Pixels(NamedTuple):
    """Pixels of a window.

    Attributes:
        values: stored numbers, ``(band, y, x)``, C-contiguous, in ``Scene.dtype``.
        valid: ``(y, x)``, False where any band has no data.
    """

    values: NDArray[np.generic]
    valid: NDArray[np.bool_]


@dataclass(frozen=True)
class Storage:
    """How a band lies in its file.

    Attributes:
        block: ``(y, x)`` pixels that are decoded together.
        pixel_bytes: what one pixel takes in GDAL's block cache.
        shared: True where bands are interleaved by pixel, so that decoding one decodes all; ``pixel_bytes`` is then
            that of all bands of the file.
    """

    block: tuple[int, int] = (512, 512)
    pixel_bytes: int = 2
    shared: bool = False


@dataclass(frozen=True)
class SceneBand:
    """One band of a file.

    Attributes:
        name: the sensor's name ("B02", "SR_B2"), the band's description, or its number as text.
        common_name: STAC common name ("blue", "nir", "swir16"), when known.
        centre_wavelength_um: micrometres, when known.
        scale: physical = stored * scale + offset, when the product, the raster or an option says so; else None.
        offset: see ``scale``.
        gsd: pixel size of the band's file, in units of its CRS.
        path: as rasterio takes it.
        index: band of that file, from 1.
        number: position in the source as it was opened, from 1; stays through selection and reordering.
        dtype: NumPy name of the stored type.
        nodata: stored value that means no data, or None.
        mask: what else tells invalid pixels: nothing, a mask band (internal or .msk), one for each band, or alpha.
        alpha_index: the file's alpha band, from 1, which masks beside everything else, or None.
        grid: the grid of the band's file.
        stamp: changes when the file does.
        storage: how the band lies in its file.
        alternatives: the same band at other resolutions (Sentinel-2 R10m, R20m, R60m).
        colour: "red", "green", "blue" or "alpha" where the file is tagged so: a hint for display, since GDAL tags three
            or four bands of any new uint8 file. It becomes the common name only where nothing in words contradicts it.
    """

    name: str
    common_name: str | None
    centre_wavelength_um: float | None
    scale: float | None
    offset: float | None
    gsd: float
    path: str
    index: int
    number: int
    dtype: str
    nodata: float | None
    mask: Literal["none", "dataset", "band", "alpha"]
    alpha_index: int | None
    grid: Grid
    stamp: str = ""
    storage: Storage = Storage()
    alternatives: tuple[SceneBand, ...] = ()
    colour: str | None = None


@dataclass(frozen=True)
class Product:
    """Facts from a product's metadata.

    Attributes:
        sensor: "Sentinel-2A", "LANDSAT_8".
        level: processing level ("Level-2A", "L2SP").
        baseline: processing baseline or collection ("04.00", "02").
        acquired: start of sensing as the metadata writes it.
        masks: the product's quality layers by name ("SCL", "CLDPRB", "QA_PIXEL") -> path.
    """

    sensor: str
    level: str
    baseline: str
    acquired: str
    masks: Mapping[str, str] = field(default_factory=dict, hash=False)


class Readable(Protocol):
    """A scene, or a block of one in memory. Threads may read at once."""

    @property
    def grid(self) -> Grid:
        """The whole scene's grid."""

    @property
    def block_px(self) -> tuple[int, int]:
        """``(y, x)`` pixels that are decoded together."""

    def read_tolerant(
        self,
        window: Window,
        edge: Literal["reflect", "zero"],
        *,
        skip_bad_blocks: bool,
        into: Pixels | None = None,
    ) -> tuple[Pixels, frozenset[Window]]:
        """Pixels of a window that may reach beyond the scene, and the blocks that were skipped."""
