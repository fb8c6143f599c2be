"""Scenes for the worker: one that takes long, one behind a server that stops answering."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from geoquant.demo.landscape.scene import make_landscape
from geoquant.demo.landscape_files import write_landscape
from qgis_plugin.worker.arguments import command_arguments
from tests.builders.range_server import RangeHandler, serving

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

    class Handler(RangeHandler):
        def fails(self, first_byte: int | None) -> bool:
            site.answers -= 1
            if site.answers >= 0:
                return False
            site.asked_after_stop.set()
            site.stopped.wait()
            return True

    with serving(site.folder, Handler) as site.url:
        yield site
        site.stopped.set()
