"""What commands work on: a model with the facts that options add, and a scene that may be several files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.options import build
from geoquant.options.card import CardOptions

if TYPE_CHECKING:
    from geoquant.model_card.model import Model


class ManyValues(click.Command):
    """A command whose ``--scenes A B C`` may name several files after one flag, as a shell's ``*.tif`` gives them."""

    flags = ("--scenes", "--mask", "--labels")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Repeat the flag in front of every further value, as click wants it."""
        spread: list[str] = []
        current = None
        for arg in args:
            if arg.startswith("-"):
                current = arg if arg in self.flags else None
                spread.append(arg)
            elif current and spread[-1] != current:
                spread += [current, arg]
            else:
                spread.append(arg)
        return super().parse_args(ctx, spread)


mask_option = click.option(
    "--mask",
    "masks",
    multiple=True,
    metavar="MASK...",
    help="Quality mask, one per scene, on any grid (see --mask-kind); by default a product's own, else spectral tests "
    "make the strata.",
)


def given_model(path: str, params: Mapping[str, Any]) -> str | Model:
    """The model's path, or the opened model where options complete its card."""
    given = build(CardOptions, params)
    if given == CardOptions():
        return path
    from geoquant.model_card.model import open_model
    from geoquant.model_card.reading import read_card

    return open_model(path, read_card(path, given))


def given_scene(text: str) -> str | list[str]:
    """One scene of ``--scenes``: a path, or the files of its bands joined by commas."""
    return text if "," not in text or Path(text).exists() or "://" in text else text.split(",")
