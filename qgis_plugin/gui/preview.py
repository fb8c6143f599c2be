# SPDX-License-Identifier: GPL-2.0-or-later
"""Classify what the map shows: one click, a background task, a styled layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsApplication,
    QgsCoordinateTransform,
    QgsCsException,
    QgsMapLayer,
    QgsProcessingException,
    QgsProcessingUtils,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSettings,
    QgsTask,
)
from qgis.PyQt.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout

from ..compat import CRITICAL, WARNING
from ..labels import spoken, tr
from ..models.models import model_file, remember_model, suggested_model
from ..results.job_progress import JobBar
from ..results.layers import bounds_of, scenes_of, source_of
from ..results.reporting import show_log, tell, warn, warn_of_drift
from ..results.styling import style_raster
from ..settings import geoquant_python
from ..worker.arguments import command_arguments
from ..worker.client import WorkerCancelled, WorkerFailed, run_worker
from .dialogs import offer_setup, open_dialog
from .model_chooser import ModelChooser

MODEL_KEY = "geoquant/preview_model"
PREVIEW_PROPERTY = "geoquant/preview"
MOST_PIXELS = 4096 * 4096
"""What is still called a preview: some seconds on a laptop."""


class PreviewTask(QgsTask):
    """Classifies a part of a scene in a worker; the task manager shows and cancels it."""

    _alive: ClassVar[set[PreviewTask]] = set()
    """QGIS deletes a task when it has ended; until then Python must not."""

    def __init__(self, python: Path, arguments: list[str], out: Path, model: str) -> None:
        super().__init__(tr("Classifying what the map shows"), QgsTask.Flag.CanCancel)
        self._python, self._arguments, self.out, self.model = python, arguments, out, model
        self._bar = JobBar("classify")
        self._alive.add(self)
        self.result: Mapping[str, Any] = {}
        self.failure: Exception | None = None

    def run(self) -> bool:
        """Run the worker, in a thread of the task manager."""
        try:
            self.result = run_worker(self._python, self._arguments, on_event=self._take, is_cancelled=self.isCanceled)
        except (WorkerFailed, WorkerCancelled) as failure:
            self.failure = failure
            return False
        return True

    def finished(self, done: bool) -> None:
        """Show the result, or say what went wrong; in the main thread."""
        self._alive.discard(self)
        if done:
            show_result(self)
        elif isinstance(self.failure, WorkerFailed):
            log = self.failure.log or str(self.failure)
            tell(spoken(str(self.failure)), CRITICAL, (tr("Show the log"), lambda: show_log(log)))

    def _take(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "progress":
            self.setProgress(self._bar.percent(event))


class Preview:
    """Starts ``PreviewTask`` for the map of ``iface``."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface

    def start(self) -> PreviewTask | None:
        """Classify what is visible of the current raster with the model of last time; None where nothing started."""
        python = geoquant_python()
        if python is None:
            offer_setup()
            return None
        try:
            layer = self._layer()
            model = self._model(layer)
            return None if model is None else self._started(python, layer, model)
        except QgsProcessingException as refusal:
            warn(str(refusal))
            return None

    def choose_model(self, layer: QgsRasterLayer | None = None) -> str:
        """Ask for the model of the next previews; "" where the dialog was cancelled."""
        dialog = ModelDialog(self._iface.mainWindow())
        remembered = str(QgsSettings().value(MODEL_KEY, ""))
        dialog.chooser.set_value(remembered or (suggested_model(layer) if layer else ""))
        if not dialog.exec():
            return ""
        remember_model(model_file(dialog.chooser.value()))
        QgsSettings().setValue(MODEL_KEY, dialog.chooser.value())
        return dialog.chooser.value()

    def _model(self, layer: QgsRasterLayer) -> str | None:
        named = str(QgsSettings().value(MODEL_KEY, ""))
        try:
            model_file(named)
        except QgsProcessingException:
            named = self.choose_model(layer)
        return named or None

    def _layer(self) -> QgsRasterLayer:
        """The current layer where it is a scene, else the uppermost visible one."""
        active = self._iface.activeLayer()
        if _is_scene(active):
            return active
        visible = self._iface.mapCanvas().layers()
        found = next((layer for layer in visible if _is_scene(layer) and _can_be_read(layer)), None)
        if found is None:
            raise QgsProcessingException(
                tr("The map shows no scene; load a raster and choose it in the list of layers.")
            )
        return found

    def _started(self, python: Path, layer: QgsRasterLayer, model: str) -> PreviewTask | None:
        scene, extent = scenes_of([layer]), self._visible(layer)
        pixels = extent.area() / (layer.rasterUnitsPerPixelX() * layer.rasterUnitsPerPixelY())
        if pixels > MOST_PIXELS:
            self._offer_whole(layer, model, extent, pixels)
            return None
        out = Path(QgsProcessingUtils.generateTempFilename("preview.tif"))
        options = {"model": model_file(model), "out": out, "bounds": bounds_of(extent), "overwrite": True}
        task = PreviewTask(python, command_arguments("classify", scene, **options), out, model)
        QgsApplication.taskManager().addTask(task)
        return task

    def _visible(self, layer: QgsRasterLayer) -> QgsRectangle:
        """The part of a layer that the map shows, in the layer's CRS."""
        canvas = self._iface.mapCanvas()
        shown = canvas.mapSettings().destinationCrs()
        extent = canvas.extent()
        if shown.isValid() and layer.crs().isValid() and shown != layer.crs():
            try:
                extent = QgsCoordinateTransform(shown, layer.crs(), QgsProject.instance()).transformBoundingBox(extent)
            except QgsCsException as error:
                raise QgsProcessingException(
                    tr("The map's extent can't be brought to the scene's CRS: {}").format(error)
                ) from error
        part = extent.intersect(layer.extent())
        if part.isEmpty():
            raise QgsProcessingException(tr("The map shows nothing of “{}”; zoom to it.").format(layer.name()))
        return part

    def _offer_whole(self, layer: QgsRasterLayer, model: str, extent: QgsRectangle, pixels: float) -> None:
        """Say that this is more than a preview, and lead to the algorithm."""
        sides = (extent.xMinimum(), extent.xMaximum(), extent.yMinimum(), extent.yMaximum())
        area = ",".join(map(repr, sides)) + f" [{layer.crs().authid()}]"
        parameters = {"INPUT": layer.id(), "MODEL": model, "EXTENT": area}
        text = tr("The map shows {} Mpx of the scene, more than a preview; zoom in, or classify it as a whole.")
        whole = tr("Classify raster…"), lambda: open_dialog("classify", parameters)
        tell(text.format(f"{pixels / 1e6:.0f}"), WARNING, whole)


class ModelDialog(QDialog):
    """Asks which model previews run."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Model for previews"))
        self.chooser = ModelChooser(False, parent=self)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel, self)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        accept = buttons.button(kinds.Ok)
        accept.setEnabled(False)
        self.chooser.changed.connect(lambda: accept.setEnabled(_exists(self.chooser.value())))
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("Which model shall classify what the map shows?"), self))
        layout.addWidget(self.chooser)
        layout.addStretch()
        layout.addWidget(buttons)
        self.resize(640, 300)


def show_result(task: PreviewTask) -> QgsRasterLayer:
    """Put a preview above the other layers, in place of an earlier one of the same model."""
    project = QgsProject.instance()
    earlier = [one.id() for one in project.mapLayers().values() if one.customProperty(PREVIEW_PROPERTY) == task.model]
    project.removeMapLayers(earlier)
    layer = QgsRasterLayer(str(task.out), tr("Preview: {}").format(Path(task.model).stem))
    layer.setCustomProperty(PREVIEW_PROPERTY, task.model)
    style_raster(layer)
    project.addMapLayer(layer, False)
    project.layerTreeRoot().insertLayer(0, layer)
    diagnosis = task.result.get("drift_diagnosis")
    if diagnosis:
        warn_of_drift(layer.name(), spoken(diagnosis))
    return layer


def _exists(model: str) -> bool:
    try:
        return model_file(model).is_file()
    except QgsProcessingException:
        return False


def _is_scene(layer: QgsMapLayer | None) -> bool:
    return isinstance(layer, QgsRasterLayer) and not layer.customProperty(PREVIEW_PROPERTY)


def _can_be_read(layer: QgsRasterLayer) -> bool:
    try:
        return bool(source_of(layer))
    except QgsProcessingException:
        return False
