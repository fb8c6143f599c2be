# SPDX-License-Identifier: GPL-2.0-or-later
"""geoquant in QGIS: thin, because everything that computes runs in a process of its own."""

from __future__ import annotations

from typing import Any


def classFactory(iface: Any) -> Any:  # noqa: N802
    """What QGIS calls to load the plugin."""
    from .plugin import GeoquantPlugin

    return GeoquantPlugin(iface)
