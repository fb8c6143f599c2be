"""``geoquant strata``: a scene in, a styled map of its imaging conditions out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.classify import area_text, duration_text
from geoquant.cli.console import progress_reporter, run, shared_options, show_result
from geoquant.cli.inputs import scene_of_files
from geoquant.cli.options import build, dataclass_options
from geoquant.options.scene import MaskOptions, SceneOptions, StrataOptions

if TYPE_CHECKING:
    from rich.console import Console

    from geoquant.strata.strata_map import StrataSummary


EPILOG = "Example: geoquant strata scene.tif --mask SCL.tif -o strata.tif"


@click.command(epilog=EPILOG)
@click.argument("scene", nargs=-1, required=True)
@click.option("-o", "--out", required=True, metavar="OUT.tif", help="The map to write.")
@click.option(
    "--mask",
    metavar="MASK",
    help="Quality mask on any grid (see --mask-kind); by default a product's own, else spectral tests make the strata.",
)
@click.option("-m", "--model", metavar="MODEL", help="Read the scene as quantize of this model would.")
@dataclass_options(StrataOptions, MaskOptions, SceneOptions)
@shared_options
def command(
    scene: tuple[str, ...], out: str, mask: str | None, model: str | None, progress: str, **params: Any
) -> None:
    """Write the imaging conditions of SCENE as a class map that a person can look at.

    Clear land by brightness and greenness, water, snow, thick and thin cloud, cloud edge, shadow and scene edge: what
    quantize chooses its tiles by. SCENE is whatever classify takes. OUT.tif appears when it is complete; a QGIS style
    lies beside it.
    """
    run(partial(_strata, scene, out, {**params, "mask": mask, "model": model, "progress": progress}))


def _strata(scene: tuple[str, ...], out: str, params: Mapping[str, Any]) -> None:
    options, given = build(StrataOptions, params), scene_of_files(scene, params, params["mask"])
    from geoquant.strata.strata_map import map_strata

    with progress_reporter(params["progress"]) as report:
        summary = map_strata(given, out, options, model=params["model"], progress=report)
    show_result(params["progress"], summary.to_json(), partial(_draw, summary))


def _draw(summary: StrataSummary, console: Console) -> None:
    """One row per stratum: colour, name, share of the valid pixels, area, confidence; then where, and what told it."""
    from rich.table import Table

    from geoquant.strata.strata_map import stratum_labels

    table = Table("", "Stratum", box=None, pad_edge=False)
    table.add_column("Share", justify="right")
    table.add_column("Area" if summary.area_m2_by_stratum else "Pixels", justify="right")
    table.add_column("Confidence", justify="right")
    for label in stratum_labels():
        pixels, area_m2 = summary.pixels_by_stratum[label.name], summary.area_m2_by_stratum.get(label.name)
        amount = f"{pixels:,}" if area_m2 is None else area_text(area_m2)
        sure = summary.confidence_by_stratum.get(label.name)
        trust = "" if sure is None or not pixels else f"{sure:.2f}"
        share = f"{pixels / max(1, summary.valid_pixels):.1%}"
        table.add_row(f"[{label.color}]██[/]", label.name, share, amount, trust)
    console.print(table)
    console.print()
    console.print(f"Written {summary.out} in {duration_text(summary.seconds)}, told by {summary.told_by}.")
    console.print(f"Valid   {summary.valid_pixels:,} of {summary.pixels:,} pixels")
