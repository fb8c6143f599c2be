# SPDX-License-Identifier: GPL-2.0-or-later
"""What a model's card and graph say, and whether a scene fits."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from qgis.core import (
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputBoolean,
    QgsProcessingOutputString,
    QgsProcessingParameterFileDestination,
)

from ...labels import LABELS, spoken, tr
from ...results import pages
from .examination import Examination
from .inputs import add_model, add_more_bands, add_scene
from .worker_algorithm import CARD_OPTIONS, SCENE_OPTIONS, Found, Parameters


class Inspect(Examination):
    """``geoquant inspect``."""

    command, id_name, title = "inspect", "inspect", "Inspect model and scene"
    heading = "Check"
    keywords = ("model card", "bands", "onnx", "metadata", "fit", "check")

    def initAlgorithm(self, configuration: dict[str, Any]) -> None:  # noqa: N802
        """The model and perhaps a scene."""
        add_model(self, "MODEL", tr("Model"), tr("ONNX file, float or INT8."))
        add_scene(self, optional=True)
        self.add_options("values", "engines")
        self.add_options("full_paths", advanced=True)
        add_more_bands(self)
        self.add_options(*SCENE_OPTIONS, *CARD_OPTIONS, advanced=True)
        kind = f"{tr('STAC items')} (*.json)"
        item = QgsProcessingParameterFileDestination("MLM", tr(LABELS["mlm"]), kind, None, True, False)
        self.add(item, self.option_help("mlm"))
        self.add_report(tr("Page: model and scene"))
        self.addOutput(QgsProcessingOutputBoolean("FITS", tr("Whether the scene fits the model")))
        self.addOutput(QgsProcessingOutputString("VERDICT", tr("Verdict")))

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """The card as a STAC item, where it is wanted."""
        self._item = self.parameterAsFileOutput(parameters, "MLM", context) or None
        return {"mlm": self._item, "overwrite": True} if self._item else {}

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """A page, and the verdict in words."""
        report = self.write_report(tr("Model {}").format(Path(found["model"]).name), page_parts(found))
        words = verdict(found)
        feedback.pushInfo(words)
        scene = found["scene"]
        return {"REPORT": report, "FITS": bool(scene and scene["fits"]), "VERDICT": words, "MLM": self._item}


def verdict(found: Found) -> str:
    """Whether model and scene go together, in a sentence."""
    if found["missing"]:
        return tr("The model's card lacks: {}.").format(", ".join(found["missing"]))
    scene = found["scene"]
    if scene is None:
        return tr("The model can be used; no scene was given.")
    if scene["fits"]:
        return tr("The scene fits the model.")
    return tr("The scene does not fit: {}").format(spoken(scene["problem"]))


def page_parts(found: Found) -> list[str]:
    """Card, graph, bands, classes and fit, as HTML."""
    card, scene = found["card"] or {}, found["scene"] or {}
    return [
        f"<p><b>{escape(verdict(found))}</b></p>",
        pages.notes(tr("Missing in the card"), [spoken(line) for line in found["missing"].values()]),
        pages.notes(tr("Unusual"), [spoken(line) for line in (*found["warnings"], *scene.get("warnings", ()))]),
        pages.facts(tr("Model"), _model_facts(found, card)),
        pages.table(tr("Classes"), ("", tr("Value"), tr("Class")), [_class(one) for one in card.get("classes", ())]),
        pages.table(
            tr("Bands"),
            (tr("Wanted"), tr("Found in the scene"), tr("Matched by"), tr("Type"), tr("Scale, offset")),
            [_band(one) for one in scene.get("bands", ())] or [_wanted(one) for one in card.get("bands", ())],
        ),
        pages.table(
            tr("Values (1 %, 50 %, 99 %)"),
            (tr("Band"), tr("Stored"), tr("As the network sees them"), tr("Outside of the calibrated range")),
            [_values(one) for one in scene.get("bands", ()) if one.get("values")],
        ),
        pages.table(
            tr("In INT8"),
            (tr("Engine"), tr("Share of the work")),
            _shares(found.get("audit") or {}),
        ),
    ]


def _model_facts(found: Found, card: Mapping[str, Any]) -> dict[str, Any]:
    graph = found["graph"]
    field = graph["receptive_field_px"]
    return {
        tr("Name"): card.get("name"),
        tr("Description"): card.get("description"),
        tr("Trained on"): card.get("trained_on"),
        tr("Limitations"): card.get("limitations"),
        tr("License"): card.get("license"),
        tr("Network"): tr("{} parameters, {}").format(
            f"{graph['parameters']:,}", "INT8" if graph["quantized"] else tr("float")
        ),
        tr("Ground sampling distance"): f"{card['gsd_m']:g} m" if card.get("gsd_m") else "",
        tr("No data"): card.get("nodata"),
        tr("Receptive field"): tr("unbounded: tiles are blended") if field is None else f"{field[0]} x {field[1]} px",
    }


def _class(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return pages.swatch(one["color"]), str(one["value"]), one["name"]


def _band(one: Mapping[str, Any]) -> tuple[Any, ...]:
    wanted = _named(one["wanted"], one["wanted_common_name"])
    if one["found"] is None:
        return wanted, pages.status("problem"), tr("nothing"), "", ""
    scale = "" if one["scale"] is None else f"{one['scale']:g}, {one['offset'] or 0:g}"
    return wanted, _named(one["found"], one["found_common_name"]), one["matched_by"], one["dtype"] or "", scale


def _wanted(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return _named(one["name"], one["common_name"]), "", "", "", ""


def _named(name: str, common_name: Any) -> str:
    return f"{name} ({common_name})" if common_name and common_name != name else str(name)


def _values(one: Mapping[str, Any]) -> tuple[Any, ...]:
    values = one["values"]
    stored, z = (", ".join(f"{value:.4g}" for value in values[key]) for key in ("stored", "z"))
    return one["wanted"], stored, z, pages.percent(values["outside_calibration"])


def _shares(audit: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(one["engine"], one["problem"] or pages.percent(one["int8_share"])) for one in audit.get("engines", ())]
