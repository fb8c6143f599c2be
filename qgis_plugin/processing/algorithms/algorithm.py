# SPDX-License-Identifier: GPL-2.0-or-later
"""What every algorithm of geoquant tells Processing about itself, and how its failures read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import ClassVar

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingUtils,
)
from qgis.PyQt.QtCore import QUrl
from qgis.PyQt.QtGui import QIcon

from ...icons import icon
from ...labels import spoken, tr
from ...results.pages import write_page
from ...worker.client import WorkerCancelled, WorkerFailed
from ..parameters import flagged


class GeoquantAlgorithm(QgsProcessingAlgorithm):
    """An algorithm with its name, icon, tags and help.

    Attributes:
        id_name: the algorithm's id within the provider.
        title: what the toolbox shows.
        heading: the group it stands under there; "" for none.
        keywords: by which the toolbox finds it.
    """

    id_name: ClassVar[str]
    title: ClassVar[str]
    heading: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ()

    def createInstance(self) -> GeoquantAlgorithm:  # noqa: N802
        """A new one for a run."""
        return type(self)()

    def name(self) -> str:
        """The id within the provider."""
        return self.id_name

    def displayName(self) -> str:  # noqa: N802
        """What the toolbox shows."""
        return tr(self.title)

    def group(self) -> str:
        """The group it stands under."""
        return tr(self.heading) if self.heading else ""

    def groupId(self) -> str:  # noqa: N802
        """The same in every language."""
        return self.heading.lower().replace(" ", "_")

    def tags(self) -> list[str]:
        """Words by which the toolbox finds it."""
        return [tr(word) for word in self.keywords]

    def icon(self) -> QIcon:
        """The icon of geoquant."""
        return icon()

    def helpUrl(self) -> str:  # noqa: N802
        """The same page as a file, for the button Help."""
        path = Path(QgsProcessingUtils.tempFolder()) / f"geoquant_{self.id_name}.html"
        if not path.is_file():
            write_page(path, self.displayName(), [self.shortHelpString()])
        return QUrl.fromLocalFile(str(path)).toString()

    def add(self, parameter: QgsProcessingParameterDefinition, help_text: str = "", advanced: bool = False) -> None:
        """Add a parameter with its help."""
        if help_text:
            parameter.setHelp(help_text)
        self.addParameter(flagged(parameter) if advanced else parameter)


def paragraph(parameter: QgsProcessingParameterDefinition) -> str:
    """A parameter's help, as HTML."""
    text = parameter.help()
    return f"<p><b>{escape(parameter.description())}</b><br>{escape(text)}</p>" if text else ""


@contextmanager
def failures_as_sentences(feedback: QgsProcessingFeedback) -> Iterator[None]:
    """What ends a process of geoquant becomes Processing's exception: one sentence, and the log in the dialog's log.

    Raises:
        QgsProcessingException: the process failed or was cancelled.
    """
    try:
        yield
    except WorkerCancelled as stop:
        raise QgsProcessingException(str(stop)) from stop
    except WorkerFailed as failure:
        if failure.log:
            feedback.pushConsoleInfo(failure.log)
        raise QgsProcessingException(spoken(str(failure))) from failure
