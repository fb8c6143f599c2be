"""The windows to read and to write: the tiling contract (``docs/contracts/tiling.md``), in integers only.

Two kinds of tile lattice exist. An *exact* lattice serves networks with a finite receptive field: write windows cover
every pixel once, read windows add the halo and start on the network's total stride, so the result does not depend on
the tile size. A *blended* lattice serves the others: tiles overlap on one lattice that is anchored at the scene's
origin, so the result depends on tile size and overlap, but not on how the scene is cut into shards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from geoquant.grid import Window, align_down, align_up, ceil_div


@dataclass(frozen=True)
class Tile:
    """One pass through the network.

    Attributes:
        read: The window that enters the network, in the scene's pixels; it may reach beyond the scene.
        write: The window of the result that is kept, inside ``read``.
    """

    read: Window
    write: Window


SAME_SHAPE_SHARE = 0.85
"""A tile with at least this share of the full side reads the full side: engines compile each shape, and hold it."""


class Padding(NamedTuple):
    """How many rows and columns of a window lie outside a scene."""

    top: int
    bottom: int
    left: int
    right: int


def padding_of(window: Window, scene: Window) -> Padding:
    """The part of ``window`` that ``scene`` does not cover, in pixels on each side."""
    return Padding(
        max(0, scene.row - window.row),
        max(0, window.row_end - scene.row_end),
        max(0, scene.col - window.col),
        max(0, window.col_end - scene.col_end),
    )


def spans(start: int, length: int, size: int) -> list[tuple[int, int]]:
    """Cut ``[start, start + length)`` into consecutive ``(start, length)`` pieces of ``size``; the last may be less."""
    return [(at, min(size, start + length - at)) for at in range(start, start + length, size)]


@dataclass(frozen=True)
class Panels:
    """How a region is cut into columns that readers walk down.

    Attributes:
        count: The number of panels.
        block_px: The width of the file's blocks; boundaries lie in the middle of one, so that the halo on either side
            of them costs one block, decoded twice, and not two.
        multiple_px: The number whose multiples, counted from the region's left edge, boundaries lie at.
    """

    count: int = 1
    block_px: int = 1
    multiple_px: int = 1

    def of(self, region: Window) -> list[tuple[int, int]]:
        """``(col, width)`` of each panel, at most ``count`` of them, from left to right."""
        return _panels(self, region)

    def cut(self, region: Window) -> list[tuple[int, int]]:
        """As ``of``, worked out anew."""
        inner = (self._boundary(region, number) for number in range(1, self.count))
        edges = sorted({region.col, *(edge for edge in inner if region.col < edge < region.col_end), region.col_end})
        return [(left, right - left) for left, right in pairwise(edges)]

    def _boundary(self, region: Window, number: int) -> int:
        ideal = region.col + region.width * number / self.count
        if self.block_px < region.width / self.count:
            ideal = (round(ideal / self.block_px - 0.5) + 0.5) * self.block_px
        return region.col + round((ideal - region.col) / self.multiple_px) * self.multiple_px


@lru_cache(maxsize=64)
def _panels(panels: Panels, region: Window) -> list[tuple[int, int]]:
    """The panels of a region, which thousands of ways to cut it ask for."""
    return panels.cut(region)


def shard_spans(
    region: Window, shard_px: int, panels: Panels | None = None
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """``(row, height)`` of the rows of shards, and ``(col, width)`` of their columns."""
    columns = spans(region.col, region.width, shard_px) if panels is None else panels.of(region)
    return spans(region.row, region.height, shard_px), columns


def shards(region: Window, shard_px: int, panels: Panels | None = None) -> list[Window]:
    """Cut ``region`` into pieces of ``shard_px`` rows, row by row; they are squares unless ``panels`` are given.

    The pieces at the lower (and right) edge may be less.
    """
    rows, columns = shard_spans(region, shard_px, panels)
    return [Window(row, col, height, width) for row, height in rows for col, width in columns]


def downward_runs(windows: Sequence[Window], readers: int) -> list[list[Window]]:
    """The same windows as runs from top to bottom, each for one reader after the other.

    A reader that walks down a column finds the overlap with the window above still there. Columns that are left over
    when every reader has had as many as the others are cut into a run for each of them.

    Args:
        windows: shards.
        readers: that work at once.
    """
    ordered = sorted(windows, key=lambda window: (window.col, window.row))
    columns = [list(column) for _, column in groupby(ordered, key=lambda window: window.col)]
    shared = len(columns) // readers * readers
    runs = columns[:shared]
    for column in columns[shared:]:
        cuts = [len(column) * reader // readers for reader in range(readers + 1)]
        runs += [column[start:stop] for start, stop in pairwise(cuts) if stop > start]
    return runs


def balanced_size(length: int, most: int, multiple: int) -> int:
    """The side, a multiple of ``multiple``, of equal tiles that cover ``length`` with as few as ``most`` allows."""
    most = max(multiple, align_down(most, multiple))
    count = ceil_div(length, most)
    return align_up(ceil_div(length, count), multiple)


@dataclass(frozen=True)
class Lattice:
    """The tile lattice of a network.

    Attributes:
        tile_px: The largest side of a write window (exact) or the side of a read window (blended).
        tile_height_px: The largest height of a write window, where that is not ``tile_px``; for an exact lattice.
        halo_px: The context on each side of a write window, a multiple of ``stride_px``; unused when blended.
        stride_px: The total stride of the network.
        overlap_px: The overlap of neighbouring read windows when blended, even; None for an exact lattice.
        fixed_px: The (height, width) of read windows for a network that takes only one shape.
    """

    tile_px: int
    halo_px: int = 0
    stride_px: int = 1
    overlap_px: int | None = None
    fixed_px: tuple[int, int] | None = None
    tile_height_px: int | None = None

    @property
    def blended(self) -> bool:
        """Whether tiles overlap and are blended."""
        return self.overlap_px is not None

    @property
    def step_px(self) -> int:
        """Distance of neighbouring tiles."""
        return self.tile_px - (self.overlap_px or 0)

    @property
    def margin_px(self) -> int:
        """The pixels by which a read window reaches beyond its share of the scene, on each side."""
        return self.halo_px if self.overlap_px is None else self.overlap_px // 2


class _Piece(NamedTuple):
    """One tile along one axis."""

    read: int
    read_px: int
    write: int
    write_px: int


def _axis(start: int, length: int, lattice: Lattice, axis: int) -> list[_Piece]:
    """The tiles along one axis (0 = y, 1 = x) of an exact lattice."""
    fixed_px = lattice.fixed_px and lattice.fixed_px[axis]
    side = lattice.tile_px if axis else lattice.tile_height_px or lattice.tile_px
    most = side if fixed_px is None else fixed_px - 2 * lattice.halo_px
    first = align_down(start, lattice.stride_px)
    size = balanced_size(start + length - first, most, lattice.stride_px)
    full = align_up(most, lattice.stride_px)
    read_px = fixed_px or (full if size > SAME_SHAPE_SHARE * full else size) + 2 * lattice.halo_px
    pieces = []
    for at, piece in spans(first, start + length - first, size):
        write = max(at, start)
        pieces.append(_Piece(at - lattice.halo_px, read_px, write, at + piece - write))
    return pieces


def reads_along(parts: Iterable[tuple[int, int]], lattice: Lattice, axis: int) -> tuple[int, int]:
    """Tiles along one axis (0 = y, 1 = x) of ``(start, length)`` parts, and the pixels that they read.

    Overlaps are counted each time. What repeats every step of the lattice is worked out once.
    """
    step = lattice.step_px if lattice.blended else lattice.stride_px
    alike = Counter((start % step, length) for start, length in parts)
    tiles, pixels = 0, 0
    for (start, length), count in alike.items():
        if lattice.blended:
            number = len(blended_starts(start, length, lattice))
            read = number * lattice.tile_px
        else:
            pieces = _axis(start, length, lattice, axis)
            number, read = len(pieces), sum(piece.read_px for piece in pieces)
        tiles, pixels = tiles + count * number, pixels + count * read
    return tiles, pixels


def exact_tiles(shard: Window, lattice: Lattice) -> list[Tile]:
    """The tiles of one shard on an exact lattice, row by row, all with a read window of the same shape.

    Every read window starts on a multiple of the stride, counted from the scene's origin, and holds ``halo_px`` of
    context around its write window, so each written pixel is the one that a single pass over the scene would give.
    """
    rows, cols = _axis(shard.row, shard.height, lattice, 0), _axis(shard.col, shard.width, lattice, 1)
    return [
        Tile(
            read=Window(row.read, col.read, row.read_px, col.read_px),
            write=Window(row.write, col.write, row.write_px, col.write_px),
        )
        for row in rows
        for col in cols
    ]


def blended_starts(start: int, length: int, lattice: Lattice) -> list[int]:
    """Starts of the blended tiles that touch ``[start, start + length)``, on the lattice anchored at 0."""
    step, half = lattice.step_px, (lattice.overlap_px or 0) // 2
    first = (start + half - lattice.tile_px) // step + 1
    last = (start + length - 1 + half) // step
    return [index * step - half for index in range(first, last + 1)]


def blended_tile(row: int, col: int, lattice: Lattice) -> Window:
    """The read window of the blended tile whose middle is nearest to a pixel: its scores weigh most there."""
    step, half = lattice.step_px, lattice.margin_px
    return Window(row // step * step - half, col // step * step - half, lattice.tile_px, lattice.tile_px)


def blended_reach(window: Window, lattice: Lattice) -> Window:
    """What the blended tiles that touch a window cover together."""
    rows, cols = (
        blended_starts(start, length, lattice)
        for start, length in ((window.row, window.height), (window.col, window.width))
    )
    side = lattice.tile_px
    return Window(rows[0], cols[0], rows[-1] - rows[0] + side, cols[-1] - cols[0] + side)


def blended_rows(shard: Window, lattice: Lattice) -> list[list[Tile]]:
    """The blended tiles that touch a shard, one list per row of tiles; ``write`` is what they add to in the shard."""
    side = lattice.tile_px
    rows = []
    for row in blended_starts(shard.row, shard.height, lattice):
        reads = [Window(row, col, side, side) for col in blended_starts(shard.col, shard.width, lattice)]
        rows.append([Tile(read, read.intersection(shard)) for read in reads])
    return rows
