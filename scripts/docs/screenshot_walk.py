"""The walk of ``make_screenshots.py``, run inside QGIS by ``qgis --code``: from nothing to a styled layer.

What it needs to know comes from the environment variable WALK as JSON: plugin (the zip), python, scene, model, scratch,
out. It writes pictures and walk.json, with what a test asserts, into ``out``.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import pyplugin_installer
import qgis.utils
from qgis.core import (
    QgsApplication,
    QgsContrastEnhancement,
    QgsCoordinateReferenceSystem,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
)
from qgis.gui import QgsProcessingModelerParameterWidget
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDialog, QDockWidget, QLabel, QPushButton, QTabWidget
from qgis.utils import iface

WALK = json.loads(os.environ["WALK"])
OUT = Path(WALK["out"])
PLUGIN = "geoquant_qgis"
LONGEST_WAIT_S = 180
JPEG_QUALITY = 85
DARKEST, BRIGHTEST = 0.0, 0.28  # reflectance
STRETCHES = {3: "setRedContrastEnhancement", 2: "setGreenContrastEnhancement", 1: "setBlueContrastEnhancement"}
facts = {"exceptions": []}


def picture(widget, name):
    """Save what a widget shows."""
    widget.grab().save(str(OUT / name), quality=JPEG_QUALITY if name.endswith(".jpg") else -1)


def button(parent, text):
    """The button with this text."""
    return next(one for one in parent.findChildren(QPushButton) if text in one.text().replace("&", ""))


def message_bar_texts():
    """What stands above the map."""
    return [item.text() for item in iface.messageBar().items()]


def walk():
    """The steps; each yields seconds to wait, or a condition to wait for."""
    sys.excepthook = lambda *error: facts["exceptions"].append("".join(traceback.format_exception(*error)))
    window = iface.mainWindow()
    window.resize(1280, 800)
    for name in ("Browser", "Browser2", "MessageLog", "LayerStyling", "UserInputDockWidget"):
        dock = window.findChild(QDockWidget, name)
        if dock:
            dock.hide()
    iface.newProject()
    pyplugin_installer.instance().installFromZipFile(WALK["plugin"])
    plugin = qgis.utils.plugins[PLUGIN]
    yield 1.0
    yield from environment_is_missing()
    os.environ["GEOQUANT_PYTHON"] = WALK["python"]
    layer = QgsRasterLayer(WALK["scene"], "scene")
    QgsProject.instance().addMapLayer(layer)
    iface.setActiveLayer(layer)
    show_natural_colours(layer)
    yield 1.0
    yield from toolbox()
    yield from dialog(layer)
    yield from quantize()
    yield from batch(layer)
    yield from designer()
    yield from preview(plugin, layer)
    qgis.utils.unloadPlugin(PLUGIN)
    facts["unloaded"] = QgsApplication.processingRegistry().providerById("geoquant") is None


def environment_is_missing():
    """Without an environment a message says so, as soon as the plugin is there, and leads to the setup."""
    facts["setup_messages"] = message_bar_texts()
    window = iface.mainWindow()
    picture(window, "setup-message.png")
    button(iface.messageBar(), "Options").click()
    yield lambda: dialogs()
    yield 0.5
    picture(dialogs()[0], "setup-dialog.png")
    dialogs()[0].close()
    iface.messageBar().clearWidgets()
    yield 0.5


def dialogs():
    """Open dialogs of algorithms."""
    return [one for one in QgsApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def show_natural_colours(layer):
    """Red, green and blue of the demo scene, stretched for land: clouds may be white."""
    provider = layer.dataProvider()
    renderer = QgsMultiBandColorRenderer(provider, 3, 2, 1)
    for band, use in STRETCHES.items():
        stretch = QgsContrastEnhancement(provider.dataType(band))
        stretch.setContrastEnhancementAlgorithm(QgsContrastEnhancement.StretchToMinimumMaximum)
        stretch.setMinimumValue(DARKEST)
        stretch.setMaximumValue(BRIGHTEST)
        getattr(renderer, use)(stretch)
    layer.setRenderer(renderer)
    iface.mapCanvas().setExtent(layer.extent())
    iface.mapCanvas().refresh()


def toolbox():
    """The provider in the toolbox."""
    dock = iface.mainWindow().findChild(QDockWidget, "ProcessingToolbox")
    dock.show()
    dock.searchBox.setText("geoquant")
    yield 1.5
    model = dock.algorithmTree.model()
    provider = model.index(0, 0)
    facts["toolbox"] = {
        group.data(): [model.index(row, 0, group).data() for row in range(model.rowCount(group))]
        for group in (model.index(row, 0, provider) for row in range(model.rowCount(provider)))
    }
    picture(iface.mainWindow(), "toolbox.jpg")


def dialog(layer):
    """The dialog of Classify raster, its progress and its result."""
    import processing

    shown = processing.createAlgorithmDialog("geoquant:classify", {})
    shown.show()
    shown.resize(1000, 680)
    yield 0.5
    wrappers = shown.mainWidget().wrappers
    context = processing.tools.dataobjects.createContext()
    wrappers["INPUT"].setParameterValue(layer.id(), context)
    wrappers["MODEL"].setParameterValue(WALK["model"], context)
    yield 0.5
    facts["card"] = [one.text() for one in wrappers["MODEL"].widget.findChildren(QLabel)]
    facts["nodata_shown"] = wrappers["NODATA"].wrappedWidget().text()
    given = shown.mainWidget().createProcessingParameters()
    facts["nodata_given"], facts["overlap_given"] = given.get("NODATA"), given.get("OVERLAP")
    picture(shown, "dialog.png")
    tabs = shown.findChild(QTabWidget)
    button(shown, "Run").click()
    yield 3.0
    facts["log_tab"] = tabs.currentIndex()
    picture(shown, "progress.png")
    yield lambda: len(QgsProject.instance().mapLayers()) > 1
    yield 1.0
    shown.close()
    yield 1.5
    result = next(
        one for one in QgsProject.instance().mapLayers().values() if one is not layer and one.id() != layer.id()
    )
    facts["result"] = {"name": result.name(), "renderer": result.renderer().type()}
    facts["classes"] = [one.label for one in result.renderer().classes()]
    picture(iface.mainWindow(), "result.png")
    QgsProject.instance().removeMapLayer(result.id())


def quantize():
    """The dialog of Quantize model names a file beside the float model; the next dialog's list holds what was made."""
    import processing

    float_model = Path(WALK["scratch"]) / "net.onnx"
    float_model.write_bytes(Path(WALK["model_file"]).read_bytes())
    shown = processing.createAlgorithmDialog("geoquant:quantize", {})
    shown.show()
    yield 0.5
    wrappers = shown.mainWidget().wrappers
    wrappers["MODEL"].setParameterValue(str(float_model), processing.tools.dataobjects.createContext())
    yield 0.5
    facts["int8_model"] = wrappers["OUTPUT"].parameterValue().replace(str(float_model.parent), "FOLDER")
    wrappers["MODEL"].setParameterValue(WALK["model"], processing.tools.dataobjects.createContext())
    facts["int8_of_packaged"] = wrappers["OUTPUT"].parameterValue()
    shown.close()
    yield 0.2


def batch(layer):
    """Two scenes in one go."""
    from processing.gui.BatchAlgorithmDialog import BatchAlgorithmDialog
    from processing.tools.dataobjects import createContext

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geoquant:classify")
    shown = BatchAlgorithmDialog(algorithm, parent=iface.mainWindow())
    shown.show()
    shown.resize(1200, 420)
    panel, context = shown.mainWidget(), createContext()
    panel.addRow()
    panel.checkLoadLayersOnCompletion.setChecked(False)
    outputs = [Path(WALK["scratch"]) / f"batch_{number}.tif" for number in (1, 2)]
    for row, out in enumerate(outputs):
        for name, value in {"INPUT": layer.id(), "MODEL": WALK["model"], "ENGINE": "ort"}.items():
            panel.wrappers[row][panel.parameter_to_column[name]].setParameterValue(value, context)
        panel.tblParameters.cellWidget(row + 1, panel.parameter_to_column["OUTPUT"]).setValue(str(out))
    yield 0.5
    panel.tblParameters.resizeColumnsToContents()
    yield 0.5
    picture(shown, "batch.png")
    button(shown, "Run").click()
    yield lambda: all(out.is_file() for out in outputs)
    yield 1.0
    facts["batch"] = [out.name for out in outputs]
    shown.close()


def designer():
    """A step of a model, as the designer shows it."""
    from processing.modeler.ModelerParametersDialog import ModelerParametersDialog
    from qgis.core import QgsProcessingModelAlgorithm

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geoquant:classify")
    model = QgsProcessingModelAlgorithm("model", "tests")
    shown = ModelerParametersDialog(algorithm, model)
    shown.show()
    shown.resize(800, 520)
    yield 1.0
    picture(shown, "designer.png")
    widgets = shown.findChildren(QgsProcessingModelerParameterWidget)
    facts["designer"] = [one.parameterDefinition().name() for one in widgets]
    shown.close()
    yield 0.5


def accept_model():
    """The dialog that asks for the model of previews, which stands in an event loop of its own."""
    asked = dialogs()[0]
    facts["suggested"] = asked.chooser.value()
    picture(asked, "preview-model.png")
    asked.accept()


def preview(plugin, layer):
    """What the map shows, in one click; the first one chooses the engine, the second is timed."""
    iface.setActiveLayer(layer)
    middle, side = layer.extent().center(), 250 * layer.rasterUnitsPerPixelX()
    iface.mapCanvas().setExtent(
        QgsRectangle(middle.x() - side, middle.y() - side, middle.x() + side, middle.y() + side)
    )
    iface.mapCanvas().refresh()
    yield 1.0
    QTimer.singleShot(1000, accept_model)
    for turn in ("first", "second"):
        began = time.monotonic()
        before = set(QgsProject.instance().mapLayers())
        plugin.preview.start()
        yield lambda before=before: set(QgsProject.instance().mapLayers()) - before
        facts[f"preview_{turn}_s"] = round(time.monotonic() - began, 2)
        yield 0.5
    previews = [one for one in QgsProject.instance().mapLayers().values() if one.name().startswith("Preview")]
    facts["previews"] = [one.name() for one in previews]
    facts["preview_px"] = [[one.width(), one.height()] for one in previews]
    yield 1.5
    picture(iface.mainWindow(), "preview.png")
    before = set(QgsProject.instance().mapLayers())
    QgsProject.instance().setCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
    yield 1.0
    plugin.preview.start()
    yield lambda: set(QgsProject.instance().mapLayers()) - before
    (moved,) = [one for one in QgsProject.instance().mapLayers().values() if one.name().startswith("Preview")]
    facts["preview_of_another_crs"] = [moved.crs().authid(), moved.width(), moved.height()]


class Steps:
    """Runs the walk from the event loop, so that QGIS lives between the steps."""

    def __init__(self):
        self._walk = walk()
        self._ready, self._since = lambda: True, time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self.step)
        self._timer.start(50)

    def step(self):
        """Go on where the condition holds; not while a step waits in an event loop of its own, as batch mode does."""
        if self._walk.gi_running:
            return
        try:
            if time.monotonic() - self._since > LONGEST_WAIT_S:
                raise TimeoutError("the walk waits for something that does not come")
            if not self._ready():
                return
            wanted = next(self._walk)
            until = time.monotonic() + wanted if isinstance(wanted, float) else None
            self._ready = (lambda: time.monotonic() > until) if until else wanted
            self._since = time.monotonic()
        except StopIteration:
            self.leave()
        except BaseException:
            facts["error"] = traceback.format_exc()
            self.leave()

    def leave(self):
        """Write the facts and end QGIS."""
        self._timer.stop()
        (OUT / "walk.json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
        QgsProject.instance().clear()
        QgsProject.instance().setDirty(False)
        iface.actionExit().trigger()


steps = Steps()
