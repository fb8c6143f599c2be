# SPDX-License-Identifier: GPL-2.0-or-later
"""The plugin: a provider for Processing everywhere; in the window also a button, a menu and a hint."""

from __future__ import annotations

from typing import Any, Callable

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QAction, QMenu, QToolButton

from .icons import icon
from .labels import tr
from .provider import GeoquantProvider
from .settings import geoquant_python
from .translation import load_translation


class GeoquantPlugin:
    """What QGIS loads and unloads."""

    def __init__(self, iface: Any) -> None:
        self._iface = iface
        self._provider: GeoquantProvider | None = None
        self._actions: list[QAction] = []
        self._menu: QMenu | None = None
        self._toolbar_action: QAction | None = None
        self.preview: Any = None
        self._translator = load_translation()

    def initProcessing(self) -> None:  # noqa: N802
        """Add the provider; all that ``qgis_process`` asks for."""
        self._provider = GeoquantProvider()
        QgsApplication.processingRegistry().addProvider(self._provider)

    def initGui(self) -> None:  # noqa: N802
        """Add the provider, the button and its menu."""
        from .gui.dialogs import offer_setup
        from .gui.preview import Preview

        self.initProcessing()
        self.preview = Preview(self._iface)
        self._add_actions()
        if geoquant_python() is None:
            self._when_visible(offer_setup)

    def _when_visible(self, work: Callable[[], Any]) -> None:
        """Do something when the window is there: at once, where the plugin is installed or enabled in it."""
        if self._iface.mainWindow().isVisible():
            QTimer.singleShot(0, work)
        else:
            self._iface.initializationCompleted.connect(work)

    def unload(self) -> None:
        """Take everything away again."""
        for action in self._actions:
            self._iface.removePluginRasterMenu("geoquant", action)
        if self._toolbar_action is not None:
            self._iface.removeToolBarIcon(self._toolbar_action)
        if self._provider is not None:
            QgsApplication.processingRegistry().removeProvider(self._provider)
            self._provider = None
        self._actions = []
        QgsApplication.removeTranslator(self._translator)

    def _add_actions(self) -> None:
        from .gui.dialogs import open_dialog

        self._action(tr("Classify What the Map Shows"), self.preview.start)
        self._action(tr("Choose the Model for Previews…"), self.preview.choose_model)
        self._action(tr("Classify Raster…"), lambda: open_dialog("classify"))
        self._action(tr("Set Up Environment…"), lambda: open_dialog("setup"))
        self._menu = QMenu(self._iface.mainWindow())
        self._menu.addActions(self._actions[1:])
        button = QToolButton(self._iface.mainWindow())
        button.setDefaultAction(self._actions[0])
        button.setMenu(self._menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        self._toolbar_action = self._iface.addToolBarWidget(button)

    def _action(self, text: str, work: Callable[[], Any]) -> None:
        action = QAction(icon(), text, self._iface.mainWindow())
        action.triggered.connect(lambda _=False: work())
        self._iface.addPluginToRasterMenu("geoquant", action)
        self._actions.append(action)
