"""Parts that only some machines have: where one is missing its tests are skipped, except in CI, where they fail."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

IN_CI = os.environ.get("CI", "").lower() in ("true", "1")


def needed(module: str) -> Any:
    """The module that a test file cannot do without."""
    if IN_CI:
        return importlib.import_module(module)
    return pytest.importorskip(module, reason=f"{module} is not installed; python3 scripts/start.py test installs it")


def developers_own(module: str, package: str) -> Any:
    """A large or proprietary module that nobody needs and CI leaves out; its one test runs where it is installed."""
    return pytest.importorskip(module, reason=f"for developers only: pip install {package}")
