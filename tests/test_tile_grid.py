"""Laws of the tiling contract: every pixel once, aligned reads, enough context, shards that do not show."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoquant.grid import Window, align_up
from geoquant.inference.blending import hann_window
from geoquant.tile_grid import (
    Lattice,
    Panels,
    blended_rows,
    downward_runs,
    exact_tiles,
    padding_of,
    reads_along,
    shards,
)

windows = st.builds(Window, st.integers(0, 70), st.integers(0, 70), st.integers(1, 90), st.integers(1, 90))


@st.composite
def exact_lattices(draw: st.DrawFn) -> Lattice:
    stride = draw(st.sampled_from([1, 2, 4, 8, 16]))
    halo = stride * draw(st.integers(0, 4))
    fixed = None
    if draw(st.booleans()):
        fixed = (2 * halo + stride * draw(st.integers(1, 5)), 2 * halo + stride * draw(st.integers(1, 5)))
    return Lattice(draw(st.integers(1, 64)), halo, stride, fixed_px=fixed)


@given(windows, st.integers(1, 64))
def test_shards_cover_each_pixel_once(region: Window, shard_px: int) -> None:
    count = np.zeros((200, 200), int)
    for shard in shards(region, shard_px):
        count[shard.slices] += 1
    assert (count[region.slices] == 1).all()
    assert count.sum() == region.pixels


@given(windows, st.integers(1, 64), st.integers(1, 6), st.sampled_from([1, 16, 50]), st.sampled_from([1, 8]))
def test_panels_cover_each_pixel_once(region: Window, shard_px: int, count: int, block: int, multiple: int) -> None:
    panels = Panels(count, block, multiple)
    seen = np.zeros((200, 200), int)
    for shard in shards(region, shard_px, panels):
        seen[shard.slices] += 1
    assert (seen[region.slices] == 1).all()
    assert seen.sum() == region.pixels
    columns = panels.of(region)
    assert 1 <= len(columns) <= count
    assert all((col - region.col) % multiple == 0 for col, _ in columns)


def test_panels_meet_in_the_middle_of_a_block() -> None:
    columns = Panels(4, 512, 32).of(Window(0, 0, 100, 20_000))
    assert [col % 512 for col, _ in columns] == [0, 256, 256, 256]
    assert max(width for _, width in columns) < 5_600


@given(windows, exact_lattices())
def test_reads_along_adds_up_what_the_tiles_read(shard: Window, lattice: Lattice) -> None:
    tiles = exact_tiles(shard, lattice)
    (_, rows), (_, columns) = (
        reads_along([(shard.row, shard.height)], lattice, 0),
        reads_along([(shard.col, shard.width)], lattice, 1),
    )
    assert rows * columns == sum(tile.read.pixels for tile in tiles)


@given(windows, exact_lattices())
def test_exact_tiles_cover_each_pixel_once_with_aligned_context(shard: Window, lattice: Lattice) -> None:
    count = np.zeros((200, 200), int)
    tiles = exact_tiles(shard, lattice)
    for tile in tiles:
        count[tile.write.slices] += 1
        assert tile.read.row % lattice.stride_px == 0
        assert tile.read.col % lattice.stride_px == 0
        assert tile.read.height % lattice.stride_px == 0
        assert tile.write.expand(lattice.halo_px).intersection(tile.read) == tile.write.expand(lattice.halo_px)
    assert (count[shard.slices] == 1).all()
    assert count.sum() == shard.pixels
    assert len({(tile.read.height, tile.read.width) for tile in tiles}) == 1


@given(windows, exact_lattices())
def test_exact_tiles_keep_within_the_tile_size(shard: Window, lattice: Lattice) -> None:
    most = align_up(lattice.tile_px, lattice.stride_px)
    for tile in exact_tiles(shard, lattice):
        if lattice.fixed_px:
            assert (tile.read.height, tile.read.width) == lattice.fixed_px
        else:
            assert max(tile.write.height, tile.write.width) <= most


@given(windows, st.integers(1, 40), st.integers(4, 40), st.integers(0, 4))
def test_blended_result_does_not_depend_on_shards(region: Window, shard_px: int, tile_px: int, overlap: int) -> None:
    lattice = Lattice(tile_px, overlap_px=2 * min(overlap, tile_px // 4))

    def blended(cuts: list[Window]) -> np.ndarray:
        weights = hann_window(tile_px)
        out = np.zeros((200, 200), np.float32)
        for shard in cuts:
            for row in blended_rows(shard, lattice):
                for tile in row:
                    out[tile.write.slices] += weights[tile.write.relative_to(tile.read).slices]
        return out

    whole, cut = blended([region]), blended(shards(region, shard_px))
    assert (whole == cut).all()
    assert (whole[region.slices] > 0).all()


@given(windows, windows)
def test_padding_is_what_the_scene_does_not_cover(window: Window, scene: Window) -> None:
    pad = padding_of(window, scene)
    inside = window.intersection(scene)
    if inside.pixels:
        assert pad.top + inside.height + pad.bottom == window.height
        assert pad.left + inside.width + pad.right == window.width


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(1, 3))
def test_runs_keep_every_shard_and_walk_down(height: int, width: int, side: int, readers: int) -> None:
    plain = shards(Window(0, 0, height, width), side)
    runs = downward_runs(plain, readers)
    assert sorted(window for run in runs for window in run) == sorted(plain)
    for run in runs:
        assert all((below.row - above.row, below.col) == (side, above.col) for above, below in pairwise(run))
    assert len(runs) >= min(readers, -(-height // side))
