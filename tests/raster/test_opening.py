"""Opening scenes: files of one band each, options about nodata, and what is refused in words."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.rpc import RPC
from rasterio.transform import from_origin

from geoquant.errors import GridMismatch, OptionError, RasterError
from geoquant.grid import Window
from geoquant.options.scene import SceneOptions
from geoquant.raster.band_description import bands_of
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from tests.builders.rasters import card, picture

MakeTif = Callable[..., Path]


def test_files_of_one_band_each_are_one_scene(make_tif: MakeTif) -> None:
    values = picture(bands=2)
    paths = [make_tif(values[b : b + 1], f"T32TQM_20220101T000000_B0{b + 2}_10m.tif") for b in (0, 1)]
    scene = open_scene(paths)
    assert [(band.name, band.common_name) for band in scene.bands] == [("B02", "blue"), ("B03", "green")]
    np.testing.assert_array_equal(scene.read(Window(5, 6, 7, 8)).values, values[:, 5:12, 6:14])


@pytest.mark.parametrize("nodata", [-9999, 0.5, float("nan"), 1e9])
def test_a_nodata_option_that_no_pixel_can_have_is_refused(make_tif: MakeTif, nodata: float) -> None:
    path = make_tif(picture())
    with pytest.raises(OptionError, match=r"--nodata is .*uint16"):
        open_scene(path, SceneOptions(nodata=nodata))
    assert open_scene(make_tif(picture().astype(np.float32)), SceneOptions(nodata=nodata))


def test_the_option_replaces_the_declared_nodata(make_tif: MakeTif) -> None:
    values = picture()
    values[0, 0, 0], values[0, 0, 1] = 300, 301
    scene = open_scene(make_tif(values, nodata=300), SceneOptions(nodata=301))
    np.testing.assert_array_equal(scene.read(Window(0, 0, 1, 2)).valid, [[True, False]])


def test_no_crs_is_a_warning(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), crs=None))
    assert scene.grid.crs is None
    assert "no CRS" in scene.warnings[0]


def test_a_missing_file_and_a_text_file_are_explained(tmp_path: Path) -> None:
    with pytest.raises(RasterError, match="does not exist"):
        open_scene(tmp_path / "absent.tif")
    (tmp_path / "notes.tif").write_text("not a raster")
    with pytest.raises(RasterError, match=r"notes\.tif"):
        open_scene(tmp_path / "notes.tif")
    with pytest.raises(RasterError, match="folder without product metadata"):
        open_scene(tmp_path)
    with pytest.raises(RasterError, match="has no bands"):
        open_scene([])


def test_complex_numbers_are_refused(make_tif: MakeTif) -> None:
    with pytest.raises(RasterError, match="complex64"):
        open_scene(make_tif(picture().astype(np.complex64)))


def test_files_with_and_without_a_crs_do_not_mix(make_tif: MakeTif) -> None:
    one, other = make_tif(picture(1), "a.tif"), make_tif(picture(1), "b.tif", crs=None)
    with pytest.raises(GridMismatch, match="gdal_edit"):
        open_scene([one, other])


class Counted:
    """A dataset that counts how often its properties are asked for; those of all bands cost time for each band."""

    def __init__(self, dataset: rasterio.DatasetReader) -> None:
        self.dataset, self.asked = dataset, Counter[str]()

    def __getattr__(self, name: str) -> object:
        self.asked[name] += 1
        return getattr(self.dataset, name)


def test_no_band_asks_about_all_bands(tmp_path: Path) -> None:
    """20,000 bands took minutes to open when each of them did."""
    path = tmp_path / "many.tif"
    profile = {"driver": "GTiff", "height": 2, "width": 2, "dtype": "uint8", "interleave": "band", "crs": "EPSG:32632"}
    rasterio.open(path, "w", count=50, transform=from_origin(5e5, 5e6, 10, 10), **profile).close()
    with rasterio.open(path) as dataset:
        counted = Counted(dataset)
        assert len(bands_of(counted, str(path), "")) == 50
        about_all = [name for name in counted.asked if isinstance(getattr(dataset, name), tuple | list)]
    assert about_all
    assert not {name: counted.asked[name] for name in about_all if counted.asked[name] > 3}


EAST = from_origin(500_000 + 900, 5_000_000, 10, 10)


def test_neighbouring_tiles_are_no_bands_of_one_scene(make_tif: MakeTif) -> None:
    west, east = make_tif(picture(), "west.tif"), make_tif(picture(), "east.tif", transform=EAST)
    with pytest.raises(GridMismatch, match=r"east\.tif does not lie over .*west\.tif.*gdalbuildvrt"):
        open_scene([west, east])


def test_neighbours_of_two_zones_are_no_bands_of_one_scene(make_tif: MakeTif) -> None:
    one, other = make_tif(picture(), "one.tif"), make_tif(picture(), "other.tif", crs="EPSG:32631")
    with pytest.raises(GridMismatch, match=r"other\.tif does not lie over"):
        open_scene([one, other])


def test_a_file_of_a_list_that_gives_no_band_is_named(make_tif: MakeTif) -> None:
    names = [f"T32TQM_20220101T000000_{band}_10m.tif" for band in ("B02", "B03", "B08")]
    scene = open_scene([make_tif(picture(1), name) for name in names])
    fitted = fit_to_card(scene, card("B02", "B03"))
    assert any("Not used" in warning and "B08" in warning and "B03" not in warning for warning in fitted.warnings)
    assert not any("Not used" in warning for warning in fit_to_card(scene, card("B02", "B03", "B08")).warnings)


def rpc() -> RPC:
    """Rational polynomials of a scene somewhere, as vendors deliver them."""
    flat = {f"{line}_{part}_coeff": [1.0] + [0.0] * 19 for line in ("line", "samp") for part in ("num", "den")}
    offsets = {"line_off": 35.0, "samp_off": 45.0, "lat_off": -36.8, "long_off": 174.7, "height_off": 50.0}
    scales = {f"{part}_scale": 10.0 for part in ("line", "samp", "lat", "long", "height")}
    return RPC(**flat, **offsets, **scales)


def test_a_scene_placed_by_rpc_alone_has_no_place(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), crs="EPSG:4326", transform=Affine.identity(), rpcs=rpc()))
    assert scene.grid.crs is None
    assert dict(scene.rpc)["SAMP_OFF"] == "45"
    assert any("(RPC) only" in warning and "gdalwarp -rpc" in warning for warning in scene.warnings)


def test_the_default_geotransform_is_no_place(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), crs="EPSG:4326", transform=Affine.identity()))
    assert scene.grid.crs is None
    assert not scene.rpc
    assert any("names a CRS but has no geotransform" in warning for warning in scene.warnings)


DEGENERATE = [
    (0.0, 0.0, 5e5, 0.0, -10.0, 5e6),
    (1e-172, 0.0, 5e5, 0.0, -1e-172, 5e6),
    (float("inf"), 0.0, 5e5, 0.0, -10.0, 5e6),
    (10.0, 0.0, float("nan"), 0.0, -10.0, 5e6),
    (10.0, 10.0, 5e5, 10.0, 10.0, 5e6),
]


@pytest.mark.parametrize("transform", DEGENERATE)
def test_a_geotransform_that_places_no_pixels_is_refused(tmp_path: Path, transform: tuple[float, ...]) -> None:
    a, b, c, d, e, f = transform
    vrt = tmp_path / "bad.vrt"
    vrt.write_text(
        f'<VRTDataset rasterXSize="9" rasterYSize="9"><SRS>EPSG:32632</SRS><GeoTransform>{c},{a},{b},{f},{d},{e}'
        '</GeoTransform><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    )
    with pytest.raises(RasterError, match=r"places no pixels.*gdal_edit"):
        open_scene(vrt)


@pytest.mark.parametrize(("scale", "offset"), [(1e-4, float("inf")), (float("nan"), 0.0), (0.0, 0.0)])
def test_a_scale_or_offset_that_makes_no_values_is_refused(make_tif: MakeTif, scale: float, offset: float) -> None:
    path = make_tif(picture())
    with rasterio.open(path, "r+") as target:
        target.scales, target.offsets = [scale] * 3, [offset] * 3
    with pytest.raises(RasterError, match=r"declares scale .*--scale and --offset"):
        open_scene(path)
    assert open_scene(path, SceneOptions(scale=1e-4, offset=0)).bands[0].offset == 0


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
@pytest.mark.parametrize("inside", [False, True])
def test_a_pipe_is_refused_before_anything_waits_for_it(tmp_path: Path, inside: bool) -> None:
    os.mkfifo(tmp_path / "pipe.tif")
    source = tmp_path / "pipe.tif"
    if inside:
        source = tmp_path / "named.tif"
        source.write_text(
            '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"><SimpleSource>'
            '<SourceFilename relativeToVRT="1">pipe.tif</SourceFilename></SimpleSource></VRTRasterBand></VRTDataset>'
        )
    with pytest.raises(RasterError, match=r"pipe\.tif is a device or a pipe"):
        open_scene(source)
    with pytest.raises(RasterError, match="device or a pipe"):
        open_scene(os.devnull)


def test_a_tag_that_gdal_leaves_out_keeps_no_scene_closed(tmp_path: Path) -> None:
    """GDAL's error about it comes up in whichever call rasterio asks next."""
    values = picture(bands=1, height=16, width=16, dtype="uint8")
    path = tmp_path / "scene.tif"
    with rasterio.open(path, "w", "GTiff", 16, 16, 1, dtype="uint8", nodata=0) as file:
        file.write(values)
    data = bytearray(path.read_bytes())
    directory = int.from_bytes(data[4:8], "little")
    entries = range(directory + 2, directory + 2 + 12 * int.from_bytes(data[directory : directory + 2], "little"), 12)
    nodata_tag = next(at for at in entries if int.from_bytes(data[at : at + 2], "little") == 42113)
    data[nodata_tag : nodata_tag + 4] = (41910).to_bytes(2, "little") + (17).to_bytes(2, "little")  # of eight bytes
    path.write_bytes(data)
    scene = open_scene(path)
    np.testing.assert_array_equal(scene.read(scene.grid.window).values, values)
