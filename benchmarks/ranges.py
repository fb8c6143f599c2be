"""Ways to choose ranges against each other, with nothing else different: which one should be the default.

No promise; the table of docs/quantization.md comes from here.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

from benchmarks.bench import Bench
from benchmarks.calibrator_cases import networks
from benchmarks.calibrator_runs import Case, Run, kept, opened
from benchmarks.measure import code_digest, say
from benchmarks.report import Result
from geoquant.calibration.range_estimators import Method, RangeRule
from geoquant.calibration.tiles import CalibrationTiles
from geoquant.evaluation.comparison import compare
from geoquant.evaluation.contender import Contender
from geoquant.metrics.confusion import Comparison, together
from geoquant.model_card.embedding import write_card
from geoquant.onnx_graph.loading import load_model
from geoquant.onnx_graph.prepare import prepare
from geoquant.progress import silent
from geoquant.quantization.band_folding import why_not_foldable
from geoquant.quantization.builder import CandidateBuilder, QuantizationScheme, Recipe
from geoquant.quantization.layers import cheap_layers
from geoquant.quantization.qdq import QdqSettings
from geoquant.sampling.tile_reader import TileReader

METHODS: tuple[Method, ...] = get_args(Method)
STRENGTH = 0.5
TILES, SEEDS = 64, (0, 1, 2)
QUICK_TILES, QUICK_SEEDS = 8, (0,)


def measure(bench: Bench) -> Result:
    """Every method on every network and seed; what the work folder holds already is not measured again."""
    seeds, tiles = (QUICK_SEEDS, QUICK_TILES) if bench.quick else (SEEDS, TILES)
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for seed in seeds:
        for ground, label, model in networks(bench):
            say(f"ranges: {ground.name}, {label}, seed {seed}")
            folder = bench.work / "ranges" / f"{ground.name}_{label}{'_quick' if bench.quick else ''}"
            case = Case(ground, label, model, folder, seed, tiles)
            found[ground.name, label].append(case_figures(case))
    return Result("ranges", COLUMNS, _rows(found), (), NOTES)


COLUMNS = ("scene", "network", *METHODS)
NOTES = (
    "Changed pixels in percent on held-out tiles, in the stratum where most change and on average over strata; medians "
    f"over {len(SEEDS)} seeds of the tile choice. In brackets: how often a method has the smallest mean.",
    f"Folding of strength {STRENGTH:g}, the scores and what follows global pooling in float for all; no equalization, "
    "no bias correction, no fallback. One observation serves all methods; OpenVINO.",
)


def case_figures(case: Case) -> dict[str, Any]:
    """Method -> share of changed pixels in the worst stratum, and its mean over strata."""

    def make() -> dict[str, Any]:
        with opened(case) as run:
            return {"seconds": 0.0, "changed": _changed(run)}

    key = (case.model.read_bytes(), case.options, code_digest())
    return dict(kept(case.file("figures"), key, make, needs_file=False)["changed"])


def _changed(run: Run) -> dict[str, tuple[float, float]]:
    network = prepare(load_model(run.case.model))
    tiles = CalibrationTiles([run.stratified], run.card, run.geometry, run.tiles.calibration)
    rounding = QuantizationScheme(QdqSettings(), tuple(RangeRule(method) for method in METHODS))
    builder = CandidateBuilder(network, tiles, rounding, silent)
    strength = STRENGTH if why_not_foldable(network) is None else 0.0
    recipe = Recipe(strength, keep_float=cheap_layers(network, (1, *tiles.shape)))
    contenders = []
    for position, method in enumerate(METHODS):
        candidate = builder.make(replace(recipe, ranges=position))
        write_card(candidate.network, candidate.card, run.case.file(method))
        contenders.append(Contender(run.case.file(method), candidate.card, "openvino", method))
    reference = Contender(run.case.model, run.card, "ort", "float")
    judging = TileReader([run.stratified], run.card, run.geometry, run.tiles.held_out)
    found = compare(reference, contenders, judging)
    return {method: _figures(together(tiles)) for method, tiles in zip(METHODS, found, strict=True)}


def _figures(comparison: Comparison) -> tuple[float, float]:
    changed = [100 * (1 - scores.agreement) for scores in comparison.strata().values()]
    return max(changed), sum(changed) / len(changed)


def _rows(found: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]) -> list[list[str]]:
    return [[*case, *(_cell(seeds, method) for method in METHODS)] for case, seeds in found.items()]


def _cell(seeds: Sequence[Mapping[str, Any]], method: str) -> str:
    worst, mean = (statistics.median(figures[method][i] for figures in seeds) for i in (0, 1))
    wins = sum(figures[method][1] == min(pair[1] for pair in figures.values()) for figures in seeds)
    return f"{worst:.2f}, {mean:.3f} ({wins})"
