"""The algorithms on the command line of QGIS, which is another process with the plugin installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = "qgis_process.bin"
"""Not the script qgis_process of Debian, which adds a flag that makes every call do nothing."""


@pytest.fixture(scope="module")
def qgis_process(interpreter, tmp_path_factory):
    """Runs qgis_process in a profile of its own; its exit code, its output as JSON, its messages.

    Values go in as arguments: QGIS 3.22 does not take JSON, which later ones do.
    """
    assert shutil.which(PROGRAM), f"{PROGRAM} is missing; it comes with the package qgis"
    home = tmp_path_factory.mktemp("home")
    folder = home / "plugins" / "geoquant_qgis"
    folder.mkdir(parents=True)
    for path in (*(CHECKOUT / "qgis_plugin").iterdir(), CHECKOUT / "metadata.txt"):
        (folder / path.name).symlink_to(path)
    variables = {**os.environ, "HOME": str(home), "QGIS_PLUGINPATH": str(folder.parent)}
    variables["QGIS_CUSTOM_CONFIG_PATH"] = str(home / "profile")

    def run_program(*arguments, **parameters):
        given = [f"{name}={value}" for name, value in parameters.items()]
        command = [PROGRAM, "--json", *arguments, *(["--", *given] if given else [])]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout[done.stdout.index("{") :]) if "{" in done.stdout else {}
        return done.returncode, found, done.stdout + done.stderr

    assert run_program("plugins", "enable", "geoquant_qgis")[0] == 0
    return run_program


def test_values_in_and_json_out(qgis_process, command_line, landscape, tmp_path):
    by_qgis, by_hand = tmp_path / "qgis.tif", tmp_path / "hand.tif"
    code, found, messages = qgis_process(
        "run",
        "geoquant:classify",
        INPUT=str(landscape.scene),
        MODEL="demo_landcover",
        ENGINE="ort",
        OUTPUT=str(by_qgis),
    )
    assert code == 0, messages
    assert found["results"]["OUTPUT"] == str(by_qgis)
    assert found["results"]["ENGINE"] == "ort"
    command_line("classify", landscape.scene, "--model", landscape.model, "-o", by_hand, "--engine", "ort")
    assert by_qgis.read_bytes() == by_hand.read_bytes()


def test_a_verdict_is_a_result(qgis_process, landscape):
    code, found, messages = qgis_process("run", "geoquant:inspect", MODEL="demo_landcover", INPUT=str(landscape.scl))
    assert code == 0, messages
    assert found["results"]["FITS"] is False


def test_a_page_of_results_is_there_when_the_program_has_ended(qgis_process, landscape, tmp_path):
    page = tmp_path / "page.html"
    given = {"MODEL": "demo_landcover", "INPUT": str(landscape.scene)}
    code, found, messages = qgis_process("run", "geoquant:inspect", **given, REPORT=str(page))
    assert code == 0, messages
    assert found["results"]["REPORT"] == str(page)
    assert "<html" in page.read_text(encoding="utf-8")
    _, found, _ = qgis_process("run", "geoquant:inspect", **given)
    assert not found["results"].get("REPORT")


def test_a_failure_has_an_exit_code_and_a_sentence(qgis_process, landscape, tmp_path):
    code, _, messages = qgis_process(
        "run",
        "geoquant:classify",
        INPUT=str(landscape.scl),
        MODEL="demo_landcover",
        OUTPUT=str(tmp_path / "map.tif"),
    )
    assert code == 1
    assert "demo_landcover" in messages or "band" in messages
    assert "Traceback" not in messages
    assert list(tmp_path.iterdir()) == []


def test_help_names_every_parameter(qgis_process, provider):
    code, found, messages = qgis_process("help", "geoquant:classify")
    assert code == 0, messages
    names = {parameter.name() for parameter in provider.algorithm("classify").parameterDefinitions()}
    assert set(found["parameters"]) == names
