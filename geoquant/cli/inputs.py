"""The inputs of commands: a model with the facts that options add, and a scene that may be several files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from geoquant.cli.options import build
from geoquant.errors import OptionError
from geoquant.options.card import CardOptions
from geoquant.options.mosaic import MosaicOptions
from geoquant.options.scene import MaskOptions, SceneOptions

if TYPE_CHECKING:
    from geoquant.model_card.model import Model
    from geoquant.raster.mosaic.mosaic_input import MosaicInput
    from geoquant.raster.scene_input import SceneInput


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

    return open_model(path, options=given)


def scene_of_files(files: Sequence[str], params: Mapping[str, Any], mask: str | None = None) -> SceneInput:
    """The scene of the arguments SCENE...: one path, or the files of its bands."""
    from geoquant.raster.scene_input import SceneInput

    source = _one_source(files[0]) if len(files) == 1 else list(files)
    return SceneInput(source, build(SceneOptions, params), mask, mask_options=build(MaskOptions, params))


def imagery_of(texts: Sequence[str], params: Mapping[str, Any]) -> SceneInput | MosaicInput:
    """One scene, or the mosaic of all that the arguments stand for.

    Raises:
        OptionError: options of a mosaic were given for one scene.
    """
    from geoquant.raster.mosaic.listing import is_collection
    from geoquant.raster.mosaic.mosaic_input import MosaicInput

    options = build(MosaicOptions, params)
    if len(texts) > 1 or is_collection(texts[0]):
        return MosaicInput(tuple(texts), options, build(SceneOptions, params))
    if options != MosaicOptions():
        raise OptionError(
            f"--rule, --crs and --align make a mosaic of several scenes, and {texts[0]} is one; give several scenes, "
            f"their folder, a pattern or a list, or leave these options out."
        )
    return scene_of_files(texts, params)


def scenes_with(
    scenes: Sequence[str], masks: Sequence[str], labels: Sequence[str], params: Mapping[str, Any]
) -> list[SceneInput]:
    """The scenes of ``--scenes``, each with its own of ``--mask`` and ``--labels``.

    Raises:
        OptionError: masks or labels were given, but not one for each scene.
    """
    from geoquant.raster.scene_input import SceneInput

    mask_of = _one_per_scene(masks, len(scenes), "--mask")
    labels_of = _one_per_scene(labels, len(scenes), "--labels")
    options, mask_options = build(SceneOptions, params), build(MaskOptions, params)
    return [
        SceneInput(_one_source(text), options, mask, truth, mask_options)
        for text, mask, truth in zip(scenes, mask_of, labels_of, strict=True)
    ]


def _one_per_scene(given: Sequence[str], count: int, flag: str) -> Sequence[str | None]:
    if given and len(given) != count:
        raise OptionError(
            f"{flag} was given {len(given)} times for {count} scenes; give it once per scene, or not at all."
        )
    return given or [None] * count


def _one_source(text: str) -> str | list[str]:
    """One scene: a path, or the files of its bands joined by commas."""
    from geoquant.raster.mosaic.listing import files_of

    files = files_of(text)
    return files[0] if len(files) == 1 else list(files)
