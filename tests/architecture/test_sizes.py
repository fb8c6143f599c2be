"""Code that can be read at a glance: short modules and functions, few parameters, no vague names, no prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median

from tests.builders.every_file import of_every

PACKAGE = Path(__file__).resolve().parents[2] / "geoquant"
MODULES = sorted(PACKAGE.rglob("*.py"))
MOST_LINES_OF_A_MODULE = 400
MEDIAN_LINES, USUAL_LINES, MOST_LINES = 8, 20, 60
"""Of a function's body, docstring aside: the median, what nine of ten stay within, and what none exceeds."""
MOST_PARAMETERS = 5


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement behind the docstring to the end."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1 if body else 0


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def test_functions_are_short() -> None:
    found = sorted((body_lines(each), f"{path.name}: {each.name}") for path in MODULES for each in functions(path))
    sizes = [size for size, _ in found]
    assert median(sizes) <= MEDIAN_LINES
    assert sizes[int(0.9 * len(sizes))] <= USUAL_LINES
    assert sizes[-1] <= MOST_LINES, found[-1]


@of_every(MODULES)
def test_functions_take_few_parameters(path: Path) -> None:
    if path.parent.name == "cli":
        return  # a command has a parameter for each of its options
    many = {each.name: parameters(each) for each in functions(path) if len(parameters(each)) > MOST_PARAMETERS}
    assert not many


@of_every(MODULES)
def test_modules_are_short_and_well_named(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES_OF_A_MODULE
    assert not {"utils", "helpers", "common", "manager"} & set(path.stem.lower().split("_"))


@of_every(MODULES)
def test_library_never_prints_or_asserts(path: Path) -> None:
    for node in nodes(path):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno} validates with assert"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", f"{path}:{node.lineno} prints"
