"""The search for the best INT8 candidate: each step that may help is tried, and stays only when it measures better."""

from __future__ import annotations

from dataclasses import dataclass, replace

from geoquant.metrics.gate import GateScore
from geoquant.progress import Progress
from geoquant.quantization.band_folding import (
    STRENGTHS,
    why_not_foldable,
)
from geoquant.quantization.bias_correction import Shift, bias_shifts
from geoquant.quantization.builder import CandidateBuilder, Int8Candidate, Recipe
from geoquant.quantization.layers import cheap_layers, without_integer_form
from geoquant.quantization.trials import Trials

BIAS_TILES = 12
"""Calibration tiles that bias correction averages over: means of millions of values need no more."""


@dataclass(frozen=True)
class SearchResult:
    """The best candidate and how it came about.

    Attributes:
        candidate: The candidate that measured best.
        gate_score: What it lost on the calibration tiles.
        steps: What was tried, in words, with what it brought.
    """

    candidate: Int8Candidate
    gate_score: GateScore
    steps: tuple[str, ...] = ()


def best_candidate(builder: CandidateBuilder, trials: Trials) -> SearchResult:
    """Try folding strengths, other ranges, equalization and bias correction in turn.

    What does not measure better is left out. Layers that are next to no work stay float without a trial: that only
    takes rounding away.

    Args:
        builder: makes the candidates.
        trials: measures them, on calibration tiles alone: the held-out tiles judge the result, so they choose nothing.
    """
    cheap = cheap_layers(builder.prepared, trials.input_shape)
    grouped = tuple(name for name in without_integer_form(builder.prepared) if name not in cheap)
    chosen = _best_folding(builder, trials, (*cheap, *grouped))
    reasons = {
        cheap: "the scores and what follows global pooling are next to no work",
        grouped: "a transposed convolution in groups has no 8-bit weights per output channel",
    }
    lines = [f"{', '.join(names)} in float: {reason}" for names, reason in reasons.items() if names]
    chosen = replace(chosen, steps=tuple(lines))
    for position, rule in enumerate(builder.rules[1:], 1):
        recipe = replace(chosen.candidate.recipe, ranges=position)
        chosen = _challenged(chosen, builder.make(recipe), trials, f"ranges by {rule.method}")
    if builder.groups:
        recipe = replace(chosen.candidate.recipe, equalized=True)
        chosen = _challenged(chosen, builder.make(recipe), trials, f"equalization of {len(builder.groups)} layers")
    shifts = _measured_shifts(chosen.candidate, trials)
    if shifts:
        recipe = replace(chosen.candidate.recipe, shifts=shifts)
        chosen = _challenged(chosen, builder.make(recipe), trials, f"bias correction of {len(shifts)} layers")
    return chosen


def _best_folding(builder: CandidateBuilder, trials: Trials, keep_float: tuple[str, ...]) -> SearchResult:
    strengths = STRENGTHS if why_not_foldable(builder.prepared) is None else (0.0,)
    best: SearchResult | None = None
    for done, strength in enumerate(strengths):
        builder.progress(Progress("choosing how far to fold", done, len(strengths), "candidates"))
        candidate = builder.make(Recipe(strength, keep_float=keep_float))
        found = trials.gate_score(candidate.network, candidate.card)
        if best is None or found.better(best.gate_score):
            best = SearchResult(candidate, found)
    builder.progress(Progress("choosing how far to fold", len(strengths), len(strengths), "candidates"))
    if best is None:  # there is always strength 0
        raise AssertionError
    return best


def _challenged(chosen: SearchResult, candidate: Int8Candidate, trials: Trials, name: str) -> SearchResult:
    """The better of the two, and a line about it.

    Args:
        chosen: so far.
        candidate: the challenger.
        trials: measures it.
        name: of what it does.
    """
    found = trials.gate_score(candidate.network, candidate.card)
    kept = found.better(chosen.gate_score)
    line = f"{name} {'kept' if kept else 'left out'}: {found.against(chosen.gate_score)}"
    return (
        SearchResult(candidate, found, (*chosen.steps, line)) if kept else replace(chosen, steps=(*chosen.steps, line))
    )


def _measured_shifts(candidate: Int8Candidate, trials: Trials) -> dict[str, Shift]:
    def step(done: int, total: int) -> None:
        trials.progress(Progress("correcting biases", done, total, "layers"))

    return bias_shifts(candidate.reference, candidate.network, trials.batches(candidate.card, BIAS_TILES), step)
