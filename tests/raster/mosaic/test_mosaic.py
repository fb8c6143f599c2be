"""A mosaic is the picture that its scenes make: whatever window is read, however they overlap, in whatever units."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.errors import DamagedRaster, RasterError
from geoquant.grid import Window
from geoquant.options.mosaic import MosaicOptions
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import MAX_CACHE_BYTES
from tests.builders.mosaics import Facts, cut, opened, write_part
from tests.builders.rasters import picture

HEIGHT, WIDTH = 70, 90


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """A part of the picture."""
    row, col = draw(st.integers(0, HEIGHT - 5)), draw(st.integers(0, WIDTH - 5))
    return Window(row, col, draw(st.integers(5, HEIGHT - row)), draw(st.integers(5, WIDTH - col)))


@given(
    st.lists(windows(), min_size=1, max_size=5),
    st.integers(-20, HEIGHT),
    st.integers(-20, WIDTH),
    st.sampled_from(["reflect", "zero"]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=40)
def test_any_window_is_that_of_one_file_with_the_same_pixels(tmp_path_factory, parts, row, col, edge, random):
    folder = tmp_path_factory.mktemp("law")
    values = picture()
    mosaic = opened(cut(folder, values, parts))
    random.shuffle(parts)
    shuffled = opened(cut(folder, values, parts))
    assert (shuffled.grid, mosaic.grid.window.row) == (mosaic.grid, 0)
    covered = np.zeros((HEIGHT, WIDTH), bool)
    for part in parts:
        covered[part.slices] = True
    top, left = min(part.row for part in parts), min(part.col for part in parts)
    bottom, right = max(part.row_end for part in parts), max(part.col_end for part in parts)
    extent = Window(top, left, bottom - top, right - left)
    whole = open_scene(write_part(folder / "whole.tif", (values * covered)[(slice(None), *extent.slices)], extent))
    window = Window(row, col, 37, 41)
    expected = whole.read_padded(window, edge)
    for one in (mosaic, shuffled):
        found, bad = one.read_tolerant(window, edge, skip_bad_blocks=False)
        assert not bad
        np.testing.assert_array_equal(found.valid, expected.valid)
        np.testing.assert_array_equal(found.values * found.valid, expected.values * expected.valid)


def test_the_first_scene_with_data_gives_a_pixel(tmp_path):
    one, other = picture(), picture() + 300
    one[:, 20:30, 20:30] = 0
    files = [
        write_part(tmp_path / "b.tif", one, Window(0, 0, HEIGHT, WIDTH)),
        write_part(tmp_path / "a.tif", other, Window(10, 10, HEIGHT, WIDTH)),
    ]
    found = opened(files).read_tolerant(Window(0, 0, HEIGHT + 10, WIDTH + 10), skip_bad_blocks=False)[0]
    expected = np.zeros((3, HEIGHT + 10, WIDTH + 10), np.uint16)
    expected[:, 10:, 10:] = other
    expected[:, :HEIGHT, :WIDTH] = np.where(one > 0, one, expected[:, :HEIGHT, :WIDTH])
    np.testing.assert_array_equal(found.values, expected)
    np.testing.assert_array_equal(found.valid, expected[0] > 0)
    # a folder's scenes come in the order of their names
    by_folder = opened([tmp_path]).read_tolerant(Window(0, 0, HEIGHT, WIDTH), skip_bad_blocks=False)[0]
    np.testing.assert_array_equal(by_folder.values[:, 10:, 10:], other[:, : HEIGHT - 10, : WIDTH - 10])


def test_the_latest_scene_wins_whatever_the_order_of_the_files(tmp_path):
    everywhere = Window(0, 0, HEIGHT, WIDTH)
    times = {"b": "2022-06-01T10:00:00Z", "c": "2022:07:01 10:00:00", "a": "2021-01-01"}
    files = [
        write_part(tmp_path / f"{name}.tif", picture() + number * 300, everywhere, Facts(acquired=time))
        for number, (name, time) in enumerate(times.items())
    ]
    for order in (files, files[::-1]):
        mosaic = opened(order, MosaicOptions(rule="latest"))
        assert [member.scene.name for member in mosaic.members] == ["c.tif", "b.tif", "a.tif"]
        found = mosaic.read_tolerant(everywhere, skip_bad_blocks=False)[0]
        np.testing.assert_array_equal(found.values, picture() + 300)


@pytest.mark.parametrize("kinds", [("uint16", "uint16"), ("uint16", "uint8"), ("int16", "float32")])
def test_scenes_of_other_units_are_brought_to_the_same_whole_numbers(tmp_path, kinds):
    """Baselines of Sentinel-2: the same reflectance, stored 1000 higher from 04.00 on."""
    values = picture()
    left, right = Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)
    files = [
        write_part(tmp_path / "old.tif", values[:, :, :50].astype(kinds[0]), left, Facts(1e-4, 0.0)),
        write_part(tmp_path / "new.tif", values[:, :, 40:].astype("uint16") + 1000, right, Facts(1e-4, -0.1)),
        write_part(tmp_path / "plain.tif", values[:, :, 40:].astype(kinds[1]), right, Facts(1e-4, 0.0)),
    ]
    for order in (files[:2], files[1::-1], files):
        mosaic = opened(order, units="physical")
        found = mosaic.read_tolerant(Window(0, 0, HEIGHT, WIDTH), skip_bad_blocks=False)[0]
        scale, offset = mosaic.units.scales[0]
        assert mosaic.dtype == np.float32
        assert found.valid.all()
        stored = (values.astype(int) * 1e-4 - offset) / scale
        np.testing.assert_array_equal(found.values, np.rint(stored))


def test_scenes_of_one_unit_and_type_stay_as_they_are_stored(tmp_path):
    mosaic = opened(cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)]))
    assert mosaic.dtype == np.uint16


def test_a_damaged_block_is_named_or_left_out_where_it_lies_in_the_mosaic(tmp_path):
    files = cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(20, 50, 50, 40)])
    with rasterio.open(files[1]) as source:
        start = int(source.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    with files[1].open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\xff" * 300)
    mosaic, window = opened(files), Window(0, 0, HEIGHT, WIDTH)
    with pytest.raises(DamagedRaster, match=r"part1\.tif"):
        mosaic.read_tolerant(window, skip_bad_blocks=False)
    found, bad = mosaic.read_tolerant(window)
    assert bad
    assert all(block.intersection(Window(20, 50, 50, 40)) == block for block in bad)
    np.testing.assert_array_equal(found.values[:, :, :50], picture()[:, :, :50])


def test_a_change_of_any_member_is_noticed(tmp_path):
    files = cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)])
    mosaic = opened(files)
    before, watch = mosaic.fingerprint, mosaic.watch()
    watch.check()
    write_part(files[1], picture()[:, :, 40:] + 1, Window(0, 40, HEIGHT, 50))
    with pytest.raises(RasterError, match=r"part1\.tif changed"):
        watch.check()
    assert opened(files).fingerprint != before
    assert opened(files[::-1]).fingerprint != opened(files).fingerprint


def test_a_watch_over_a_window_asks_only_the_scenes_under_it(tmp_path):
    files = cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)])
    mosaic = opened(files)
    watch = mosaic.watch()
    left, both = (watch.over(mosaic.sources_under(Window(0, 0, 9, width))) for width in (40, 41))
    assert [len(one.marks) for one in (left, both)] == [1, 2]
    write_part(files[1], picture()[:, :, 40:] + 1, Window(0, 40, HEIGHT, 50))
    left.check()
    with pytest.raises(RasterError, match=r"part1\.tif changed"):
        both.check()


@given(st.integers(1, 200), st.integers(1, 200))
@settings(max_examples=20)
def test_the_block_cache_of_a_mosaic_is_that_of_its_hungriest_scene(tmp_path_factory, rows, width):
    parts = [Window(0, 0, 20, 30), Window(0, 30, 20, 30), Window(20, 0, 50, 90)]
    mosaic = opened(cut(tmp_path_factory.mktemp("cache"), picture(), parts))
    largest = max(member.scene.block_cache_bytes(rows, width) for member in mosaic.members)
    assert mosaic.block_cache_bytes(rows, width) == min(MAX_CACHE_BYTES, largest * 3)


def test_a_mosaic_travels_to_another_process(tmp_path):
    mosaic = opened(cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)]))
    copy = pickle.loads(pickle.dumps(mosaic))
    window = Window(3, 4, 50, 60)
    np.testing.assert_array_equal(copy.read_tolerant(window)[0].values, mosaic.read_tolerant(window)[0].values)


def test_files_of_all_members_are_known(tmp_path):
    files = cut(tmp_path, picture(), [Window(0, 0, HEIGHT, 50), Window(0, 40, HEIGHT, 50)])
    mosaic = opened(files)
    assert {Path(name) for name in mosaic.files} >= set(files)
    assert mosaic.name == "part0.tif and 1 more scenes"
    assert not mosaic.is_remote
    assert mosaic.block_cache_bytes(64, 64) > 0
