"""``geoquant demo``: everything geoquant is for, on a scene that it makes itself."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import progress_reporter, run, shared_options, show_result
from geoquant.cli.options import build, dataclass_options
from geoquant.options.demo import DemoOptions

if TYPE_CHECKING:
    from rich.console import Console

    from geoquant.demo.demo import DemoSummary


EPILOG = "Example: geoquant demo -o demo"


@click.command(epilog=EPILOG)
@click.option("-o", "--out", required=True, metavar="FOLDER", help="Folder for all results; made if it is missing.")
@dataclass_options(DemoOptions)
@shared_options
def command(out: str, progress: str, **params: Any) -> None:
    """Make a scene, quantize the packaged model on it, classify it with float and INT8, and report.

    The scene looks like a Sentinel-2 image of six bands, with clouds, shadows, snow and known truth. Nothing is
    downloaded. FOLDER/report.html shows what came out.
    """
    run(partial(_demo, out, progress, params))


def _demo(out: str, progress: str, params: dict[str, Any]) -> None:
    options = build(DemoOptions, params)
    from geoquant.demo.demo import run_demo

    with progress_reporter(progress) as report:
        summary = run_demo(out, options, progress=report)
    show_result(progress, summary.to_json(), partial(_draw, summary))


def _draw(summary: DemoSummary, console: Console) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in _facts(summary).items():
        table.add_row(name, value)
    console.print(table)


def _facts(summary: DemoSummary) -> dict[str, str]:
    """The facts that a person wants to know at the end, the report first."""
    return {
        "Report": str(summary.report),
        "Scene": str(summary.scene),
        "INT8 model": f"{summary.model}, {100 * summary.size_ratio:.0f} % of the float file",
        "Class maps": f"{summary.classes_float} and {summary.classes_int8}",
        "Tiles": str(summary.tiles),
        **({"Mosaic": f"{summary.mosaic}, four days and a map by each rule"} if summary.mosaic else {}),
        "Agreement": f"{100 * summary.agreement:.2f} % of pixels have the float model's class; "
        f"{100 * summary.worst_agreement:.2f} % in the worst condition, {summary.worst_stratum}",
        "Speed": f"INT8 {summary.engine_ratio:.1f} times as fast as float onnxruntime",
        "Time": f"{summary.seconds:.0f} s",
    }
