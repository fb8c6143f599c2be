"""A COG behind a web server: ranges only, one thread, the same numbers, retries, and an identity for resuming."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from geoquant.errors import Cancelled, RasterError, SourceUnavailable
from geoquant.grid import Window
from geoquant.raster import handles
from geoquant.raster.handles import is_remote
from geoquant.raster.opening import open_scene
from geoquant.raster.patience import interruptible, patiently
from tests.builders.range_server import RangeHandler, serving

MakeTif = Callable[..., Path]


@dataclass
class Site:
    """A web server on loopback that serves one folder by ranges and fails when told to."""

    url: str
    sent_bytes: int = 0
    requests: list[str] = field(default_factory=list)
    failures_left: int = 0


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geoquant.raster.patience.FIRST_PAUSE_S", 0.01)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    state = Site("")

    class Handler(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            state.requests.append(self.path)
            if not first_byte or state.failures_left == 0:
                return False
            state.failures_left -= 1
            self.send_error(503)
            return True

        def sent(self, count: int) -> None:
            state.sent_bytes += count

    with serving(tmp_path, Handler) as state.url:
        yield state


def noisy(side: int = 1024) -> np.ndarray:
    return np.random.default_rng(5).integers(1, 60_000, (3, side, side)).astype("uint16")


def test_a_window_of_a_remote_cog_fetches_only_its_blocks(make_tif: MakeTif, site: Site) -> None:
    values = noisy()
    path = make_tif(values, "a.tif", driver="COG", blocksize=128, compress="deflate", nodata=0)
    with open_scene(f"{site.url}/a.tif") as scene:
        pixels = scene.read(Window(300, 400, 100, 110))
        assert is_remote(scene.bands[0].path)
    np.testing.assert_array_equal(pixels.values, values[:, 300:400, 400:510])
    assert site.sent_bytes < path.stat().st_size / 4
    attribute_table = "/a.tif.vat.dbf"  # GDAL 3.12 asks for that one side-car, whatever it is told
    assert set(site.requests) - {attribute_table} == {"/a.tif"}  # no other side-cars, no listing


def test_a_passing_failure_is_retried(make_tif: MakeTif, site: Site) -> None:
    values = noisy(512)
    make_tif(values, "b.tif", driver="COG", blocksize=128, compress="deflate", nodata=0)
    scene = open_scene(f"{site.url}/b.tif")
    site.failures_left = 2
    np.testing.assert_array_equal(scene.read(scene.grid.window).values, values)
    assert site.failures_left == 0
    scene.close()


def test_a_missing_address_is_explained(site: Site) -> None:
    with pytest.raises(RasterError, match=r"absent\.tif"):
        open_scene(f"{site.url}/absent.tif")


def test_the_fingerprint_asks_the_server(make_tif: MakeTif, site: Site) -> None:
    make_tif(noisy(64), "c.tif", driver="COG")
    scene = open_scene(f"{site.url}/c.tif")
    first = scene.fingerprint
    assert scene.fingerprint == first
    make_tif(noisy(64)[:, ::-1], "c.tif", driver="COG")
    assert scene.fingerprint != first
    scene.close()


@pytest.mark.parametrize("half", [False, True])
def test_broken_connections_are_mended(make_tif: MakeTif, tmp_path: Path, half: bool) -> None:
    """Every seventh answer breaks off, at once or in the middle of its body."""
    values = noisy(512)
    make_tif(values, "d.tif", driver="COG", blocksize=128, compress="deflate", nodata=0)
    asked = []

    class Failing(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            asked.append(self.path)
            if not first_byte or len(asked) % 7:
                return False
            if half:
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first_byte}-{first_byte + 16383}/1000000")
                self.send_header("Content-Length", "16384")
                self.end_headers()
                self.wfile.write(b"half")
            self.break_off()
            return True

    with serving(tmp_path, Failing) as url, open_scene(f"{url}/d.tif") as scene:
        for row in range(0, 512, 128):
            rows = scene.read(Window(row, 0, 128, 512)).values
            np.testing.assert_array_equal(rows, values[:, row : row + 128])
    assert len(asked) >= 7


def test_a_network_that_is_down_is_not_called_damage(
    make_tif: MakeTif, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tif(noisy(512), "e.tif", driver="COG", blocksize=128, compress="none", nodata=0)
    monkeypatch.setattr("geoquant.raster.patience.PATIENCE_S", 0.0)
    monkeypatch.setitem(handles._REMOTE_SETTINGS, "GDAL_HTTP_MAX_RETRY", "0")
    with serving(tmp_path) as url:
        scene = open_scene(f"{url}/e.tif")
    with pytest.raises(SourceUnavailable, match="the network is down"):
        scene.read_tolerant(Window(256, 0, 256, 512), skip_bad_blocks=True)


def test_a_remote_file_that_is_damaged_can_be_skipped(make_tif: MakeTif, tmp_path: Path, site: Site) -> None:
    values = noisy(512)
    path = make_tif(values, "f.tif", driver="COG", blocksize=128, compress="deflate", nodata=0)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20_000] = b"\xff" * 20_000
    path.write_bytes(content)
    with open_scene(f"{site.url}/f.tif") as scene:
        with pytest.raises(RasterError, match="tried 4 times, and the server answers"):
            scene.read(scene.grid.window)
        _, bad = scene.read_tolerant(scene.grid.window)
    assert 0 < len(bad) < 4


def test_a_pause_ends_with_the_job() -> None:
    def cancelled() -> None:
        raise Cancelled("Cancelled.")

    def fails() -> None:
        raise OSError("no connection")

    with interruptible(cancelled), pytest.raises(Cancelled):
        patiently("http://127.0.0.1:1/a.tif", fails)
