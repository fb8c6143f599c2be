"""The COG assembled from shards: its layout, its overviews, its place, and nothing left of one that failed."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import rasterio
import rasterio.shutil

from geoquant.errors import Cancelled, RasterError
from geoquant.grid import Grid
from geoquant.output.cog import STAGES, assemble_cog, published_labels
from geoquant.output.overviews import halve_by_mean, halve_by_mode, overview_shape, pyramid
from geoquant.output.style import Publication, qml, rgb
from tests.builders.maps import LABELS, NODATA, NORTH_UP, PUBLICATION, UTM, class_map, cut, files_in, make, read_levels


def block_offsets(path, level=None):
    with rasterio.open(path, **({} if level is None else {"overview_level": level})) as sized:
        rows, cols = -(-sized.height // 512), -(-sized.width // 512)
    with rasterio.open(path) as dataset:
        facts = [
            dataset.get_tag_item(f"BLOCK_OFFSET_{col}_{row}", "TIFF", bidx=1, ovr=level)
            for row in range(rows)
            for col in range(cols)
        ]
    return [int(fact) for fact in facts]


@pytest.mark.parametrize("side", [512, 1024, 4096])
def test_pixels_and_overviews_do_not_depend_on_the_shards(tmp_path, side):
    values = class_map(1500, 2300)
    levels = read_levels(make(tmp_path, values, side=side))
    expected = [values, *pyramid(values, NODATA, 3, halve_by_mode)]
    assert [level.shape for level in levels] == [(1500, 2300), (750, 1150), (375, 575), (188, 288)]
    for level, whole in zip(levels, expected, strict=True):
        np.testing.assert_array_equal(level, whole)


@pytest.mark.parametrize("side", [500, 333])
def test_shards_off_the_powers_of_two_give_the_same_overviews(tmp_path, side):
    values = class_map(1030, 1100)
    levels = read_levels(make(tmp_path, values, side=side))
    np.testing.assert_array_equal(levels[2], pyramid(values, NODATA, 2, halve_by_mode)[1])


def test_more_levels_than_the_shards_hold(tmp_path):
    values = class_map(96, 40000)
    levels = read_levels(make(tmp_path, values, side=4096))
    expected = pyramid(values, NODATA, 7, halve_by_mode)
    assert len(levels) == 8
    for level, whole in zip(levels[1:], expected, strict=True):
        np.testing.assert_array_equal(level, whole)


SHAPES = [
    (1, 1),
    (1, 2),
    (2, 1),
    (1, 513),
    (513, 1),
    (1, 100_000),
    (100_000, 1),
    (7, 33_000),
    (16_000, 1000),
    (511, 1025),
]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_written_with_its_overviews(tmp_path, shape):
    values = class_map(*shape)
    levels = read_levels(make(tmp_path, values, side=4096))
    expected = [values, *pyramid(values, NODATA, len(levels) - 1, halve_by_mode)]
    assert max(levels[-1].shape) <= 512
    for level, whole in zip(levels, expected, strict=True):
        np.testing.assert_array_equal(level, whole)


def test_rational_polynomials_are_kept_where_nothing_else_places_the_map(tmp_path):
    flat = " ".join(["1"] + ["0"] * 19)
    rpc = {f"{line}_{part}_COEFF": flat for line in ("LINE", "SAMP") for part in ("NUM", "DEN")}
    rpc |= {f"{of}_{what}": "20" for of in ("LINE", "SAMP", "LAT", "LONG", "HEIGHT") for what in ("OFF", "SCALE")}
    place = {"transform": (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), "crs": None}
    out = make(tmp_path, class_map(200, 300), publication=replace(PUBLICATION, rpc=rpc), **place)
    with rasterio.open(out) as dataset:
        assert dataset.crs is None
        assert dataset.transform.is_identity
        assert dataset.rpcs.line_off == 20
        assert dataset.tags()["GEOQUANT_VERSION"] == "1"


def test_layout_is_a_cog(tmp_path):
    """Tiled, overviews before the full size (smallest first), as GDAL's COG layout says."""
    out = make(tmp_path, class_map(1500, 2300))
    with rasterio.open(out) as dataset:
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert dataset.block_shapes == [(512, 512)]
        assert dataset.compression.name == "deflate"
        assert dataset.overviews(1) == [2, 4, 8]
    order = [*block_offsets(out, 2), *block_offsets(out, 1), *block_offsets(out, 0), *block_offsets(out)]
    assert order == sorted(order)
    assert min(order) > 0


@pytest.mark.parametrize("side", [1, 37, 512])
def test_small_maps_have_no_overviews(tmp_path, side):
    values = class_map(side, side)
    (level,) = read_levels(make(tmp_path, values))
    np.testing.assert_array_equal(level, values)


def test_labels_come_back(tmp_path):
    out = make(tmp_path, class_map(64, 64))
    assert published_labels(out) == LABELS
    assert published_labels(tmp_path / "shards" / "r0_c0.tif") == ()
    with pytest.raises(RasterError, match="can't be read"):
        published_labels(out.with_suffix(".qml"))


def test_confidence_has_mean_overviews_and_no_classes(tmp_path):
    values = np.random.default_rng(0).integers(0, 101, (700, 900)).astype(np.uint8)
    values[:90] = NODATA
    out = make(tmp_path, values, publication=Publication((), NODATA, kind="confidence"))
    np.testing.assert_array_equal(read_levels(out)[1], halve_by_mean(values, NODATA))
    assert files_in(tmp_path) == ["out.qml", "out.tif"]
    with rasterio.open(out) as dataset:
        assert dataset.colorinterp[0].name == "gray"
        assert dataset.units == ("%",)


def test_confidence_is_strong_where_the_network_is_unsure(tmp_path):
    """Told by lightness alone, which every eye sees: dark where unsure, pale but not white where sure."""
    renderer = ElementTree.fromstring(qml(Publication((), NODATA, kind="confidence"))).find("pipe/rasterrenderer")
    assert renderer.get("type") == "singlebandpseudocolor"
    stops = [(float(item.get("value")), luma(item.get("color"))) for item in renderer.iter("item")]
    assert [value for value, _ in stops] == sorted(value for value, _ in stops)
    assert [shade for _, shade in stops] == sorted(shade for _, shade in stops)
    assert stops[0][1] < 60 < 200 < stops[-1][1] < 245


def luma(color):
    red, green, blue = rgb(color)
    return 0.299 * red + 0.587 * green + 0.114 * blue


ROTATED = (8.66, 5.0, 500000.0, 5.0, -8.66, 5000000.0)
SOUTH_UP = (0.25, 0.0, -10.0, 0.0, 0.25, 40.0)


@pytest.mark.parametrize(
    "transform", [ROTATED, SOUTH_UP, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0), (1 / 3, 0, 0.1, 0, -1 / 3, 0.7)]
)
@pytest.mark.parametrize("crs", [UTM, rasterio.crs.CRS.from_epsg(4326).to_wkt(), None])
def test_any_transform_with_or_without_crs(tmp_path, transform, crs):
    values = class_map(600, 700)
    out = make(tmp_path, values, transform=transform, crs=crs)
    with rasterio.open(out) as dataset:
        assert tuple(dataset.transform)[:6] == pytest.approx(transform, rel=1e-15)
        assert dataset.crs == (rasterio.crs.CRS.from_wkt(crs) if crs else None)
    np.testing.assert_array_equal(read_levels(out)[0], values)


def test_where_no_shard_lies_there_is_nodata(tmp_path):
    values = class_map(1024, 1024)
    grid = Grid(UTM, NORTH_UP, 1024, 1024)
    folder = tmp_path / "shards"
    folder.mkdir()
    shards = cut(values, grid, folder, 512)
    assemble_cog(shards[1:2], grid, tmp_path / "out.tif", PUBLICATION)
    full, half = read_levels(tmp_path / "out.tif")
    assert (full[:512, :512] == NODATA).all()
    assert (full[512:] == NODATA).all()
    np.testing.assert_array_equal(full[:512, 512:], values[:512, 512:])
    np.testing.assert_array_equal(half, halve_by_mode(full, NODATA))


def test_no_shard_at_all_gives_nodata(tmp_path):
    assemble_cog([], Grid(UTM, NORTH_UP, 700, 600), tmp_path / "out.tif", PUBLICATION)
    full, half = read_levels(tmp_path / "out.tif")
    assert (full == NODATA).all()
    assert half.shape == overview_shape(600, 700, 1)


def test_reports_grow_to_the_whole(tmp_path):
    grid = Grid(UTM, NORTH_UP, 1500, 1500)
    (tmp_path / "shards").mkdir()
    reports = []
    shards = cut(class_map(1500, 1500), grid, tmp_path / "shards", 1024)
    assemble_cog(shards, grid, tmp_path / "out.tif", PUBLICATION, progress=reports.append)
    assert {report.stage for report in reports} == {STAGES["classes"]}
    done = [report.done for report in reports]
    assert done == sorted(done)
    assert done[-1] == reports[-1].total == 1500 * 1500


def test_cancel_leaves_the_old_output_and_nothing_else(tmp_path):
    values = class_map(1500, 1500)
    out = make(tmp_path, values)
    before, names = out.read_bytes(), files_in(tmp_path)

    def cancel(_):
        raise Cancelled("Cancelled.")

    grid = Grid(UTM, NORTH_UP, 1500, 1500)
    shards = cut(values, grid, tmp_path / "shards", 1024)
    threads = threading.active_count()
    with pytest.raises(Cancelled):
        assemble_cog(shards, grid, out, PUBLICATION, progress=cancel)
    deadline = time.monotonic() + 20
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.02)
    assert files_in(tmp_path) == names
    assert out.read_bytes() == before


def test_cancel_before_the_copy_has_made_its_file_leaves_none(tmp_path, monkeypatch):
    grid = Grid(UTM, NORTH_UP, 1024, 1024)
    (tmp_path / "shards").mkdir()
    shards = cut(class_map(1024, 1024), grid, tmp_path / "shards", 1024)

    def copy_in_slow_motion(_, part, **options):
        time.sleep(0.3)
        part.write_bytes(b"half a COG")
        time.sleep(0.3)

    def cancel(_):
        raise Cancelled("Cancelled.")

    monkeypatch.setattr(rasterio.shutil, "copy", copy_in_slow_motion)
    threads, seen = threading.active_count(), set()
    with pytest.raises(Cancelled):
        assemble_cog(shards, grid, tmp_path / "out.tif", PUBLICATION, progress=cancel)
    while threading.active_count() > threads:
        seen |= set(files_in(tmp_path))
        time.sleep(0.01)
    assert seen == set()


def test_a_missing_or_damaged_shard_is_an_error_and_leaves_nothing(tmp_path):
    grid = Grid(UTM, NORTH_UP, 1024, 1024)
    folder = tmp_path / "shards"
    folder.mkdir()
    shards = cut(class_map(1024, 1024), grid, folder, 512)
    data = shards[3][0].read_bytes()
    shards[3][0].write_bytes(data[:200] + bytes(len(data) - 200))
    with pytest.raises(RasterError, match=r"out\.tif could not be written"):
        assemble_cog(shards, grid, tmp_path / "out.tif", PUBLICATION)
    assert files_in(tmp_path) == []


LIMITED = """
import resource, sys
from pathlib import Path
from xml.etree import ElementTree
sys.path.insert(0, {checkout!r})
import numpy as np
from geoquant.errors import RasterError
from geoquant.grid import Grid
from geoquant.output.cog import assemble_cog
from geoquant.output.shard_files import write_shard
from tests.builders.maps import NORTH_UP, PUBLICATION, UTM, cut, files_in
folder, missing, what = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
values = np.random.default_rng(0).integers(0, 9, (1024, 1024)).astype("uint8")
grid = Grid(UTM, NORTH_UP, 1024, 1024)
(folder / "shards").mkdir()
shards = cut(values, grid, folder / "shards", 512)
def write():
    if what == "cog":
        assemble_cog(shards, grid, folder / "out.tif", PUBLICATION)
    else:
        write_shard(folder / "out.tif", values, grid, 255)
write()
size = (folder / "out.tif").stat().st_size
limit = size - int(missing if missing >= 1 else missing * size)
for path in files_in(folder):
    (folder / path).unlink()
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    write()
except RasterError as error:
    print("RasterError", error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE to stand for a full disk")
@pytest.mark.parametrize("what", ["shard", "cog"])
@pytest.mark.parametrize("missing", [0.999, 0.5, 3000, 1])
def test_a_full_disk_is_an_error_and_leaves_nothing(tmp_path, what, missing):
    """At any point of the file, the very last byte included, which GDAL writes while it closes and tells nobody."""
    code = LIMITED.format(checkout=str(Path(__file__).parents[2]))
    command = [sys.executable, "-c", code, str(tmp_path), str(missing), what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("RasterError"), done.stderr
    assert "MiB free" in done.stdout
    assert files_in(tmp_path) == []


@pytest.mark.real
def test_places_of_odd_but_real_rasters_survive(tmp_path, real_data):
    """Rotated, south-up, antimeridian, not on Earth, ESRI's WKT, no CRS: the output lies where the scene lies."""
    names = ("rotated", "inverted_lat", "cog_nonearth", "test_esri_wkt", "image_nan", "cog_scale", "rgb1")
    for name in names:
        with rasterio.open(real_data / "edge" / f"{name}.tif") as scene:
            crs, transform = scene.crs, tuple(scene.transform)[:6]
        out = make(tmp_path, class_map(64, 80), transform=transform, crs=crs.to_wkt() if crs else None)
        with rasterio.open(out) as dataset:
            assert dataset.crs == crs, name
            assert tuple(dataset.transform)[:6] == pytest.approx(transform, rel=1e-14), name
