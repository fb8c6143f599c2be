# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker tells, handed on to the people in front of QGIS: progress, warnings, messages above the map."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Callable

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsProcessingFeedback
from qgis.PyQt.QtCore import QThread
from qgis.PyQt.QtWidgets import QPushButton

from .compat import INFO, WARNING
from .labels import spoken, tr

FIRST_REPORT_S, LONGEST_PAUSE_S = 2.0, 60.0
"""A dialog writes every progress text into its log: the first after 2 s in a stage, then at doubled distances."""
LARGE = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class Reporter:
    """Hands on the events of one worker to a Processing feedback."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._stage, self._entered_s, self._next_s = "", 0.0, 0.0

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take one event."""
        if event["event"] == "progress":
            self._progress(event)
        elif event["event"] == "warning":
            self._feedback.pushWarning(spoken(str(event["message"])))

    def _progress(self, event: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if event["stage"] != self._stage:
            self._stage, self._entered_s, self._next_s = event["stage"], now, FIRST_REPORT_S
            self._feedback.setProgressText(sentence_case(self._stage))
        if event["total"]:
            self._feedback.setProgress(100.0 * event["done"] / event["total"])
        elapsed_s = now - self._entered_s
        if elapsed_s >= self._next_s and 0 < event["done"] < event["total"]:
            self._next_s = elapsed_s + min(elapsed_s, LONGEST_PAUSE_S)
            self._feedback.setProgressText(progress_text(event, elapsed_s))


def progress_text(event: Mapping[str, Any], elapsed_s: float) -> str:
    """A stage with what is done, its rate and the time left: "Classifying: 4.2 / 16.0 Mpx, 2.1 Mpx/s, 6 s left"."""
    done, total, unit = event["done"], event["total"], event["unit"]
    factor, prefix = next(((f, p) for f, p in LARGE if total >= f and unit in ("px", "bytes")), (1.0, ""))
    rate = done / elapsed_s
    digits = 1 if prefix else 0
    amount = f"{done / factor:.{digits}f} / {total / factor:.{digits}f} {prefix}{unit}"
    left = duration_text((total - done) / rate)
    return tr("{}: {}, {} {}/s, {} left").format(
        sentence_case(event["stage"]), amount, f"{rate / factor:.1f}", prefix + unit, left
    )


def sentence_case(text: str) -> str:
    """``text`` with a capital letter in front."""
    return text[:1].upper() + text[1:]


def duration_text(seconds: float) -> str:
    """Seconds as a person says it: 8 s, 4 min 10 s, 2 h 5 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def tell(
    text: str,
    level: Qgis.MessageLevel = INFO,
    button: str | None = None,
    action: Callable[[], None] | None = None,
) -> None:
    """Say ``text`` in QGIS's log and, where there is a window, above the map with a button that runs ``action``.

    From another thread than the window's, only the log is written.
    """
    QgsMessageLog.logMessage(text, "geoquant", level, False)
    from qgis.utils import iface

    if iface is None or QThread.currentThread() != QgsApplication.instance().thread():
        return
    bar = iface.messageBar()
    item = bar.createMessage("geoquant", text)
    if button and action:
        push = QPushButton(button, item)
        push.clicked.connect(lambda _=False: action())
        item.layout().addWidget(push)
    bar.pushWidget(item, level, 0 if level != INFO else 10)


def warn(text: str) -> None:
    """Say a warning in the log and above the map."""
    tell(text, WARNING)


def show_log(title: str, text: str) -> None:
    """Show a worker's log in a window of its own."""
    from qgis.gui import QgsMessageViewer

    viewer = QgsMessageViewer()
    viewer.setTitle(title)
    viewer.setMessageAsPlainText(text)
    viewer.showMessage(False)
