"""Files made from the code are up to date."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

import geoquant

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("script", ["make_reference.py", "make_forms.py"])
def test_what_is_made_from_the_commands_is_up_to_date(script):
    command = [sys.executable, ROOT / "scripts" / "docs" / script, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_plugin_metadata_has_the_version_of_the_package():
    metadata = configparser.ConfigParser()
    metadata.read(ROOT / "metadata.txt", encoding="utf-8")
    assert metadata["general"]["version"] == geoquant.__version__
    assert metadata["general"]["qgisMinimumVersion"] == "3.22"
