"""Pin what the QGIS plugin installs: qgis_plugin/environment/requirements.txt, from the dependencies in pyproject.toml.

    python scripts/release/pin_requirements.py            # writes the file
    python scripts/release/pin_requirements.py --verify   # also asks for a wheel of every pin, platform and Python

Needs uv (`pip install uv`) and an index. One file serves Python 3.10 to 3.14 on every platform, by environment markers.
The pins carry no hashes: plugins.qgis.org scans uploads for secrets, and takes hashes for some.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "qgis_plugin" / "environment" / "requirements.txt"
HEADER = "# Made by scripts/release/pin_requirements.py from pyproject.toml; wheels only, for Python 3.10 to 3.14.\n"
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("x86_64-manylinux_2_28", "aarch64-manylinux_2_35", "windows", "aarch64-apple-darwin")
INSTALLER = "pip"
"""Pinned too: where a Python brings no pip, the plugin fetches its wheel, or takes it out of the folder of wheels."""
OLDEST_MACOS = "15.0"
"""What rasterio's wheels want; for Intel Macs there is no openvino."""


def dependencies() -> list[str]:
    """What geoquant itself needs, as pyproject.toml lists it."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.search(r"^dependencies = \[\n(.*?)^\]", text, re.DOTALL | re.MULTILINE)
    if listed is None:
        sys.exit("pyproject.toml has no list of dependencies where it is looked for")
    return re.findall(r'"(.+?)"', listed.group(1))


def uv(*arguments: str, given: str = "") -> str:
    """Run uv on requirements; its output."""
    command = [sys.executable, "-m", "uv", "pip", *arguments, "-"]
    environment = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": OLDEST_MACOS}
    done = subprocess.run(command, input=given, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def verify(pins: str) -> None:
    """Ask the index for a wheel of every pin, for every platform and Python."""
    for platform in PLATFORMS:
        for python in PYTHONS:
            with tempfile.TemporaryDirectory() as folder:
                where = ("--target", folder, "--python-platform", platform, "--python-version", python)
                uv("install", "--dry-run", "--only-binary", ":all:", *where, "-r", given=pins)
            print(f"{platform}, Python {python}: every pin has a wheel")


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--verify", action="store_true")
    options = parser.parse_args()
    how = ("--universal", "--python-version", PYTHONS[0], "--no-build", "--no-annotate", "--no-header", "--quiet")
    pins = uv("compile", *how, given="\n".join([*dependencies(), INSTALLER]))
    REQUIREMENTS.write_text(HEADER + pins, encoding="utf-8", newline="\n")
    print(f"wrote {REQUIREMENTS.relative_to(ROOT)}")
    if options.verify:
        verify(pins)


if __name__ == "__main__":
    main()
