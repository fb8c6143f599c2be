"""Windows of a scene: the right pixels, the right validity, whatever the file's layout; handles that close."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st

from geoquant.errors import GridMismatch, OptionError, RasterError
from geoquant.grid import Window
from geoquant.options.scene import SceneOptions
from geoquant.raster import handles
from geoquant.raster.opening import open_scene
from geoquant.raster.reflection import reflected
from geoquant.raster.scene import Scene

MakeTif = Callable[..., Path]
LAYOUTS = {
    "striped": {},
    "tiled": {"tiled": True, "blockxsize": 32, "blockysize": 16},
    "pixel": {"tiled": True, "blockxsize": 16, "blockysize": 16, "interleave": "pixel", "compress": "deflate"},
    "band": {"tiled": True, "blockxsize": 16, "blockysize": 16, "interleave": "band", "compress": "lzw"},
    "cog": {"driver": "COG", "blocksize": 128},
    "jp2": {"driver": "JP2OpenJPEG", "QUALITY": 100, "REVERSIBLE": "YES"},
}


def picture(bands: int = 3, height: int = 70, width: int = 90, dtype: str = "uint16") -> np.ndarray:
    """Numbers (band, y, x) that differ everywhere and never are 0."""
    return np.random.default_rng(1).integers(1, 250, (bands, height, width)).astype(dtype)


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


def test_files_of_one_band_each_are_one_scene(make_tif: MakeTif) -> None:
    values = picture(bands=2)
    paths = [make_tif(values[b : b + 1], f"T32TQM_20220101T000000_B0{b + 2}_10m.tif") for b in (0, 1)]
    scene = open_scene(paths)
    assert [(band.name, band.common_name) for band in scene.bands] == [("B02", "blue"), ("B03", "green")]
    np.testing.assert_array_equal(scene.read(Window(5, 6, 7, 8)).values, values[:, 5:12, 6:14])


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


@given(st.integers(-300, 300), st.integers(1, 200), st.integers(1, 60))
def test_reflection_is_that_of_numpy(start: int, length: int, size: int) -> None:
    axis = np.pad(np.arange(size), 600, mode="reflect")
    np.testing.assert_array_equal(reflected(start, start + length, size), axis[600 + start : 600 + start + length])


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


def test_undeclared_fill_is_named_with_its_option(make_tif: MakeTif) -> None:
    values = picture(2, 1500, 1200)
    values[:, :, :400] = 0
    (warning,) = open_scene(make_tif(values)).warnings
    assert "33%" in warning or "32%" in warning or "34%" in warning or "40%" in warning
    assert "--nodata 0" in warning
    assert open_scene(make_tif(values, "declared.tif", nodata=0)).warnings == ()
    assert open_scene(make_tif(values), SceneOptions(nodata=0)).warnings == ()


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


def test_scenes_pickle_and_read_the_same(make_tif: MakeTif) -> None:
    scene = open_scene(make_tif(picture(), nodata=5))
    again = pickle.loads(pickle.dumps(scene))
    assert again == scene
    assert again.fingerprint == scene.fingerprint
    np.testing.assert_array_equal(again.read(scene.grid.window).values, scene.read(scene.grid.window).values)


def test_the_fingerprint_follows_file_and_options(make_tif: MakeTif) -> None:
    path = make_tif(picture())
    first = open_scene(path)
    assert open_scene(path).fingerprint == first.fingerprint
    assert open_scene(path, SceneOptions(nodata=3)).fingerprint != first.fingerprint
    assert open_scene(path, SceneOptions(bands=("2", "1"))).fingerprint != first.fingerprint
    make_tif(picture() + 1)
    assert open_scene(path).fingerprint != first.fingerprint


def test_a_file_that_changed_is_read_anew(make_tif: MakeTif) -> None:
    path = make_tif(picture())
    before = open_scene(path).read(Window(0, 0, 5, 5)).values
    make_tif(picture() + 1, compress="deflate")
    np.testing.assert_array_equal(open_scene(path).read(Window(0, 0, 5, 5)).values, before + 1)


def test_each_thread_has_its_own_handle_and_close_ends_them_all(make_tif: MakeTif) -> None:
    path = make_tif(picture())
    scene = open_scene(path)
    read, leave = threading.Barrier(3), threading.Event()

    def work() -> None:
        scene.read(Window(0, 0, 8, 8))
        read.wait()
        leave.wait()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    read.wait()
    scene.read(Window(0, 0, 8, 8))
    assert handles.open_handles(str(path)) == 3
    leave.set()
    for thread in threads:
        thread.join()
    assert handles.open_handles(str(path)) == 1
    scene.close()
    assert handles.open_handles(str(path)) == 0
    assert scene.read(Window(0, 0, 8, 8)).valid.all()


def test_open_handles_are_bounded(make_tif: MakeTif, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handles, "MAX_HANDLES_PER_THREAD", 3)
    paths = [make_tif(picture(1), f"{i}.tif") for i in range(6)]
    scene = open_scene(paths)
    scene.read(Window(0, 0, 70, 90))
    assert sum(handles.open_handles(str(path)) for path in paths) <= 3


def test_many_threads_read_the_right_pixels(make_tif: MakeTif) -> None:
    values = picture(3, 256, 256)
    scene = open_scene(make_tif(values, tiled=True, blockxsize=64, blockysize=64, compress="deflate"))
    wrong: list[Window] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for row, col in rng.integers(0, 156, (40, 2)):
            window = Window(int(row), int(col), 100, 100)
            if not np.array_equal(scene.read(window).values, values[(slice(None), *window.slices)]):
                wrong.append(window)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


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


def test_python_in_a_vrt_never_runs(make_tif: MakeTif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GDAL_VRT_ENABLE_PYTHON", "YES")
    source, proof = make_tif(picture(1)), tmp_path / "it_ran"
    code = f"def run(*args, **kwargs):\n    open({str(proof)!r}, 'w').close()\n"
    vrt = tmp_path / "hostile.vrt"
    vrt.write_text(
        f'<VRTDataset rasterXSize="90" rasterYSize="70"><VRTRasterBand dataType="UInt16" band="1" '
        f'subClass="VRTDerivedRasterBand"><PixelFunctionType>run</PixelFunctionType><PixelFunctionLanguage>Python'
        f"</PixelFunctionLanguage><PixelFunctionCode><![CDATA[{code}]]></PixelFunctionCode><SimpleSource>"
        f"<SourceFilename>{source}</SourceFilename><SourceBand>1</SourceBand></SimpleSource></VRTRasterBand></VRTDataset>"
    )
    scene = open_scene(vrt)
    for _ in range(3):  # GDAL reports the refusal once for each handle
        with pytest.raises(RasterError, match="explicitly disabled"):
            scene.read(Window(0, 0, 8, 8))
    assert not proof.exists()


def test_the_block_cache_estimate_follows_the_layout(make_tif: MakeTif) -> None:
    tiled = open_scene(make_tif(picture(3, 512, 512), "t.tif", tiled=True, blockxsize=64, blockysize=64))
    striped = open_scene(make_tif(picture(3, 512, 512), "s.tif"))
    assert tiled.block_cache_bytes(64, 256) > tiled.block_cache_bytes(64, 128)
    assert striped.block_cache_bytes(64, 256) == striped.block_cache_bytes(64, 128)
    assert striped.block_cache_bytes(512, 512) == 512 * 512 * 6
    assert tiled.block_px == (64, 64)
    assert striped.block_px[1] == 512


def test_the_block_cache_is_reserved_in_bytes_unless_the_environment_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from rasterio.env import get_gdal_config

    before = int(get_gdal_config("GDAL_CACHEMAX"))
    try:
        handles.reserve_block_cache(100 * 2**20)
        assert int(get_gdal_config("GDAL_CACHEMAX")) == 100 * 2**20
        monkeypatch.setenv("GDAL_CACHEMAX", "64")
        handles.reserve_block_cache(200 * 2**20)
        assert int(get_gdal_config("GDAL_CACHEMAX")) == 100 * 2**20
    finally:
        monkeypatch.delenv("GDAL_CACHEMAX", raising=False)
        handles.reserve_block_cache(before)


def test_a_forked_child_reads_with_handles_of_its_own(make_tif: MakeTif) -> None:
    import multiprocessing

    if "fork" not in multiprocessing.get_all_start_methods():
        pytest.skip("this system does not fork")
    values = picture()
    scene = open_scene(make_tif(values))
    scene.read(Window(0, 0, 8, 8))
    context = multiprocessing.get_context("fork")
    inbox, outbox = context.Pipe(duplex=False)
    child = context.Process(target=_read_and_send, args=(scene, outbox))
    child.start()
    np.testing.assert_array_equal(scene.read(Window(8, 8, 50, 50)).values, values[:, 8:58, 8:58])
    assert inbox.poll(30)
    np.testing.assert_array_equal(inbox.recv(), values[:, :30, :30])
    child.join()


def _read_and_send(scene: Scene, outbox: Connection) -> None:
    outbox.send(scene.read(Window(0, 0, 30, 30)).values)
    scene.close()
