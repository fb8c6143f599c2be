"""Open, fit and stratify the scenes of a job with their masks and labels, and close them at the end."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from geoquant.errors import GeoquantWarning, OptionError, RasterError, SourceUnavailable
from geoquant.model_card.card import ModelCard
from geoquant.progress import Progress, ProgressCallback
from geoquant.raster.decimation import overview
from geoquant.raster.fit_to_card import fit_to_card
from geoquant.raster.scene_input import SceneInput
from geoquant.strata.stratified_scene import StratifiedScene, stratify


@contextmanager
def stratified_scenes(
    inputs: Sequence[SceneInput], card: ModelCard, progress: ProgressCallback
) -> Iterator[list[StratifiedScene]]:
    """Open, fit and stratify all scenes; close them at the end.

    Raises:
        OptionError: there is no scene.
        RasterError, BandMismatch: a scene can't be opened, or does not fit the card.
    """
    if not inputs:
        raise OptionError("no scene; give at least one with --scenes.")
    done: list[StratifiedScene] = []
    try:
        for given in inputs:
            progress(Progress("surveying scenes", len(done), len(inputs), "scenes"))
            scene = fit_to_card(given.open(), card, given.options)
            overview(scene, progress)  # kept for the strata and the choice
            done.append(stratify(scene, card, given.mask, given.labels, given.mask_options))
            for doubt in done[-1].doubts:
                warnings.warn(doubt, GeoquantWarning, stacklevel=3)
        progress(Progress("surveying scenes", len(done), len(inputs), "scenes"))
        yield done
    except SourceUnavailable:
        raise
    except RasterError:
        check_unchanged(done)  # what looks like damage may be a file that was written meanwhile
        raise
    finally:
        for stratified in done:
            stratified.close()
            stratified.scene.close()


def check_unchanged(scenes: Sequence[StratifiedScene]) -> None:
    """Make sure, before a job writes its result, that every scene, mask and label raster is still the one that it read.

    Raises:
        RasterError: naming the file that changed.
    """
    for stratified in scenes:
        stratified.watch.check()
