"""``geoquant doctor``: what is wrong with a model, or with a scene for it, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import capitalized, progress_reporter, shared_options, show_result
from geoquant.cli.inputs import scene_of_files
from geoquant.cli.options import build, dataclass_options
from geoquant.options.card import CardOptions
from geoquant.options.diagnostics import DoctorOptions
from geoquant.options.scene import SceneOptions

if TYPE_CHECKING:
    from rich.console import Console

    from geoquant.diagnostics.finding import Diagnosis, Finding


EPILOG = "Example: geoquant doctor landcover.int8.onnx scene.tif"
TORCH_FILES = (".pt", ".pth", ".ts", ".torchscript")
STYLES = {"ok": "green", "warning": "yellow", "problem": "bold red"}


@click.command(epilog=EPILOG)
@click.argument("model", type=click.Path(dir_okay=False))
@click.argument("scene", nargs=-1)
@dataclass_options(DoctorOptions, SceneOptions, CardOptions)
@shared_options
def command(model: str, scene: tuple[str, ...], progress: str, **params: Any) -> None:
    """Look for what usually goes wrong with MODEL and, given a SCENE, with feeding one to the other.

    MODEL is an ONNX file, float or INT8, or a TorchScript file (with the extra torch). Each finding is ok, a warning or
    a problem, with its remedy. The exit code is 1 when a problem was found, else 0.
    """
    with progress_reporter(progress) as report:
        if Path(model).suffix.lower() in TORCH_FILES:
            from geoquant.training.doctor import examine_file

            diagnosis = examine_file(Path(model))
        else:
            from geoquant.diagnostics.doctor import diagnose

            diagnosis = diagnose(
                model,
                scene_of_files(scene, params) if scene else None,
                build(DoctorOptions, params),
                card_options=build(CardOptions, params),
                progress=report,
            )
    show_result(progress, diagnosis.to_json(), lambda console: draw(console, diagnosis))
    if not diagnosis.healthy:
        raise SystemExit(1)


def draw(console: Console, diagnosis: Diagnosis) -> None:
    """The findings as a table, and one line that sums them up."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=diagnosis.model, title_justify="left")
    for column in ("", "looked at", "found, and what to do"):
        table.add_column(column)
    for finding in diagnosis.findings:
        table.add_row(Text(finding.status, style=STYLES[finding.status]), finding.check, _words(finding))
    console.print(table)
    counts = {status: sum(one.status == status for one in diagnosis.findings) for status in ("problem", "warning")}
    verdict = "Healthy" if diagnosis.healthy else "Not healthy"
    console.print(f"{verdict}: {counts['problem']} problems, {counts['warning']} warnings.")


def _words(finding: Finding) -> Any:
    from rich.text import Text

    text = Text(_sentence(finding.found))
    if finding.remedy:
        text.append("\nTo do: ", style="bold").append(_sentence(finding.remedy))
    return text


def _sentence(text: str) -> str:
    return f"{capitalized(text).rstrip('.')}."
