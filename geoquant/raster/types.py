"""Values of a scene: pixels, bands, how they are stored, product facts; no rasterio behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import Grid, Window

if TYPE_CHECKING:
    from geoquant.raster.source_watch import SourceWatch

Edge = Literal["reflect", "zero"]
"""What lies beyond a scene: its reflection (``np.pad(mode="reflect")``), or invalid zeros."""


class Pixels(NamedTuple):
    """Pixels of a window.

    Attributes:
        values: The stored numbers, ``(band, y, x)``, C-contiguous, in ``Scene.dtype``.
        valid: False where any band has no data, ``(y, x)``.
    """

    values: NDArray[np.generic]
    valid: NDArray[np.bool_]


def empty_pixels(bands: int, dtype: np.dtype[np.generic], window: Window) -> Pixels:
    """Arrays for the pixels of a window, with any content."""
    shape = window.height, window.width
    return Pixels(np.empty((bands, *shape), dtype), np.empty(shape, np.bool_))


@dataclass(frozen=True)
class Storage:
    """How a band lies in its file.

    Attributes:
        block: The ``(y, x)`` pixels that are decoded together.
        pixel_bytes: The bytes that one pixel takes in GDAL's block cache.
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
        name: The sensor's name ("B02", "SR_B2"), the band's description, or its number as text.
        common_name: The STAC common name ("blue", "nir", "swir16"), when known.
        centre_wavelength_um: The centre wavelength in micrometres, when known.
        scale: The scale of physical = stored * scale + offset, when the product, the raster or an option says so; else
            None.
        offset: The offset of the same formula.
        gsd: The pixel size of the band's file, in units of its CRS.
        path: The path as rasterio takes it.
        index: The band of that file, from 1.
        number: The position in the source as it was opened, from 1; it stays through selection and reordering.
        dtype: The NumPy name of the stored type.
        nodata: The stored value that means no data, or None.
        mask: What else tells invalid pixels: nothing, a mask band (internal or .msk), one for each band, or alpha.
        alpha_index: The file's alpha band, from 1, which masks beside everything else, or None.
        grid: The grid of the band's file.
        stamp: A value that changes when the file does.
        files: Everything that reading it may touch, as GDAL names it: the file, side-cars, a mosaic's sources.
        storage: How the band lies in its file.
        alternatives: The same band at other resolutions (Sentinel-2 R10m, R20m, R60m).
        colour: The colour "red", "green", "blue" or "alpha" where the file is tagged so: a hint for display, since GDAL
            tags three or four bands of any new uint8 file. It becomes the common name only where nothing in words
            contradicts it.
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
    files: tuple[str, ...] = ()
    storage: Storage = Storage()
    alternatives: tuple[SceneBand, ...] = ()
    colour: str | None = None


@dataclass(frozen=True)
class Product:
    """Facts from a product's metadata.

    Attributes:
        sensor: The sensor, as "Sentinel-2A" or "LANDSAT_8".
        level: The processing level ("Level-2A", "L2SP").
        baseline: The processing baseline or collection ("04.00", "02").
        acquired: The start of sensing as the metadata writes it.
        masks: The path of each of the product's quality layers by name ("SCL", "CLDPRB", "QA_PIXEL").
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
        """The ``(y, x)`` pixels that are decoded together."""

    def read_tolerant(
        self, window: Window, edge: Edge, *, skip_bad_blocks: bool, into: Pixels | None = None
    ) -> tuple[Pixels, frozenset[Window]]:
        """Pixels of a window that may reach beyond the scene, and the blocks that were skipped."""


class Imagery(Readable, Protocol):
    """A scene or a mosaic, as a job takes it: what it reads, and what the result tells of it."""

    @property
    def name(self) -> str:
        """The name for people."""

    @property
    def bands(self) -> tuple[SceneBand, ...]:
        """The bands in the model's order, with the scale and offset of what is read."""

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """The type of what is read."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is unusual."""

    @property
    def rpc(self) -> tuple[tuple[str, str], ...]:
        """The rational polynomials, where nothing else places the pixels."""

    @property
    def files(self) -> frozenset[str]:
        """Everything that reading may touch."""

    @property
    def fingerprint(self) -> str:
        """A hash of all that makes the pixels what they are."""

    def block_cache_bytes(self, rows_px: int, width_px: int) -> int:
        """What GDAL's block cache must hold so that a window is read with each of its blocks decoded once."""

    def watch(self) -> SourceWatch:
        """A watch over the sources."""

    def sources_under(self, window: Window) -> frozenset[str]:
        """Those of the watched files that a window is read from."""

    def close(self) -> None:
        """Close every handle."""
