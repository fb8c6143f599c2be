"""The rows of a scene that tiles are cut from: every pixel is decoded once and brought to the network's numbers once.

Neighbouring tiles share their halo. A reader that fetched each tile by itself would copy, encode and judge the shared
pixels again for every tile (1.6 times the scene with tiles of 1,248 px and a halo of 144). It keeps a *rolling buffer*
instead: the rows of one row of tiles over the width of a panel. The next row of tiles keeps what both share and reads
on, whole rows of file blocks at a time, so that no block is decoded twice on the way down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geoquant.drift.guard import ROW_STEP, counted_rows
from geoquant.grid import Window, align_up, ceil_div
from geoquant.preprocessing.encoder import Encoder
from geoquant.raster.types import Pixels, Readable

CHUNK_PX = 256
"""Rows that are read at a time where a file's blocks are lower."""
PIECE_PX = 1024
"""Columns that are read at a time, where blocks are not wider: GDAL then holds few decoded blocks."""
LARGEST_CHUNK_PX = 1024
"""Blocks higher than this are not read ahead of: their rows would take more memory than decoding them again costs."""


@dataclass(frozen=True)
class BufferSource:
    """A scene and how its pixels enter the network.

    Attributes:
        scene: The scene to read.
        encode: Turns stored numbers into what the engine takes.
        edge: What lies beyond the scene.
        skip_bad_blocks: Whether damaged blocks become no data instead of an error.
    """

    scene: Readable
    encode: Encoder
    edge: Literal["reflect", "zero"] = "reflect"
    skip_bad_blocks: bool = False

    @property
    def encodes_on_arrival(self) -> bool:
        """Whether a buffer holds encoded pixels: where these are smaller than the stored ones."""
        return np.dtype(self.encode.input_format.dtype).itemsize < self.encode.dtype.itemsize


def piece_px(block_px: tuple[int, int]) -> tuple[int, int]:
    """``(y, x)`` that a buffer reads at a time: whole blocks, unless they are very high."""
    height, width = block_px
    return min(LARGEST_CHUNK_PX, align_up(CHUNK_PX, height)), align_up(PIECE_PX, width)


class _Layer:
    """Every ``step``-th row of a buffer, counted from the scene's row 0, as one array ``(band, y, x)``."""

    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype[Any], step: int = 1) -> None:
        bands, rows, width = shape
        self.array = np.empty((bands, ceil_div(rows, step) + 1, width), dtype)
        self._step = step

    def between(self, top: int, row: int, row_end: int) -> slice:
        """Where the rows from ``row`` to ``row_end`` of the scene lie, when the buffer begins at ``top``."""
        first = ceil_div(top, self._step)
        return slice(ceil_div(row, self._step) - first, ceil_div(row_end, self._step) - first)

    def slide(self, top: int, row: int, row_end: int) -> None:
        """Move the rows from ``row`` to ``row_end`` to the front."""
        kept = self.between(top, row, row_end)
        for band in self.array:
            band[: kept.stop - kept.start] = band[kept]


class RollingBuffer:
    """The rows between two heights of a panel. It belongs to one thread at a time."""

    def __init__(self, source: BufferSource) -> None:
        self._source = source
        self._chunk_px, self._columns_px = piece_px(source.scene.block_px)
        self._bad: frozenset[Window] = frozenset()
        self.window = Window(0, 0, 0, 0)
        self._kept, self._valid, self._counted = self._layers(0, 0)
        self._stored = np.empty((0, 0, 0), source.encode.dtype)

    def _layers(self, rows: int, width: int) -> tuple[_Layer, _Layer, _Layer]:
        """Buffers of pixels as kept, of validity, and of the rows that the drift guard counts."""
        encode, bands = self._source.encode, self._source.encode.band_count
        dtype = np.dtype(encode.input_format.dtype) if self._source.encodes_on_arrival else encode.dtype
        return (
            _Layer((bands, rows, width), dtype),
            _Layer((1, rows, width), np.dtype(bool)),
            _Layer((bands, rows, width), encode.dtype, ROW_STEP),
        )

    def cover(self, window: Window, check: Callable[[], None] = lambda: None) -> None:
        """Hold at least ``window``: what is held of it already stays, the rows below are read.

        Args:
            window: may reach beyond the scene.
            check: is called before each read and may raise, for example ``Cancelled``.

        Raises:
            RasterError: as ``Scene.read_tolerant``.
        """
        held = self.window
        goes_on = (held.col, held.width) == (window.col, window.width) and held.row <= window.row <= held.row_end
        if not goes_on or len(self._kept.array[0]) < window.height + self._chunk_px:
            self._restart(window)
        self._drop_above(window.row)
        while self.window.row_end < window.row_end:
            check()
            self._read_on(self._next_end(window))

    def _restart(self, window: Window) -> None:
        """Hold nothing, in arrays that are large enough for windows of this size."""
        rows = window.height + self._chunk_px
        if self._kept.array.shape[1] < rows or self._kept.array.shape[2] != window.width:
            self._kept, self._valid, self._counted = self._layers(0, 0)  # give back before taking
            self._kept, self._valid, self._counted = self._layers(rows, window.width)
        self.window, self._bad = Window(window.row, window.col, 0, window.width), frozenset()

    def _drop_above(self, row: int) -> None:
        held = self.window
        if row == held.row:
            return
        for layer in (self._kept, self._valid, self._counted):
            layer.slide(held.row, row, held.row_end)
        self.window = Window(row, held.col, held.row_end - row, held.width)
        self._bad = frozenset(block for block in self._bad if block.row_end > row)

    def _next_end(self, window: Window) -> int:
        """Where the next read ends: at the end of a row of blocks, but not beyond what anyone needs."""
        start, block_px = self.window.row_end, self._source.scene.block_px[0]
        end = (max(start, 0) // self._chunk_px + 1) * self._chunk_px
        wanted = align_up(window.row_end, block_px if block_px <= LARGEST_CHUNK_PX else 1)
        return min(end, wanted, max(self._source.scene.grid.height, window.row_end))

    def _read_on(self, row_end: int) -> None:
        """Read the rows below those that are held, piece by piece from left to right."""
        held = self.window
        col = held.col
        while col < held.col_end:
            end = min(held.col_end, (max(col, 0) // self._columns_px + 1) * self._columns_px)
            self._read_piece(Window(held.row_end, col, row_end - held.row_end, end - col))
            col = end
        self.window = Window(held.row, held.col, row_end - held.row, held.width)

    def _read_piece(self, piece: Window) -> None:
        source, x = self._source, slice(piece.col - self.window.col, piece.col_end - self.window.col)
        kept = self._kept.array[:, self._rows(self._kept, piece), x]
        valid = self._valid.array[0, self._rows(self._valid, piece), x]
        stored = self._unencoded(piece) if source.encodes_on_arrival else kept
        _, bad = source.scene.read_tolerant(
            piece, source.edge, skip_bad_blocks=source.skip_bad_blocks, into=Pixels(stored, valid)
        )
        if source.encodes_on_arrival:
            source.encode(stored, valid, out=kept)
        self._counted.array[:, self._rows(self._counted, piece), x] = stored[:, counted_rows(piece.row)]
        self._bad |= bad

    def _unencoded(self, piece: Window) -> NDArray[Any]:
        """The array that a piece is read into before it is encoded."""
        shape = self._source.encode.band_count, piece.height, piece.width
        if self._stored.size < math.prod(shape):
            self._stored = np.empty(shape, self._source.encode.dtype)
        return self._stored.reshape(-1)[: math.prod(shape)].reshape(shape)

    def valid(self, window: Window) -> NDArray[np.bool_]:
        """``(y, x)``, False where any band has no data; a view."""
        y, x = self._at(self._valid, window)
        return self._valid.array[0, y, x]

    def encode(self, window: Window, out: NDArray[Any]) -> None:
        """Fill ``out`` with ``window`` as the engine takes it, ``(band, y, x)``."""
        y, x = self._at(self._kept, window)
        pixels = self._kept.array[:, y, x]
        if self._source.encodes_on_arrival:
            np.copyto(out, pixels)
        else:
            self._source.encode(pixels, self.valid(window), out=out)

    def counted(self, window: Window) -> NDArray[Any]:
        """A copy of the stored numbers of the rows of ``window`` that the drift guard counts, ``(band, y, x)``."""
        y, x = self._at(self._counted, window)
        return self._counted.array[:, y, x].copy()

    def bad_blocks(self, window: Window) -> frozenset[Window]:
        """The damaged blocks that reach into ``window``."""
        return frozenset(block for block in self._bad if block.intersection(window).pixels)

    def _at(self, layer: _Layer, window: Window) -> tuple[slice, slice]:
        x = window.col - self.window.col
        return self._rows(layer, window), slice(x, x + window.width)

    def _rows(self, layer: _Layer, window: Window) -> slice:
        return layer.between(self.window.row, window.row, window.row_end)


@dataclass(frozen=True)
class RollingBufferPool:
    """The buffers that no thread uses now, for the shards below them. As many as threads ever read at once."""

    source: BufferSource
    _idle: list[RollingBuffer] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, shard: Window) -> RollingBuffer:
        """The buffer that ends where ``shard`` begins, or any other idle one for its memory, or a new one."""
        start = Window(shard.row, shard.col, 1, shard.width)
        with self._lock:
            if not self._idle:
                return RollingBuffer(self.source)
            best = max(self._idle, key=lambda buffer: buffer.window.intersection(start).pixels)
            self._idle.remove(best)
            return best

    def put_back(self, buffer: RollingBuffer) -> None:
        """Let another shard have the buffer."""
        with self._lock:
            self._idle.append(buffer)


@dataclass(frozen=True)
class Buffers:
    """Idle arrays of the shape that was taken last. Threads may take and put back at once."""

    _idle: list[NDArray[Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def take(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
        """An array with any content; those of another shape are dropped."""
        with self._lock:
            self._idle[:] = [array for array in self._idle if array.shape == shape and array.dtype == dtype]
            return self._idle.pop() if self._idle else np.empty(shape, dtype)

    def put_back(self, array: NDArray[Any]) -> None:
        """Let the array be taken again; its last user may not use it any more."""
        with self._lock:
            self._idle.append(array)
