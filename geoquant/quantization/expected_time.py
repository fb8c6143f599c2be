"""How long a quantization will take, stage by stage, before it begins: passes through the float network, and one timed.

What a stage costs in passes is as measured with U-Nets, on two cores; the estimate is for people who wait.
"""

from __future__ import annotations

import time

from geoquant.engines.registry import installed_engines
from geoquant.evaluation.contender import Runner
from geoquant.evaluation.performance import LARGEST_TIMED_PX, TIMING_ROUNDS, TIMING_SECONDS
from geoquant.progress import Stage
from geoquant.quantization.judging import JobInputs
from geoquant.quantization.search import BIAS_TILES
from geoquant.quantization.trials import TRIAL_TILES
from geoquant.sampling.folds import FOLDS
from geoquant.sampling.stratified_sampling import TileChoice
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.system import cores

OBSERVING, WATCHING, CORRECTING = 6.0, 12.0, 7.0
"""Passes that one takes which looks at ranges, at the inputs of every convolution, or at its mean in both networks."""
TRIALS, INT8_PASS, TRIED_SHARE = 13, 0.7, 0.6
"""Candidates that are tried, the pass of one in float passes, and its share of tiles: some lose early."""
AUDIT_SECONDS = 0.5
SESSION_SECONDS = 0.1
"""What a network takes to be made ready for an engine, however small it is."""
LAYERS = 20
"""Trials that sensitivities take, about: as many as layers."""


def survey(scenes: int) -> tuple[Stage, ...]:
    """The stages before the tiles are known, with their shares of the whole."""
    return Stage("surveying scenes", 0.04), Stage("decimating", 0.04, scenes), Stage("choosing tiles", 0.02)


def expected_stages(work: JobInputs, tiles: TileChoice) -> tuple[Stage, ...]:
    """The stages behind the choice of tiles, with the seconds that they take in all, about.

    Args:
        work: the job.
        tiles: that were chosen; the float network runs on the first of them.
    """
    pass_s, folds = _pass_seconds(work, tiles), FOLDS if tiles.folds else 0
    some = min(len(tiles.calibration), TRIAL_TILES) * pass_s
    every, again = len(tiles.calibration) * pass_s, folds * (FOLDS - 1) / FOLDS
    engines = len(installed_engines())
    judged = len(tiles.held_out) * pass_s * _passes_to_judge(work.geometry) * (
        1 + INT8_PASS * engines
    ) + SESSION_SECONDS * (1 + engines)
    observed_s = OBSERVING * every + SESSION_SECONDS
    stages = [
        Stage("mapping calibration tiles", some),
        Stage("observing ranges", (2 + again) * observed_s, 2 + folds),  # of the network as it is, and evened out
        Stage("watching", (1 + again) * (WATCHING * every + SESSION_SECONDS), 1 + folds),
        Stage("trying candidates", TRIALS * (TRIED_SHARE * INT8_PASS * some + SESSION_SECONDS)),
        Stage("observing channels", (1 + again) * observed_s, 1 + folds),
        Stage("correcting biases", (1 + folds) * (CORRECTING * BIAS_TILES * pass_s + 2 * SESSION_SECONDS), 1 + folds),
    ]
    if work.options.sensitivity:
        stages.append(Stage("measuring layers", some * INT8_PASS * LAYERS))
    stages.append(Stage("judging fold", judged, FOLDS) if folds else Stage("comparing INT8 with float", judged))
    if work.options.fast:
        return tuple(stages)
    planned_px = min(LARGEST_TIMED_PX**2, work.scenes[0].scene.grid.window.pixels // (2 * cores()))
    rounds_s = (TIMING_ROUNDS + 1) * 2 * engines * pass_s * planned_px / work.geometry.run_px**2
    timed = min(float(TIMING_SECONDS), rounds_s)
    return (*stages, Stage("auditing engines", AUDIT_SECONDS), Stage("timing engines", timed))


def _passes_to_judge(geometry: TileGeometry) -> float:
    """Tiles of the lattice that touch a tile, on average, less those that the tile before it has run."""
    lattice = geometry.lattice
    return 1.0 if lattice is None else ((geometry.tile_px + lattice.tile_px) / lattice.step_px) ** 2 / 2


def _pass_seconds(work: JobInputs, tiles: TileChoice) -> float:
    """How long the float network takes for one tile; the first time, an engine makes ready for the size."""
    reader = work.reader(tiles.calibration[:1])
    runner, (tile,) = Runner(work.float_contender(), reader), reader
    runner.classes(tile)
    started = time.perf_counter()
    runner.classes(tile)
    return time.perf_counter() - started
