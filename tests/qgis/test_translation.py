"""The plugin in QGIS's language."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The translations as the packing script makes them."""
    folder = tmp_path_factory.mktemp("i18n")
    released = runpy.run_path(str(CHECKOUT / "scripts" / "release" / "package_plugin.py"))["released"]
    for path in sorted((CHECKOUT / "qgis_plugin" / "i18n").glob("*.ts")):
        (folder / f"{path.stem}.qm").write_bytes(released(path.relative_to(CHECKOUT)))
    return folder


@pytest.mark.parametrize(
    ("language", "title", "label"),
    [
        ("de", "Raster klassifizieren", "Obergrenze des Speichers (MiB)"),
        ("fr_CA", "Classer un raster", "Plafond de mémoire (Mio)"),
        ("es", "Clasificar ráster", "Límite de memoria (MiB)"),
        ("pt_BR", "Classificar raster", "Limite de memória (MiB)"),
        ("nl", "Classify raster", "Memory ceiling (MiB)"),
    ],
)
def test_the_toolbox_and_its_dialogs_speak_it(qgis_app, folder, language, title, label):
    from qgis.core import QgsApplication

    from qgis_plugin.processing.algorithms.classify import Classify
    from qgis_plugin.translation import load_translation

    translator = load_translation(language, folder)
    try:
        algorithm = Classify()
        algorithm.initAlgorithm({})
        assert algorithm.displayName() == title
        parameter = algorithm.parameterDefinition("MAX_MEMORY")
        assert parameter.description() == label
        assert "300" in parameter.help()
        assert "{}" not in algorithm.shortHelpString()
        assert algorithm.groupId() == "use"
    finally:
        QgsApplication.removeTranslator(translator)
