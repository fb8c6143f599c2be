"""The zip in a fresh profile, as a user installs it, and what becomes of its worker when QGIS is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = "qgis_process.bin"
TIMES, SIDE_PX, BANDS = 32, 640, 6


@pytest.fixture(scope="module")
def variables(interpreter, tmp_path_factory):
    """Variables of a QGIS in a new home, whose profile holds the plugin out of the zip and nothing else."""
    home = tmp_path_factory.mktemp("home")
    package = home / "geoquant_qgis.zip"
    script = CHECKOUT / "scripts" / "release" / "package_plugin.py"
    subprocess.run([interpreter, script, "--dirty", "-o", package], check=True, capture_output=True)
    plugins = home / ".local" / "share" / "QGIS" / "QGIS3" / "profiles" / "default" / "python" / "plugins"
    plugins.mkdir(parents=True)
    zipfile.ZipFile(package).extractall(plugins)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QGIS_", "XDG_"))}
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    return {**kept, "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "GEOQUANT_PYTHON": str(interpreter)}


def run_program(variables, *arguments):
    command = [PROGRAM, "--json", *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)


def test_it_is_enabled_and_classifies_with_the_library_in_the_zip(variables, command_line, landscape, tmp_path):
    done = run_program(variables, "plugins", "enable", "geoquant_qgis")
    assert done.returncode == 0, done.stderr
    by_zip, by_hand = tmp_path / "zip.tif", tmp_path / "hand.tif"
    values = [f"INPUT={landscape.scene}", "MODEL=demo_landcover", "ENGINE=ort", f"OUTPUT={by_zip}"]
    done = run_program(variables, "run", "geoquant:classify", "--", *values)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout[done.stdout.index("{") :])["results"]["OUTPUT"] == str(by_zip)
    command_line("classify", landscape.scene, "--model", landscape.model, "-o", by_hand, "--engine", "ort")
    assert by_zip.read_bytes() == by_hand.read_bytes()


def workers(home: str) -> list[int]:
    """Processes that run the server.py which is installed below ``home``."""

    def is_server(part: bytes) -> bool:
        return part.startswith(home.encode()) and part.endswith(b"geoquant_qgis/worker/server.py")

    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:  # it has ended meanwhile
            continue
        if state != "Z" and any(is_server(part) for part in command):
            found.append(int(folder.name))
    return found


def wait_for(condition, seconds):
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen in time"
        time.sleep(0.05)


def test_a_killed_qgis_leaves_no_worker_and_no_file(variables, landscape, tmp_path):
    run_program(variables, "plugins", "enable", "geoquant_qgis")
    scene, folder = tmp_path / "large.vrt", tmp_path / "out"
    folder.mkdir()
    scene.write_text(large(landscape.scene), encoding="utf-8")
    values = [f"INPUT={scene}", "MODEL=demo_landcover", "ENGINE=ort", f"OUTPUT={folder / 'map.tif'}"]
    command = [PROGRAM, "run", "geoquant:classify", "--", *values]
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as qgis:
        wait_for(lambda: list(folder.iterdir()), 60)
        assert workers(variables["HOME"])
        qgis.send_signal(signal.SIGKILL)
    wait_for(lambda: not workers(variables["HOME"]), 3)
    assert list(folder.iterdir()) == []


def large(patch: Path) -> str:
    """A VRT that repeats a scene until classifying it takes minutes."""
    at = f'xSize="{SIDE_PX}" ySize="{SIDE_PX}"'
    bands = "".join(
        f'<VRTRasterBand dataType="UInt16" band="{band}"><NoDataValue>0</NoDataValue>'
        + "".join(
            f'<SimpleSource><SourceFilename relativeToVRT="0">{patch}</SourceFilename><SourceBand>{band}</SourceBand>'
            f'<SrcRect xOff="0" yOff="0" {at}/><DstRect xOff="{x * SIDE_PX}" yOff="{y * SIDE_PX}" {at}/></SimpleSource>'
            for y in range(TIMES)
            for x in range(TIMES)
        )
        + "<Offset>-0.1</Offset><Scale>0.0001</Scale></VRTRasterBand>"
        for band in range(1, BANDS + 1)
    )
    head = f'<VRTDataset rasterXSize="{TIMES * SIDE_PX}" rasterYSize="{TIMES * SIDE_PX}"><SRS>EPSG:32631</SRS>'
    return f"{head}<GeoTransform>166020, 10, 0, 100000, 0, -10</GeoTransform>{bands}</VRTDataset>"
