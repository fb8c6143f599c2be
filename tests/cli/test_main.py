"""The group: it lists every command and imports none until it runs."""

from __future__ import annotations

import subprocess
import sys

from click.testing import CliRunner

import geoquant
from geoquant.cli.main import COMMANDS, command

IMPORTED = """
import sys
from click.testing import CliRunner
from geoquant.cli.main import command
assert CliRunner().invoke(command, ["--help"]).exit_code == 0
heavy = {"numpy", "rasterio", "onnx", "onnxruntime", "openvino", "dask", "xarray", "torch", "shapely", "rich"}
print(sorted(heavy & set(sys.modules)), [name for name in sys.modules if name.startswith("geoquant.inference.")])
"""


def test_help_lists_every_command():
    text = CliRunner().invoke(command, ["-h"]).output
    assert all(name in text for name in COMMANDS)


def test_help_imports_nothing_heavy():
    shown = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[] []"


def test_help_of_classify_imports_no_job():
    code = IMPORTED.replace('["--help"]', '["classify", "--help"]')
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[] []"


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
