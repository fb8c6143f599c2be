"""Judge models against a float model on tiles that calibration did not see, per class and stratum; and time them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from geoquant.evaluation.contender import Contender, Runner
from geoquant.metrics.confusion import Comparison, compare_maps
from geoquant.progress import Progress, ProgressCallback, silent
from geoquant.sampling.tile_reader import TileReader


def compare(
    reference: Contender,
    candidates: Sequence[Contender],
    tiles: TileReader,
    progress: ProgressCallback = silent,
    stage: str = "comparing INT8 with float",
) -> tuple[list[Comparison], ...]:
    """Class maps of each candidate against the reference's, per stratum and tile.

    Args:
        reference: the float model.
        candidates: usually the INT8 model, once per engine.
        tiles: with strata, and labels when there are any.
        progress: is told after each tile.
        stage: what to tell it.

    Returns:
        Per candidate, one comparison per tile, in the order of the tiles.
    """
    rows = list(compare_each(reference, candidates, tiles, progress, stage))
    return tuple([row[i] for row in rows] for i in range(len(candidates)))


def compare_each(
    reference: Contender,
    candidates: Sequence[Contender],
    tiles: TileReader,
    progress: ProgressCallback = silent,
    stage: str = "comparing INT8 with float",
) -> Iterator[tuple[Comparison, ...]]:
    """One comparison per candidate for each tile, in their order, of the maps that ``classify`` would make."""
    tiles = replace(tiles, blended=True)
    runners = [Runner(contender, tiles) for contender in (reference, *candidates)]
    for done, tile in enumerate(tiles):
        progress(Progress(stage, done, len(tiles), "tiles"))
        truth, *maps = (runner.classes(tile) for runner in runners)
        count = len(tiles.card.classes)
        yield tuple(compare_maps(truth, classes, tile.strata, tile.labels, count) for classes in maps)
    progress(Progress(stage, len(tiles), len(tiles), "tiles"))
