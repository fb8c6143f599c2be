"""The test command and QGIS: where it is missing the command fails and says what to install; it never skips."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "scripts" / "start.py"


def test_a_missing_qgis_fails_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("QGIS_PYTHON", str(tmp_path / "python3"))
    start = runpy.run_path(str(START))
    with pytest.raises(SystemExit, match=r"missing: chromium, qgis_process\.bin, xvfb-run, xauth, lrelease") as failure:
        start["test_in_qgis"]()
    assert "apt-get install chromium qgis xvfb xauth qttools5-dev-tools python3-venv" in str(failure.value)


def test_without_apt_nothing_is_tried(monkeypatch, tmp_path):
    started = []
    monkeypatch.setenv("PATH", str(tmp_path))
    install_programs = runpy.run_path(str(START))["install_programs"]
    monkeypatch.setitem(install_programs.__globals__, "run", lambda *command, **_: started.append(command))
    install_programs()
    assert started == []


def test_what_is_looked_through_is_what_is_packed():
    names = runpy.run_path(str(START))["packed_files"]()
    assert {"metadata.txt", "qgis_plugin/worker/server.py", "geoquant/cli/main.py"} <= set(names)
    assert not [name for name in names if name.endswith((".pyc", ".onnx"))]
