"""The plan of a classification: tiles, shards, memory, disk and time, all known before anything runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from geoquant.doors.engine import Engine, Footprint
from geoquant.doors.graph import GraphFacts
from geoquant.doors.memory import machine_bytes
from geoquant.doors.raster import Scene
from geoquant.numbers.grid import Window
from geoquant.numbers.tiles import Lattice, align_up, blended_rows, exact_tiles, shards
from geoquant.words.card import ModelCard
from geoquant.words.errors import OptionError
from geoquant.words.options import ClassifyOptions

DEFAULT_MEMORY_MIB = 1320
SHARD_PX = 4096
BLENDED_SHARD_PX = 2048
SHARDS_IN_FLIGHT = 2
SMALLEST_TILE_PX = 128
CHEAP_TILE_PX = 512
LARGEST_TILE_PX = 2048
ENOUGH_HALO_SHARE = 1.2
"""Read pixels per written pixel from which a larger tile is not worth its memory."""
BLENDED_TILE_PX = 512
OVERVIEW_STEP_PX = 32
"""Shards that begin at multiples of it hold the five overviews that the whole map's are put together from."""
COMPRESSED_BYTES_PER_PX = 0.5
"""Of the output and its shards together, per layer: a cautious figure for noisy class maps."""
MIB = 1 << 20
PROCESS_BYTES = 260 * MIB
"""Python, the libraries and a small network, as measured. It is not read from this process, so
that the same job gets the same plan everywhere, and what a notebook held before is not counted against it."""


@dataclass(frozen=True)
class Plan:
    """What a classification will do.

    Attributes:
        region: window of the scene that is classified.
        lattice: tiles.
        shards: windows that are finished, and written, one by one.
        tiles: number of passes through the network.
        inferred_px: pixels that enter the network, halo and overlap included.
        memory_bytes: estimated peak of resident memory.
        block_cache_bytes: of it, what GDAL may keep of decoded blocks.
        disk_bytes: estimated space for the output and its shards, compressed.
        depends_on_tiling: whether another tile size would give (slightly) other classes.
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
        """As JSON values; shards as their number."""
        return {**asdict(self), "shards": len(self.shards)}


@dataclass(frozen=True)
class Demand:
    """What a job takes in memory, as far as it does not follow from the tile size.

    Attributes:
        base_bytes: Python, libraries and the loaded model, compiled for one tile shape.
        engine_bytes_per_px: activations per pixel that enters the network, in one inference thread.
        input_bytes_per_px: a read window as stored and as encoded.
        map_layers: bytes of result per pixel (1 for classes, 2 with confidence).
        cache_bytes: ``(tile_px, halo_px, width_px)`` -> decoded blocks that one raster handle keeps.
        workers: inference threads.
    """

    base_bytes: int
    engine_bytes_per_px: float
    input_bytes_per_px: float
    map_layers: int
    cache_bytes: Callable[[int, int, int], int]
    workers: int

    def block_cache(self, tile_px: int, halo_px: int, shard_px: int) -> int:
        """Bytes of GDAL's block cache for all shards in flight."""
        return SHARDS_IN_FLIGHT * self.cache_bytes(tile_px, halo_px, shard_px)

    def total(self, tile_px: int, halo_px: int, shard_px: int) -> int:
        """Estimated peak of resident bytes with these sides of tiles, halo and shards."""
        read_px = (tile_px + 2 * halo_px) ** 2
        tiles = read_px * (self.workers * self.engine_bytes_per_px + (self.workers + 1) * self.input_bytes_per_px)
        maps = SHARDS_IN_FLIGHT * self.map_layers * shard_px**2
        return int(self.base_bytes + tiles + maps + self.block_cache(tile_px, halo_px, shard_px))


@dataclass(frozen=True)
class Limits:
    """What a plan must keep: ``memory_bytes`` at most, and shards of about ``shard_px`` at most."""

    memory_bytes: int
    shard_px: int


def demand_of(scene: Scene, engine: Engine, footprint: Footprint, options: ClassifyOptions, workers: int) -> Demand:
    """The memory that this process, scene and engine take."""
    encoded = 1 if engine.entry.dtype == "uint8" else 4
    return Demand(
        base_bytes=PROCESS_BYTES + footprint.bytes_per_shape,
        engine_bytes_per_px=footprint.bytes_per_pixel,
        input_bytes_per_px=len(scene.bands) * (scene.dtype.itemsize + encoded) + 1,
        map_layers=1 + options.confidence,
        cache_bytes=scene.block_cache_bytes,
        workers=workers,
    )


def halo_share(tile_px: int, halo_px: int) -> float:
    """Read pixels per written pixel of square tiles."""
    return ((tile_px + 2 * halo_px) / tile_px) ** 2


def tile_sides(region: Window, multiple: int, workers: int) -> list[int]:
    """Sides that cut ``region`` into equal tiles, at least two for every worker, smallest first."""
    longest = max(region.height, region.width)
    counts = range(1, max(1, longest // SMALLEST_TILE_PX) + 1)
    sides = sorted({align_up(-(-longest // count), multiple) for count in counts})
    shared = [side for side in sides if -(-region.height // side) * -(-region.width // side) >= 2 * workers]
    return [side for side in shared if side <= LARGEST_TILE_PX] or sides[:1]


def tile_side(sides: list[int], halo_px: int, demand: Demand, limits: Limits) -> int:
    """The smallest tile whose halo costs little, or else the largest that memory allows.

    Raises:
        OptionError: when even the smallest tile does not fit under the memory ceiling.
    """
    needs = {side: demand.total(side, halo_px, shard_side(side, limits.shard_px)) for side in sides}
    fitting = [side for side in sides if needs[side] <= limits.memory_bytes]
    if not fitting:
        raise OptionError(
            f"--max-memory is {limits.memory_bytes // MIB} MiB, but the smallest tile ({sides[0]} px with a halo of "
            f"{halo_px} px) needs {needs[sides[0]] // MIB} MiB; allow that much, or use fewer --workers."
        )
    cheap = [side for side in fitting if halo_share(side, halo_px) <= ENOUGH_HALO_SHARE and side >= CHEAP_TILE_PX]
    return cheap[0] if cheap else fitting[-1]


def shard_side(tile_px: int, most_px: int) -> int:
    """Side of a shard of whole tiles, a multiple of what its overviews are cut at."""
    return align_up(max(1, most_px // tile_px) * tile_px, OVERVIEW_STEP_PX)


def lattice_for(card: ModelCard, facts: GraphFacts, options: ClassifyOptions, tile_px: int) -> Lattice:
    """The lattice that a network needs: halo and stride by its graph, overlap by the option or the card.

    A network that takes one shape only, and whose halo fills that shape, is blended like an unbounded one. Classes
    can't be blended: a network that outputs them keeps the middle of each overlapping tile.

    Raises:
        OptionError: when the overlap is more than half a tile.
    """
    stride, fixed = math.lcm(facts.stride_px, card.tiling.stride_px), fixed_shape(facts)
    if _is_exact(facts):
        halo = align_up(max(facts.halo_px or 0, card.tiling.halo_px or 0), stride)
        return Lattice(tile_px, halo, stride, fixed_px=fixed)
    side = min(fixed) if fixed else align_up(options.tile or card.tiling.tile_px or BLENDED_TILE_PX, stride)
    overlap = align_up(options.overlap or card.tiling.overlap_px or side // 4, 2 * stride)
    if overlap > side // 2:
        raise OptionError(f"--overlap is {overlap} px; it must be at most half of the tile's side, {side // 2} px.")
    if card.output == "classes":
        return Lattice(side - overlap, overlap // 2, stride, fixed_px=fixed)
    return Lattice(side, 0, stride, overlap_px=overlap, fixed_px=fixed)


def fixed_shape(facts: GraphFacts) -> tuple[int, int] | None:
    """(y, x) of the only tile that a network takes, or None when any size goes."""
    height, width = facts.input_shape[2:]
    return None if height is None or width is None else (height, width)


def _is_exact(facts: GraphFacts) -> bool:
    """Whether tiles can hold the whole receptive field, so that the tile size does not show."""
    room = min(fixed_shape(facts) or (math.inf,))
    return facts.halo_px is not None and room > 2 * facts.halo_px


def memory_ceiling(options: ClassifyOptions) -> int:
    """Bytes that the job may take: as asked, or 1320 MiB, or half of a smaller machine."""
    if options.max_memory:
        return options.max_memory * MIB
    return min(DEFAULT_MEMORY_MIB * MIB, machine_bytes() // 2)


def make_plan(region: Window, card: ModelCard, facts: GraphFacts, options: ClassifyOptions, demand: Demand) -> Plan:
    """Choose tiles and shards for ``region``, and estimate what they cost.

    Raises:
        OptionError: when ``--max-memory`` or ``--overlap`` can't be kept.
    """
    sides = tile_sides(region, math.lcm(OVERVIEW_STEP_PX, facts.stride_px), demand.workers)
    half_px = -(-max(region.height, region.width) // 2)  # small scenes, too, have a shard for every reader
    limits = Limits(memory_ceiling(options), min(SHARD_PX if _is_exact(facts) else BLENDED_SHARD_PX, half_px))
    lattice = lattice_for(card, facts, options, options.tile or tile_side(sides, facts.halo_px or 0, demand, limits))
    shard_px = shard_side(lattice.step_px, limits.shard_px)
    parts = tuple(shards(region, shard_px))
    reads = [read for part in parts for read in read_windows(part, lattice)]
    return Plan(
        region=region,
        lattice=lattice,
        shards=parts,
        tiles=len(reads),
        inferred_px=sum(read.pixels for read in reads),
        memory_bytes=demand.total(lattice.step_px, lattice.margin_px, shard_px),
        block_cache_bytes=demand.block_cache(lattice.step_px, lattice.margin_px, shard_px),
        disk_bytes=int(region.pixels * demand.map_layers * COMPRESSED_BYTES_PER_PX),
        depends_on_tiling=not _is_exact(facts),
    )


def read_windows(shard: Window, lattice: Lattice) -> list[Window]:
    """What enters the network for one shard, in order."""
    if lattice.blended:
        return [tile.read for row in blended_rows(shard, lattice) for tile in row]
    return [tile.read for tile in exact_tiles(shard, lattice)]
