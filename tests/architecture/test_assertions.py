"""Every test says what it expects in its own lines: an assertion, or an error that it waits for."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.builders.every_file import of_every

TESTS = Path(__file__).resolve().parents[1]
FILES = sorted(TESTS.rglob("test_*.py"))
WAITED_FOR = {"raises", "warns", "deprecated_call"}
"""Of pytest: what the lines inside have to do."""


def expects(node: ast.AST) -> bool:
    """Whether a node of a test is an assertion, of NumPy or by a helper of that name too, or waits for an error."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func).rpartition(".")[2]
    return called in WAITED_FOR or called.startswith("assert_")


@of_every(FILES)
def test_every_test_says_what_it_expects(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    tests = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    assert [test.name for test in tests if not any(map(expects, ast.walk(test)))] == []


def test_what_hides_its_expectation_is_found() -> None:
    hidden = ast.parse("def test_a():\n    helper()\n    pytest.fail()\n")
    shown = ast.parse("def test_a():\n    with pytest.raises(ValueError):\n        helper()\n")
    assert [any(map(expects, ast.walk(tree))) for tree in (hidden, shown)] == [False, True]
