"""The doctor's check of stored blocks: Deflate keeps a checksum of each, and GDAL does not look at it.

A damaged Deflate block may decode into other pixels without an error. Its stream ends in an Adler-32 checksum of what
was written (RFC 1950), which is compared here. LZW, Zstandard as GDAL writes it, and uncompressed blocks have none.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from geoquant.diagnostics.finding import Finding, ok, problem
from geoquant.raster.file_identity import local_file
from geoquant.raster.handles import RASTERIO_ERRORS, open_quietly, reading_env

MOST_SECONDS = 20.0
"""CPU time for all files; where they have more blocks, evenly spread ones are checked."""
MOST_BLOCKS = 20_000
PIECE_BYTES = 2**20
CHECK = "blocks"


@dataclass(frozen=True)
class Block:
    """A stored block of a band: where it lies in the raster (0-based pixels) and in the file (bytes)."""

    band: int
    row: int
    col: int
    offset: int
    size: int


def finding(files: Iterable[str]) -> Finding | None:
    """Whether the Deflate blocks of local GeoTIFFs are what was written; None where no file has any.

    Args:
        files: all that reading the scene touches, side-cars included.
    """
    checked, known, end = 0, 0, time.process_time() + MOST_SECONDS
    for file in sorted(files):
        blocks, count = _blocks(file)
        if not blocks:
            continue
        known += count
        for block, stream in _streams(file, blocks):
            if not _intact(stream):
                return problem(
                    CHECK,
                    f"{file} is damaged: the block of band {block.band} at row {block.row}, column {block.col} does "
                    "not hold what was written (its Deflate checksum differs), which GDAL reads without an error",
                    "fetch or copy the file anew",
                )
            checked += 1
            if time.process_time() > end:
                break
    if not checked:
        return None
    return ok(CHECK, f"{checked:,} of {known:,} Deflate blocks were looked at, and hold what was written")


def _blocks(file: str) -> tuple[list[Block], int]:
    """Blocks of a file, spread evenly where they are many, and the number of all; none unless it is Deflate."""
    if local_file(file) != Path(file):
        return [], 0
    try:
        with reading_env(file), open_quietly(file) as dataset:
            if dataset.driver != "GTiff" or str(dataset.profile.get("compress")).lower() != "deflate":
                return [], 0
            return _listed(dataset)
    except RASTERIO_ERRORS:  # a side-car that is no raster
        return [], 0


def _listed(dataset: Any) -> tuple[list[Block], int]:
    down, right = dataset.block_shapes[0]
    rows, cols = -(-dataset.height // down), -(-dataset.width // right)
    bands = 1 if str(dataset.profile.get("interleave")).lower() == "pixel" else dataset.count
    count = bands * rows * cols
    found, empty = [], 0
    for number in range(0, count, -(-count // MOST_BLOCKS)):
        (band, row), col = divmod(number // cols, rows), number % cols
        place = [
            dataset.get_tag_item(f"BLOCK_{fact}_{col}_{row}", "TIFF", bidx=band + 1) for fact in ("OFFSET", "SIZE")
        ]
        if all(place):
            found.append(Block(band + 1, row * down, col * right, *map(int, place)))
        else:  # of a sparse file
            empty += 1
    return found, count - empty


def _streams(file: str, blocks: Iterable[Block]) -> Iterator[tuple[Block, bytes]]:
    with Path(file).open("rb") as stored:
        for block in blocks:
            stored.seek(block.offset)
            yield block, stored.read(block.size)


def _intact(stream: bytes) -> bool:
    """Whether a zlib stream decodes to its end, checksum included."""
    decoder, rest = zlib.decompressobj(), stream
    try:
        while rest and not decoder.eof:
            decoder.decompress(rest, PIECE_BYTES)
            rest = decoder.unconsumed_tail
    except zlib.error:
        return False
    return decoder.eof
