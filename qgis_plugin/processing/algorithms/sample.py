# SPDX-License-Identifier: GPL-2.0-or-later
"""Scenes in, the tiles that calibrate and judge a model out, to look at and to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingParameterVectorDestination,
)

from ...compat import INFO, POLYGONS
from ...labels import LABELS, tr
from ...results import pages
from ...results.reporting import duration_text, open_button, sentence_case, tell
from ...results.styling import Result, present, style_tiles
from .inputs import add_model, add_rasters, add_scenes, model_of, scenes_and_masks
from .worker_algorithm import CARD_OPTIONS, SCENE_OPTIONS, Found, Parameters, WorkerAlgorithm

NAMED_SCENES = 2
"""How many scenes the name of a layer of tiles holds."""


class Sample(WorkerAlgorithm):
    """``geoquant sample``."""

    command, id_name, title = "sample", "sample", "Choose calibration tiles"
    heading = "Make small"
    keywords = ("calibration", "sampling", "strata", "tiles", "quantization")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """Scenes, masks, how many tiles."""
        add_scenes(self)
        add_model(
            self,
            "MODEL",
            tr("Model"),
            tr("The model that the tiles are for; without one, the bands as they are."),
            True,
        )
        add_rasters(self, "masks", tr(LABELS["masks"]))
        self.add_options("tiles", "held_out")
        self.add_options("tile", "seed", "mask_kind", "mask_classes", *SCENE_OPTIONS, *CARD_OPTIONS, advanced=True)
        self.addParameter(QgsProcessingParameterVectorDestination("OUTPUT", tr("Tiles"), POLYGONS))
        self.add_report(tr("Page: chosen tiles"))
        self.addOutput(QgsProcessingOutputNumber("TILES", tr("Tiles that were chosen")))

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The model, if any; scenes and masks."""
        named = self.parameterAsString(parameters, "MODEL", context)
        positional = [str(model_of(self, parameters, "MODEL", context))] if named else []
        layers = self.parameterAsLayerList(parameters, "SCENES", context)
        self._scene_names = ", ".join(layer.name() for layer in layers[:NAMED_SCENES])
        return positional, scenes_and_masks(self, parameters, context)

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """The tiles."""
        self._out = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        return {"out": self._out, "overwrite": True}

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """The tiles, styled by what they are for, and how many there are of which kind."""
        self._page = found["report"]
        report = self.write_report(tr("Chosen tiles"), page_parts(found))
        name = tr("{}: calibration tiles").format(self._scene_names)
        present(context, [Result(self._out, name, style_tiles, tr("Tiles"))])
        return {"OUTPUT": self._out, "REPORT": report, "TILES": len(found["tiles"])}

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Offer the page that shows every tile, which only a web browser draws well."""
        tell(tr("The tiles are chosen; look at them."), INFO, open_button(tr("Open the page"), self._page))
        return super().postProcessAlgorithm(context, feedback)


def page_parts(found: Found) -> list[str]:
    """Tiles per condition, what they cover, and where all of them can be looked at, as HTML."""
    return [
        pages.table(
            tr("Tiles of {} px per imaging condition").format(found["tile_px"]),
            (tr("Condition"), tr("Available"), tr("Calibration"), tr("Held out")),
            [(row["stratum"], row["available"], row["calibration"], row["held_out"]) for row in found["strata"]],
        ),
        pages.table(
            tr("What the calibration tiles cover"),
            (tr("Band"), tr("Lowest"), tr("Highest"), tr("Pixels inside"), tr("Tails")),
            [_coverage(band) for band in found["coverage"]],
        ),
        pages.notes(tr("Notes"), [sentence_case(note) for note in found["notes"]]),
        pages.facts(
            tr("How"),
            {tr("Candidates"): found["candidates"], tr("Time"): duration_text(found["seconds"])},
        ),
        pages.link(tr("Every tile as a picture, and every band's histogram"), found["report"]),
    ]


def _coverage(band: dict[str, Any]) -> tuple[str, ...]:
    covered = tr("covered") if band["low_covered"] and band["high_covered"] else tr("missed")
    return band["band"], f"{band['lowest']:.4g}", f"{band['highest']:.4g}", pages.percent(band["inside"], 3), covered
