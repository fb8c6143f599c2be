# SPDX-License-Identifier: GPL-2.0-or-later
"""What a worker tells, handed on to the people in front of QGIS: progress, warnings, messages above the map."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Mapping
from typing import Any, Callable

from qgis.core import Qgis, QgsApplication, QgsMessageLog, QgsProcessingFeedback
from qgis.PyQt.QtCore import QThread, QUrl
from qgis.PyQt.QtGui import QDesktopServices
from qgis.PyQt.QtWidgets import QPushButton

from ..compat import INFO, WARNING
from ..icons import icon
from ..labels import spoken, tr
from .job_progress import JobBar

FIRST_REPORT_S, LONGEST_PAUSE_S = 2.0, 60.0
"""A dialog writes every progress text into its log: the first after 2 s in a stage, then at doubled distances."""
LONGEST_MESSAGE = 60
"""Letters that stand above a map beside two buttons, on a window of usual width."""
LARGE = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


class Reporter:
    """Hands on the events of one worker to a Processing feedback, with one bar for the whole job."""

    def __init__(self, feedback: QgsProcessingFeedback, job: str) -> None:
        """Report the job of one command."""
        self._feedback, self._bar = feedback, JobBar(job)
        self._stage, self._entered_s, self._next_s = "", 0.0, 0.0
        self._estimated = False

    def __call__(self, event: Mapping[str, Any]) -> None:
        """Take one event."""
        if event["event"] == "progress":
            self._progress(event)
        elif event["event"] == "warning":
            self._feedback.pushWarning(spoken(str(event["message"])))

    def _progress(self, event: Mapping[str, Any]) -> None:
        now = time.monotonic()
        if "seconds_left" in event and not self._estimated:
            self._estimated = True
            self._feedback.pushInfo(tr("This will take about {}.").format(duration_text(event["seconds_left"])))
        if event["stage"] != self._stage:
            self._stage, self._entered_s, self._next_s = event["stage"], now, FIRST_REPORT_S
            self._feedback.setProgressText(sentence_case(tr(self._bar.words(self._stage))))
        self._feedback.setProgress(self._bar.percent(event))
        elapsed_s = now - self._entered_s
        if elapsed_s >= self._next_s and 0 < event["done"] < event["total"]:
            self._next_s = elapsed_s + min(elapsed_s, LONGEST_PAUSE_S)
            words = tr(self._bar.words(self._stage))
            self._feedback.setProgressText(progress_text({**event, "stage": words}, elapsed_s))


def cancelled_by(feedback: QgsProcessingFeedback) -> Callable[[], bool]:
    """Whether somebody cancelled, for a job that waits in the calling thread.

    Batch mode runs in the window's own thread: there events are handled meanwhile, so that the window stays alive and
    its button Cancel works.
    """
    in_window = _window() is not None

    def is_cancelled() -> bool:
        if in_window:
            QgsApplication.processEvents()
        return feedback.isCanceled()

    return is_cancelled


def progress_text(event: Mapping[str, Any], elapsed_s: float) -> str:
    """A stage with what is done, its rate and the time left: "Classifying: 4.2 / 16.0 Mpx, 2.1 Mpx/s, 6 s left".

    The time left is the whole job's where it says one.
    """
    done, total, unit = event["done"], event["total"], event["unit"]
    factor, prefix = next(((f, p) for f, p in LARGE if total >= f and unit in ("px", "bytes")), (1.0, ""))
    rate = done / elapsed_s
    digits = 1 if prefix else 0
    amount = f"{done / factor:.{digits}f} / {total / factor:.{digits}f} {prefix}{unit}"
    left = duration_text(event.get("seconds_left", (total - done) / rate))
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


def tell(text: str, level: Qgis.MessageLevel = INFO, *buttons: tuple[str, Callable[[], Any]]) -> None:
    """Say ``text`` in QGIS's log and, where there is a window, above the map, with buttons and what they do.

    QGIS shows one line and a half there: of a longer text it shows the beginning, and all of it behind a button. From
    another thread than the window's, only the log is written.
    """
    QgsMessageLog.logMessage(text, "geoquant", level, False)
    window = _window()
    if window is None:
        return
    bar = window.messageBar()
    short = in_short(text)
    item = bar.createMessage("geoquant", short)
    if short != text:
        buttons = (*buttons, (tr("Details"), lambda: show_text(tr("geoquant's message"), text)))
    for label, action in buttons:
        push = QPushButton(label, item)
        push.clicked.connect(functools.partial(_answer, item, action))
        item.layout().addWidget(push)
    bar.pushWidget(item, level, 0 if level != INFO else 10)


def in_short(text: str) -> str:
    """A text for one line: all of it, or its first sentence, or as many of its words as fit."""
    if len(text) <= LONGEST_MESSAGE:
        return text
    sentence = re.split(r"(?<=[.:;]) ", text, maxsplit=1)[0].rstrip(":;")
    if len(sentence) > LONGEST_MESSAGE:
        sentence = sentence[:LONGEST_MESSAGE].rsplit(" ", 1)[0]
    return sentence if sentence.endswith(".") else f"{sentence} …"


def _answer(item: Any, action: Callable[[], Any], _: bool = False) -> None:
    """Do what a button says, and take its message away."""
    item.dismiss()
    action()


def open_button(label: str, path: str) -> tuple[str, Callable[[], Any]]:
    """A button for ``tell`` that opens a file, a page in the web browser."""
    address = QUrl.fromLocalFile(path)
    return label, lambda: QDesktopServices.openUrl(address)


def show_page(title: str, path: str) -> None:
    """Show a page in Processing's results viewer.

    Processing does so itself for outputs that are HTML, but QGIS 3.22 stumbles over those in batch mode.
    """
    if _window() is not None:
        from processing.core.ProcessingResults import resultsList

        resultsList.addResult(icon=icon(), name=title, timestamp=time.localtime(), result=path)


def _window() -> Any:
    """QGIS's window, where there is one and this is its thread; else None."""
    from qgis.utils import iface

    in_its_thread = QThread.currentThread() == QgsApplication.instance().thread()
    return iface if in_its_thread else None


def warn(text: str) -> None:
    """Say a warning in the log and above the map."""
    tell(text, WARNING)


def warn_of_drift(scene: str, diagnosis: str) -> None:
    """Say above the map that a scene is unusual, and behind a button, how."""
    QgsMessageLog.logMessage(f"{scene}: {diagnosis}", "geoquant", WARNING, False)
    details = tr("What is unusual"), functools.partial(show_text, scene, diagnosis)
    tell(tr("{} is unusual for this model.").format(scene), WARNING, details)


def show_log(text: str) -> None:
    """Show a log of geoquant in a window of its own."""
    show_text(tr("geoquant's log"), text)


def show_text(title: str, text: str) -> None:
    """Show a text in a window of its own."""
    from qgis.gui import QgsMessageViewer

    viewer = QgsMessageViewer()
    viewer.setTitle(title)
    viewer.setMessageAsPlainText(text)
    viewer.showMessage(False)
