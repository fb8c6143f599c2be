"""No test may be left out unseen: what is missing in CI fails there."""

from __future__ import annotations

from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
ELSEWHERE = {"optional_parts.py", Path(__file__).name}


def test_missing_modules_are_asked_for_in_one_way() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py") if path.name not in ELSEWHERE}
    assert [path for path, text in texts.items() if "importorskip" in text] == []
