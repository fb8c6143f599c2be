"""The walk of ``make_screenshots.py``, run inside QGIS by ``qgis --code``: from nothing to a styled layer.

What it needs to know comes from the environment variable WALK as JSON: checkout, python, scene, model, out. It writes
PNG files and walk.json, with what a test asserts, into ``out``.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from qgis.core import (
    QgsApplication,
    QgsContrastEnhancement,
    QgsMultiBandColorRenderer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsSettings,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QDialog, QDockWidget, QLabel, QPushButton, QTabWidget
from qgis.utils import iface

WALK = json.loads(os.environ["WALK"])
OUT = Path(WALK["out"])
sys.path.insert(0, WALK["checkout"])
LONGEST_WAIT_S = 180
DARKEST, BRIGHTEST = 1000, 3500
STRETCHES = {3: "setRedContrastEnhancement", 2: "setGreenContrastEnhancement", 1: "setBlueContrastEnhancement"}
facts = {}


def picture(widget, name):
    """Save what a widget shows."""
    widget.grab().save(str(OUT / f"{name}.png"))


def button(parent, text):
    """The button with this text."""
    return next(one for one in parent.findChildren(QPushButton) if text in one.text().replace("&", ""))


def message_bar_texts():
    """What stands above the map."""
    return [item.text() for item in iface.messageBar().items()]


def walk():
    """The steps; each yields seconds to wait, or a condition to wait for."""
    from qgis_plugin.plugin import GeoquantPlugin

    window = iface.mainWindow()
    window.resize(1280, 800)
    for name in ("Browser", "Browser2", "MessageLog", "LayerStyling", "UserInputDockWidget"):
        dock = window.findChild(QDockWidget, name)
        if dock:
            dock.hide()
    iface.newProject()
    plugin = GeoquantPlugin(iface)
    plugin.initGui()
    yield 1.0
    yield from environment_is_missing(plugin)
    os.environ["GEOQUANT_PYTHON"] = WALK["python"]
    layer = QgsRasterLayer(WALK["scene"], "scene")
    QgsProject.instance().addMapLayer(layer)
    iface.setActiveLayer(layer)
    show_natural_colours(layer)
    yield 1.0
    yield from toolbox()
    yield from dialog(layer)
    yield from preview(plugin, layer)
    plugin.unload()
    facts["unloaded"] = QgsApplication.processingRegistry().providerById("geoquant") is None


def environment_is_missing(plugin):
    """Without an environment the button leads to the setup."""
    plugin.preview.start()
    yield 1.0
    facts["setup_messages"] = message_bar_texts()
    window = iface.mainWindow()
    picture(window, "setup-message")
    button(iface.messageBar(), "Set up environment").click()
    yield lambda: dialogs()
    yield 0.5
    picture(dialogs()[0], "setup-dialog")
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
    facts["toolbox"] = [provider.data()] + [
        model.index(row, 0, provider).data() for row in range(model.rowCount(provider))
    ]
    picture(iface.mainWindow(), "toolbox")


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
    facts["nodata_filled"] = wrappers["NODATA"].parameterValue()
    picture(shown, "dialog")
    tabs = shown.findChild(QTabWidget)
    button(shown, "Run").click()
    yield 3.0
    facts["log_tab"] = tabs.currentIndex()
    picture(shown, "progress")
    yield lambda: len(QgsProject.instance().mapLayers()) > 1
    yield 1.0
    picture(shown, "finished")
    shown.close()
    yield 1.5
    result = next(
        one for one in QgsProject.instance().mapLayers().values() if one is not layer and one.id() != layer.id()
    )
    facts["result"] = {"name": result.name(), "renderer": result.renderer().type()}
    facts["classes"] = [one.label for one in result.renderer().classes()]
    picture(iface.mainWindow(), "result")
    QgsProject.instance().removeMapLayer(result.id())


def preview(plugin, layer):
    """What the map shows, in one click; the first one chooses the engine, the second is timed."""
    QgsSettings().setValue("geoquant/preview_model", WALK["model"])
    iface.setActiveLayer(layer)
    middle, side = layer.extent().center(), 250 * layer.rasterUnitsPerPixelX()
    iface.mapCanvas().setExtent(
        QgsRectangle(middle.x() - side, middle.y() - side, middle.x() + side, middle.y() + side)
    )
    iface.mapCanvas().refresh()
    yield 1.0
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
    picture(iface.mainWindow(), "preview")


class Steps:
    """Runs the walk from the event loop, so that QGIS lives between the steps."""

    def __init__(self):
        self._walk = walk()
        self._ready, self._since = lambda: True, time.monotonic()
        self._timer = QTimer()
        self._timer.timeout.connect(self.step)
        self._timer.start(50)

    def step(self):
        """Go on where the condition holds."""
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
