"""The plan of a classification: tiles, shards, memory, disk and time, all known before anything runs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from geoquant.errors import OptionError
from geoquant.grid import Window, ceil_div
from geoquant.inference.memory_model import MIB, MemoryDemand, TileSizes
from geoquant.inference.tile_layout import best_tile_layout, shard_side
from geoquant.model_card.card import ModelCard
from geoquant.model_card.lattice import lattice_for
from geoquant.onnx_graph.facts import GraphFacts
from geoquant.options.classify import ClassifyOptions
from geoquant.system import machine_bytes
from geoquant.tile_grid import Lattice, Panels, blended_rows, exact_tiles, reads_along, shard_spans, shards

DEFAULT_MEMORY_MIB = 1320
BLENDED_SHARD_PX = 2048
SCORE_BYTES = 4  # float32
COMPRESSED_BYTES_PER_PX = 0.5
"""Bytes per pixel of the output and its shards together, per layer: a cautious figure for noisy class maps."""
SPARE_BYTES = 4 * 2**20
"""Of every map, however small it is."""


@dataclass(frozen=True)
class Plan:
    """The plan of a classification.

    Attributes:
        region: The window of the scene that is classified.
        lattice: The lattice of the tiles.
        shards: The windows that are finished, and written, one by one.
        tiles: The number of passes through the network.
        inferred_px: The number of pixels that enter the network, halo and overlap included.
        memory_bytes: The estimated peak of resident memory.
        block_cache_bytes: The part of it that GDAL may keep of decoded blocks.
        disk_bytes: The estimated space for the output and its shards, compressed.
        depends_on_tiling: Whether another tile size would give (slightly) other classes.
    """

    region: Window
    lattice: Lattice
    shards: tuple[Window, ...]
    tiles: int
    inferred_px: int
    memory_bytes: int
    block_cache_bytes: int
    disk_bytes: int
    depends_on_tiling: bool

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON values; shards as their number."""
        return {**asdict(replace(self, shards=())), "shards": len(self.shards)}


def memory_ceiling(options: ClassifyOptions) -> int:
    """Bytes that the job may take: as the options say, or 1320 MiB, or half of a smaller machine."""
    if options.max_memory:
        return options.max_memory * MIB
    return min(DEFAULT_MEMORY_MIB * MIB, machine_bytes() // 2)


def make_plan(
    region: Window, card: ModelCard, facts: GraphFacts, options: ClassifyOptions, demand: MemoryDemand
) -> Plan:
    """Choose tiles and shards for ``region``, and estimate what they cost.

    Raises:
        OptionError: when ``--max-memory`` or ``--overlap`` can't be kept.
    """
    plan = _tiled(region, card, facts, options, demand)
    return replace(plan, disk_bytes=_disk_bytes(region, options, demand))


def _tiled(region: Window, card: ModelCard, facts: GraphFacts, options: ClassifyOptions, demand: MemoryDemand) -> Plan:
    """The plan, as far as tiles go."""
    if not facts.is_exact:
        lattice = lattice_for(card, facts, options, 1)
        demand = replace(demand, score_bytes_per_px=SCORE_BYTES * len(card.classes) if lattice.blended else 0)
        return _plan(region, lattice, _blended_sizes(region, lattice, demand, memory_ceiling(options)), None, demand)
    lattice = lattice_for(card, facts, options, 1)
    asked = options.tile if lattice.fixed_px is None else min(lattice.fixed_px) - 2 * lattice.halo_px
    limit = memory_ceiling(options) if options.max_memory or not asked else None
    best = best_tile_layout(region, lattice, asked, demand, limit)
    return _plan(region, best.lattice, best.sizes, best.panels, demand)


def _blended_sizes(region: Window, lattice: Lattice, demand: MemoryDemand, limit: int) -> TileSizes:
    """The largest shards that fit: the tiles are as they are, but the scores of a shard's width are kept while it runs.

    Raises:
        OptionError: when not even a shard of one tile fits.
    """
    step_px, read_px = lattice.step_px, lattice.step_px + 2 * lattice.margin_px
    most_px = min(BLENDED_SHARD_PX, ceil_div(max(region.height, region.width), 2))
    sides = [shard_side(step_px, steps * step_px) for steps in range(max(1, most_px // step_px), 0, -1)]
    ways = [TileSizes((read_px, read_px), (side, side), lattice.margin_px) for side in sides]
    fitting = [sizes for sizes in ways if demand.total(sizes) <= limit]
    if not fitting:
        raise OptionError(
            f"--max-memory is {limit // MIB} MiB, but overlapping tiles of {read_px} px need "
            f"{demand.total(ways[-1]) // MIB} MiB; allow that much, or use a smaller --tile or fewer --workers."
        )
    return fitting[0]


def _plan(region: Window, lattice: Lattice, sizes: TileSizes, panels: Panels | None, demand: MemoryDemand) -> Plan:
    """Cut the region as decided."""
    down, across = shard_spans(region, sizes.shard_px[0], panels)
    (rows, rows_px), (columns, columns_px) = reads_along(down, lattice, 0), reads_along(across, lattice, 1)
    return Plan(
        region=region,
        lattice=lattice,
        shards=tuple(shards(region, sizes.shard_px[0], panels)),
        tiles=rows * columns,
        inferred_px=rows_px * columns_px,
        memory_bytes=demand.total(sizes),
        block_cache_bytes=demand.block_cache(sizes),
        disk_bytes=0,
        depends_on_tiling=panels is None,
    )


def _disk_bytes(region: Window, options: ClassifyOptions, demand: MemoryDemand) -> int:
    """Shards and every output that is asked for; a map needs ``SPARE_BYTES`` at the least."""
    maps = int(region.pixels * demand.map_layers * COMPRESSED_BYTES_PER_PX)
    files = demand.map_layers + options.drift  # a drift map has one pixel for thousands
    return maps + files * SPARE_BYTES + (polygon_bytes(region) if options.polygons else 0)


def polygon_bytes(region: Window) -> int:
    """Estimated size of a region's polygons, as for a map of the same detail."""
    return int(region.pixels * COMPRESSED_BYTES_PER_PX) + SPARE_BYTES


def read_windows(shard: Window, lattice: Lattice) -> list[Window]:
    """The windows that enter the network for one shard, in order."""
    if lattice.blended:
        return [tile.read for row in blended_rows(shard, lattice) for tile in row]
    return [tile.read for tile in exact_tiles(shard, lattice)]
