#!/usr/bin/env python
"""Make the pictures of docs/qgis.md: walk through a real QGIS on a virtual screen, from nothing to a styled layer.

Needs the programs qgis and xvfb-run. Example: python scripts/docs/make_screenshots.py
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from geoquant.demo.landscape.scene import make_landscape
from geoquant.demo.landscape_files import write_landscape

CHECKOUT = Path(__file__).resolve().parents[2]
PICTURES = CHECKOUT / "docs" / "images" / "qgis"
SCENE_PX, SEED = 768, 3
SCREEN = "-screen 0 1400x900x24"
LIMIT_S = 300
DROPPED = ("GEOQUANT_PYTHON", "QT_QPA_PLATFORM", "QGIS_CUSTOM_CONFIG_PATH")
"""Variables that would end the walk at its first step, where the environment is missing, or take its window away."""


def walk(out: Path, scratch: Path) -> dict[str, object]:
    """Run the walk in a fresh profile; what it found. Pictures are in ``out``."""
    plugin = scratch / "geoquant_qgis.zip"
    packing = [sys.executable, CHECKOUT / "scripts" / "release" / "package_plugin.py", "--dirty", "-o", plugin]
    subprocess.run(packing, check=True, stdout=subprocess.DEVNULL)
    scene = write_landscape(scratch, make_landscape(seed=SEED, size=SCENE_PX), seed=SEED).scene
    facts = {
        "plugin": str(plugin),
        "python": sys.executable,
        "scene": str(scene),
        "model": "demo_landcover",
        "model_file": str(CHECKOUT / "geoquant" / "models" / "demo_landcover.onnx"),
        "scratch": str(scratch),
        "out": str(out),
    }
    variables = {
        name: value for name, value in os.environ.items() if name not in ("GEOQUANT_PYTHON", "QT_QPA_PLATFORM")
    }
    variables |= {"WALK": json.dumps(facts), "HOME": str(scratch), "XDG_RUNTIME_DIR": str(scratch)}
    command = ["xvfb-run", "-a", "-s", SCREEN, "qgis", "--nologo", "--noversioncheck"]
    command += [
        "--profiles-path",
        str(scratch / "profiles"),
        "--code",
        str(CHECKOUT / "scripts" / "docs" / "screenshot_walk.py"),
    ]
    subprocess.run(command, env=variables, timeout=LIMIT_S, check=False, stdout=subprocess.DEVNULL)
    told = out / "walk.json"
    if not told.is_file():
        raise SystemExit("QGIS ended before the walk did.")
    found: dict[str, object] = json.loads(told.read_text(encoding="utf-8"))
    told.unlink()
    return found


def main() -> None:
    """Make all pictures, and print what the walk found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, default=PICTURES, help="folder for the pictures")
    out = parser.parse_args().out
    missing = [name for name in ("qgis", "xvfb-run") if not shutil.which(name)]
    if missing:
        raise SystemExit(
            f"{' and '.join(missing)}: not there. On Debian: apt install --no-install-recommends qgis xvfb"
        )
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        found = walk(out.resolve(), Path(scratch))
    print(json.dumps(found, indent=1))
    if "error" in found or found["exceptions"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
