"""Open, fit and survey the scenes of a job with the masks and labels that come with them, and close them at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from geoquant.errors import OptionError
from geoquant.model_card.card import ModelCard
from geoquant.options.scene import MaskOptions, SceneOptions
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.decimation import overview
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.opening import open_scene
from geoquant.strata.stratified_scene import StratifiedScene, stratify

Source = str | Path | Sequence[str | Path]
"""One scene: a path, or the files of its bands."""


@dataclass(frozen=True)
class SceneReferences:
    """Rasters that come with the scenes; each tuple is empty or has one entry per scene.

    Attributes:
        masks: quality masks, None where a scene has none but its product's own.
        labels: true classes, None where a scene has none.
        mask_options: what the masks' numbers mean.
    """

    masks: tuple[str | Path | None, ...] = ()
    labels: tuple[str | Path | None, ...] = ()
    mask_options: MaskOptions = field(default_factory=MaskOptions)


@contextmanager
def stratified_scenes(
    sources: Sequence[Source],
    references: SceneReferences,
    card: ModelCard,
    scene_options: SceneOptions,
    progress: ProgressCallback,
) -> Iterator[list[StratifiedScene]]:
    """Open, fit and survey all scenes; close them at the end."""
    masks = _one_per_scene(references.masks, len(sources), "--mask")
    labels = _one_per_scene(references.labels, len(sources), "--labels")
    if not sources:
        raise OptionError("no scene; give at least one with --scenes.")
    done: list[StratifiedScene] = []
    try:
        for source, mask, truth in zip(sources, masks, labels, strict=True):
            progress(Progress("surveying scenes", len(done), len(sources), "scenes"))
            scene = fit_to_card(open_scene(source, scene_options), card, scene_options)
            overview(scene, progress)  # kept for the survey and the choice
            done.append(stratify(scene, card, mask, truth, references.mask_options))
        progress(Progress("surveying scenes", len(done), len(sources), "scenes"))
        yield done
    finally:
        for stratified in done:
            stratified.close()
            stratified.scene.close()


def _one_per_scene(given: Sequence[str | Path | None], count: int, flag: str) -> Sequence[str | Path | None]:
    if given and len(given) != count:
        raise OptionError(
            f"{flag} was given {len(given)} times for {count} scenes; give it once per scene, or not at all."
        )
    return given or [None] * count


def files_of(sources: Sequence[Source | None]) -> list[str | Path]:
    """The files among the sources, those of a scene in several files too."""
    nested = [[source] if isinstance(source, (str, Path)) else source or () for source in sources]
    return [file for files in nested for file in files]
