# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways to the algorithms beside the toolbox: their dialogs, and the setup in one click."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingFeedback,
)

from ..compat import CRITICAL, INFO, WARNING
from ..labels import tr
from ..results.reporting import show_log, tell

_running: list[Any] = []
"""What the setup in the background works with: Processing keeps only pointers to it."""


def open_dialog(name: str, parameters: Mapping[str, Any] | None = None) -> Any:
    """Open the dialog of one of geoquant's algorithms."""
    import processing

    dialog = processing.createAlgorithmDialog(f"geoquant:{name}", dict(parameters or {}))
    dialog.show()
    return dialog


def offer_setup() -> None:
    """Say that the environment is missing, with buttons that make it now, or ask from what."""
    text = tr("Its Python environment is missing: 175 MB to download.")
    options = tr("Options…"), lambda: open_dialog("setup")
    tell(text, WARNING, (tr("Set up now"), set_up_in_background), options)


def set_up_in_background() -> QgsProcessingAlgRunnerTask:
    """Run "Set up environment" as a task; the bar at the bottom of the window shows how far it is."""
    algorithm = QgsApplication.processingRegistry().createAlgorithmById("geoquant:setup")
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    task = QgsProcessingAlgRunnerTask(algorithm, {}, context, feedback)
    task.executed.connect(lambda done, _: _ended(done, feedback))
    _running[:] = [algorithm, context, feedback]
    QgsApplication.taskManager().addTask(task)
    tell(tr("Setting up the environment; the bar below the map shows how far it is."), INFO)
    return task


def _ended(done: bool, feedback: QgsProcessingFeedback) -> None:
    """A setup that failed says why and offers another try; one that did not has said so itself."""
    log = feedback.textLog()
    _running.clear()
    if not done:
        lines = [line for line in log.splitlines() if line.strip()]
        again = tr("Options…"), lambda: open_dialog("setup")
        told = tr("Show the log"), lambda: show_log(log)
        tell(lines[-1] if lines else tr("The setup failed."), CRITICAL, told, again)
