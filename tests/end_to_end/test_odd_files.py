"""Odd but real rasters: each opens as what it is, says what is odd, and gives the numbers that rasterio gives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio

from geoquant.errors import RasterError
from geoquant.grid import Window
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.options.scene import SceneOptions
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.ground import ground_pixel_size
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene

pytestmark = pytest.mark.real

ORDINARY = ["RGB.byte.tif", "cog_dateline.tif", "cog_int16.tif", "test_esri_wkt.tif"]
ORDINARY += [f"rgb{i}.tif" for i in (1, 2, 3, 4)]
VALIDITY = {
    "RGB.byte.tif": "nodata 0",
    "RGB2.byte.tif": "mask band",
    "RGBA.byte.tif": "alpha band",
    "all-nodata.tif": "nodata 0",
    "cog_int16.tif": "nodata -32768",
    "cog_nonearth.tif": "nodata -3.40282e+38; NaN and infinity",
    "cog_rgb_mask.tif": "mask band",
    "cog_dateline.tif": "every pixel is valid",
    "image_missing_nodata.tif": "every pixel is valid",
    "image_nan.tif": "nodata nan; NaN and infinity",
    "image_rgba_nodata.tif": "nodata 0; alpha band",
    "inverted_lat.tif": "nodata -9999; NaN and infinity",
}


@pytest.fixture
def edge(real_data: Path) -> Path:
    return real_data / "edge"


def card(gsd_m: float | None = None, band: str = "1") -> ModelCard:
    flat = Normalization((0.0,), (1.0,))
    return ModelCard("m", (Band(band),), flat, (ClassLabel(0, "a", "#000000"),), units="dn", gsd_m=gsd_m)


def middle(scene: Scene, side: int = 200) -> Window:
    """A window in the middle of the scene, or all of a small one."""
    height, width = min(side, scene.grid.height), min(side, scene.grid.width)
    return Window((scene.grid.height - height) // 2, (scene.grid.width - width) // 2, height, width)


def test_every_file_gives_what_rasterio_gives(edge: Path) -> None:
    paths = [path for path in sorted(edge.iterdir()) if path.name not in {"corrupt.tif", "RGB.byte.gcp.vrt"}]
    assert len(paths) > 15
    for path in paths:
        scene = open_scene(path)
        window = middle(scene)
        with rasterio.open(path) as source:
            part = rasterio.windows.Window(window.col, window.row, window.width, window.height)
            wanted = source.read([band.index for band in scene.bands], window=part)
        np.testing.assert_array_equal(scene.read(window).values, wanted, err_msg=path.name)
        assert scene.read_padded(Window(-3, -3, 7, 7)).valid.shape == (7, 7)


def test_ordinary_files_have_nothing_to_warn_of(edge: Path) -> None:
    for name in ORDINARY:
        assert open_scene(edge / name).warnings == (), name


@pytest.mark.parametrize(("name", "validity"), VALIDITY.items())
def test_how_validity_is_known(edge: Path, name: str, validity: str) -> None:
    assert open_scene(edge / name).validity == validity


@pytest.mark.parametrize(
    "name", ["RGB2.byte.tif", "RGBA.byte.tif", "cog_rgb_mask.tif", "cog_int16.tif", "cog_nonearth.tif"]
)
def test_validity_is_gdals_where_gdal_knows(edge: Path, name: str) -> None:
    scene = open_scene(edge / name)
    with rasterio.open(edge / name) as source:
        mask = source.dataset_mask()
    np.testing.assert_array_equal(scene.read(scene.grid.window).valid, mask != 0)


@pytest.mark.parametrize("name", ["all-nodata.tif", "inverted_lat.tif"])
def test_nothing_is_valid_where_there_is_no_data(edge: Path, name: str) -> None:
    scene = open_scene(edge / name)
    assert not scene.read(scene.grid.window).valid.any()


def test_nan_is_invalid(edge: Path) -> None:
    scene = open_scene(edge / "image_nan.tif")
    pixels = scene.read(scene.grid.window)
    np.testing.assert_array_equal(pixels.valid, np.isfinite(pixels.values[0]))
    assert 0.3 < pixels.valid.mean() < 0.6


@pytest.mark.parametrize(
    ("name", "value"),
    [("image_missing_nodata.tif", "-9999"), ("dummy_recognition_map.tif", "0"), ("RGB2.byte.tif.msk", "0")],
)
def test_undeclared_nodata_is_found_and_named(edge: Path, name: str, value: str) -> None:
    assert any(warning.endswith(f"pass --nodata {value}.") for warning in open_scene(edge / name).warnings)
    declared = open_scene(edge / name, SceneOptions(nodata=float(value)))
    assert not any("--nodata" in warning for warning in declared.warnings)
    assert not declared.read(declared.grid.window).valid.all()


@pytest.mark.parametrize("name", ["rotated.tif", "dummy_recognition_map.tif"])
def test_no_crs_is_allowed_with_a_warning(edge: Path, name: str) -> None:
    fitted = fit_to_card(open_scene(edge / name, SceneOptions(bands=("1",))), card(gsd_m=10))
    assert fitted.grid.crs is None
    assert any("no CRS" in warning for warning in fitted.warnings)


def test_rotated_and_south_up_transforms_are_kept(edge: Path) -> None:
    for name in ("rotated.tif", "inverted_lat.tif"):
        with rasterio.open(edge / name) as source:
            assert open_scene(edge / name).grid.transform == tuple(source.transform)[:6]
    assert open_scene(edge / "inverted_lat.tif").grid.transform[4] > 0
    coarse = fit_to_card(open_scene(edge / "inverted_lat.tif"), card(), SceneOptions(gsd=1.0))
    assert coarse.grid.transform == (1.0, 0.0, -180.0, 0.0, 1.0, -90.0)
    assert (coarse.grid.height, coarse.grid.width) == (180, 360)


def test_another_planet_keeps_its_crs_and_its_metres(edge: Path) -> None:
    scene = open_scene(edge / "cog_nonearth.tif")
    assert "EUROPA" in (scene.grid.crs or "")
    assert scene.bands[0].gsd == 282
    fitted = fit_to_card(scene, card(gsd_m=282, band="IR-9680"))
    assert fitted.grid.crs == scene.grid.crs
    down, right = ground_pixel_size(fitted.grid)
    assert (down, right) == pytest.approx((282, 282), rel=0.01)  # on Europa's ground, not in units of the projection


def test_scale_tags_are_read(edge: Path) -> None:
    scene = open_scene(edge / "cog_scale.tif")
    assert [(band.scale, band.offset) for band in scene.bands] == [(0.0001, 1000.0), (0.001, 2000.0)]


def test_a_palette_is_named(edge: Path) -> None:
    scene = open_scene(edge / "cog_cmap.tif")
    assert any("colour table" in warning for warning in scene.warnings)
    assert (scene.grid.height, scene.grid.width) == (8704, 7168)


def test_ground_control_points_are_fitted_and_the_misfit_named(edge: Path) -> None:
    scene = open_scene(edge / "RGB.byte.gcp.vrt")
    assert "WGS 84" in (scene.grid.crs or "")
    assert -124 < scene.grid.transform[2] < -123
    (warning,) = (warning for warning in scene.warnings if "ground control points" in warning)
    assert "off by up to 20 px" in warning
    assert "gdalwarp" in warning


def test_descriptions_name_the_bands(edge: Path) -> None:
    assert [band.common_name for band in open_scene(edge / "all-nodata.tif").bands] == ["blue", "green", "red", "nir"]


def test_quarters_read_like_the_whole(edge: Path) -> None:
    whole = open_scene(edge / "RGB.byte.tif").read(Window(0, 0, 718, 791)).values
    quarters = [open_scene(edge / f"rgb{i}.tif") for i in (1, 2, 3, 4)]
    parts = [quarter.read(quarter.grid.window).values for quarter in quarters]
    top, bottom = np.concatenate(parts[:2], axis=2), np.concatenate(parts[2:], axis=2)
    joined = np.concatenate([top[:, :399], bottom], axis=1)
    assert joined.shape[1] == 718
    assert (joined[:, :399, :399] == whole[:, :399, :399]).mean() > 0.99


def test_the_damaged_tile(edge: Path) -> None:
    scene = open_scene(edge / "corrupt.tif")
    with pytest.raises(RasterError) as caught:
        scene.read(Window(400, 400, 300, 300))
    for part in ("band 1", "corrupt.tif", "rows 400 to 700", "columns 400 to 700", "--skip-bad-blocks"):
        assert part in str(caught.value)
    assert scene.read(Window(0, 0, 512, 512)).valid.any()
    pixels, bad = scene.read_tolerant(Window(400, 400, 300, 300))
    assert bad == {Window(512, 512, 512, 512)}
    assert not pixels.valid[112:, 112:].any()
    assert pixels.valid[:112].all()


def model(*names: str, gsd_m: float | None = None) -> ModelCard:
    flat = Normalization((0.0,) * len(names), (1.0,) * len(names))
    return ModelCard("m", tuple(map(Band, names)), flat, (ClassLabel(0, "a", "#000000"),), "dn", gsd_m=gsd_m)


@pytest.mark.real
def test_patches_of_mixed_resolution(real_data: Path) -> None:
    for folder in sorted((real_data / "bigearthnet_patches").iterdir()):
        scene = open_scene(sorted(folder.glob("*.tif")))
        assert len({band.name for band in scene.bands}) == 12
        assert (scene.grid.height, scene.grid.width) == (120, 120)
        assert math.isclose(fit_to_card(scene, model("B02", "B11", "B01", gsd_m=60)).grid.transform[0], 60)
        assert scene.read(scene.grid.window).values.max() > 0


@pytest.mark.real
def test_naip_near_infrared_behind_alpha(real_data: Path) -> None:
    for path in sorted((real_data / "naip").glob("*.tif")):
        fitted = fit_to_card(open_scene(path), model("red", "green", "blue", "nir"))
        with rasterio.open(path) as source:
            np.testing.assert_array_equal(fitted.read(fitted.grid.window).values, source.read())
