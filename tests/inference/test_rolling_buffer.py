"""A rolling buffer holds what the scene holds, at whatever heights, and reads every pixel once on the way down."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.drift.guard import counted_rows
from geoquant.errors import Cancelled
from geoquant.grid import Grid, Window
from geoquant.inference import rolling_buffer as buffers
from geoquant.inference.rolling_buffer import Buffers, BufferSource, RollingBuffer, RollingBufferPool, piece_px
from geoquant.preprocessing.chain import Chain, EngineInput
from geoquant.preprocessing.encoder import Encoder
from geoquant.raster.array_scene import BlockScene
from geoquant.raster.types import Pixels

CHAIN = Chain(scale=1.0, offset=0.0, shift=400.0, deviation=100.0, low=-4.0, high=4.0)
INPUT_FORMATS = {"uint8": EngineInput("uint8", 8 / 255, 127), "float32": EngineInput("float32")}


@dataclass
class Watched:
    """A scene in memory that remembers what was read of it."""

    values: np.ndarray
    block_px: tuple[int, int] = (16, 16)
    reads: list[Window] = field(default_factory=list)
    bad: frozenset[Window] = frozenset()

    @property
    def grid(self) -> Grid:
        return Grid(None, (1, 0, 0, 0, -1, 0), self.values.shape[2], self.values.shape[1])

    def read_tolerant(
        self, window: Window, edge: str, *, skip_bad_blocks: bool, into: Pixels | None = None
    ) -> tuple[Pixels, frozenset[Window]]:
        self.reads.append(window)
        block = BlockScene(self.grid, self.grid.window, self.values, 0)
        return block.read_tolerant(window, edge, into=into)[0], self.bad  # type: ignore[arg-type]


def scene(height: int, width: int, block: int = 16) -> Watched:
    random = np.random.default_rng(height * 97 + width)
    valid = random.random((height, width)) > 0.1
    return Watched(random.integers(1, 900, (2, height, width)).astype(np.uint16) * valid, (block, block))


def source(watched: Watched, input_format: str = "uint8", edge: str = "reflect") -> BufferSource:
    encode = Encoder([CHAIN, CHAIN], watched.values.dtype, INPUT_FORMATS[input_format])
    return BufferSource(watched, encode, edge, False)  # type: ignore[arg-type]


def content(buffer: RollingBuffer, window: Window, like: BufferSource) -> np.ndarray:
    out = np.empty((2, window.height, window.width), like.encode.input_format.dtype)
    buffer.encode(window, out)
    return out


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "CHUNK_PX", 16)
    monkeypatch.setattr(buffers, "PIECE_PX", 32)


@given(
    st.integers(5, 90),
    st.integers(5, 90),
    st.sampled_from([1, 8, 16, 2000]),
    st.sampled_from(["uint8", "float32"]),
    st.sampled_from(["reflect", "zero"]),
    st.lists(st.tuples(st.integers(-20, 100), st.integers(1, 50), st.sampled_from([(-9, 40), (3, 17)])), min_size=1),
)
def test_a_buffer_holds_what_the_scene_holds(
    height: int, width: int, block: int, input_format: str, edge: str, asked: list[tuple[int, int, tuple[int, int]]]
) -> None:
    """Asked in any order: down, up, with gaps, in other columns."""
    watched = scene(height, width, block)
    like = source(watched, input_format, edge)
    buffer = RollingBuffer(like)
    for row, rows, (col, columns) in asked:
        window = Window(row, col, rows, columns)
        buffer.cover(window)
        pixels, _ = BlockScene(watched.grid, watched.grid.window, watched.values, 0).read_tolerant(window, edge)  # type: ignore[arg-type]
        assert np.array_equal(buffer.valid(window), pixels.valid)
        assert np.array_equal(content(buffer, window, like), like.encode(pixels.values, pixels.valid))
        assert np.array_equal(buffer.counted(window), pixels.values[:, counted_rows(row)])


@given(st.integers(40, 200), st.integers(8, 40), st.integers(0, 12), st.sampled_from([8, 16, 32]))
def test_on_the_way_down_every_block_is_read_once(height: int, tile: int, halo: int, block: int) -> None:
    watched = scene(height, 50, block)
    buffer = RollingBuffer(source(watched))
    for row in range(0, height, tile):
        buffer.cover(Window(row - halo, -halo, tile + 2 * halo, 50 + 2 * halo))
    inside = [read.intersection(watched.grid.window) for read in watched.reads]
    assert sum(read.pixels for read in inside) == watched.grid.window.pixels
    assert all(read.row_end % block == 0 or read.row_end == height for read in inside if read.pixels)


def test_a_shard_goes_on_with_the_buffer_that_ends_above_it() -> None:
    watched = scene(64, 64)
    buffer_pool = RollingBufferPool(source(watched))
    left, right = buffer_pool.take(Window(0, 0, 32, 32)), buffer_pool.take(Window(0, 32, 32, 32))
    left.cover(Window(-4, -4, 40, 40))
    right.cover(Window(-4, 28, 40, 40))
    buffer_pool.put_back(left)
    buffer_pool.put_back(right)
    assert buffer_pool.take(Window(32, 32, 32, 32)) is right
    assert buffer_pool.take(Window(0, 100, 32, 32)) is left
    assert buffer_pool.take(Window(0, 0, 32, 32)) not in (left, right)


def test_damaged_blocks_are_told_to_whoever_reads_over_them() -> None:
    watched = scene(64, 64)
    watched.bad = frozenset({Window(0, 0, 16, 16)})
    buffer = RollingBuffer(source(watched))
    buffer.cover(Window(0, 0, 20, 64))
    assert buffer.bad_blocks(Window(10, 10, 10, 10)) == watched.bad
    assert buffer.bad_blocks(Window(16, 0, 4, 64)) == frozenset()
    watched.bad = frozenset()
    buffer.cover(Window(18, 0, 20, 64))
    assert buffer.bad_blocks(Window(0, 0, 64, 64)) == frozenset()


def test_a_failed_or_cancelled_read_leaves_the_buffer_as_it_was() -> None:
    watched, calls = scene(64, 64), []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Cancelled("enough")

    like = source(watched)
    buffer = RollingBuffer(like)
    with pytest.raises(Cancelled):
        buffer.cover(Window(0, 0, 48, 64), check)
    assert buffer.window == Window(0, 0, 16, 64)
    buffer.cover(Window(0, 0, 48, 64))
    expected = like.encode(watched.values[:, :48], (watched.values != 0).all(axis=0)[:48])
    assert np.array_equal(content(buffer, Window(0, 0, 48, 64), like), expected)


def test_pieces_are_whole_blocks() -> None:
    assert piece_px((16, 24)) == (16, 48)
    assert piece_px((1, 5000)) == (16, 5000)
    assert piece_px((5000, 5000)) == (buffers.LARGEST_CHUNK_PX, 5000)


def test_buffers_are_used_again_while_their_shape_is_asked_for() -> None:
    buffers, kind = Buffers(), np.dtype(np.uint8)
    first = buffers.take((2, 3), kind)
    assert buffers.take((2, 3), kind) is not first
    buffers.put_back(first)
    assert buffers.take((2, 3), kind) is first
    buffers.put_back(first)
    assert buffers.take((3, 2), kind).shape == (3, 2)
    assert buffers.take((2, 3), kind) is not first
