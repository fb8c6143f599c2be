"""The plugin in a real QGIS, and the command line to hold it against.

Started by ``python3 scripts/start.py test`` in an environment on the Python that QGIS belongs to, which has neither
geoquant nor its libraries: those are reached through the interpreter of the checkout's own environment, as users do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # tmp_path stays where it is for a look
_private = tempfile.TemporaryDirectory(prefix="geoquant-qgis-")  # QGIS reads the first two when it is imported
os.environ["QGIS_CUSTOM_CONFIG_PATH"] = _private.name
os.environ.setdefault("XDG_RUNTIME_DIR", _private.name)
os.environ["GEOQUANT_CACHE"] = str(Path(_private.name) / "engine-choices")
os.environ["TMPDIR"] = tempfile.tempdir = str(Path(_private.name) / "scratch")  # nobody else's files lie there
Path(tempfile.tempdir).mkdir()
QGIS_PLUGINS = Path(os.environ.get("QGIS_PREFIX_PATH", "/usr")) / "share" / "qgis" / "python" / "plugins"
sys.path[:0] = [str(CHECKOUT), str(QGIS_PLUGINS)]

LANDSCAPE = """
import sys
from pathlib import Path
from geoquant.demo.landscape_files import write_landscape
from geoquant.demo.landscape import make_landscape

write_landscape(Path(sys.argv[1]), make_landscape(seed=3, size=640), seed=3)
"""


@dataclass(frozen=True)
class Landscape:
    """A made-up scene of 640 x 640 pixels with six bands, and the packaged model that was trained for it."""

    scene: Path
    scl: Path
    labels: Path
    model: Path = CHECKOUT / "geoquant" / "models" / "demo_landcover.onnx"


@pytest.fixture(scope="session")
def interpreter() -> Path:
    """The Python of geoquant's environment; the plugin finds it by ``GEOQUANT_PYTHON``."""
    path = Path(os.environ.get("GEOQUANT_PYTHON", CHECKOUT / ".venv" / "bin" / "python"))
    assert path.exists(), f"{path} is not there; run python3 scripts/start.py test, or set GEOQUANT_PYTHON"
    os.environ["GEOQUANT_PYTHON"] = str(path)
    return path


@pytest.fixture(scope="session")
def qgis_app(interpreter: Path) -> Any:
    """A running QGIS without a window, with Processing and the provider."""
    from qgis.testing import start_app

    app = start_app()
    from processing.core.Processing import Processing

    Processing.initialize()
    return app


@pytest.fixture(scope="session")
def provider(qgis_app: Any) -> Iterator[Any]:
    """The provider, in the registry."""
    from qgis.core import QgsApplication

    from qgis_plugin.provider import GeoquantProvider

    provider = GeoquantProvider()
    assert QgsApplication.processingRegistry().addProvider(provider)
    yield provider
    QgsApplication.processingRegistry().removeProvider(provider)


@pytest.fixture
def run(provider: Any) -> Callable[..., dict[str, Any]]:
    """``processing.run`` of ``geoquant:NAME``, a failure being an exception: ``run("classify", {...})``."""

    def run_algorithm(name: str, parameters: dict[str, Any], **settings: Any) -> dict[str, Any]:
        import processing

        return processing.run(f"geoquant:{name}", parameters, **settings)  # type: ignore[no-any-return]

    return run_algorithm


@pytest.fixture(scope="session")
def landscape(interpreter: Path, tmp_path_factory: pytest.TempPathFactory) -> Landscape:
    """The scene with its scene classification and its true labels."""
    folder = tmp_path_factory.mktemp("landscape")
    subprocess.run([interpreter, "-c", LANDSCAPE, folder], cwd=CHECKOUT, check=True)
    return Landscape(folder / "scene.tif", folder / "scl.tif", folder / "labels.tif")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real scenes; the test is skipped, with the reason, where it is absent."""
    folder = Path(os.environ.get("GEOQUANT_DATA", CHECKOUT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no real scenes: {folder} is not there; set GEOQUANT_DATA to a folder that holds them")
    return folder


@pytest.fixture
def command_line(interpreter: Path) -> Callable[..., dict[str, Any]]:
    """The command line of the checkout, in a process without QGIS: its arguments in, its result out."""

    def run_command(name: str, *arguments: object) -> dict[str, Any]:
        command = [interpreter, "-m", "geoquant", name, "--progress", "json", *map(str, arguments)]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    return run_command
