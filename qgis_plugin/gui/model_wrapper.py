# SPDX-License-Identifier: GPL-2.0-or-later
"""The widget of parameters that take a model, in the dialogs of Processing.

It is one of Processing's own kind in Python: QGIS 3.22 gives widgets from other wrappers a second Python object, which
makes the first one useless.
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import DIALOG_STANDARD, WidgetWrapper
from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingParameterDefinition
from qgis.gui import QgsGui

from ..compat import OPTIONAL
from ..labels import tr
from ..models.model_card import CardSummary
from ..models.models import int8_file, model_file
from .model_chooser import ModelChooser

TEMPORARY = "TEMPORARY_OUTPUT"
"""What a destination holds that nobody has named: Processing's word."""


class ModelWrapper(WidgetWrapper):
    """A ``ModelChooser``; fields that nobody has filled show what the chosen model's card says of them.

    They stay empty all the same: a default that a dialog shows was not chosen by the user, and what was not given must
    not overrule what a scene declares.

    The model designer gets QGIS's own widget for files, which offers the results of other steps.
    """

    HINTED = ("NODATA", "OVERLAP")
    """Parameters whose empty fields show the card's value."""

    def __new__(cls, parameter: QgsProcessingParameterDefinition, dialog: Any, *place: int) -> Any:
        """A wrapper for this kind of dialog."""
        if hasattr(dialog, "childId"):
            registry = QgsGui.processingGuiRegistry()
            return registry.createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        return super().__new__(cls)

    def createWidget(self) -> ModelChooser:  # noqa: N802
        """The chooser; called once, when the wrapper is made."""
        self._others: list[Any] = []
        self._out: Any = None
        self._suggested = TEMPORARY
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
        """Remember the other widgets of a dialog, to give hints in them."""
        if self.parameterDefinition().name() == "MODEL" and self.dialogType == DIALOG_STANDARD:
            self._out = next((one for one in wrappers if _takes_a_model(one.parameterDefinition())), None)
            self._others = [one for one in wrappers if one.parameterDefinition().name() in self.HINTED]

    def _react(self) -> None:
        self.widgetValueHasChanged.emit(self)
        if self._others:
            self._hint(self.widget.card())
        if self._out is not None and self._out.parameterValue() in (None, "", self._suggested):
            self._suggest()

    def _suggest(self) -> None:
        """Name a file for the INT8 model beside the float model; a name that the user has given stays."""
        try:
            self._suggested = str(int8_file(model_file(self.widget.value())))
        except (QgsProcessingException, OSError):
            self._suggested = TEMPORARY
        self._out.setParameterValue(self._suggested, QgsProcessingContext())

    def _hint(self, card: CardSummary | None) -> None:
        """Say in empty fields what holds while they are empty."""
        nodata, overlap = (None, None) if card is None else (card.nodata, card.overlap_px)
        hints = {
            "NODATA": tr("Not set: the scene's, else {}").format("-" if nodata is None else f"{nodata:g}"),
            "OVERLAP": tr("Not set") if overlap is None else tr("Not set: {} by the card").format(overlap),
        }
        for wrapper in self._others:
            wrapper.wrappedWidget().setSpecialValueText(hints[wrapper.parameterDefinition().name()])


def _takes_a_model(parameter: QgsProcessingParameterDefinition) -> bool:
    """Whether it is the destination of a model."""
    return parameter.isDestination() and parameter.defaultFileExtension() == "onnx"
