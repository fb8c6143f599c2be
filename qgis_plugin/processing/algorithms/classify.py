# SPDX-License-Identifier: GPL-2.0-or-later
"""A scene and a model in, a styled class map out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterVectorDestination,
)

from ...compat import POLYGONS
from ...labels import LABELS, spoken, tr
from ...models.model_card import CardSummary, NotOnnx, read_summary
from ...results import pages
from ...results.layers import Place, place_of
from ...results.reporting import duration_text, warn_of_drift
from ...results.styling import Result, colors_of, present, style_polygons, style_raster
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
from .worker_algorithm import CARD_OPTIONS, Found, Parameters, WorkerAlgorithm

MAPS = (
    ("confidence", "CONFIDENCE_MAP", "Confidence", "{}: confidence"),
    ("drift_map", "DRIFT_MAP", "Drift", "{}: drift"),
)
"""Key of the result, name and label of the output, name of the layer: the maps that lie below the class map, hidden."""


class Classify(WorkerAlgorithm):
    """``geoquant classify``."""

    command, id_name, title = "classify", "classify", "Classify raster"
    heading = "Use"
    _place: Place | None
    keywords: ClassVar[tuple[str, ...]] = (
        "land cover",
        "segmentation",
        "deep learning",
        "onnx",
        "int8",
        "inference",
        "sentinel-2",
        "landsat",
        "cnn",
    )

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """Inputs, what most people set, what few set, outputs."""
        self._add_imagery()
        add_model(self, "MODEL", tr("Model"), self.option_help("model"))
        add_area(self)
        self.add_options("nodata", "confidence", "drift")
        self.add_options("min_polygon", "engine", "max_memory", "overlap", "tile", "workers", advanced=True)
        self.add_options("skip_bad_blocks", advanced=True)
        self._add_how_to_read()
        self.add_options("bands", "scale", "offset", "gsd", *CARD_OPTIONS, advanced=True)
        self._add_outputs()

    def _add_imagery(self) -> None:
        """What becomes a map."""
        add_scene(self)

    def _add_how_to_read(self) -> None:
        """What few set about it."""
        add_more_bands(self)

    def _add_outputs(self) -> None:
        self.addParameter(QgsProcessingParameterRasterDestination("OUTPUT", tr("Class map")))
        polygons = QgsProcessingParameterVectorDestination(
            "POLYGONS", tr(LABELS["polygons"]), POLYGONS, None, True, False
        )
        self.add(polygons, self.option_help("polygons"))
        tables = f"{tr('CSV files')} (*.csv)"
        areas = QgsProcessingParameterFileDestination("AREAS", tr(LABELS["areas"]), tables, None, True, False)
        self.add(areas, self.option_help("areas"))
        for _, name, label, _ in MAPS:
            self.addOutput(QgsProcessingOutputRasterLayer(name, tr(label)))
        self.add_report(tr("Page: classes and their areas"))
        self.addOutput(QgsProcessingOutputNumber("VALID_SHARE", tr("Share of classified pixels")))
        self.addOutput(QgsProcessingOutputString("DRIFT_WARNING", tr("What is unusual about the scene")))
        self.addOutput(QgsProcessingOutputString("ENGINE", tr("Engine")))

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The scene; its model and extent."""
        layer = input_layer(self, parameters, context)
        scene = scene_sources(self, parameters, context)
        self._scene_name, self._model = layer.name(), model_of(self, parameters, "MODEL", context)
        self._place = place_of(layer)
        return scene, {"model": self._model, "bounds": bounds_option(self, parameters, context)}

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """What to write; the area of interest becomes a file beside it."""
        self._out = self.parameterAsOutputLayer(parameters, "OUTPUT", context)
        self._polygons = self.parameterAsOutputLayer(parameters, "POLYGONS", context) or None
        self._areas = self.parameterAsFileOutput(parameters, "AREAS", context) or None
        options = {"out": self._out, "polygons": self._polygons, "areas": self._areas, "overwrite": True}
        return {**options, **self._area(parameters, context, folder)}

    def _area(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, str]:
        """The area of interest as a file."""
        return area_file(self, parameters, context, self._place, folder)

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Layers, the page of areas, and what is unusual."""
        card = _card(self._model)
        self._diagnosis = spoken(str(found["drift_diagnosis"]))
        report = self.write_report(tr("Classes of {}").format(self._scene_name), page_parts(found, card))
        if self._diagnosis:
            feedback.pushWarning(self._diagnosis)
        maps = self._maps(found)
        self._present(context, maps)
        outputs = {"OUTPUT": self._out, "POLYGONS": self._polygons, "AREAS": self._areas, "REPORT": report}
        facts = {
            "VALID_SHARE": found["valid_pixels"] / max(1, found["pixels"]),
            "DRIFT_WARNING": self._diagnosis,
            "ENGINE": found["engine"],
        }
        return {**outputs, **facts, **maps}

    def _maps(self, found: Found) -> dict[str, str]:
        """The maps beside the class map that were written."""
        return {name: found[key] for key, name, _, _ in MAPS if found.get(key)}

    def _present(self, context: QgsProcessingContext, maps: dict[str, str]) -> None:
        """Name, style and order the layers; what lies beside the class map is loaded where that one is."""
        title = f"{self._scene_name}, {self._model.stem}"
        below = {maps[name]: tr(words).format(title) for _, name, _, words in MAPS if name in maps}
        if self._areas:
            below[self._areas] = tr("{}: areas").format(title)
        if context.willLoadLayerOnCompletion(self._out):
            for path, name in below.items():
                details = QgsProcessingContext.LayerDetails(name, context.project(), name)
                context.addLayerToLoadOnCompletion(path, details)
        results = [Result(self._out, title, style_raster, tr("Class map"))]
        if self._polygons:
            polygons = tr("{}: polygons").format(title)
            results.insert(0, Result(self._polygons, polygons, style_polygons, tr(LABELS["polygons"])))
        results += [Result(path, name, style_raster, shown=False) for path, name in below.items()]
        present(context, results)

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:  # noqa: N802
        """Show the page, and say above the map what is unusual about the scene."""
        if self._diagnosis:
            warn_of_drift(self._scene_name, self._diagnosis)
        return super().postProcessAlgorithm(context, feedback)


def page_parts(found: Found, card: CardSummary) -> list[str]:
    """The classes with their areas, and how they came about, as HTML."""
    outside = [f"{band} {pages.percent(share)}" for band, share in found["drift"].items()]
    rows = pages.class_rows(
        found["pixels_by_class"], found["area_m2_by_class"], found["valid_pixels"], colors_of(card.classes)
    )
    return [
        pages.table(tr("Classes"), pages.class_header(), rows),
        pages.facts(
            tr("How"),
            {
                tr("Model"): card.name,
                tr("Engine"): f"{found['engine']}: {found['engine_reason']}",
                tr("Time"): duration_text(found["seconds"]),
                tr("Outside of the calibrated range"): ", ".join(outside),
                tr("Drift"): spoken(found["drift_diagnosis"]),
                tr("Unreadable blocks"): found["bad_blocks"] or "",
            },
        ),
        pages.notes(tr("About the scene"), found["warnings"]),
    ]


def _card(model: Path) -> CardSummary:
    """The model's card as far as it can be read here; the map itself carries what geoquant read."""
    try:
        return read_summary(model) or CardSummary(model.stem)
    except (NotOnnx, OSError):
        return CardSummary(model.stem)
