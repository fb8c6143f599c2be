# SPDX-License-Identifier: GPL-2.0-or-later
"""A scene in, a styled map of its imaging conditions out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
)

from ...labels import LABELS, tr
from ...results import pages
from ...results.layers import place_of, source_of
from ...results.reporting import duration_text
from ...results.styling import Result, present, style_raster
from .inputs import (
    add_area,
    add_model,
    add_more_bands,
    add_scene,
    area_file,
    bounds_option,
    input_layer,
    model_of,
    scene_sources,
)
from .worker_algorithm import SCENE_OPTIONS, Found, Parameters, WorkerAlgorithm


class Strata(WorkerAlgorithm):
    """``geoquant strata``."""

    command, id_name, title = "strata", "strata", "Map imaging conditions"
    heading = "Use"
    keywords = ("cloud", "shadow", "snow", "water", "mask", "conditions", "quality")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """The scene, its mask, how to read both."""
        add_scene(self)
        add_area(self)
        mask = QgsProcessingParameterRasterLayer("MASK", tr(LABELS["mask"]), optional=True)
        self.add(mask, self.option_help("mask"))
        self.add_options("mask_kind")
        add_model(self, "MODEL", tr("Model"), self.option_help("model"), optional=True)
        add_more_bands(self)
        self.add_options("mask_classes", "band_names", *SCENE_OPTIONS, advanced=True)
        self.addParameter(QgsProcessingParameterRasterDestination("OUTPUT", tr("Strata")))
        self.add_report(tr("Page: strata and their areas"))
        self.addOutput(QgsProcessingOutputString("TOLD_BY", tr("What told the strata")))

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The scene; its mask and the model."""
        mask = self.parameterAsRasterLayer(parameters, "MASK", context)
        named = self.parameterAsString(parameters, "MODEL", context)
        model = model_of(self, parameters, "MODEL", context) if named else None
        options = {"mask": None if mask is None else source_of(mask), "model": model}
        options["bounds"] = bounds_option(self, parameters, context)
        layer = input_layer(self, parameters, context)
        self._scene_name, self._place = layer.name(), place_of(layer)
        return scene_sources(self, parameters, context), options

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """The map."""
        self._out = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        area = area_file(self, parameters, context, self._place, folder)
        return {"out": self._out, "overwrite": True, **area}

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """The map, styled, and a page of its areas."""
        report = self.write_report(tr("Strata of {}").format(self._scene_name), page_parts(found))
        name = tr("{}: strata").format(self._scene_name)
        present(context, [Result(self._out, name, style_raster, tr("Strata"))])
        return {"OUTPUT": self._out, "REPORT": report, "TOLD_BY": found["told_by"]}


def page_parts(found: Found) -> list[str]:
    """The strata with their areas, as HTML; their colours are in the layer's legend."""
    rows = pages.class_rows(found["pixels_by_stratum"], found["area_m2_by_stratum"], found["valid_pixels"], {})
    return [
        pages.table(tr("Imaging conditions"), pages.class_header()[1:], [row[1:] for row in rows]),
        pages.facts(tr("How"), {tr("Told by"): found["told_by"], tr("Time"): duration_text(found["seconds"])}),
        pages.notes(tr("About the scene"), found["warnings"]),
    ]
