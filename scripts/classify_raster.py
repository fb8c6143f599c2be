#!/usr/bin/env python
"""Classify a raster from a checkout, without installing geoquant: the same as ``geoquant classify``.

Example: python scripts/classify_raster.py scene.tif --model landcover.int8.onnx -o classes.tif
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from geoquant.cli.classify import command
from geoquant.cli.console import end_with

if __name__ == "__main__":
    end_with(command)
