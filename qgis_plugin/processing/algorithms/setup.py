# SPDX-License-Identifier: GPL-2.0-or-later
"""geoquant's own Python environment, made once per version of the plugin."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
)

from ...compat import FILE, FOLDER, SUCCESS
from ...environment.bases import choose_base, probe_base
from ...environment.environment import Source, create
from ...environment.interpreter import REQUIREMENTS, environment_folder
from ...labels import tr
from ...results.reporting import Reporter, cancelled_by, tell
from ...settings import geoquant_python, profile_folder
from ...worker.child import ChildCancelled
from ..parameters import ALL_FILES
from .algorithm import GeoquantAlgorithm, failures_as_sentences, paragraph

DOWNLOAD = f'python3 -m pip download --only-binary=:all: -r "{REQUIREMENTS}" -d FOLDER'
"""Fills a folder of wheels."""


class SetUpEnvironment(GeoquantAlgorithm):
    """Makes the environment that every other algorithm runs in."""

    id_name, title = "setup", "Set up environment"
    keywords = ("install", "python", "pip", "packages", "environment", "dependencies")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """All of it may be left empty."""
        self.add(
            QgsProcessingParameterFile("PYTHON", tr("Python to make it from"), FILE, "", None, True, ALL_FILES),
            tr("Left empty, QGIS's own Python or another one of this computer is found."),
        )
        self.add(
            QgsProcessingParameterFile("WHEELS", tr("Folder of wheels"), FOLDER, "", None, True),
            tr(
                "For computers without a network: a folder with all packages. The end of this page says how to fill it."
            ),
        )
        self.add(
            QgsProcessingParameterString("PROXY", tr("Proxy"), None, False, True),
            tr("Address of a proxy, such as http://host:3128; user:password@ goes before the host if it asks."),
        )
        self.addOutput(QgsProcessingOutputString("ENVIRONMENT", tr("The environment's Python")))

    def shortHelpString(self) -> str:  # noqa: N802
        """What it does and where."""
        paragraphs = (
            tr(
                "Makes the Python environment that geoquant runs in, beside your QGIS profile. Downloads about 175 MB, "
                "takes one or two minutes, and is needed once; it needs no rights of an administrator and no compiler."
            ),
            tr(
                "QGIS's own Python stays as it is: GDAL, PROJ and NumPy of two origins in one process break each "
                "other, so that geoquant always runs in a process of its own."
            ),
            tr("Run it again when something is broken: what is whole is kept, and what is not is made anew."),
        )
        fill = tr("To fill a folder of wheels, on a computer of the same kind with the same version of Python:")
        ending = f"<p>{escape(fill)}</p><p><code>{escape(DOWNLOAD)}</code></p>"
        parts = [*(f"<p>{text}</p>" for text in paragraphs), *map(paragraph, self.parameterDefinitions()), ending]
        return "".join(parts)

    def processAlgorithm(  # noqa: N802
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Find a Python, make the environment, examine it."""
        wheels = self.parameterAsString(parameters, "WHEELS", context)
        if wheels and not Path(wheels).is_dir():
            text = tr("There is no folder {}; choose the one that holds the wheels.")
            raise QgsProcessingException(text.format(wheels))
        proxy = self.parameterAsString(parameters, "PROXY", context)
        source = Source(Path(wheels) if wheels else None, proxy or None)
        folder = environment_folder(profile_folder())
        base = _base(self.parameterAsString(parameters, "PYTHON", context), feedback)
        with failures_as_sentences(feedback):
            python = create(
                base, folder, source, on_event=Reporter(feedback, "setup"), is_cancelled=cancelled_by(feedback)
            )
        feedback.pushInfo(tr("The environment is ready: {}").format(folder))
        used = geoquant_python()
        if used != python:
            named = tr("geoquant goes on with {}, which is named in the options of Processing or by GEOQUANT_PYTHON.")
            feedback.pushWarning(named.format(used))
        return {"ENVIRONMENT": str(python)}

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Say above the map that one can go on."""
        tell(tr("The environment is ready; geoquant can be used now."), SUCCESS)
        return {}


def _base(named: str, feedback: QgsProcessingFeedback) -> Path:
    """The Python to make the environment from.

    Raises:
        QgsProcessingException: there is none that will do.
    """
    if named and not Path(named).is_file():
        text = tr("There is no Python {}; choose another, or leave the field empty and one is looked for.")
        raise QgsProcessingException(text.format(named))
    feedback.setProgressText(tr("Looking for a Python"))
    try:
        tried = probe_base(Path(named), feedback.isCanceled) if named else choose_base(None, feedback.isCanceled)
    except ChildCancelled as stop:
        raise QgsProcessingException(tr("Cancelled; the environment was not made.")) from stop
    if tried.problem:
        raise QgsProcessingException(tried.problem)
    return tried.path
