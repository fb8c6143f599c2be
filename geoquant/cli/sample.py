"""``geoquant sample``: scenes in, tiles to calibrate and judge with out, to look at and to edit in a GIS."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import progress_reporter, shared_options, show_result
from geoquant.cli.inputs import ManyValues, given_model, mask_option, scenes_with
from geoquant.cli.options import build, dataclass_options
from geoquant.errors import OptionError
from geoquant.options.card import CardOptions
from geoquant.options.quantize import SampleOptions
from geoquant.options.scene import MaskOptions, SceneOptions

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from geoquant.sampling.summary import SampleSummary


EPILOG = "Example: geoquant sample model.onnx --scenes A.tif B.tif -o tiles.gpkg"


@click.command(cls=ManyValues, epilog=EPILOG)
@click.argument("model", type=click.Path(dir_okay=False), required=False)
@click.option(
    "--scenes",
    multiple=True,
    required=True,
    metavar="SCENE...",
    help="Scenes to choose tiles from; commas join the files of one scene's bands.",
)
@mask_option
@click.option(
    "-o",
    "--out",
    required=True,
    type=click.Path(dir_okay=False),
    metavar="TILES.gpkg",
    help="The tiles to write: GeoPackage (.gpkg) or GeoJSON (.geojson).",
)
@dataclass_options(SampleOptions, MaskOptions, SceneOptions, CardOptions)
@shared_options
def command(
    model: str | None, scenes: tuple[str, ...], masks: tuple[str, ...], out: str, progress: str, **params: Any
) -> None:
    """Choose the tiles that calibrate and judge MODEL from the scenes' overviews, and say why each was chosen.

    Every imaging condition gets its share of tiles, unlike each other, and every band's histogram is covered with its
    tails. A page with all tiles and what they cover is written beside them, TILES.html. Look at it, delete or add tiles
    in a GIS, and hand the file to geoquant quantize --tiles-from.

    Without a MODEL, the first scene's bands are taken as they are (--bands chooses some), and 64 px are left between
    tiles.
    """
    if model is None and build(CardOptions, params) != CardOptions():
        raise OptionError("options of a model's card were given without a MODEL; name it first, or leave them out.")
    from geoquant.sampling.sample import sample_tiles

    given, opened = scenes_with(scenes, masks, (), params), None if model is None else given_model(model, params)
    with progress_reporter(progress) as report:
        summary = sample_tiles(opened, given, out, build(SampleOptions, params), progress=report)
    show_result(progress, summary.to_json(), partial(draw, summary))


def draw(summary: SampleSummary, console: Console) -> None:
    """The result as tables on a terminal."""
    strata = _table(
        f"Tiles of {summary.tile_px} px per imaging condition", "stratum", "available", "calibration", "held out"
    )
    for row in summary.strata:
        strata.add_row(row.stratum, *map(str, (row.available, row.calibration, row.held_out)))
    console.print(strata)
    bands = _table(
        "What the calibration tiles cover", "band", "0.1 %", "lowest", "99.9 %", "highest", "pixels inside", "tails"
    )
    for band in summary.coverage:
        numbers = [f"{value:.4g}" for value in (band.tail_low, band.lowest, band.tail_high, band.highest)]
        covered = "covered" if band.low_covered and band.high_covered else "missed"
        bands.add_row(band.band, *numbers, f"{band.inside:.3%}", covered)
    console.print(bands)
    for note in summary.notes:
        console.print(f"Note: {note}.", markup=False)
    console.print(f"Chosen from {summary.candidates} tiles in {summary.seconds:.1f} s.")
    for path in (summary.out, summary.report):
        console.print(f"Wrote {path}", markup=False)


def _table(title: str, *columns: str) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for i, column in enumerate(columns):
        table.add_column(column, justify="left" if i == 0 else "right")
    return table
