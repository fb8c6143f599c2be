"""Assembling the Cloud Optimized GeoTIFF from shard files.

The COG driver copies pixels and overviews from a VRT; nothing is resampled, so a level costs a copy and not a mode.
The overviews that the shards do not hold are made here, from the smallest that they do.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rasterio.shutil
from numpy.typing import NDArray
from rasterio._err import CPLE_BaseError  # GDAL's own errors, where rasterio does not map them
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile

from geoquant.errors import RasterError
from geoquant.grid import Grid, Window
from geoquant.model_card.card import ClassLabel
from geoquant.output.destination import (
    STYLE_SUFFIX,
    ZARR_METADATA,
    check_blocks,
    check_free_space,
    part_file,
    write_error,
    write_text,
)
from geoquant.output.overviews import overview_levels, overview_shape
from geoquant.output.shard_files import BLOCK_PX, HALVE, SHARD_LEVELS
from geoquant.output.style import Publication, aux_xml, labels_in, qml
from geoquant.output.vrt import NO_PLACE, READING, Shards, level_vrt, published_vrt
from geoquant.progress import Progress, ProgressCallback, silent

STAGES = {"classes": "writing the COG", "confidence": "writing the confidence COG"}
CACHE_BYTES = 32 * 2**20
"""GDAL's block cache while it copies: some rows of blocks. Its default, 5 % of memory, would hold whole maps."""
DEFLATE_LEVEL = 2
"""Level 6 takes 4.5 times the CPU seconds for 12 % smaller files (NLCD land cover, GDAL 3.10 with libdeflate)."""
SPARE_BYTES = 4 * 2**20
POLL_S = 0.1


def assemble_cog(
    shards: Sequence[tuple[Path, Window]],
    grid: Grid,
    out: Path,
    publication: Publication,
    *,
    progress: ProgressCallback = silent,
) -> None:
    """Assemble shard files into one Cloud Optimized GeoTIFF with its style files beside it.

    Written are the QGIS style ``out`` with the suffix ``.qml``, ``out.aux.xml`` (category names and attribute table,
    classes only) and, last, ``out``: a map that stands there has its style beside it.
    Memory does not grow with the size of the result, but for 1/1024 of its pixels.

    Args:
        shards: files of ``write_shard`` and the windows of ``grid`` they fill; where none lies the result is nodata.
        grid: of the whole result.
        out: the final name; it is replaced when it exists, and only once the new file is complete.
        publication: labels, nodata and provenance.
        progress: may raise ``Cancelled``.

    Raises:
        RasterError: the disk is full, or a shard can't be read.
    """
    check_free_space(out.resolve().parent, _expected_bytes(shards) + SPARE_BYTES)
    report = _Reporter(STAGES[publication.kind], grid.window.pixels, _expected_bytes(shards), progress)
    with part_file(out) as part, ExitStack() as files:
        source = _source(shards, grid, publication, files)
        _copy(source, part, out, report)
        _check(part, out)
        _write_style(out, publication)


def published_labels(path: Path) -> tuple[ClassLabel, ...]:
    """The classes of a finished class map, as a COG or a Zarr store; empty for other files.

    Raises:
        RasterError: the file can't be read.
    """
    try:
        if path.is_dir():
            return labels_in(json.loads((path / ZARR_METADATA).read_text(encoding="utf-8"))["attributes"])
        with rasterio.open(path) as dataset:
            return labels_in(dataset.tags())
    except (RasterioError, CPLE_BaseError) as error:
        raise RasterError(f"{path} can't be read ({error}).") from error


def _expected_bytes(shards: Shards) -> int:
    """Size of the shard files, which hold the same pixels and overviews."""
    return sum(path.stat().st_size for path, _ in shards)


def _source(shards: Shards, grid: Grid, publication: Publication, files: ExitStack) -> str:
    """GDAL name of the VRT that the COG is a copy of; ``files`` holds what it needs, in memory."""
    wanted = overview_levels(grid.height, grid.width, BLOCK_PX)
    held = min(wanted, _levels_held(shards))
    names = [_in_memory(files, level_vrt(shards, grid, level, publication.nodata)) for level in range(1, held + 1)]
    if held < wanted:
        start = names[-1] if names else _in_memory(files, level_vrt(shards, grid, 0, publication.nodata))
        names += _smaller_overviews(start, wanted - held, publication, files)
    return _in_memory(files, published_vrt(shards, grid, publication, names))


def _levels_held(shards: Shards) -> int:
    """How many overview levels can be put together from the shards' own: their origins must be multiples of 2^k."""
    origins = 0
    for _, window in shards:
        origins |= window.row | window.col
    level = 0
    while level < SHARD_LEVELS and not origins & ((2 << level) - 1):
        level += 1
    return level


def _in_memory(files: ExitStack, text: str) -> str:
    name: str = files.enter_context(MemoryFile(text.encode(), ext=".vrt")).name
    return name


def _smaller_overviews(start: str, count: int, publication: Publication, files: ExitStack) -> list[str]:
    """``count`` further halvings of the dataset ``start``, as GeoTIFFs in memory; their GDAL names."""
    halve, names = HALVE[publication.kind], []
    values = _halve_dataset(start, publication)
    for number in range(count):
        if number:
            values = halve(values, publication.nodata)
        names.append(_tiff_in_memory(values, publication.nodata, files))
    return names


def _halve_dataset(name: str, publication: Publication) -> NDArray[np.uint8]:
    """Half-size ``(y, x)`` of a dataset, read a strip of blocks at a time."""
    strip_px = 2 * BLOCK_PX
    with rasterio.open(name) as dataset:
        halved = np.empty(overview_shape(dataset.height, dataset.width, 1), np.uint8)
        for row in range(0, dataset.height, strip_px):
            height = min(strip_px, dataset.height - row)
            strip = dataset.read(1, window=((row, row + height), (0, dataset.width)))
            halved[row // 2 : (row + strip_px) // 2] = HALVE[publication.kind](strip, publication.nodata)
    return halved


def _tiff_in_memory(values: NDArray[np.uint8], nodata: int, files: ExitStack) -> str:
    memory = files.enter_context(MemoryFile(ext=".tif"))
    profile: dict[str, Any] = {"height": values.shape[0], "width": values.shape[1], "count": 1, "dtype": "uint8"}
    profile |= {"tiled": True, "blockxsize": BLOCK_PX, "blockysize": BLOCK_PX, "compress": "zstd", "zstd_level": 1}
    with memory.open(driver="GTiff", nodata=nodata, transform=rasterio.Affine(*NO_PLACE), **profile) as dataset:
        dataset.write(values, 1)
    name: str = memory.name
    return name


@dataclass(frozen=True)
class _Reporter:
    """Turns the growth of the output file into reports: rasterio hands on no progress of a copy."""

    stage: str
    pixels: int
    expected_bytes: int
    progress: ProgressCallback

    def at_size(self, written_bytes: int) -> None:
        """Report a file of that size, at most 99 %."""
        share = min(0.99, written_bytes / max(1, self.expected_bytes))
        self.progress(Progress(self.stage, share * self.pixels, self.pixels, "px"))

    def finished(self) -> None:
        """Report that all is written."""
        self.progress(Progress(self.stage, self.pixels, self.pixels, "px"))


def _copy(source: str, part: Path, out: Path, report: _Reporter) -> None:
    """Copy ``source`` to a COG in a thread of its own, so that this one can report and be cancelled.

    GDAL can't be stopped from Python: on cancel the thread runs on into a file that has no name any more. A file that
    it makes only after that would keep its name, so cancelling waits until the file is there.
    """
    failures: list[BaseException] = []
    gone = threading.Event()
    thread = threading.Thread(target=_copy_in_thread, args=(source, part, failures, gone), daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            report.at_size(part.stat().st_size if part.exists() else 0)
            thread.join(POLL_S)
    except BaseException:
        gone.set()
        while thread.is_alive() and not part.exists():
            thread.join(POLL_S / 10)
        raise
    if failures:
        raise write_error(out, failures[0]) from failures[0]
    report.finished()


def _copy_in_thread(source: str, part: Path, failures: list[BaseException], gone: threading.Event) -> None:
    threads = min(4, os.cpu_count() or 1)
    options = {
        "compress": "deflate",
        "level": DEFLATE_LEVEL,
        "blocksize": BLOCK_PX,
        "overviews": "auto",
        "bigtiff": "if_safer",
    }
    try:
        # GDAL_PAM_ENABLED: the .aux.xml is written here, under its final name, once the COG is complete
        with rasterio.Env(GDAL_PAM_ENABLED="NO", **READING), _block_cache(CACHE_BYTES):
            rasterio.shutil.copy(source, part, driver="COG", num_threads=threads, **options)
    except BaseException as error:  # handed to the thread that waits, which raises it
        failures.append(error)
    if gone.is_set():
        part.unlink(missing_ok=True)


@contextmanager
def _block_cache(limit_bytes: int) -> Iterator[None]:
    """Limit GDAL's block cache, which is one for the process, and put back what it was."""
    before = rasterio.env.get_gdal_config("GDAL_CACHEMAX")
    rasterio.env.set_gdal_config("GDAL_CACHEMAX", limit_bytes)
    try:
        yield
    finally:
        if before:
            rasterio.env.set_gdal_config("GDAL_CACHEMAX", before)


def _check(part: Path, out: Path) -> None:
    """Check that the finished file is a whole COG."""
    try:
        with rasterio.open(part) as dataset:
            if dataset.tags(ns="IMAGE_STRUCTURE").get("LAYOUT") != "COG":
                raise write_error(out, "its layout is not that of a COG")
            for level in (None, *range(len(dataset.overviews(1)))):
                check_blocks(part, dataset, level, trailer_bytes=4)
    except (RasterioError, CPLE_BaseError) as error:
        raise write_error(out, error) from error


def _write_style(out: Path, publication: Publication) -> None:
    texts = {out.with_suffix(STYLE_SUFFIX): qml(publication)}
    if publication.kind == "classes":
        texts[out.with_name(out.name + ".aux.xml")] = aux_xml(publication)
    for path, text in texts.items():
        write_text(path, text)
