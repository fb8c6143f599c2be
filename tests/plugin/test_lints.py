"""What the plugin must not hold: names that Qt 6 lacks, other bindings, foreign imports, too new a Python.

Enumerators, which Qt 6 wants with their scope, are looked up in QGIS itself: tests/qgis/test_qt6.py.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from tests.builders.every_file import of_every

PLUGIN = Path(__file__).parents[2] / "qgis_plugin"
MODULES = sorted(PLUGIN.rglob("*.py"))
OUTSIDE_QGIS = {"server.py"}
"""Runs in geoquant's interpreter, and imports geoquant there."""
OLDEST_PYTHON = (3, 9)
GONE = {"exec_", "QRegExp", "QDesktopWidget", "QMatrix", "QGLWidget", "QTextCodec", "QStringRef", "pyqtConfigure"}
"""Names of PyQt5 that PyQt6 does not have."""
BINDINGS = {"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"}


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST_PYTHON)


def imported(tree: ast.Module) -> list[tuple[ast.AST, str]]:
    """Every absolute import with its node."""
    found: list[tuple[ast.AST, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(node, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.append((node, node.module or ""))
    return found


@of_every(MODULES)
def test_it_runs_with_qt_6_as_with_qt_5(path):
    tree = tree_of(path)
    assert not {name.partition(".")[0] for _, name in imported(tree)} & BINDINGS
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not named & GONE


@of_every(MODULES)
def test_it_imports_the_standard_library_and_qgis_only(path):
    allowed = set(sys.stdlib_module_names) | {"qgis", "processing"}
    if path.name in OUTSIDE_QGIS:
        allowed |= {"geoquant", "click"}
    assert {name.partition(".")[0] for _, name in imported(tree_of(path))} <= allowed


@of_every(MODULES)
def test_each_module_names_its_licence_and_validates_without_assert(path):
    assert path.read_text(encoding="utf-8").startswith("# SPDX-License-Identifier: GPL-2.0-or-later\n")
    assert not [node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.Assert)]
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@of_every(MODULES)
def test_annotations_are_not_evaluated(path):
    """``X | None`` in an annotation is fine for Python 3.9 only where annotations stay text."""
    future = [node for node, name in imported(tree_of(path)) if name == "__future__"]
    assert future or not any(isinstance(node, (ast.FunctionDef, ast.AnnAssign)) for node in ast.walk(tree_of(path)))
