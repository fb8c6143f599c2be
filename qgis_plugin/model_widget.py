# SPDX-License-Identifier: GPL-2.0-or-later
"""Choosing a model in a dialog: those that come with geoquant, recent files, any file; with what its card says."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext, QgsProcessingException, QgsProcessingParameterDefinition
from qgis.gui import (
    QgsAbstractProcessingParameterWidgetWrapper,
    QgsProcessingGui,
    QgsProcessingParameterWidgetFactoryInterface,
)
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from .algorithms.inputs import MODEL_WIDGET
from .labels import tr
from .model_card import CardSummary, NotOnnx, read_summary
from .models import model_file, packaged_models, recent_models

NAME_SEPARATOR = " – "


class ModelChooser(QWidget):
    """An editable list of models with a button for files and, below it, the chosen model's card."""

    changed = pyqtSignal()

    def __init__(self, optional: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._list = QComboBox(self)
        self._list.setEditable(True)
        self._list.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._list.lineEdit().setPlaceholderText(tr("none") if optional else tr("choose a model, or type its path"))
        self._card = QLabel(self)
        self._card.setWordWrap(True)
        self._card.setTextFormat(Qt.TextFormat.RichText)
        self._fill()
        self._lay_out()
        self._list.currentTextChanged.connect(self._react)

    def _fill(self) -> None:
        for name, path in packaged_models().items():
            title = _title(path)
            self._list.addItem(f"{name}{NAME_SEPARATOR}{title}" if title else name, name)
        for path in recent_models():
            self._list.addItem(path, path)
        self._list.setCurrentIndex(-1)
        self._list.setEditText("")

    def _lay_out(self) -> None:
        browse = QToolButton(self)
        browse.setText("…")
        browse.setToolTip(tr("Choose an ONNX file"))
        browse.clicked.connect(self._browse)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self._list, 0, 0)
        grid.addWidget(browse, 0, 1)
        grid.addWidget(self._card, 1, 0, 1, 2)
        self._card.hide()

    def value(self) -> str:
        """The name of a model that comes with geoquant, or a path; "" for none."""
        text = self._list.currentText().strip()
        index = self._list.findText(text)
        return str(self._list.itemData(index)) if index >= 0 else text

    def set_value(self, value: str) -> None:
        """Choose a model by name or path."""
        index = self._list.findData(value)
        if index >= 0:
            self._list.setCurrentIndex(index)
        else:
            self._list.setEditText(value)

    def card(self) -> CardSummary | None:
        """The chosen model's card; None where there is no model, or none that can be read here."""
        try:
            return read_summary(model_file(self.value()))
        except (NotOnnx, OSError, QgsProcessingException):
            return None

    def _browse(self) -> None:
        start = str(Path(self.value()).parent) if Path(self.value()).is_file() else ""
        pattern = tr("ONNX models") + " (*.onnx);;" + tr("All files") + " (*)"
        chosen, _ = QFileDialog.getOpenFileName(self, tr("Choose a model"), start, pattern)
        if chosen:
            self.set_value(chosen)

    def _react(self) -> None:
        text = card_text(self.value())
        self._card.setText(text)
        self._card.setVisible(bool(text))
        self.changed.emit()


def card_text(value: str) -> str:
    """What the card of a model says, in a few lines of HTML; "" where no model is named."""
    if not value:
        return ""
    try:
        card = read_summary(model_file(value))
    except QgsProcessingException:
        return tr("There is no such file yet.")
    except (NotOnnx, OSError) as error:
        return escape(tr("This file can't be used: {}.").format(error))
    if card is None:
        return tr("The model has no card; the options below “Model card in a file of its own” say what it would.")
    return "<br>".join(_lines(card))


def _lines(card: CardSummary) -> list[str]:
    """Kind, resolution, bands, classes."""
    about = ["INT8" if card.int8 else "float"]
    if card.gsd_m:
        about.append(tr("trained at {} m").format(f"{card.gsd_m:g}"))
    if card.nodata is not None:
        about.append(tr("no data is {}").format(f"{card.nodata:g}"))
    lines = [escape(", ".join(about))]
    if card.bands:
        lines.append(escape(tr("Bands: {}").format(", ".join(card.bands))))
    if card.classes:
        lines.append(tr("Classes: {}").format(", ".join(_class(name, color) for _, name, color in card.classes)))
    return lines


def _class(name: str, color: str) -> str:
    square = f"<span style='color:{escape(color, quote=True)}'>&#9632;</span>&nbsp;" if color else ""
    return square + escape(name).replace(" ", "&nbsp;")


def _title(path: Path) -> str:
    """The name in a model's card, where it says more than the file's name."""
    try:
        card = read_summary(path)
    except (NotOnnx, OSError):
        return ""
    return card.name if card and card.name != path.stem else ""


class ModelWrapper(QgsAbstractProcessingParameterWidgetWrapper):
    """A ``ModelChooser`` as the widget of a parameter; what the card says fills in what nobody has set."""

    FILLED = ("NODATA", "OVERLAP")
    """Parameters that take the card's value in the dialog, so that one sees it."""

    def __init__(self, parameter: QgsProcessingParameterDefinition, kind: QgsProcessingGui.WidgetType) -> None:
        super().__init__(parameter, kind)
        self._others: list[QgsAbstractProcessingParameterWidgetWrapper] = []
        self._filled: dict[str, Any] = {}

    def createWidget(self) -> QWidget:  # noqa: N802
        """The chooser."""
        optional = not self.parameterDefinition().checkValueIsAcceptable("")
        self._chooser = ModelChooser(not optional)
        self._chooser.changed.connect(self._react)
        return self._chooser

    def setWidgetValue(self, value: Any, context: QgsProcessingContext) -> None:  # noqa: N802
        """Show a value."""
        self._chooser.set_value(str(value or ""))

    def widgetValue(self) -> Any:  # noqa: N802
        """The model, None for none."""
        return self._chooser.value() or None

    def postInitialize(self, wrappers: list[QgsAbstractProcessingParameterWidgetWrapper]) -> None:  # noqa: N802
        """Remember the other widgets of a dialog, to fill them."""
        if self.parameterDefinition().name() == "MODEL" and self.type() == QgsProcessingGui.WidgetType.Standard:
            self._others = [one for one in wrappers if one.parameterDefinition().name() in self.FILLED]

    def _react(self) -> None:
        self.widgetValueHasChanged.emit(self)
        if self._others:
            self._fill(self._chooser.card())

    def _fill(self, card: CardSummary | None) -> None:
        """Put the card's values where nothing stands, or what the last model's card said."""
        says = {} if card is None else {"NODATA": card.nodata, "OVERLAP": card.overlap_px}
        for wrapper in self._others:
            name = wrapper.parameterDefinition().name()
            if wrapper.parameterValue() in (None, self._filled.get(name)):
                self._filled[name] = says.get(name)
                wrapper.setParameterValue(says.get(name), QgsProcessingContext())


class ModelWidgetFactory(QgsProcessingParameterWidgetFactoryInterface):
    """Makes ``ModelWrapper`` for parameters that name ``MODEL_WIDGET`` in their metadata."""

    def __init__(self) -> None:
        super().__init__()
        self._made: list[ModelWrapper] = []

    def parameterType(self) -> str:  # noqa: N802
        """What parameters call this widget."""
        return MODEL_WIDGET

    def createWidgetWrapper(  # noqa: N802
        self, parameter: QgsProcessingParameterDefinition, kind: QgsProcessingGui.WidgetType
    ) -> ModelWrapper:
        """One widget."""
        return ModelWrapper(parameter, kind)

    def compatibleParameterTypes(self) -> list[str]:  # noqa: N802
        """Inputs of a model of the designer that may feed it."""
        return ["file", "string"]

    def compatibleOutputTypes(self) -> list[str]:  # noqa: N802
        """Results of other steps that may feed it."""
        return ["outputFile", "outputString"]
