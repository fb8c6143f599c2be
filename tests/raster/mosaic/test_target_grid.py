"""The grid of a mosaic follows from the scenes, in whatever order, or from a raster that a person names."""

from __future__ import annotations

import numpy as np
import pytest
import rasterio
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform as reproject

from geoquant.errors import OptionError, RasterError
from geoquant.grid import Window
from geoquant.options.mosaic import MosaicOptions
from tests.builders.mosaics import Facts, cut, opened, write_part
from tests.builders.rasters import picture

PARTS = [Window(0, 0, 70, 50), Window(10, 40, 60, 50), Window(-30, -7, 20, 30)]


def test_scenes_on_one_lattice_keep_their_pixels(tmp_path):
    values = picture(height=120, width=120)
    files = [write_part(tmp_path / f"{i}.tif", values[:, : p.height, : p.width], p) for i, p in enumerate(PARTS)]
    for order in (files, files[::-1]):
        mosaic = opened(order)
        assert mosaic.grid.transform == (10.0, 0.0, 499_930.0, 0.0, -10.0, 5_000_300.0)
        assert (mosaic.grid.height, mosaic.grid.width) == (100, 97)
        assert not any("resampled" in warning for warning in mosaic.warnings)


def test_scenes_that_share_no_lattice_come_to_whole_multiples_of_the_pixel_size(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    with rasterio.open(files[1], "r+") as target:
        target.transform = from_origin(500_403, 4_999_898, 10, 10)
    mosaic = opened(files)
    assert mosaic.grid.transform[2] % 10 == mosaic.grid.transform[5] % 10 == 0
    assert any("1 of 2 scenes are resampled" in warning for warning in mosaic.warnings)


def test_two_zones_meet_on_the_grid_of_most_pixels(tmp_path):
    """Numbers that say where they lie: both scenes hold easting and northing of zone 32, each on its own pixels."""
    files = []
    for name, crs, west, north, side in (("a", 32632, 700_000, 5_000_000, 200), ("b", 32633, 226_000, 5_000_000, 150)):
        place = from_origin(west, north, 10, 10)
        x, y = place @ np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
        east, up = reproject(f"EPSG:{crs}", "EPSG:32632", x.ravel(), y.ravel())
        values = np.stack([np.array(east) - 690_000, np.array(up) - 4_980_000, np.ones(side**2)])
        profile = {"count": 3, "height": side, "width": side, "dtype": "float32", "crs": f"EPSG:{crs}"}
        files.append(tmp_path / f"{name}.tif")
        with rasterio.open(files[-1], "w", driver="GTiff", transform=place, **profile) as target:
            target.write(values.reshape(3, side, side).astype(np.float32))
            target.descriptions = ("blue", "green", "red")
    for order in (files, files[::-1]):
        mosaic = opened(order)
        assert CRS.from_wkt(mosaic.grid.crs).to_epsg() == 32632
        found = mosaic.read_tolerant(mosaic.grid.window)[0]
        columns, rows = np.meshgrid(np.arange(mosaic.grid.width) + 0.5, np.arange(mosaic.grid.height) + 0.5)
        x, y = mosaic.grid.xy(columns, rows)
        for band, expected in ((0, x - 690_000), (1, y - 4_980_000)):
            off = np.abs(found.values[band] - expected)[found.valid]
            assert np.quantile(off, 0.97) < 0.5  # a twentieth of a pixel
            assert off.max() < 5.1  # beyond the centre of a file's last pixel lies that pixel's value
        covered = found.valid.sum() / (200**2 + 150**2)
        assert 0.7 < covered < 1.01
    other = opened(files, MosaicOptions(crs="EPSG:32633"))
    assert CRS.from_wkt(other.grid.crs).to_epsg() == 32633


def test_a_crs_that_no_scene_has_takes_the_pixel_size_on_the_ground(tmp_path):
    mosaic = opened(cut(tmp_path, picture(), PARTS[:2]), MosaicOptions(crs="EPSG:3035"))
    assert mosaic.grid.pixel_size == pytest.approx((10, 10), rel=0.02)
    degrees = opened(cut(tmp_path, picture(), PARTS[:2]), MosaicOptions(crs="EPSG:4326"))
    assert 0.00008 < degrees.grid.pixel_size[0] < 0.00016


def test_align_takes_crs_size_and_corners_of_a_raster(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    like = tmp_path / "like.tif"
    profile = {"count": 1, "height": 5, "width": 5, "dtype": "uint8", "crs": "EPSG:32632"}
    with rasterio.open(like, "w", driver="GTiff", transform=from_origin(100_003, 100_004, 20, 20), **profile):
        pass
    mosaic = opened(files, MosaicOptions(align=str(like)))
    assert mosaic.grid.pixel_size == (20, 20)
    assert ((mosaic.grid.transform[2] - 100_003) % 20, (mosaic.grid.transform[5] - 100_004) % 20) == (0, 0)


def test_align_with_other_pixels_than_the_models_is_refused_unless_it_is_said(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    like = write_part(tmp_path / "like.tif", picture(), Window(0, 0, 70, 90))
    with rasterio.open(like, "r+") as target:
        target.transform = from_origin(500_000, 5_000_000, 30, 30)
    with pytest.raises(OptionError, match=r"pixels of 30, the model works at 10.*--gsd 30"):
        opened(files, MosaicOptions(align=str(like)), gsd_m=10.0)
    assert opened(files, MosaicOptions(align=str(like)), gsd_m=10.0, gsd=30.0).grid.pixel_size == (30, 30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (MosaicOptions(crs="EPSG:99999"), r"--crs EPSG:99999 is no CRS"),
        (MosaicOptions(crs="EPSG:4326", align="like.tif"), r"the raster of --align has EPSG:32632"),
    ],
)
def test_a_grid_that_can_t_be_is_refused(tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    write_part(tmp_path / "like.tif", picture(), Window(0, 0, 70, 90))
    with pytest.raises(OptionError, match=message):
        opened(cut(tmp_path, picture(), PARTS[:2]), options)


def test_a_scene_without_a_place_is_named(tmp_path):
    files = cut(tmp_path, picture(), PARTS[:2])
    with rasterio.open(tmp_path / "lost.tif", "w", driver="GTiff", count=3, height=9, width=9, dtype="uint16") as lost:
        lost.descriptions = ("blue", "green", "red")
    with pytest.raises(RasterError, match=r"lost\.tif has no CRS, so it has no place in a mosaic"):
        opened([*files, tmp_path / "lost.tif"])


@pytest.mark.parametrize("west", [179.995, -179.999])
def test_a_scene_across_the_antimeridian_is_named_with_what_to_do(tmp_path, west):
    """On its own side it is fine; in a CRS that ends there it would be torn apart."""
    values = picture(height=40, width=40)
    across = write_part(tmp_path / "across.tif", values, Window(0, 0, 40, 40), Facts(crs="EPSG:32601"))
    with rasterio.open(across, "r+") as target:
        x, y = reproject("EPSG:4326", "EPSG:32601", [180.0], [10.0])
        target.transform = from_origin(x[0] - 200, y[0] + 200, 10, 10)
    alone = opened([across])
    assert (alone.grid.height, alone.grid.width) == (40, 40)
    with pytest.raises(RasterError, match=r"across\.tif .*antimeridian.*--crs"):
        opened([across], MosaicOptions(crs="EPSG:4326"))
