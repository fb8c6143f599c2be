# SPDX-License-Identifier: GPL-2.0-or-later
"""What is wrong with a model, or with a scene for it, and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputNumber,
)

from ...labels import spoken, tr
from ...results import pages
from ...results.reporting import sentence_case
from .examination import Examination
from .inputs import add_model, add_more_bands, add_scene
from .worker_algorithm import CARD_OPTIONS, SCENE_OPTIONS, Found


class Doctor(Examination):
    """``geoquant doctor``."""

    command, id_name, title = "doctor", "doctor", "Find what is wrong"
    heading = "Check"
    keywords = ("check", "diagnose", "problem", "model", "scene", "bands", "scale", "offset")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """The model and perhaps a scene."""
        add_model(self, "MODEL", tr("Model"), tr("ONNX file, float or INT8."))
        add_scene(self, optional=True)
        self.add_options("quick")
        add_more_bands(self)
        self.add_options("tile", *SCENE_OPTIONS, *CARD_OPTIONS, advanced=True)
        self.add_report(tr("Page: findings"))
        self.addOutput(QgsProcessingOutputBoolean("HEALTHY", tr("Whether no problem was found")))
        self.addOutput(QgsProcessingOutputNumber("PROBLEMS", tr("Problems")))
        self.addOutput(QgsProcessingOutputNumber("WARNINGS", tr("Warnings")))

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """A page of findings; problems in the log too."""
        findings = found["findings"]
        rows = [
            (pages.status(one["status"]), one["check"], _words(one["found"]), _words(one["remedy"])) for one in findings
        ]
        header = ("", tr("Looked at"), tr("Found"), tr("What to do"))
        title = tr("Health of {}").format(Path(found["model"]).name)
        report = self.write_report(title, [pages.table(tr("Findings"), header, rows)])
        counts = {status: sum(one["status"] == status for one in findings) for status in ("problem", "warning")}
        for one in findings:
            if one["status"] != "ok":
                feedback.pushWarning(f"{sentence_case(one['check'])}: {_words(one['found'])} {_words(one['remedy'])}")
        return {
            "REPORT": report,
            "HEALTHY": found["healthy"],
            "PROBLEMS": counts["problem"],
            "WARNINGS": counts["warning"],
        }


def _words(text: str) -> str:
    """A finding as a sentence; nothing for none."""
    return f"{sentence_case(spoken(text)).rstrip('.')}." if text else ""
