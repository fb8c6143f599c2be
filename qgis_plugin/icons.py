# SPDX-License-Identifier: GPL-2.0-or-later
"""The icon of geoquant."""

from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtGui import QIcon

ICON = Path(__file__).with_name("icon.svg")


def icon() -> QIcon:
    """A tile whose smooth half becomes a few even steps: what quantization does."""
    return QIcon(str(ICON))
