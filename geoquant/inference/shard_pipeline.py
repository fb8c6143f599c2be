"""The stream: a shard of a scene, read tile by tile, through the engine, into a class map.

The thread that runs a shard is its reader: it walks the shard's rows of tiles with its own raster handle, keeps the
rows that they share in a rolling buffer, and hands each tile, cut from it, to the threads of the inference pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.concurrency import InferencePool
from geoquant.drift.cells import count_cells
from geoquant.drift.guard import DriftGuard, counted_rows
from geoquant.engines.postprocess import CONFIDENCE_NODATA, confidence_percent, decided
from geoquant.engines.protocol import Engine
from geoquant.grid import Window
from geoquant.inference.blending import ScoreBuffer, hann_window
from geoquant.inference.rolling_buffer import Buffers, BufferSource, RollingBuffer, RollingBufferPool
from geoquant.inference.tally import Tally
from geoquant.model_card.card import ModelCard
from geoquant.output.areas import count_values
from geoquant.preprocessing.encoder import Encoder
from geoquant.raster.ground import GroundAreas
from geoquant.raster.patience import interruptible
from geoquant.raster.types import Readable
from geoquant.tile_grid import Lattice, Tile, blended_rows, exact_tiles
from geoquant.vector.polygons import polygon_mask

Scores = NDArray[np.float32]  # (class, y, x)
Mask = NDArray[np.bool_]  # (y, x)


@dataclass(frozen=True)
class LoadedNetwork:
    """The network that turns pixels into classes: the card, the engine that runs the model, and its encoder."""

    card: ModelCard
    engine: Engine
    encode: Encoder
    lattice: Lattice
    guard: DriftGuard | None = None


@dataclass(frozen=True)
class OutputRequest:
    """The results that the caller wants of the stream beyond classes."""

    polygons: tuple[Any, ...] | None = None
    confidence: bool = False
    skip_bad_blocks: bool = False
    drift_map: bool = False
    ground: GroundAreas | None = None


@dataclass(frozen=True)
class TileRequest:
    """A tile, and which pixels ``(y, x)`` of its write window lie inside the polygons; None where there are none."""

    tile: Tile
    inside: Mask | None = None


@dataclass(frozen=True)
class PreparedTile:
    """One tile, cut from a rolling buffer, as far as its pixels are wanted.

    Attributes:
        batch: The read window ``(1, band, y, x)`` as the engine takes it; None where no pixel is wanted.
        wanted: True where a pixel of the write window is valid and inside the polygons ``(y, x)``.
        counted: The stored numbers ``(band, y, x)`` of the write window's rows that the drift guard counts.
        bad_blocks: The windows of the scene that could not be read and are invalid.
    """

    batch: NDArray[Any] | None
    wanted: Mask
    counted: NDArray[Any] | None = None
    bad_blocks: frozenset[Window] = frozenset()


@dataclass(frozen=True)
class ShardArrays:
    """The result over one shard: ``classes (y, x)`` and, when wanted, ``percent (y, x)``; no data until painted."""

    window: Window
    classes: NDArray[np.uint8]
    percent: NDArray[np.uint8] | None

    def paint(self, area: Window, wanted: Mask, classes: NDArray[np.uint8], percent: NDArray[np.uint8] | None) -> None:
        """Write ``classes`` (and ``percent``) over ``area`` of the scene where ``wanted``; all ``(y, x)`` of it."""
        at, where = area.relative_to(self.window).slices, bool(wanted.all()) or wanted  # a mask is slow, and rare
        np.copyto(self.classes[at], classes, where=where)
        if self.percent is not None and percent is not None:
            np.copyto(self.percent[at], percent, where=where)


def blank_arrays(window: Window, nodata: int, confidence: bool) -> ShardArrays:
    """A canvas of no data over ``window``."""
    shape = window.height, window.width
    percent = np.full(shape, CONFIDENCE_NODATA, np.uint8) if confidence else None
    return ShardArrays(window, np.full(shape, nodata, np.uint8), percent)


@dataclass(frozen=True)
class ShardPipeline:
    """A scene and a network, ready to run shard by shard. Thread-safe: several shards may run at once."""

    scene: Readable
    network: LoadedNetwork
    tile_pool: InferencePool
    request: OutputRequest = field(default_factory=OutputRequest)
    buffer_pool: RollingBufferPool = field(init=False, repr=False, compare=False)
    buffers: Buffers = field(default_factory=Buffers, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        edge, skip = self.network.card.tiling.edge, self.request.skip_bad_blocks
        source = BufferSource(self.scene, self.network.encode, edge, skip)
        object.__setattr__(self, "buffer_pool", RollingBufferPool(source))

    def run(self, shard: Window, tile_done: Callable[[int], None] = lambda pixels: None) -> tuple[ShardArrays, Tally]:
        """Classify one shard, a window of the scene's grid.

        Args:
            shard: inside the scene.
            tile_done: called with the number of finished pixels, from any thread.

        Raises:
            RasterError: when a window can't be read and ``skip_bad_blocks`` is off.
            EngineError: when the engine fails.
            Cancelled: when the inference pool is to stop.
        """
        arrays = blank_arrays(shard, self.network.card.output_nodata, self.request.confidence)
        fill = self._fill_blended if self.network.lattice.blended else self._fill_exact
        buffer = self.buffer_pool.take(shard)
        try:
            with interruptible(self.tile_pool.check):
                tally = fill(arrays, buffer, tile_done)
        finally:
            self.buffer_pool.put_back(buffer)
        tally = replace(tally, values=count_values(arrays.classes, self._values_written))
        if self.request.ground is not None:
            tally = replace(tally, ground=self.request.ground.units_by_value(arrays.classes, shard))
        return arrays, tally

    @property
    def _values_written(self) -> list[int]:
        card = self.network.card
        return [*(label.value for label in card.classes), card.output_nodata]

    def _fill_exact(self, arrays: ShardArrays, buffer: RollingBuffer, tile_done: Callable[[int], None]) -> Tally:
        """Every tile stands alone: its write window is final."""

        def work(requested: TileRequest, prepared: PreparedTile) -> Tally:
            tile = requested.tile
            if prepared.batch is not None:
                core = tile.write.relative_to(tile.read)
                arrays.paint(tile.write, prepared.wanted, *self._classify(prepared.batch, core))
                self.buffers.put_back(prepared.batch)
            tile_done(tile.write.pixels)
            return self._count(requested, prepared)

        tiles = exact_tiles(arrays.window, self.network.lattice)
        rows = [list(row) for _, row in groupby(tiles, key=lambda tile: tile.read.row)]
        return sum(self.tile_pool.in_order(self._walk(rows, buffer), partial(self._prepared, buffer), work), Tally())

    def _fill_blended(self, arrays: ShardArrays, buffer: RollingBuffer, tile_done: Callable[[int], None]) -> Tally:
        """Scores of overlapping tiles are added up in lattice order; rows that no later tile touches are painted."""
        lattice, shard, tally = self.network.lattice, arrays.window, Tally()
        weights = hann_window(lattice.tile_px)
        blend = ScoreBuffer(Window(shard.row, shard.col, lattice.tile_px, shard.width))
        wanted = np.zeros(arrays.classes.shape, bool)
        for row in blended_rows(shard, lattice):
            walk = self._walk([row], buffer)
            for requested, prepared, scores in self.tile_pool.in_order(
                walk, partial(self._prepared, buffer), self._score
            ):
                wanted[requested.tile.write.relative_to(shard).slices] |= prepared.wanted
                if scores is not None:
                    blend.add(scores, weights, requested.tile.read)
                tally += self._count(requested, prepared)
            final = max(blend.window.row, min(row[0].read.row + lattice.step_px, shard.row_end))
            done = Window(blend.window.row, shard.col, final - blend.window.row, shard.width)
            blended = blend.drain(done.height)
            if blended is not None:
                arrays.paint(done, wanted[done.relative_to(shard).slices], *self._decide(blended))
            tile_done(done.pixels)
        return tally

    def _walk(self, rows: Sequence[Sequence[Tile]], buffer: RollingBuffer) -> Iterator[TileRequest]:
        """The tiles, row by row; when one comes out, the buffer covers it, unless no polygon reaches it."""
        for row in rows:
            requests = [self._requested(tile) for tile in row]
            for is_inside, run in groupby(requests, key=lambda one: bool(one.inside is None or one.inside.any())):
                together = list(run)
                if is_inside:
                    first, last = together[0].tile.read, together[-1].tile.read
                    buffer.cover(
                        Window(first.row, first.col, first.height, last.col_end - first.col), self.tile_pool.check
                    )
                yield from together

    def _requested(self, tile: Tile) -> TileRequest:
        if self.request.polygons is None:
            return TileRequest(tile)
        return TileRequest(tile, polygon_mask(self.request.polygons, self.scene.grid.crop(tile.write)))

    def _prepared(self, buffer: RollingBuffer, requested: TileRequest) -> PreparedTile:
        """Cut a tile from the buffer that covers it, unless no polygon reaches it."""
        read, write, inside = requested.tile.read, requested.tile.write, requested.inside
        if inside is not None and not inside.any():
            return PreparedTile(None, inside)
        valid = buffer.valid(write)
        wanted = valid.copy() if inside is None else valid & inside
        batch = self._encoded(buffer, read) if wanted.any() else None
        counted = None if self.network.guard is None else buffer.counted(write)
        return PreparedTile(batch, wanted, counted, buffer.bad_blocks(read))

    def _encoded(self, buffer: RollingBuffer, read: Window) -> NDArray[Any]:
        """``(1, band, y, x)`` in a buffer that goes back when the engine has run."""
        encode = self.network.encode
        batch = self.buffers.take((1, encode.band_count, read.height, read.width), np.dtype(encode.input_format.dtype))
        buffer.encode(read, batch[0])
        return batch

    def _count(self, requested: TileRequest, prepared: PreparedTile) -> Tally:
        """The drift guard's counters of the write window, and the blocks that were skipped."""
        guard = self.network.guard
        if guard is None or prepared.counted is None:
            return Tally(bad_blocks=prepared.bad_blocks)
        write = requested.tile.write
        wanted = prepared.wanted[counted_rows(write.row)]
        drift = guard.count(prepared.counted, wanted, (write.row, write.col))
        cells = (
            count_cells(guard, prepared.counted, wanted, write) if self.request.drift_map and guard.calibrated else {}
        )
        return Tally(drift=drift, bad_blocks=prepared.bad_blocks, cells=cells)

    def _classify(self, batch: NDArray[Any], core: Window) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Pixel values ``(y, x)`` of the core of one tile, and the confidence if it is wanted."""
        if self.request.confidence:
            scores = self.network.engine.scores(batch)[0][(slice(None), *core.slices)]
            return self._decide(np.ascontiguousarray(scores))
        return self._values(self.network.engine.classes(batch)[0][core.slices]), None

    def _score(self, requested: TileRequest, prepared: PreparedTile) -> tuple[TileRequest, PreparedTile, Scores | None]:
        """Scores of one whole tile, or None where none of its pixels is wanted."""
        if prepared.batch is None:
            return requested, prepared, None
        scores = self.network.engine.scores(prepared.batch)[0]
        self.buffers.put_back(prepared.batch)
        return requested, prepared, scores

    def _decide(self, scores: Scores) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
        """Pixel values and, if wanted, confidence of ``scores (class, y, x)``."""
        card = self.network.card
        percent = confidence_percent(scores, card) if self.request.confidence else None
        return self._values(decided(scores, card)), percent

    def _values(self, channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The classes' pixel values of ``channels (y, x)``."""
        values = np.array([label.value for label in self.network.card.classes], np.uint8)
        return channels if np.array_equal(values, np.arange(len(values))) else values.take(channels)
