"""The memory that a classification holds, by the sizes that it is cut into."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from geoquant.drift.guard import ROW_STEP
from geoquant.engines.footprint import Footprint
from geoquant.engines.protocol import Engine
from geoquant.inference.rolling_buffer import piece_px
from geoquant.options.classify import ClassifyOptions
from geoquant.raster.types import Imagery

SHARDS_IN_FLIGHT = 2
MIB = 1 << 20
PROCESS_BYTES = 260 * MIB
"""Bytes of Python, the libraries and a small network, as measured. The figure is not read from this process, so
that the same job gets the same plan everywhere, and what a notebook held before is not counted against it."""


@dataclass(frozen=True)
class TileSizes:
    """The sizes that memory follows from; each ``(y, x)``.

    Attributes:
        read_px: The size of what enters the network at once.
        shard_px: The size of the largest shard.
        halo_px: The halo of a tile, on each side.
    """

    read_px: tuple[int, int]
    shard_px: tuple[int, int]
    halo_px: int

    @property
    def buffer_width_px(self) -> int:
        """The number of columns of a rolling buffer."""
        return self.shard_px[1] + 2 * self.halo_px


@dataclass(frozen=True)
class MemoryDemand:
    """The memory that a job takes, as far as it does not follow from the sizes.

    Attributes:
        base_bytes: The bytes of Python, libraries and the loaded model, compiled for one tile shape.
        engine_bytes_per_px: The bytes of one tile's activations per pixel that enters the network.
        tile_bytes_per_px: The bytes per pixel of a tile as it enters the network, and of its classes.
        stored_bytes_per_px: The bytes of a pixel as the scene stores it, with its validity.
        buffer_bytes_per_px: The bytes of a pixel in a rolling buffer: as kept, its validity, its share of the drift
            guard's rows.
        map_layers: The bytes of result per pixel (1 for classes, 2 with confidence).
        piece_px: The ``(y, x)`` that is read at a time.
        block_width_px: The number of columns of the file's blocks.
        cache_bytes: The bytes of decoded blocks that GDAL keeps while one window of ``(rows_px, width_px)`` is read.
        workers: The number of tiles in the network at once.
        score_bytes_per_px: The bytes of a pixel's scores of all classes, where tiles are blended; 0 where they are not.
    """

    base_bytes: int
    engine_bytes_per_px: float
    tile_bytes_per_px: int
    stored_bytes_per_px: int
    buffer_bytes_per_px: float
    map_layers: int
    piece_px: tuple[int, int]
    block_width_px: int
    cache_bytes: Callable[[int, int], int]
    workers: int
    score_bytes_per_px: int = 0

    def block_cache(self, sizes: TileSizes) -> int:
        """Bytes of GDAL's block cache for all shards in flight."""
        rows, columns = self.piece_px
        return SHARDS_IN_FLIGHT * self.cache_bytes(rows, min(columns, sizes.buffer_width_px))

    def total(self, sizes: TileSizes) -> int:
        """Estimated peak of resident bytes; scores of a row of tiles are held twice, as they leave it."""
        scores = self.score_bytes_per_px
        per_tile = self.workers * self.engine_bytes_per_px + (self.workers + 1) * (self.tile_bytes_per_px + scores)
        rows, columns = self.piece_px
        buffer = (sizes.read_px[0] + rows) * sizes.buffer_width_px * self.buffer_bytes_per_px
        piece = rows * min(columns, sizes.buffer_width_px) * self.stored_bytes_per_px
        maps = self.map_layers * math.prod(sizes.shard_px)
        shards_bytes = SHARDS_IN_FLIGHT * (buffer + piece + maps + 2 * sizes.read_px[0] * sizes.shard_px[1] * scores)
        return int(self.base_bytes + math.prod(sizes.read_px) * per_tile + shards_bytes + self.block_cache(sizes))


def memory_demand(
    scene: Imagery, engine: Engine, footprint: Footprint, options: ClassifyOptions, workers: int
) -> MemoryDemand:
    """The memory that this process, scene and engine take."""
    encoded = 1 if engine.input_format.dtype == "uint8" else 4
    bands, stored = len(scene.bands), scene.dtype.itemsize
    return MemoryDemand(
        base_bytes=PROCESS_BYTES + engine.loaded_bytes + footprint.bytes_per_shape,
        engine_bytes_per_px=footprint.bytes_per_pixel,
        tile_bytes_per_px=bands * encoded + 2,
        stored_bytes_per_px=bands * stored + 1,
        buffer_bytes_per_px=bands * (min(encoded, stored) + stored / ROW_STEP) + 1,
        map_layers=1 + options.confidence,
        piece_px=piece_px(scene.block_px),
        block_width_px=scene.block_px[1],
        cache_bytes=scene.block_cache_bytes,
        workers=workers,
    )
