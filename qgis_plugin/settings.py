# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user has set: the Python that runs geoquant."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication, QgsSettings

from .environment.interpreter import find

PYTHON_SETTING = "GEOQUANT_PYTHON"
"""Name of the setting in Processing's options."""
SETTING_KEY = f"Processing/Configuration/{PYTHON_SETTING}"


def profile_folder() -> Path:
    """The folder of the QGIS profile."""
    return Path(QgsApplication.qgisSettingsDirPath())


def geoquant_python() -> Path | None:
    """The interpreter that runs geoquant; None where there is none yet."""
    setting = str(QgsSettings().value(SETTING_KEY, "") or "")
    found = find(setting, profile_folder())
    return None if found is None else found.path
