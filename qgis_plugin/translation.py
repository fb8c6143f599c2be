# SPDX-License-Identifier: GPL-2.0-or-later
"""The language of QGIS, for geoquant's texts: out of the .qm files of the packed plugin."""

from __future__ import annotations

from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QTranslator

FOLDER = Path(__file__).with_name("i18n")


def load_translation(language: str = "", folder: Path = FOLDER) -> QTranslator:
    """Have ``labels.tr`` speak a language, by default QGIS's; where there is no file for it, texts stay English.

    Args:
        language: its code, such as "de" or "pt_BR".
        folder: of the files ``geoquant_LANGUAGE.qm``.

    Returns:
        What has to stay alive as long as texts are shown, for ``QgsApplication.removeTranslator``.
    """
    translator = QTranslator()
    code = (language or QgsApplication.instance().locale())[:2]
    if translator.load(str(folder / f"geoquant_{code}.qm")):
        QgsApplication.installTranslator(translator)
    return translator
