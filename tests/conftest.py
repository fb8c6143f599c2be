"""Fixtures that all tests share: real scenes when they are there, GeoTIFFs made to order always."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from geoquant.evaluation.contender import Contender
    from geoquant.evaluation.performance import Performance
    from geoquant.quantization.summary import QuantizeSummary
    from geoquant.strata.stratified_scene import StratifiedScene

settings.register_profile(
    "geoquant", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("geoquant")

BLOCK_CACHE_BYTES = 512 * 2**20
REPOSITORY = Path(__file__).resolve().parents[1]
collect_ignore = ["qgis"]  # runs in QGIS's own Python, see tests/qgis/conftest.py


LONGEST = (
    "demo/test_demo.py",
    "plugin/test_worker_process.py",
    "quantization/test_quantize.py",
    "evaluation/test_evaluate.py",
    "inference/test_classify.py",
)
"""Files of tests that take half a minute each: they come first, so that no worker ends with one alone."""


def pytest_configure(config: pytest.Config) -> None:
    """Give BLAS one thread in each of several workers, where more would only wait for each other."""
    if getattr(config.option, "numprocesses", None):  # this process starts the workers, which take its variables
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ.setdefault(name, "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the others stay in their order."""
    places = {f"tests/{name}": place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONGEST)))


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep engine choices of one test away from the user's cache and from the other tests."""
    monkeypatch.setenv("GEOQUANT_CACHE", str(tmp_path_factory.getbasetemp() / "geoquant-cache"))


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are finished by the hundred here, and no test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture(autouse=True)
def roomy_block_cache() -> None:
    """Undo what a job of an earlier test reserved for the whole process: GDAL's block cache may be tiny since then."""
    if "rasterio" in sys.modules:
        from rasterio.env import set_gdal_config

        set_gdal_config("GDAL_CACHEMAX", BLOCK_CACHE_BYTES)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real scenes; the test is skipped, with the reason, where it is absent."""
    folder = Path(os.environ.get("GEOQUANT_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real scenes: {folder} is not there; set GEOQUANT_DATA to a folder that holds them")
    return folder


@pytest.fixture(scope="session")
def real_tile(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Six bands of a cloudy Sentinel-2 tile at 60 m as one GeoTIFF, and its SCL: decoding JPEG 2000 takes seconds."""
    from tests.builders.rasters import stacked

    folder, out = real_data / "sentinel2_l2a_t29unu", tmp_path_factory.mktemp("tile")
    bands = {name: next(folder.glob(f"*_{name}_60m.jp2")) for name in ("B02", "B03", "B04", "B8A", "B11", "B12")}
    scl = {"SCL": next(folder.glob("*_SCL_60m.jp2"))}
    return stacked(out / "tile.tif", bands, scale=1e-4, offset=-0.1), stacked(out / "tile_SCL_60m.tif", scl)


@pytest.fixture
def make_tif(tmp_path: Path) -> Callable[..., Path]:
    """A factory that writes ``values (band, y, x)`` as a GeoTIFF and returns its path."""

    def make(values: np.ndarray, name: str = "scene.tif", **profile: object) -> Path:
        from tests.builders.rasters import write_tif

        return write_tif(tmp_path / name, values, **profile)

    return make


@pytest.fixture
def make_model(tmp_path: Path) -> Callable[..., Path]:
    """A factory of small ONNX networks with a card; ``kind`` says which, see ``builders/networks.py``."""
    from tests.builders.model_files import network_file

    def make(kind: str = "conv", name: str | None = None, **facts: object) -> Path:
        return network_file(tmp_path / (name or f"{kind}.onnx"), kind, **facts)

    return make


@pytest.fixture
def stratified(make_tif: Callable[..., Path]) -> StratifiedScene:
    """A scene of patches of six bands with a corner of no data, in strata."""
    from tests.builders.sampling import stratified_patches

    return stratified_patches(make_tif)


@pytest.fixture(scope="session")
def spectral_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scene of ``builders/scenes.py`` beside its scene classification and its labels; nobody writes to them."""
    from tests.builders.scenes import make_scene

    return make_scene(tmp_path_factory.mktemp("spectral"))


@pytest.fixture(scope="session")
def spectral_model(spectral_scene: Path) -> Path:
    """The float network that knows the scene's spectra, ``float.onnx`` beside the scene."""
    from tests.builders.scenes import make_model

    return make_model(spectral_scene.with_name("float.onnx"))


@pytest.fixture(scope="session")
def quantized(spectral_scene: Path, spectral_model: Path) -> QuantizeSummary:
    """What came of quantizing that network on that scene, once for all tests; ``int8.onnx`` lies beside it."""
    from tests.builders.scenes import quantize_with_references

    return quantize_with_references(spectral_model, spectral_scene, spectral_scene.with_name("int8.onnx"))


@pytest.fixture
def untimed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes seconds and is not looked at: as on a system that gives no processes and tells no memory."""
    from geoquant.evaluation.performance import CpuTime, Performance

    cpu, side = CpuTime(1.0, 1.0, 1.0), (66, 66)

    def instant(contenders: list[Contender], *_: object) -> tuple[Performance, ...]:
        return tuple(Performance(each.label, each.kind, side, 1.0, 1.0, 1.0, 1, cpu, None, None) for each in contenders)

    monkeypatch.setattr("geoquant.evaluation.evaluate.measure_performance", instant)
