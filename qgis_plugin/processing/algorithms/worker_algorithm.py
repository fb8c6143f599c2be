# SPDX-License-Identifier: GPL-2.0-or-later
"""What algorithms share that run a command: parameters out of the forms, one run of the worker, results."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterRasterDestination,
    QgsProcessingUtils,
)

from ...labels import spoken, tr
from ...results.pages import write_page
from ...results.reporting import Reporter, cancelled_by, open_button, show_page
from ...settings import geoquant_python
from ...worker.arguments import command_arguments
from ...worker.client import WorkerFailed, run_worker
from ..forms import form
from ..parameters import option_values, parameter_of
from ..texts import ALGORITHMS, option_text
from .algorithm import GeoquantAlgorithm, failures_as_sentences, paragraph

CARD_OPTIONS = ("card", "band_names", "mean", "std", "units", "class_names", "output_kind", "threshold", "model_gsd")
SCENE_OPTIONS = ("bands", "nodata", "scale", "offset", "gsd")
RASTER_SUFFIXES = (".tif", ".tiff")
"""What the name of a raster that geoquant writes may end in; a dialog offers the first."""

Parameters = dict[str, Any]
Found = Mapping[str, Any]


class WorkerAlgorithm(GeoquantAlgorithm):
    """An algorithm that is one command of geoquant in its own process.

    Attributes:
        command: geoquant's command.
    """

    command: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self._python: Path | None = None
        self._given: tuple[list[str], dict[str, Any]] = ([], {})
        self._report: tuple[str, str] | None = None
        self._report_file = ""

    # What a subclass says

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """Positional arguments, and options beside those of the form; in the main thread.

        Raises:
            QgsProcessingException: an input can't be used, with one sentence that says why.
        """
        raise NotImplementedError

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """Options that name what is written, and temporary inputs, written into ``folder``."""
        raise NotImplementedError

    def results(self, found: Found, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """Processing's outputs, out of the command's result."""
        raise NotImplementedError

    # What Processing asks

    def shortHelpString(self) -> str:  # noqa: N802
        """The page beside the parameters: what it does, then every parameter."""
        paragraphs = [f"<p>{escape(tr(text))}</p>" for text in ALGORITHMS[self.id_name]]
        return "".join([*paragraphs, *map(paragraph, self.parameterDefinitions())])

    def canExecute(self) -> tuple[bool, str]:  # noqa: N802
        """Whether geoquant's environment is there; only dialogs ask."""
        return (True, "") if geoquant_python() else (False, missing_environment())

    def checkParameterValues(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[bool, str]:  # noqa: N802
        """Whether the inputs can be used, before anything runs."""
        fine, message = super().checkParameterValues(parameters, context)
        if fine:
            try:
                self.command_inputs(parameters, context)
                self._wanted_report(parameters, context)
                self._check_rasters(parameters, context)
            except QgsProcessingException as error:
                return False, str(error)
        return fine, message

    def prepareAlgorithm(  # noqa: N802
        self, parameters: Parameters, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> bool:
        """Read the parameters in the main thread, where layers live."""
        self._python = geoquant_python()
        if self._python is None:
            raise QgsProcessingException(missing_environment())
        positional, options = self.command_inputs(parameters, context)
        self._given = positional, {**option_values(self, form(self.command), parameters, context), **options}
        self._report_file = self._wanted_report(parameters, context)
        self._check_rasters(parameters, context)
        return True

    def _check_rasters(self, parameters: Parameters, context: QgsProcessingContext) -> None:
        """Refuse a raster that geoquant does not write: scripts, models and ``qgis_process`` ask nobody before.

        Raises:
            QgsProcessingException: with what it takes.
        """
        for parameter in self.destinationParameterDefinitions():
            if not isinstance(parameter, QgsProcessingParameterRasterDestination):
                continue
            wanted = Path(self.parameterAsFileOutput(parameters, parameter.name(), context))
            if wanted.name and wanted.suffix.lower() not in RASTER_SUFFIXES:
                text = tr("“{}” is written as GeoTIFF, which {} is not: give a file whose name ends in {}.")
                label, endings = parameter.description(), ", ".join(RASTER_SUFFIXES)
                raise QgsProcessingException(text.format(label, wanted.name, endings))

    def _wanted_report(self, parameters: Parameters, context: QgsProcessingContext) -> str:
        """The file that REPORT names; "" where it names none.

        Raises:
            QgsProcessingException: it can't be written there, which must not end a job that is done.
        """
        if self.parameterDefinition("REPORT") is None:
            return ""
        wanted = self.parameterAsFileOutput(parameters, "REPORT", context)
        folder = Path(wanted).resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            text = tr("The folder {} for the page of results can't be made ({}).")
            raise QgsProcessingException(text.format(folder, error.strerror)) from error
        return str(wanted)

    def processAlgorithm(  # noqa: N802
        self, parameters: Parameters, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Run the worker and hand on what it found."""
        positional, options = self._given
        with tempfile.TemporaryDirectory(prefix="geoquant_") as folder:
            options = {**options, **self.destinations(parameters, context, Path(folder))}
            found = self.run_command(command_arguments(self.command, positional, **options), feedback)
        return self.results(found, context, feedback)

    def run_command(self, arguments: list[str], feedback: QgsProcessingFeedback) -> Found:
        """The result of one command; what goes wrong as one sentence, with the worker's log in the dialog's.

        Raises:
            QgsProcessingException: it failed or was cancelled.
        """
        if self._python is None:
            raise QgsProcessingException(missing_environment())
        reporter = Reporter(feedback, self.command)
        with failures_as_sentences(feedback):
            try:
                return run_worker(self._python, arguments, on_event=reporter, is_cancelled=cancelled_by(feedback))
            except WorkerFailed as failure:
                return self.salvage(failure, feedback)

    def salvage(self, failure: WorkerFailed, feedback: QgsProcessingFeedback) -> Found:
        """What a failed command is worth all the same; mostly nothing.

        Raises:
            WorkerFailed: the same.
        """
        raise failure

    def postProcessAlgorithm(  # noqa: N802
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Show the page of results, if there is one."""
        if self._report is not None:
            show_page(*self._report)
        return {}

    # What subclasses use

    def add_report(self, label: str) -> None:
        """REPORT: the page of results, in a file that stays where one is named.

        The output is made by hand: where it is one of QGIS's own for pages, QGIS 3.22 stumbles over it in batch mode.
        """
        kind = f"{tr('HTML files')} (*.html)"
        page = QgsProcessingParameterFileDestination("REPORT", label, kind, None, True, False)
        page.setHelp(tr("A file for the page of results, which otherwise goes when QGIS does."))
        self.addParameter(page, False)
        self.addOutput(QgsProcessingOutputFile("REPORT", label))

    def write_report(self, title: str, parts: Iterable[str]) -> str | None:
        """Write a page of results, which is shown when the algorithm has ended; its path.

        Without a file that REPORT names it goes when QGIS does; where that is at once, none is written.
        """
        if not self._report_file and QgsApplication.platform() == "qgis_process":
            return None
        path = Path(self._report_file or QgsProcessingUtils.generateTempFilename(f"{self.id_name}.html"))
        write_page(path, title, parts)
        self._report = title, str(path)
        return str(path)

    def report_button(self) -> list[tuple[str, Callable[[], Any]]]:
        """For a message: a button that opens the page of results; none where there is no page."""
        if self._report is None:
            return []
        return [open_button(tr("Open the page"), self._report[1])]

    def add_options(self, *names: str, advanced: bool = False) -> None:
        """Add parameters of the command's form."""
        options = form(self.command).options
        for name in names:
            self.addParameter(parameter_of(options[name], advanced))

    def option_help(self, name: str) -> str:
        """The help of an option that is a parameter of another kind here."""
        return spoken(tr(option_text(name, form(self.command).options[name].help)))


def missing_environment() -> str:
    """What to do where no interpreter with geoquant was found."""
    return tr(
        "geoquant's own Python environment is missing. Run “Set up environment” (Processing toolbox, geoquant), which "
        "makes it once, or choose a Python that has geoquant's packages in the options of Processing."
    )
