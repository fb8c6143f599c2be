"""Judge every tile by a network that was made as the final one, but calibrated without it.

Held-out pixels may be too few to judge a rare condition. Then all tiles calibrate the final network, and its recipe is
carried out once more for each fold of the tiles, on the others: ranges, weights and biases are made anew. What is
judged so is the recipe, on three quarters of the tiles; the final network has seen more (cross-fitting: Chernozhukov
et al. 2018, doi:10.1111/ectj.12097, section 3). The choice of the recipe itself has seen all tiles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import onnx

from geoquant.calibration.tiles import CalibrationTiles
from geoquant.errors import CalibrationError
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import Able
from geoquant.grid import Window
from geoquant.metrics.confusion import Comparison
from geoquant.metrics.gate import Gate, Judged
from geoquant.model_card.embedding import write_card
from geoquant.progress import Progress
from geoquant.quantization.bias_correction import bias_shifts
from geoquant.quantization.builder import CandidateBuilder, Int8Candidate, QuantizationScheme, Recipe
from geoquant.quantization.judging import JobInputs, judge, judge_unproved
from geoquant.quantization.search import BIAS_TILES
from geoquant.quantization.trials import Trials
from geoquant.sampling.candidates import cover
from geoquant.sampling.folds import FOLDS, dealt, fold_of, short_of_judges
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.sampling.tile_selection import all_inside, around, unseen_tiles


def with_folds(work: JobInputs, tiles: TileChoice) -> TileChoice:
    """The tiles, dealt to folds where cross-fitting judges more than held-out tiles do.

    That is where the scenes are so small that all of their pixels make no more tiles than are wanted (then all of them
    calibrate and judge, whatever the seed), and where a condition has enough pixels in all tiles, but not in those held
    out.

    Args:
        work: the job.
        tiles: the choice.
    """
    wanted = work.options.tiles + work.options.held_out
    grids = [(one.scene.grid, one.valid_share) for one in work.scenes]
    geometry = work.geometry
    sizes = [share * len(cover(grid, geometry.tile_px, geometry.stride_px)) for grid, share in grids]
    if not geometry.whole and sum(sizes) <= wanted:
        every = unseen_tiles(work.scenes, geometry, [()] * len(work.scenes), work.progress)
        if len(every) >= FOLDS:
            return dealt(every)
    return dealt((*tiles.calibration, *tiles.held_out)) if short_of_judges(tiles) else tiles


@dataclass(frozen=True)
class Remake:
    """How to make the final network again on other tiles.

    Attributes:
        prepared: The float network.
        scheme: The way to round, with its range rules.
        recipe: The recipe that was chosen.
    """

    prepared: onnx.ModelProto
    scheme: QuantizationScheme
    recipe: Recipe


def judge_all(
    work: JobInputs, tiles: TileChoice, remake: Remake, judges: Able, folder: Path
) -> tuple[Judged, Judged | None]:
    """Comparisons on the tiles that judge, and on calibration tiles of conditions that those can't judge.

    Args:
        work: the job.
        tiles: held out, or dealt to folds.
        remake: makes a network for each fold.
        judges: the final network in every engine.
        folder: for temporary files.

    Raises:
        CalibrationError: no fold can be judged.
    """
    if tiles.folds:
        return judge_by_folds(work, tiles, remake, judges, folder), None
    judged = judge(work, tiles.held_out, judges)
    return judged, judge_unproved(work, tiles, judges, judged)


def judge_by_folds(work: JobInputs, tiles: TileChoice, remake: Remake, judges: Able, folder: Path) -> Judged:
    """Engine -> comparison with the float model on each tile, by a network that was calibrated without it.

    A fold for whose network too little is left to calibrate on is not judged.

    Args:
        work: the job.
        tiles: dealt to folds.
        remake: makes a network for each fold.
        judges: the engines.
        folder: for temporary files.

    Raises:
        CalibrationError: no fold can be judged.
    """
    found: dict[str, list[Comparison]] = {one.kind: [] for one in judges.contenders}
    refused: CalibrationError | None = None
    for fold in range(FOLDS):
        part = fold_of(tiles, fold)
        try:
            candidate = _made_without(work, part, remake, folder)
        except CalibrationError as error:
            refused = error
            continue
        path = folder / "fold.onnx"
        write_card(candidate.network, candidate.card, path)
        contenders = [replace(one, model=path, card=candidate.card) for one in judges.contenders]
        stage = f"judging fold {fold + 1} of {FOLDS}"
        compared = compare(work.float_contender(), contenders, work.reader(part.held_out), work.progress, stage)
        for contender, comparisons in zip(contenders, compared, strict=True):
            found[contender.kind] += comparisons
    if refused is not None and not any(found.values()):
        raise refused
    return found


def _made_without(work: JobInputs, part: TileChoice, remake: Remake, folder: Path) -> Int8Candidate:
    """The network by the final one's recipe, calibrated on nothing that a judging tile's pixels depend on.

    Raises:
        CalibrationError: too little is left.
    """
    windows: list[list[Window]] = [[] for _ in work.scenes]
    for choice in part.held_out:
        windows[choice.candidate.scene].append(choice.candidate.window)
    left_out = around(windows, work.geometry.context_px)
    rest = [one for one in part.calibration if not all_inside(one.candidate.window, left_out[one.candidate.scene])]
    if not rest:
        raise CalibrationError("the context of the judging tiles reaches over all others; give larger scenes.")
    calibration = CalibrationTiles(work.scenes, work.card, work.geometry, rest, left_out)
    rule = remake.scheme.rules[remake.recipe.ranges]
    scheme, recipe = replace(remake.scheme, rules=(rule,)), replace(remake.recipe, ranges=0)
    builder = CandidateBuilder(remake.prepared, calibration, scheme, work.progress)
    candidate = builder.make(replace(recipe, shifts={}))
    if not recipe.shifts:
        return candidate
    some = replace(calibration, choices=rest[:: max(1, len(rest) // BIAS_TILES)])
    trials = Trials(work.float_contender(), some, Gate(work.options.max_drop), folder, work.progress)

    def step(done: int, total: int) -> None:
        work.progress(Progress("correcting biases", done, total, "layers"))

    batches = trials.batches(candidate.card, BIAS_TILES)
    shifts = bias_shifts(candidate.reference, candidate.network, batches, step)
    return builder.make(replace(recipe, shifts=shifts))
