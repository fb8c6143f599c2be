"""Architecture as a test: imports point down, importing geoquant is light, nothing is called utils."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "geoquant"
FLOORS = {"words": 0, "numbers": 1, "doors": 2, "jobs": 3, "torch": 3, "cli": 4}
HEAVY = {"onnxruntime", "onnx", "openvino", "rasterio", "dask", "xarray", "rioxarray", "torch", "shapely", "numpy"}
ALLOWED_ABOVE_STDLIB = {"words": set(), "numbers": {"numpy"}}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at any depth, by its full name."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def room(path: Path) -> str | None:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if parts[0] in FLOORS else None


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    here = room(path)
    if here is None:
        return
    for name in imports(path):
        target = name.split(".")[1] if name.startswith("geoquant.") else None
        if target in FLOORS and target != here:
            assert FLOORS[target] < FLOORS[here], f"{path} imports {name}: imports point down"
        if here in ALLOWED_ABOVE_STDLIB and not name.startswith("geoquant"):
            top = name.split(".")[0]
            assert top in sys.stdlib_module_names | ALLOWED_ABOVE_STDLIB[here], f"{path} imports {top}"
        assert here == "torch" or name.split(".")[0] != "torch", f"{path} imports torch outside geoquant/torch"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_are_short_and_well_named(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    assert not {"utils", "helpers", "common", "manager"} & set(path.stem.lower().split("_"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_library_never_prints_or_asserts(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno} validates with assert"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno} prints"


def test_import_is_light() -> None:
    code = "import sys, geoquant; print(sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = set(ast.literal_eval(subprocess.check_output([sys.executable, "-c", code], text=True)))
    assert not loaded & HEAVY
