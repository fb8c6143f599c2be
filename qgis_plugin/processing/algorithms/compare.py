# SPDX-License-Identifier: GPL-2.0-or-later
"""An INT8 model against its float model, as one HTML report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputFile,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ...compat import SUCCESS, WARNING
from ...labels import LABELS, tr
from ...results.reporting import open_button, sentence_case, show_page, tell
from ...worker.client import WorkerFailed
from .inputs import add_model, add_rasters, add_scenes, model_of, scenes_and_masks
from .worker_algorithm import CARD_OPTIONS, SCENE_OPTIONS, Found, Parameters, WorkerAlgorithm


class Compare(WorkerAlgorithm):
    """``geoquant evaluate``."""

    command, id_name, title = "evaluate", "compare", "Compare models"
    heading = "Check"
    keywords = ("int8", "float", "accuracy", "evaluate", "report", "quantization", "gate")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """Both models, what to judge on, the report."""
        add_model(self, "MODEL", tr("Float model"), tr("The model that the INT8 model was made from."))
        add_model(self, "INT8_MODEL", tr("INT8 model"), tr("What “Quantize model” made of it."))
        add_scenes(self)
        add_rasters(self, "masks", tr(LABELS["masks"]))
        add_rasters(self, "labels", tr(LABELS["labels"]))
        self.add_options("max_drop")
        self.add_options(
            "tiles", "tile", "seed", "replicates", "mask_kind", "mask_classes", "full_paths", advanced=True
        )
        self.add_options(*SCENE_OPTIONS, *CARD_OPTIONS, advanced=True)
        pages = tr("HTML files")
        page = QgsProcessingParameterFileDestination("OUTPUT", tr("Report"), f"{pages} (*.html)")
        self.addParameter(page, False)  # see ``add_report``
        self.addOutput(QgsProcessingOutputFile("OUTPUT", tr("Report")))
        self.addOutput(QgsProcessingOutputBoolean("GATE_HOLDS", tr("Whether the gate holds")))
        self.addOutput(QgsProcessingOutputString("VERDICT", tr("The gate in words")))

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """Both models; scenes, masks and labels."""
        models = [str(model_of(self, parameters, name, context)) for name in ("MODEL", "INT8_MODEL")]
        return models, scenes_and_masks(self, parameters, context)

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """The report."""
        self._out = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        return {"out": self._out, "overwrite": True}

    def salvage(self, failure: WorkerFailed, feedback: QgsProcessingFeedback) -> Found:
        """A gate that does not hold is what one wanted to know: the report is there."""
        if failure.result is None:
            return super().salvage(failure, feedback)
        feedback.reportError(str(failure))
        return failure.result

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """The report and its verdict."""
        self._gate = found["gate"]
        feedback.pushInfo(self._verdict())
        return {"OUTPUT": self._out, "GATE_HOLDS": self._gate["passed"], "VERDICT": self._gate["words"]}

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Show the report, and say the verdict above the map, with a button that opens the report."""
        show_page(tr("INT8 against float"), self._out)
        level = SUCCESS if self._gate["passed"] else WARNING
        tell(self._verdict(), level, open_button(tr("Open the report"), self._out))
        return {}

    def _verdict(self) -> str:
        holds = tr("The gate holds: {}.") if self._gate["passed"] else tr("The gate does not hold: {}.")
        return holds.format(sentence_case(self._gate["words"]).rstrip("."))
