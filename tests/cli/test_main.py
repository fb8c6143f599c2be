"""The group: it lists every command and imports none until it runs."""

from __future__ import annotations

import json
import subprocess
import sys

from click.testing import CliRunner

import geoquant
from geoquant.cli.main import COMMANDS, command

LOADED_BY_HELP = """
import json, sys
from click.testing import CliRunner
from geoquant.cli.main import COMMANDS, command
heavy = {"numpy", "rasterio", "onnx", "onnxruntime", "openvino", "dask", "xarray", "torch", "shapely", "rich"}
light = {"cli", "options", "errors", "progress", "redaction", "invocation", "_version"}
loaded = {}
for name in ("", *COMMANDS):
    assert CliRunner().invoke(command, [name, "--help"] if name else ["--help"]).exit_code == 0
    parts = [module.split(".") for module in sys.modules]
    loaded[name] = sorted({part[0] for part in parts} & heavy)
    loaded[name] += [".".join(part) for part in parts if part[0] == "geoquant" and not {*part[1:2]} <= light]
print(json.dumps(loaded))
"""


def test_help_lists_every_command():
    text = CliRunner().invoke(command, ["-h"]).output
    assert all(name in text for name in COMMANDS)


def test_help_of_every_command_imports_nothing_heavy_and_no_job():
    shown = subprocess.run([sys.executable, "-c", LOADED_BY_HELP], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout) == {name: [] for name in ("", *COMMANDS)}


def test_version():
    assert CliRunner().invoke(command, ["--version"]).output == f"geoquant, version {geoquant.__version__}\n"


def test_unknown_command_is_a_usage_error():
    outcome = CliRunner().invoke(command, ["clasify"])
    assert outcome.exit_code == 2
    assert "clasify" in outcome.stderr


def test_errors_of_a_command_that_does_not_catch_them_are_messages_too(monkeypatch):
    from types import SimpleNamespace

    import click

    from geoquant.errors import AccuracyDrop

    @click.command
    def failing():
        raise AccuracyDrop("cloud loses 3 points.")

    monkeypatch.setitem(sys.modules, "geoquant.cli.quantize", SimpleNamespace(command=failing))
    outcome = CliRunner().invoke(command, ["quantize"])
    assert (outcome.exit_code, outcome.stderr) == (3, "error: cloud loses 3 points.\n")
