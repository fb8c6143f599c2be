"""Enumerators have their scope, as PyQt6 wants it: ``Qt.AlignmentFlag.AlignLeft`` and not ``Qt.AlignLeft``."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "qgis_plugin"
MODULES = sorted(path for path in PLUGIN.rglob("*.py") if path.name != "compat.py")
"""compat.py asks for an old name only where the new one is missing."""


def unscoped(text: str) -> list[str]:
    """Every ``Class.name`` of a class out of qgis whose value, here in PyQt5, is an enumerator."""
    tree = ast.parse(text)
    classes = {
        alias.asname or alias.name: getattr(import_module(node.module or ""), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("qgis.")
        for alias in node.names
    }
    return [
        f"{node.lineno}: {ast.unparse(node)}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in classes
        if isinstance(getattr(classes[node.value.id], node.attr, None), int)
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PLUGIN)))
def test_enumerators_have_their_scope(path):
    assert unscoped(path.read_text(encoding="utf-8")) == []


def test_the_lint_sees_what_it_is_for():
    text = "from qgis.PyQt.QtCore import Qt\nfrom qgis.core import Qgis\nfrom qgis.PyQt.QtWidgets import QDialog\n"
    text += "Qt.AlignmentFlag.AlignLeft, Qgis.MessageLevel, QDialog.exec, Qt.AlignLeft, Qgis.Warning"
    assert unscoped(text) == ["4: Qt.AlignLeft", "4: Qgis.Warning"]
