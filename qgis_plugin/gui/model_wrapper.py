# SPDX-License-Identifier: GPL-2.0-or-later
"""The widget of parameters that take a model, in the dialogs of Processing.

It is one of Processing's own kind in Python: QGIS 3.22 gives widgets from other wrappers a second Python object, which
makes the first one useless.
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import DIALOG_STANDARD, WidgetWrapper
from qgis.core import QgsProcessingContext, QgsProcessingParameterDefinition
from qgis.gui import QgsGui

from ..compat import OPTIONAL
from ..models.model_card import CardSummary
from .model_chooser import ModelChooser


class ModelWrapper(WidgetWrapper):
    """A ``ModelChooser``; what the chosen model's card says fills in what nobody has set.

    The model designer gets QGIS's own widget for files, which offers the results of other steps.
    """

    FILLED = ("NODATA", "OVERLAP")
    """Parameters that take the card's value in the dialog, so that one sees it."""

    def __new__(cls, parameter: QgsProcessingParameterDefinition, dialog: Any, *place: int) -> Any:
        """A wrapper for this kind of dialog."""
        if hasattr(dialog, "childId"):
            registry = QgsGui.processingGuiRegistry()
            return registry.createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        return super().__new__(cls)

    def createWidget(self) -> ModelChooser:  # noqa: N802
        """The chooser; called once, when the wrapper is made."""
        self._others: list[Any] = []
        self._filled: dict[str, Any] = {}
        optional = bool(self.parameterDefinition().flags() & OPTIONAL)
        chooser = ModelChooser(optional, self.dialogType == DIALOG_STANDARD)
        chooser.changed.connect(self._react)
        return chooser

    def setValue(self, value: Any) -> None:  # noqa: N802
        """Show a value."""
        self.widget.set_value(str(value or ""))

    def value(self) -> Any:
        """The model, None for none."""
        return self.widget.value() or None

    def postInitialize(self, wrappers: list[Any]) -> None:  # noqa: N802
        """Remember the other widgets of a dialog, to fill them."""
        if self.parameterDefinition().name() == "MODEL" and self.dialogType == DIALOG_STANDARD:
            self._others = [one for one in wrappers if one.parameterDefinition().name() in self.FILLED]

    def _react(self) -> None:
        self.widgetValueHasChanged.emit(self)
        if self._others:
            self._fill(self.widget.card())

    def _fill(self, card: CardSummary | None) -> None:
        """Put the card's values where nothing stands, or what the last model's card said."""
        says = {} if card is None else {"NODATA": card.nodata, "OVERLAP": card.overlap_px}
        for wrapper in self._others:
            name = wrapper.parameterDefinition().name()
            if wrapper.parameterValue() in (None, self._filled.get(name)):
                self._filled[name] = says.get(name)
                wrapper.setParameterValue(says.get(name), QgsProcessingContext())
