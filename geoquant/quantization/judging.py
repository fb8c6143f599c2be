"""Judge the INT8 network of a quantization on held-out tiles, and say what a refusal may come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from geoquant.engines.protocol import Kind
from geoquant.engines.registry import REFERENCE, faithful_engines
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import Able, Contender, able
from geoquant.evaluation.gate_verdict import GateVerdict, unjudged_strata
from geoquant.metrics.evidence import MINIMUM
from geoquant.metrics.gate import Judged
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.loading import load_model
from geoquant.options.quantize import QuantizeOptions
from geoquant.progress import ProgressCallback
from geoquant.raster.undeclared_nodata import undeclared_fill
from geoquant.sampling.stratified_sampling import ChosenTile, TileChoice
from geoquant.sampling.tile_reader import TileReader
from geoquant.sampling.tile_selection import TileGeometry
from geoquant.strata.conditions import Stratum
from geoquant.strata.stratified_scene import StratifiedScene


@dataclass(frozen=True)
class JobInputs:
    """What every step of a quantization needs.

    Attributes:
        model: The float model's file.
        card: The card of the float model.
        scenes: The scenes to calibrate and to judge on.
        geometry: The sizes of tiles.
        options: The options of the job.
        progress: The callback that is told what goes on.
    """

    model: Path
    card: ModelCard
    scenes: Sequence[StratifiedScene]
    geometry: TileGeometry
    options: QuantizeOptions
    progress: ProgressCallback

    def reader(self, choices: Sequence[ChosenTile]) -> TileReader:
        """Tiles as pixels."""
        return TileReader(self.scenes, self.card, self.geometry, choices)

    def float_contender(self, kind: Kind = REFERENCE.id) -> Contender:
        """The float model in an engine."""
        return Contender(self.model, self.card, kind, "float")


def judges_of(work: JobInputs, tiles: TileChoice, candidate: Path, card: ModelCard) -> Able:
    """The INT8 model in every engine that computes it here as its target does, and can."""
    engines = faithful_engines(load_model(candidate))
    return able([Contender(candidate, card, kind, "INT8") for kind in engines], work.reader(tiles.held_out))


def judge(
    work: JobInputs, choices: Sequence[ChosenTile], judges: Able, stage: str = "comparing INT8 with float"
) -> Judged:
    """Engine -> comparison with the float model on each of the tiles."""
    found = compare(work.float_contender(), judges.contenders, work.reader(choices), work.progress, stage)
    return dict(zip((judge.kind for judge in judges.contenders), found, strict=True))


def judge_unproved(work: JobInputs, tiles: TileChoice, judges: Able, judged: Judged) -> Judged | None:
    """Comparisons on the calibration tiles that hold a condition which the others can't judge; None without any.

    They flatter a candidate, and so prove nothing; but a condition that fails even there fails.
    """
    strata = unjudged_strata(judged, [choice.stratum for choice in tiles.calibration])
    chosen = [choice for choice in tiles.calibration if _holds(choice, strata)]
    return judge(work, chosen, judges, "looking at conditions with few pixels") if chosen else None


def _holds(choice: ChosenTile, strata: Iterable[Stratum]) -> bool:
    """Whether a tile was chosen for one of the strata, or shows one in its decimated view."""
    return any(choice.stratum == stratum or choice.candidate.shares[stratum] > 0 for stratum in strata)


def causes_of_refusal(work: JobInputs, tiles: TileChoice, verdict: GateVerdict) -> list[str]:
    """What may be behind a refusal beside INT8 itself: fill taken for data, small scenes, conditions not judged."""
    causes = [said.rstrip(".") for said in _fill_in(work.scenes)]
    wanted = work.options.tiles + work.options.held_out
    largest_px = work.geometry.at_most(work.options.tile)
    found = len({id(choice.candidate) for choice in (*tiles.calibration, *tiles.held_out)})
    if work.options.tiles_from is None and (found < wanted or work.geometry.tile_px < largest_px):
        causes.append(
            f"the scenes are small: they gave {found} tiles of {work.geometry.tile_px} px instead of {wanted} of "
            f"{largest_px}"
        )
    if verdict.unjudged:
        causes.append(f"conditions with fewer than {MINIMUM} to judge them by: {', '.join(verdict.unjudged)}")
    return causes


def _fill_in(scenes: Sequence[StratifiedScene]) -> list[str]:
    """A sentence for each scene that may hold fill which it does not declare."""
    undeclared = [one.scene for one in scenes if all(band.nodata is None for band in one.scene.bands)]
    return [said for said in map(undeclared_fill, undeclared) if said]
