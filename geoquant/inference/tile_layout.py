"""How an exact lattice is cut: panels that readers walk down, and tiles in them, by what they cost and hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from geoquant.errors import OptionError
from geoquant.grid import Window, align_down, align_up, ceil_div
from geoquant.inference.memory_model import MIB, MemoryDemand, TileSizes
from geoquant.tile_grid import Lattice, Panels, balanced_size, reads_along, spans

SHARD_PX = 4096
"""Rows of a shard, at most."""
PANEL_PX = 5632
"""Columns of a shard, at most. The wider, the fewer blocks are decoded for two panels, and the more a buffer holds."""
NARROWEST_PANEL_PX = 256
SMALLEST_TILE_PX = 128
CHEAP_TILE_PX = 512
LARGEST_TILE_PX = 2048
LONGEST_TILE = 2
"""Sides of a tile differ by this factor at most."""
ENOUGH_WORK = 1.2
"""Work per written pixel (1 = no halo, nothing decoded twice) below which less is not worth more memory."""
NEAR_BEST = 1.01
DECODING_SHARE = 0.35
"""Cost of decoding a pixel over that of an INT8 U-Net for it: weighs blocks decoded twice against larger halos."""
OVERVIEW_STEP_PX = 32
"""Shards that begin at multiples of it hold the five overviews that the whole map's are put together from."""


@dataclass(frozen=True)
class TileLayout:
    """One way to cut a region.

    Attributes:
        region: The window of the scene.
        lattice: The lattice with the largest width and height of a tile.
        panels: The columns of shards.
        block_px: The width of the file's blocks.
    """

    region: Window
    lattice: Lattice
    panels: Panels
    block_px: int = 1

    @cached_property
    def shard_height_px(self) -> int:
        """Whole rows of tiles; a single panel is cut at least once, so that both readers have a shard."""
        most = SHARD_PX if self.panels.count > 1 else min(SHARD_PX, ceil_div(self.region.height, 2))
        tile_px = self.lattice.tile_height_px or self.lattice.tile_px
        multiple = math.lcm(OVERVIEW_STEP_PX, self.lattice.stride_px)
        return shard_side(balanced_size(self.region.height, tile_px, multiple), most)

    @cached_property
    def sizes(self) -> TileSizes:
        """The sizes of the largest tile and shard."""
        lattice, widest = self.lattice, max(width for _, width in self.panels.of(self.region))
        sides = lattice.fixed_px or tuple(
            align_up(side, lattice.stride_px) + 2 * lattice.halo_px
            for side in (lattice.tile_height_px or lattice.tile_px, lattice.tile_px)
        )
        return TileSizes((sides[0], sides[1]), (self.shard_height_px, widest), lattice.halo_px)

    @cached_property
    def work(self) -> float:
        """Pixels that enter the network, and, as far as they count, those decoded twice, per pixel that is written."""
        region, lattice = self.region, self.lattice
        _, rows = reads_along(spans(region.row, region.height, self.shard_height_px), lattice, 0)
        _, columns = reads_along(self.panels.of(region), lattice, 1)
        return rows * columns / region.pixels + DECODING_SHARE * self._decoded_twice_px / region.width

    @property
    def _decoded_twice_px(self) -> int:
        """Columns of the blocks that both panels at a boundary reach into."""
        block, halo = self.block_px, self.lattice.halo_px
        edges = Counter(col % block for col, _ in self.panels.of(self.region)[1:])
        return sum(
            count * (align_up(edge + halo, block) - align_down(edge - halo, block)) for edge, count in edges.items()
        )

    @property
    def smallest_side_px(self) -> int:
        """The smallest side of a tile."""
        return min(self.lattice.tile_px, self.lattice.tile_height_px or self.lattice.tile_px)


def best_tile_layout(
    region: Window, lattice: Lattice, asked_px: int | None, demand: MemoryDemand, limit: int | None
) -> TileLayout:
    """The way with the least memory, of those that fit into ``limit`` bytes and waste little, or as little as any.

    Args:
        region: to cut.
        lattice: halo and stride of the network.
        asked_px: side of the tiles, if it is not free.
        demand: of memory.
        limit: in bytes; None for no limit.

    Raises:
        OptionError: none fits.
    """
    ways = list(_ways(region, lattice, asked_px, demand))
    needs = {way: demand.total(way.sizes) for way in ways}
    fitting = [way for way in ways if limit is None or needs[way] <= limit]
    if limit is not None and not fitting:
        least = min(ways, key=lambda way: needs[way])
        raise OptionError(
            f"--max-memory is {limit // MIB} MiB, but the smallest tiles ({least.smallest_side_px} px with a halo of "
            f"{lattice.halo_px} px) need {needs[least] // MIB} MiB; allow that much, or use fewer --workers."
        )
    enough = max(ENOUGH_WORK, NEAR_BEST * min(way.work for way in fitting))
    good = [way for way in fitting if way.work <= enough and way.smallest_side_px >= CHEAP_TILE_PX]
    return min(good, key=lambda way: needs[way]) if good else min(fitting, key=lambda way: way.work)


def _ways(region: Window, lattice: Lattice, asked_px: int | None, demand: MemoryDemand) -> Iterator[TileLayout]:
    """Ways to cut ``region`` into equal tiles, at least two for every worker where it is large enough."""
    block_px = demand.block_width_px
    for panels in _panel_ways(region.width, block_px):
        if asked_px is not None:
            yield TileLayout(region, replace(lattice, tile_px=asked_px), panels, block_px)
            continue
        widths = [width for _, width in panels.of(region)]
        for height, width in _tile_shapes(region.height, widths, lattice.stride_px, 2 * demand.workers):
            yield TileLayout(region, replace(lattice, tile_px=width, tile_height_px=height), panels, block_px)


def _panel_ways(width: int, block_px: int) -> Iterator[Panels]:
    """Panels that meet in the middle of blocks, and equal ones."""
    for count in _panel_counts(width, block_px):
        yield Panels(count, block_px, OVERVIEW_STEP_PX)
        if count > 1:
            yield Panels(count, 1, OVERVIEW_STEP_PX)


def _panel_counts(width: int, block_px: int) -> list[int]:
    """Numbers of panels to consider, fewest first.

    Even ones, because two readers walk down side by side; one for a narrow scene, and for one whose blocks are nearly
    as wide as itself (a striped TIFF), which every further panel decodes once more. Such a scene may still be too wide
    for its rows to fit into memory: then panels have to be.
    """
    fewest = 2 * ceil_div(width, 2 * PANEL_PX)
    even = [count for count in (fewest, 2 * fewest, 4 * fewest) if width // count >= NARROWEST_PANEL_PX]
    return [count for count in even if width // count >= block_px] or [1, *even]


def _tile_shapes(height: int, widths: list[int], stride_px: int, least_tiles: int) -> list[tuple[int, int]]:
    """``(y, x)`` of tiles that cut a height and the widest of the panels into equal parts."""
    multiple = math.lcm(OVERVIEW_STEP_PX, stride_px)
    sides = [(high, wide) for high in _parts(height, multiple) for wide in _parts(max(widths), multiple)]
    sides = [shape for shape in sides if max(shape) <= LONGEST_TILE * min(shape)] or [sides[-1]]

    alike = Counter(widths)

    def tiles(shape: tuple[int, int]) -> int:
        return ceil_div(height, shape[0]) * sum(count * ceil_div(width, shape[1]) for width, count in alike.items())

    return [shape for shape in sides if tiles(shape) >= least_tiles] or [min(sides, key=math.prod)]


def _parts(length: int, multiple: int) -> list[int]:
    """Sides that cut ``length`` into equal parts, neither tiny nor huge; largest first."""
    cuts = range(1, max(1, length // SMALLEST_TILE_PX) + 1)
    sides = sorted({align_up(ceil_div(length, count), multiple) for count in cuts}, reverse=True)
    return [side for side in sides if side <= LARGEST_TILE_PX] or sides[-1:]


def shard_side(tile_px: int, most_px: int) -> int:
    """Height of a shard of whole tiles, a multiple of what its overviews are cut at."""
    return align_up(max(1, most_px // tile_px) * tile_px, OVERVIEW_STEP_PX)
