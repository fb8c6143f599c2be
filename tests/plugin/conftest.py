"""Scenes for the worker: one that takes long, one behind a server that stops answering."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from geoquant.doors.landscape_files import write_landscape
from geoquant.numbers.landscape import make_landscape
from qgis_plugin.arguments import command_arguments

SIDE_PX, BANDS = 256, 6
MODEL = Path(__file__).parents[2] / "geoquant" / "models" / "demo_landcover.onnx"


@pytest.fixture(scope="session")
def patch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up scene of 256 x 256 pixels."""
    return write_landscape(tmp_path_factory.mktemp("patch"), make_landscape(seed=5, size=SIDE_PX), seed=5).scene


@pytest.fixture(scope="session")
def mosaic(patch: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """A VRT that repeats the patch ``times`` x ``times``, so that a scene of any size takes no time to make."""
    folder = tmp_path_factory.mktemp("mosaic")

    def make(times: int) -> Path:
        path = folder / f"mosaic_{times}.vrt"
        path.write_text(_mosaic_vrt(patch, times), encoding="utf-8")
        return path

    return make


def _mosaic_vrt(patch: Path, times: int) -> str:
    at = f'xSize="{SIDE_PX}" ySize="{SIDE_PX}"'
    bands = []
    for band in range(1, BANDS + 1):
        sources = "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="0">{patch}</SourceFilename><SourceBand>{band}</SourceBand>'
            f'<SrcRect xOff="0" yOff="0" {at}/>'
            f'<DstRect xOff="{column * SIDE_PX}" yOff="{row * SIDE_PX}" {at}/></SimpleSource>'
            for row in range(times)
            for column in range(times)
        )
        facts = "<NoDataValue>0</NoDataValue><Offset>-0.1</Offset><Scale>0.0001</Scale>"
        bands.append(f'<VRTRasterBand dataType="UInt16" band="{band}">{facts}{sources}</VRTRasterBand>')
    head = f'<VRTDataset rasterXSize="{times * SIDE_PX}" rasterYSize="{times * SIDE_PX}"><SRS>EPSG:32631</SRS>'
    return f"{head}<GeoTransform>166020, 10, 0, 100000, 0, -10</GeoTransform>{''.join(bands)}</VRTDataset>"


@pytest.fixture
def classify_command() -> Callable[..., list[str]]:
    """Arguments that classify a scene with the packaged model, slowly: one thread of the slower engine."""

    def make(scene: object, out: Path, **options: object) -> list[str]:
        return command_arguments("classify", [scene], model=MODEL, out=out, engine="ort", workers=1, **options)

    return make


@dataclass
class DeadSite:
    """A web server that answers until it is told to stop, and then keeps every connection open without a word."""

    url: str
    folder: Path
    answers: int = 10**9
    stopped: threading.Event = field(default_factory=threading.Event)
    asked_after_stop: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def dead_site(patch: Path) -> Iterator[DeadSite]:
    """Serves the folder of the patch, and what a test puts there, on loopback."""
    site = DeadSite("", patch.parent)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing: the test's output is not a log."""

        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            site.answers -= 1
            if site.answers < 0:
                site.asked_after_stop.set()
                site.stopped.wait()
                return
            data = (site.folder / self.path.lstrip("/")).read_bytes()
            asked = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            first = int(asked[1]) if asked else 0
            last = min(int(asked[2] or len(data)), len(data) - 1) if asked else len(data) - 1
            self.send_response(206 if asked else 200)
            self.send_header("Accept-Ranges", "bytes")
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            self.send_header("Content-Length", str(last - first + 1))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data[first : last + 1])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()
