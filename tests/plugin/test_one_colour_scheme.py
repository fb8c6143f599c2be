"""Tiles have one colour for each role, in QGIS and on the page that shows them."""

from __future__ import annotations

import ast
from pathlib import Path

from geoquant.sampling.report import ROLE_COLORS

STYLING = Path(__file__).parents[2] / "qgis_plugin" / "results" / "styling.py"


def test_tiles_have_the_same_colours_in_qgis_and_on_their_page():
    found = {
        node.targets[0].id: node.value
        for node in ast.parse(STYLING.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    assert ast.literal_eval(found["ROLE_COLORS"]) == ROLE_COLORS
