"""Windows of a scene: the right pixels and the right validity, whatever the file's layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import DamagedRaster, RasterError
from geoquant.grid import Window
from geoquant.options.scene import SceneOptions
from geoquant.raster.opening import open_scene
from tests.builders.rasters import picture

MakeTif = Callable[..., Path]
LAYOUTS = {
    "striped": {},
    "tiled": {"tiled": True, "blockxsize": 32, "blockysize": 16},
    "pixel": {"tiled": True, "blockxsize": 16, "blockysize": 16, "interleave": "pixel", "compress": "deflate"},
    "band": {"tiled": True, "blockxsize": 16, "blockysize": 16, "interleave": "band", "compress": "lzw"},
    "cog": {"driver": "COG", "blocksize": 128},
    "jp2": {"driver": "JP2OpenJPEG", "QUALITY": 100, "REVERSIBLE": "YES"},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_stored_numbers(make_tif: MakeTif, layout: str) -> None:
    values = picture()
    path = make_tif(values, f"scene.{'jp2' if layout == 'jp2' else 'tif'}", **LAYOUTS[layout])
    with open_scene(path) as scene:
        pixels = scene.read(Window(11, 23, 40, 51))
    np.testing.assert_array_equal(pixels.values, values[:, 11:51, 23:74])
    assert pixels.values.flags.c_contiguous
    assert pixels.values.dtype == scene.dtype == np.uint16
    assert pixels.valid.all()


def test_a_vrt_reads_like_its_source(make_tif: MakeTif, tmp_path: Path) -> None:
    values = picture()
    source = make_tif(values)
    vrt = tmp_path / "scene.vrt"
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{b}"><SimpleSource><SourceFilename relativeToVRT="1">{source.name}'
        f"</SourceFilename><SourceBand>{b}</SourceBand></SimpleSource></VRTRasterBand>"
        for b in (1, 2, 3)
    )
    vrt.write_text(f'<VRTDataset rasterXSize="90" rasterYSize="70">{bands}</VRTDataset>')
    np.testing.assert_array_equal(open_scene(vrt).read(Window(0, 0, 70, 90)).values, values)


def test_a_window_outside_is_refused(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture()))
    with pytest.raises(RasterError, match="not inside"):
        scene.read(Window(60, 0, 11, 5))
    with pytest.raises(RasterError, match="no pixels"):
        scene.read_padded(Window(0, 0, 0, 5))


@given(
    st.integers(-200, 200),
    st.integers(-200, 200),
    st.integers(1, 150),
    st.integers(1, 150),
    st.sampled_from([(1, 1), (1, 40), (3, 2), (40, 1), (33, 47)]),
)
def test_padding_is_one_virtual_reflected_scene(
    tmp_path_factory: pytest.TempPathFactory, row: int, col: int, height: int, width: int, size: tuple[int, int]
) -> None:
    values = picture(2, *size)
    path = tmp_path_factory.getbasetemp() / f"padding_{size[0]}_{size[1]}.tif"
    if not path.exists():
        shape = {"count": 2, "height": size[0], "width": size[1], "dtype": "uint16", "nodata": 7}
        with rasterio.open(path, "w", driver="GTiff", crs="EPSG:32632", **shape) as target:
            target.write(values)
    pixels = open_scene(path).read_padded(Window(row, col, height, width))
    padded = np.pad(values, ((0, 0), (400, 400), (400, 400)), mode="reflect")
    wanted = padded[:, row + 400 : row + 400 + height, col + 400 : col + 400 + width]
    np.testing.assert_array_equal(pixels.values, wanted)
    np.testing.assert_array_equal(pixels.valid, (wanted != 7).all(axis=0))


def test_zero_padding_is_invalid(make_tif: MakeTif) -> None:
    values = picture()
    scene = open_scene(make_tif(values))
    pixels = scene.read_padded(Window(-2, -3, 5, 6), edge="zero")
    assert not pixels.values[:, :2].any()
    assert not pixels.valid[:2].any()
    assert not pixels.valid[:, :3].any()
    np.testing.assert_array_equal(pixels.values[:, 2:, 3:], values[:, :3, :3])
    assert not scene.read_padded(Window(500, 500, 4, 4), edge="zero").valid.any()


def test_a_pixel_is_invalid_where_any_band_has_no_data(make_tif: MakeTif) -> None:
    values = picture()
    values[1, 3, 4] = 999
    scene = open_scene(make_tif(values, nodata=999))
    valid = scene.read(Window(0, 0, 70, 90)).valid
    assert not valid[3, 4]
    assert valid.sum() == valid.size - 1
    assert scene.nodata == 999
    assert scene.validity == "nodata 999"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, -9999.0])
def test_floats_are_invalid_where_not_finite(make_tif: MakeTif, bad: float) -> None:
    values = picture(dtype="float32")
    values[2, 0, 1] = bad
    valid = open_scene(make_tif(values, nodata=-9999)).read(Window(0, 0, 2, 2)).valid
    np.testing.assert_array_equal(valid, [[True, False], [True, True]])


@pytest.mark.parametrize("where", ["internal", "sidecar"])
def test_a_mask_band_is_obeyed(make_tif: MakeTif, where: str) -> None:
    path = make_tif(picture())
    mask = np.full((70, 90), 255, np.uint8)
    mask[10:20] = 0
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=where == "internal"), rasterio.open(path, "r+") as target:
        target.write_mask(mask)
    assert path.with_name(path.name + ".msk").exists() is (where == "sidecar")
    scene = open_scene(path)
    np.testing.assert_array_equal(scene.read(Window(5, 0, 20, 90)).valid, mask[5:25] != 0)
    assert scene.validity == "mask band"


def test_alpha_masks_and_is_no_data_band(make_tif: MakeTif) -> None:
    values = picture(4, dtype="uint8")
    values[3] = 255
    values[3, :, :30] = 0
    path = make_tif(values, photometric="RGB", alpha="YES")
    scene = open_scene(path)
    assert len(scene.bands) == 3
    assert scene.validity == "alpha band"
    np.testing.assert_array_equal(scene.read(Window(0, 0, 70, 90)).valid, values[3] != 0)


def test_nodata_next_to_alpha_counts_too(make_tif: MakeTif) -> None:
    values = picture(4, dtype="uint8")
    values[3] = 255
    values[3, :, :30] = 0
    values[:3, 0, 60] = 251
    scene = open_scene(make_tif(values, photometric="RGB", alpha="YES", nodata=251))
    valid = scene.read(Window(0, 0, 70, 90)).valid
    assert not valid[:, :30].any()
    assert not valid[0, 60]
    assert valid.sum() == 70 * 60 - 1


def test_decimated_reads_are_nearest_and_know_validity(make_tif: MakeTif) -> None:
    values = np.repeat(np.repeat(picture(2, 20, 30), 4, axis=1), 4, axis=2)
    values[:, :, :40] = 999
    pixels = open_scene(make_tif(values, nodata=999)).read_decimated(20, 30)
    np.testing.assert_array_equal(pixels.values, values[:, ::4, ::4])
    np.testing.assert_array_equal(pixels.valid, values[0, ::4, ::4] != 999)


def damaged(make_tif: MakeTif) -> tuple[Path, np.ndarray]:
    """A file of 16 blocks of 64 whose block at (64, 128) of band 2 can't be decoded."""
    values = picture(3, 256, 256)
    layout = {"tiled": True, "blockxsize": 64, "blockysize": 64, "compress": "deflate", "interleave": "band"}
    path = make_tif(values, **layout)
    with rasterio.open(path) as source:
        offset = int(
            source.tags(2, ns="TIFF").get("BLOCK_OFFSET_2_1") or source.get_tag_item("BLOCK_OFFSET_2_1", "TIFF", 2)
        )
    data = bytearray(path.read_bytes())
    data[offset : offset + 200] = b"\xff" * 200
    path.write_bytes(data)
    return path, values


def test_a_damaged_block_is_named_with_the_remedy(make_tif: MakeTif) -> None:
    path, values = damaged(make_tif)
    scene = open_scene(path)
    with pytest.raises(RasterError) as caught:
        scene.read(Window(50, 100, 100, 100))
    for part in ("band 2", str(path), "rows 50 to 150", "columns 100 to 200", "--skip-bad-blocks"):
        assert part in str(caught.value)
    assert caught.value.__cause__ is not None
    np.testing.assert_array_equal(scene.read(Window(0, 0, 64, 256)).values, values[:, :64])


def test_a_damaged_block_is_skipped_and_counted_once(make_tif: MakeTif) -> None:
    path, values = damaged(make_tif)
    scene = open_scene(path)
    pixels, bad = scene.read_tolerant(Window(50, 100, 100, 100))
    assert bad == {Window(64, 128, 64, 64)}
    hole = np.zeros((256, 256), bool)
    hole[64:128, 128:192] = True
    np.testing.assert_array_equal(pixels.valid, ~hole[50:150, 100:200])
    np.testing.assert_array_equal(pixels.values[:, pixels.valid], values[:, 50:150, 100:200][:, pixels.valid])
    assert not pixels.values[1, ~pixels.valid].any()
    assert scene.read_tolerant(Window(-20, 150, 100, 150))[1] == bad


def test_a_file_that_went_away_is_not_called_damaged_nor_skipped(make_tif: MakeTif) -> None:
    path = make_tif(picture())
    scene = open_scene(path)
    scene.close()
    path.unlink()
    for read in (scene.read, scene.read_tolerant):
        with pytest.raises(RasterError, match="no longer opens") as caught:
            read(Window(0, 0, 9, 9))
        assert "damaged" not in str(caught.value)
        assert not isinstance(caught.value, DamagedRaster)


def test_a_damaged_block_is_found_at_another_pixel_size_too(make_tif: MakeTif) -> None:
    path, _ = damaged(make_tif)
    scene = open_scene(path, SceneOptions(gsd=15))
    with pytest.raises(DamagedRaster, match=r"band 2.*fetch it again"):
        scene.read(scene.grid.window)
    pixels, bad = scene.read_tolerant(scene.grid.window)
    assert bad
    rows, cols = np.mgrid[0 : scene.grid.height, 0 : scene.grid.width] * 1.5 + 0.75
    hole = (rows > 64) & (rows < 128) & (cols > 128) & (cols < 192)
    assert not pixels.valid[hole].any()
