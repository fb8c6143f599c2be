"""Cutting a scene: within the memory that is allowed, with as little work as any way that fits."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geoquant.errors import OptionError
from geoquant.grid import Window
from geoquant.inference.memory_model import MIB, MemoryDemand
from geoquant.inference.tile_layout import SHARD_PX, best_tile_layout
from geoquant.tile_grid import Lattice, shards

DEMAND = MemoryDemand(
    base_bytes=300 * MIB,
    engine_bytes_per_px=120,
    tile_bytes_per_px=8,
    stored_bytes_per_px=13,
    buffer_bytes_per_px=8.5,
    map_layers=1,
    piece_px=(512, 2048),
    block_width_px=512,
    cache_bytes=lambda rows, columns: 12 * rows * columns,
    workers=2,
)
LATTICE = Lattice(1, 144, 16)


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(400, 3_000))
def test_the_plan_keeps_the_memory_ceiling_or_says_what_it_needs(height: int, width: int, limit_mib: int) -> None:
    region = Window(0, 0, height, width)
    try:
        best = best_tile_layout(region, LATTICE, None, DEMAND, limit_mib * MIB)
    except OptionError as error:
        assert "--max-memory" in str(error)  # noqa: PT017  the error is one of two right answers
        assume(False)
    assert DEMAND.total(best.sizes) <= limit_mib * MIB
    assert best.sizes.shard_px[0] <= max(SHARD_PX, best.lattice.tile_height_px or 0)
    assert sum(part.pixels for part in shards(region, best.shard_height_px, best.panels)) == region.pixels


def test_more_memory_means_no_more_work() -> None:
    region = Window(0, 0, 10_980, 10_980)
    work = [best_tile_layout(region, LATTICE, None, DEMAND, limit * MIB).work for limit in (700, 1_000, 1_400, 2_500)]
    assert work == sorted(work, reverse=True)
    assert work[0] > work[-1]


def test_two_readers_walk_side_by_side_unless_blocks_are_as_wide_as_the_scene() -> None:
    region = Window(0, 0, 10_980, 10_980)
    assert best_tile_layout(region, LATTICE, None, DEMAND, 1320 * MIB).panels.count == 2
    striped = MemoryDemand(**{**vars(DEMAND), "block_width_px": 10_980})
    assert best_tile_layout(region, LATTICE, None, striped, 2000 * MIB).panels.count == 1


def test_striped_files_too_wide_for_memory_are_cut_after_all() -> None:
    region = Window(0, 0, 40_000, 40_000)
    striped = MemoryDemand(**{**vars(DEMAND), "block_width_px": 40_000, "piece_px": (256, 40_000)})
    best = best_tile_layout(region, LATTICE, None, striped, 1320 * MIB)
    assert best.panels.count > 1
    assert striped.total(best.sizes) <= 1320 * MIB
    assert best_tile_layout(region, LATTICE, None, striped, None).panels.count == 1


def test_memory_hardly_grows_with_the_scene() -> None:
    needs = [
        DEMAND.total(best_tile_layout(Window(0, 0, side, side), LATTICE, None, DEMAND, 1320 * MIB).sizes)
        for side in (5_000, 10_980, 20_000, 100_000)
    ]
    assert max(needs) <= 1.1 * needs[0]


def test_a_given_tile_size_is_kept_and_a_ceiling_too_low_is_named() -> None:
    region = Window(0, 0, 5_000, 5_000)
    assert best_tile_layout(region, LATTICE, 256, DEMAND, None).lattice.tile_px == 256
    with pytest.raises(OptionError, match="is 310 MiB, but the smallest tiles"):
        best_tile_layout(region, LATTICE, None, DEMAND, 310 * MIB)
