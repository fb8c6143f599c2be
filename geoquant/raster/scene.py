"""A scene: bands on one grid, read window by window. It holds paths and facts, never a handle, so it can be pickled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from geoquant.errors import RasterError
from geoquant.grid import Grid, Window
from geoquant.raster import handles, padded_reading, reading
from geoquant.raster.file_identity import stamp_of_all
from geoquant.raster.source_watch import SourceWatch, source_identities, watch
from geoquant.raster.types import Edge, Pixels, Product, SceneBand, empty_pixels
from geoquant.raster.web_identity import web_identity

MAX_CACHE_BYTES = 256 * 2**20  # a striped or many-banded file could ask for gigabytes; decoding twice is cheaper


@dataclass(frozen=True)
class Scene:
    """Bands on one grid. Pickles; safe to read from many threads, each of which opens its own handles.

    Attributes:
        name: The name for people.
        grid: The grid of its pixels; bands of other grids are resampled onto it.
        bands: The bands in reading order.
        dtype: The type of what ``read`` returns.
        warnings: What is unusual, each with the option that settles it.
        product: The facts of a known product, or None.
        alpha: An alpha band that no one has selected as data.
        rpc: The rational polynomials as GDAL names and writes them, where nothing else places the scene's pixels.
    """

    name: str
    grid: Grid
    bands: tuple[SceneBand, ...]
    dtype: np.dtype[np.generic]
    warnings: tuple[str, ...] = ()
    product: Product | None = None
    alpha: SceneBand | None = None
    rpc: tuple[tuple[str, str], ...] = ()

    @property
    def nodata(self) -> float | None:
        """The stored value that means no data in every band, or None where there is none or bands differ."""
        values = {repr(band.nodata): band.nodata for band in self.bands}
        return next(iter(values.values())) if len(values) == 1 else None

    @property
    def validity(self) -> str:
        """How invalid pixels are known, in words."""
        declared = sorted({f"{band.nodata:g}" for band in self.bands if band.nodata is not None})
        masks = {"dataset": "mask band", "band": "a mask for each band", "alpha": "alpha band"}
        ways = [f"nodata {', '.join(declared)}"] * bool(declared)
        kinds = {band.mask for band in self.bands} | {"alpha" for band in self.bands if band.alpha_index is not None}
        ways += [masks[kind] for kind in sorted(kinds - {"none"})]
        ways += ["NaN and infinity"] * np.issubdtype(self.dtype, np.inexact)
        return "; ".join(ways) or "every pixel is valid"

    @property
    def is_remote(self) -> bool:
        """Whether reading any band goes over a network."""
        return any(handles.is_remote(band.path) for band in self.bands)

    @property
    def files(self) -> frozenset[str]:
        """Everything that reading may touch, as GDAL names it: other resolutions, side-cars and a VRT's sources too."""
        every = [other for band in self.bands for other in (band, *band.alternatives)]
        return frozenset(file for band in every for file in (band.path, *band.files))

    @property
    def sources(self) -> list[str]:
        """The files that make the pixels what they are, sorted: of ``files`` those of its own bands.

        An ``.aux.xml`` does not count: any viewer writes statistics there.
        """
        return sources_of(self.bands)

    def sources_under(self, window: Window) -> frozenset[str]:
        """All of the sources: any may lie under any window."""
        return frozenset(self.sources)

    def watch(self) -> SourceWatch:
        """A watch over the sources, to be asked whether they are still those that the scene was opened from.

        Raises:
            RasterError: one has changed already.
        """
        return watch_bands(self.bands)

    def read(self, window: Window) -> Pixels:
        """Read a window that lies inside the grid.

        A pixel is invalid where any band has no data: a network needs all of its bands.

        Raises:
            RasterError: the window reaches outside, or can't be read; names file, band and window.
        """
        if window.intersection(self.grid.window) != window or not window.pixels:
            size = f"{self.grid.height} x {self.grid.width}"
            raise RasterError(f"{window} is not inside {self.name} ({size} pixels); read_padded reads beyond the edge.")
        pixels = self.empty(window)
        reading.read(self.bands, self.grid, window, pixels)
        return pixels

    def read_padded(self, window: Window, edge: Edge = "reflect") -> Pixels:
        """Read a window that may reach beyond the scene, at any distance.

        Args:
            window: in pixels of the grid.
            edge: beyond the scene lies its reflection (``np.pad(mode="reflect")``), or invalid zeros.

        Raises:
            RasterError: as ``read``.
        """
        return self.read_tolerant(window, edge, skip_bad_blocks=False)[0]

    def read_tolerant(
        self, window: Window, edge: Edge = "reflect", *, skip_bad_blocks: bool = True, into: Pixels | None = None
    ) -> tuple[Pixels, frozenset[Window]]:
        """As ``read_padded``, but a damaged block becomes invalid zeros instead of an error.

        Args:
            window: in pixels of the grid.
            edge: what lies beyond the scene.
            skip_bad_blocks: False raises instead.
            into: arrays of the window's size to fill, which may be views of larger ones; new ones by default.

        Returns:
            the pixels, and the damaged blocks that were left out, as windows of the grid: a set, because neighbouring
            windows with a halo meet the same block.
        """
        return padded_reading.read_tolerant(self, window, edge, into or self.empty(window), skip_bad_blocks)

    def read_decimated(self, height: int, width: int) -> Pixels:
        """The whole scene at ``(height, width)`` by nearest neighbour, through overviews where there are any.

        Raises:
            RasterError: as ``read``.
        """
        return Pixels(*reading.read_decimated(self.bands, self.grid, self.dtype, (height, width)))

    @property
    def fingerprint(self) -> str:
        """SHA-256 over the files, band order and every reading option.

        Files count by path, size, times of change and a few blocks of their content, a mosaic's sources included;
        addresses by what the server says, or by a few blocks of pixels where it says nothing.
        """
        plain = [replace(band, alternatives=(), stamp="", files=()) for band in self.bands]
        bands = [{**asdict(band), "nodata": repr(band.nodata)} for band in plain]
        facts = {
            "opened": sorted({(band.path, band.stamp) for band in self.bands}),
            "sources": source_identities(self.sources),
            "bands": bands,
            "grid": asdict(self.grid),
            "dtype": str(self.dtype),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    @property
    def block_px(self) -> tuple[int, int]:
        """``(y, x)`` pixels of the grid that are decoded together, the most of any band."""
        scaled = [_scaled(band.storage.block, band.grid, self.grid) for band in self.bands]
        return max(rows for rows, _ in scaled), max(cols for _, cols in scaled)

    def block_cache_bytes(self, rows_px: int, width_px: int) -> int:
        """What GDAL's block cache must hold so that a window is read with each of its blocks decoded once.

        Args:
            rows_px: height of the window.
            width_px: its width.
        """
        walked = rows_px, min(width_px, self.grid.width)
        files = {(band.path, band.storage) if band.storage.shared else band: band for band in self.bands}
        return int(min(MAX_CACHE_BYTES, sum(_cached_bytes(band, walked, self.grid) for band in files.values())))

    def close(self) -> None:
        """Close the handles that any thread has open on this scene's files; reading opens them again."""
        handles.close_paths(frozenset(band.path for band in self.bands))

    def __enter__(self) -> Scene:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def empty(self, window: Window) -> Pixels:
        """Arrays for the pixels of a window, with any content."""
        return empty_pixels(len(self.bands), self.dtype, window)

    def read_into(self, window: Window, pixels: Pixels, skip_bad_blocks: bool) -> frozenset[Window]:
        """Fill ``pixels`` with a window inside the grid; the damaged blocks that were left out."""
        if skip_bad_blocks:
            return reading.read_skipping(self.bands, self.grid, window, pixels)
        reading.read(self.bands, self.grid, window, pixels)
        return frozenset()


def sources_of(bands: Sequence[SceneBand]) -> list[str]:
    """The files that make the pixels of bands what they are; see ``Scene.sources``."""
    own = {file for band in bands for file in (band.path, *band.files)}
    return sorted(file for file in own if not file.endswith(".aux.xml"))


def watch_bands(bands: Sequence[SceneBand]) -> SourceWatch:
    """A watch over the sources of bands; see ``Scene.watch``.

    Raises:
        RasterError: one has changed since it was opened.
    """
    for band in {band.path: band for band in bands}.values():
        now = stamp_of_all(band.path, band.files) or web_identity(band.path)
        if band.stamp and now != band.stamp:
            raise RasterError(f"{band.path} changed since it was opened; open it again.")
    return watch(sources_of(bands))


def _cached_bytes(band: SceneBand, walked: tuple[int, int], grid: Grid) -> float:
    """Bytes of the blocks of one band's file that a panel of ``walked`` (y, x) scene pixels touches."""
    down, right = (a / b for a, b in zip(grid.pixel_size, band.grid.pixel_size, strict=True))
    sizes = (walked[0] * down, walked[1] * right)
    limits = (band.grid.height, band.grid.width)
    blocks = (max(1, block) for block in band.storage.block)
    rows, cols = (
        min(size + block, max(limit, block)) for size, block, limit in zip(sizes, blocks, limits, strict=True)
    )
    return rows * cols * band.storage.pixel_bytes


def _scaled(block: tuple[int, int], grid: Grid, onto: Grid) -> tuple[int, int]:
    """``(y, x)`` pixels of ``onto`` under a block of ``grid``, not more than there are."""
    down, right = (a / b for a, b in zip(grid.pixel_size, onto.pixel_size, strict=True))
    return min(onto.height, max(1, round(block[0] * down))), min(onto.width, max(1, round(block[1] * right)))


Source: TypeAlias = str | Path | Sequence[str | Path] | Scene
