"""Handles of files: one for each thread and process, few, closed when told, and anew for a file that changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import RasterError
from geoquant.grid import Window
from geoquant.raster import handles
from geoquant.raster.handles import is_remote
from geoquant.raster.opening import open_scene
from geoquant.raster.scene import Scene
from tests.builders.rasters import picture

MakeTif = Callable[..., Path]


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


def test_open_handles_hold_few_decoded_blocks(make_tif: MakeTif, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of three bands of 64 x 64 uint16 that are interleaved by pixel has 24 kB, one of a single band 8 kB."""
    monkeypatch.setattr(handles, "MAX_BLOCK_BYTES_PER_THREAD", 60_000)
    for bands, most in ((3, 2), (1, 7)):
        paths = [
            make_tif(picture(bands, 128, 128), f"{bands}_{i}.tif", tiled=True, blockxsize=64, blockysize=64)
            for i in range(9)
        ]
        for path in paths:
            scene = open_scene(path)
            assert np.array_equal(scene.read(Window(0, 0, 128, 128)).values, picture(bands, 128, 128))
        assert sum(handles.open_handles(str(path)) for path in paths) == most
        handles.close_everything()


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


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("https://example.org/a.tif", True),
        ("s3://bucket/a.tif", True),
        ("/vsicurl/http://example.org/a.tif", True),
        ("/vsizip//vsis3/bucket/a.zip/a.tif", True),
        ("/data/a.tif", False),
        ("/vsizip/data/a.zip/a.tif", False),
        (r"C:\data\a.tif", False),
    ],
)
def test_what_is_remote(path: str, remote: bool) -> None:
    assert is_remote(path) is remote
