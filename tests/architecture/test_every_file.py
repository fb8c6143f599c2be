"""A check of many files names each that fails, and never holds for want of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.every_file import ROOT, of_every

FILES = [ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"]


def test_every_file_that_fails_is_named() -> None:
    def check(path: Path) -> None:
        assert path.suffix, f"{path.name} has no suffix"

    of_every(FILES[:2])(check)()
    with pytest.raises(AssertionError, match=r"LICENSE:\nLICENSE has no suffix"):
        of_every(FILES)(check)()


def test_no_file_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="no files"):
        of_every([])(lambda path: None)()
