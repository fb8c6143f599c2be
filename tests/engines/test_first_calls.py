"""The first calls of an engine come from several threads at once, in a process that has run nothing before."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.builders.model_files import network_file

WATCHDOG_S = 120
"""Far more than a run takes; a deadlock in native code can only be ended from outside."""
EIGHT_THREADS = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from geoquant.engines.openvino_engine import import_openvino
first_in_all = Barrier(8)
def type_of_uint8(_):
    first_in_all.wait()
    return import_openvino().Type.u8.to_dtype()
with ThreadPoolExecutor(8) as pool:
    print(set(pool.map(type_of_uint8, range(8))))
"""


def in_a_fresh_process(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=WATCHDOG_S, check=False)
    except subprocess.TimeoutExpired:
        pytest.fail(f"the process did not end within {WATCHDOG_S} s")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_eight_threads_may_make_their_first_call_at_once() -> None:
    for _ in range(2):  # with a bare import instead, seven processes of eight hang
        assert in_a_fresh_process("-c", EIGHT_THREADS) == "{dtype('uint8')}\n"


@pytest.mark.parametrize(("kind", "wanted"), [("conv", ["--confidence"]), ("pooled", [])])
def test_a_second_run_with_the_engine_remembered_ends(make_tif, tmp_path: Path, kind: str, wanted: list[str]) -> None:
    """The first run measures the engine and calls it from one thread; only later ones begin with many threads."""
    values = np.random.default_rng(0).integers(1, 1000, (3, 512, 512)).astype(np.uint16)
    scene = make_tif(values, descriptions=("blue", "green", "red"))
    model = network_file(tmp_path / "m.onnx", kind)
    command = ["-c", "from geoquant.cli.main import main; main()", "classify", scene, "-m", model]
    command += ["-o", tmp_path / "o.tif", "--overwrite", "--engine", "openvino", "--progress", "none", *wanted]
    maps = []
    for _ in range(2):
        in_a_fresh_process(*command)
        maps.append((tmp_path / "o.tif").read_bytes())
    assert maps[0] == maps[1]
