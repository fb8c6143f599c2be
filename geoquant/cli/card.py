"""``geoquant card``: what a model's author states of it, written into the model's file."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.console import run, shared_options, show_result
from geoquant.cli.inspect import draw_card
from geoquant.cli.options import build, dataclass_options
from geoquant.options.card import CardOptions, CardStatement

if TYPE_CHECKING:
    from rich.console import Console

    from geoquant.diagnostics.inspect import InspectReport


EPILOG = (
    "Example: geoquant card unet.onnx --band-names B02,B03,B04,B08 --mean 0.1 --std 0.05 --units physical "
    "--class-names water,forest,7=bare=#c2a878 --scale 0.0001 --overwrite"
)


@click.command(epilog=EPILOG)
@click.argument("model", type=click.Path(dir_okay=False))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False),
    metavar="OUT",
    help="Copy of MODEL with its card or, where the name ends in .json, the card alone.",
)
@click.option(
    "--overwrite", is_flag=True, help="Replace an existing OUT; without OUT, write the card into MODEL itself."
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object on stdout.")
@dataclass_options(CardOptions, CardStatement)
@shared_options
def command(model: str, out: str | None, overwrite: bool, as_json: bool, progress: str, **params: Any) -> None:
    """Write the card of a float MODEL: bands, normalization, classes and what else its weights do not say.

    What MODEL's card says already stays where no option replaces it. Without options it is shown, with what is missing.
    A card in a file of its own (--card: written by -o card.json and edited, a STAC MLM item, an Esri .emd) is taken
    whole, and options replace single facts of it.
    """
    mode = "json" if as_json else progress
    run(partial(_card, model, (out, overwrite), mode, params))


def _card(model: str, where: tuple[str | None, bool], mode: str, params: dict[str, Any]) -> None:
    from geoquant.diagnostics.inspect import inspect_model
    from geoquant.diagnostics.state_card import state_card

    options, statement = build(CardOptions, params), build(CardStatement, params)
    out, overwrite = where
    writes = out is not None or overwrite or options != CardOptions() or statement != CardStatement()
    if writes:
        state_card(model, options, statement, out, overwrite)
    shown, alone = out or model, out is not None and Path(out).suffix.lower() == ".json"
    report = inspect_model(model, card_options=CardOptions(card=out)) if alone else inspect_model(shown)
    wrote = shown if writes else None
    show_result(mode, {"wrote": wrote, **report.to_json()}, partial(_draw, report, wrote))


def _draw(report: InspectReport, wrote: str | None, console: Console) -> None:
    """The card as it is now, and where it was written."""
    draw_card(console, report)
    if wrote is not None:
        console.print(f"Wrote {wrote}", markup=False)
