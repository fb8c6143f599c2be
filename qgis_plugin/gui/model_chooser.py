# SPDX-License-Identifier: GPL-2.0-or-later
"""Choosing a model in a dialog: those that come with geoquant, recent files, any file; with what its card says."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from qgis.core import QgsProcessingException
from qgis.PyQt.QtCore import Qt, pyqtSignal
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtWidgets import QComboBox, QFileDialog, QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from ..labels import tr
from ..models.model_card import CardSummary, NotOnnx, read_summary
from ..models.models import model_file, packaged_models, recent_models

NAME_SEPARATOR = " – "
LIGHT = 0.95
"""From this lightness on, a square is drawn as an outline: it would not show."""


class ModelChooser(QWidget):
    """An editable list of models with a button for files and, below it, the chosen model's card."""

    changed = pyqtSignal()

    def __init__(self, optional: bool, with_card: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._with_card = with_card
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
            self._list.setItemData(self._list.count() - 1, card_text(name), Qt.ItemDataRole.ToolTipRole)
        for recent in recent_models():
            self._list.addItem(recent, recent)
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
        text = card_text(self.value()) if self._with_card else ""
        self._card.setText(text)
        self._card.setVisible(bool(text))
        if not self._list.lineEdit().hasFocus():
            self._list.lineEdit().setCursorPosition(0)  # the beginning says which it is
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
        reason = tr(error.reason).format(*error.details) if isinstance(error, NotOnnx) else error
        return escape(tr("This file can't be used: {}.").format(reason))
    if card is None:
        return tr("The model has no card; the options below “Model card in a file of its own” say what it would.")
    return "<br>".join(_lines(card))


def _lines(card: CardSummary) -> list[str]:
    """What it is for and what not, kind, resolution, bands, classes."""
    purpose = [escape(card.purpose)] if card.purpose else []
    if card.limitations:
        limits = tr("Limitations: {}").format(card.limitations)
        purpose.append(f"<i>{escape(limits)}</i>")
    about = ["INT8" if card.int8 else tr("float")]
    if card.gsd_m:
        about.append(tr("trained at {} m").format(f"{card.gsd_m:g}"))
    if card.nodata is not None:
        about.append(tr("no data is {}").format(f"{card.nodata:g}"))
    lines = [*purpose, escape(", ".join(about))]
    if card.bands:
        lines.append(escape(tr("Bands: {}").format(", ".join(card.bands))))
    if card.classes:
        lines.append(tr("Classes: {}").format(", ".join(_class(name, color) for _, name, color in card.classes)))
    return lines


def _class(name: str, color: str) -> str:
    square = f"<span style='color:{escape(color, quote=True)}'>&#9632;</span>&nbsp;" if color else ""
    if QColor(color).lightnessF() > LIGHT:
        square = "<span style='color:#888888'>&#9633;</span>&nbsp;"
    return square + escape(name).replace(" ", "&nbsp;")


def _title(path: Path) -> str:
    """What a model is for, in short: its card's description up to the first stop."""
    try:
        card = read_summary(path)
    except (NotOnnx, OSError):
        return ""
    return re.split(r"[:.(]", card.purpose, maxsplit=1)[0].strip() if card else ""
