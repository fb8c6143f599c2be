# SPDX-License-Identifier: GPL-2.0-or-later
"""A float model and scenes in, a proved INT8 model out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ...compat import SUCCESS
from ...labels import LABELS, tr
from ...models.models import remember_model
from ...results import pages
from ...results.reporting import duration_text, sentence_case, tell
from .inputs import add_model, add_rasters, add_scenes, model_of, scenes_and_masks
from .worker_algorithm import CARD_OPTIONS, SCENE_OPTIONS, Found, Parameters, WorkerAlgorithm


class Quantize(WorkerAlgorithm):
    """``geoquant quantize``."""

    command, id_name, title = "quantize", "quantize", "Quantize model"
    heading = "Make small"
    keywords = ("int8", "calibration", "onnx", "deep learning", "compress", "speed", "accuracy")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """The model, what it is calibrated and judged on, and how."""
        add_model(self, "MODEL", tr("Float model"), tr("ONNX file with 32-bit weights."))
        add_scenes(self)
        add_rasters(self, "masks", tr(LABELS["masks"]))
        add_rasters(self, "labels", tr(LABELS["labels"]))
        self.add_options("max_drop", "tiles_from", "target")
        self.add_options(
            "tiles", "held_out", "tile", "seed", "ranges", "sensitivity", "keep_refused", "fast", advanced=True
        )
        self.add_options("mask_kind", "mask_classes", *SCENE_OPTIONS, *CARD_OPTIONS, advanced=True)
        models = tr("ONNX models")
        self.addParameter(QgsProcessingParameterFileDestination("OUTPUT", tr("INT8 model"), f"{models} (*.onnx)"))
        self.add_report(tr("Page: INT8 against float"))
        self.addOutput(QgsProcessingOutputString("CONDITIONS_PROVED", tr("How many imaging conditions are proved")))
        self.addOutput(QgsProcessingOutputString("WORST_STRATUM", tr("Condition in which INT8 does worst")))
        self.addOutput(QgsProcessingOutputNumber("WORST_AGREEMENT", tr("Share of its pixels that keep their class")))
        self.addOutput(QgsProcessingOutputNumber("SIZE_RATIO", tr("Size of the INT8 file over the float file")))

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The model; scenes, masks and labels."""
        model = model_of(self, parameters, "MODEL", context)
        return [str(model)], scenes_and_masks(self, parameters, context)

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """The INT8 model."""
        self._out = self.parameterAsFileOutput(parameters, "OUTPUT", context)
        return {"out": self._out, "overwrite": True}

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """The model and what was measured of it."""
        report = self.write_report(tr("INT8 model {}").format(Path(self._out).name), page_parts(found))
        self._found = found
        return {
            "OUTPUT": self._out,
            "REPORT": report,
            "CONDITIONS_PROVED": proved(found),
            "WORST_STRATUM": found["worst_stratum"],
            "WORST_AGREEMENT": found["worst_agreement"],
            "SIZE_RATIO": found["int8_bytes"] / found["float_bytes"],
        }

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Remember the model, and say above the map what it is worth, with the next step as a button."""
        from ...gui.dialogs import open_dialog

        remember_model(Path(self._out))
        use = tr("Classify with it"), lambda: open_dialog("classify", {"MODEL": self._out})
        tell(verdict(self._found), SUCCESS, use, *self.report_button())
        return super().postProcessAlgorithm(context, feedback)


def verdict(found: Found) -> str:
    """What the INT8 model is worth, in a short sentence."""
    kept, size = found["worst_agreement"], found["int8_bytes"] / found["float_bytes"]
    text = tr("{}: INT8 keeps at worst {} of the classes, at {} of the size.")
    return text.format(proved(found), pages.percent(kept), pages.percent(size, 0))


def proved(found: Found) -> str:
    """How many of the conditions that occur are proved."""
    names = found["verdict"]
    whole = len(names["proved"]) + len(names["failed"]) + len(names["unjudged"])
    return tr("{} of {} conditions proved").format(len(names["proved"]), whole)


def page_parts(found: Found) -> list[str]:
    """INT8 against float per imaging condition and class, speed and size, as HTML."""
    engines = list(found["agreement"])
    kept = [tr("{}: same class as float").format(engine) for engine in engines]
    ratio = pages.percent(found["int8_bytes"] / found["float_bytes"])
    return [
        pages.facts(
            proved(found),
            {
                tr("Proved"): ", ".join(found["verdict"]["proved"]),
                tr("Not judged"): ", ".join(found["verdict"]["unjudged"]),
            },
        ),
        pages.table(
            tr("Imaging conditions"),
            (tr("Condition"), tr("Calibration tiles"), tr("Held-out pixels"), *kept),
            [
                (row["stratum"], row["calibration_tiles"], row["held_out_px"], *_shares(row["agreement"], engines))
                for row in found["strata"]
            ],
        ),
        pages.table(
            tr("Classes"),
            (tr("Class"), *kept),
            [(row["name"], *_shares(row["agreement"], engines)) for row in found["classes"]],
        ),
        pages.table(
            tr("Speed on this machine"),
            (tr("Model"), tr("Engine"), tr("Mpx/s")),
            [(one["label"], one["kind"], f"{one['mpx_per_s']:.2f}") for one in found["speed"]],
        ),
        pages.facts(
            tr("The model"),
            {
                tr("Size"): tr("{} bytes, {} of float").format(f"{found['int8_bytes']:,}", ratio),
                tr("Work in INT8"): pages.percent(found["int8_macs_share"]),
                tr("Layers left in float"): ", ".join(found["kept_float"]),
                tr("Time"): duration_text(found["seconds"]),
            },
        ),
        pages.notes(
            tr("What was done and noticed"), [sentence_case(line) for line in (*found["steps"], *found["notes"])]
        ),
    ]


def _shares(agreement: dict[str, float], engines: list[str]) -> list[str]:
    return [pages.percent(agreement[engine], 2) for engine in engines]
