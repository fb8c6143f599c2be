"""The search for the best INT8 candidate: each step that may help is tried, and stays only when it measures better.

Each step has to change fewer pixels than the best so far on the same calibration tiles, and harm no stratum for it. One
step brings about as much as the uncertainty of a few dozen tiles, so its best estimate decides; but many such choices
may add up to luck. So all of them together have to be better than what a plain quantizer makes with the same ranges, by
min-max, percentile or tile means, beyond the uncertainty of the difference; or else the plain candidate is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from geoquant.metrics.confusion import Comparison
from geoquant.metrics.gate import GateScore
from geoquant.progress import Progress
from geoquant.quantization.band_folding import STRENGTHS, why_not_foldable
from geoquant.quantization.bias_correction import Shift, bias_shifts
from geoquant.quantization.builder import CandidateBuilder, Int8Candidate, Recipe
from geoquant.quantization.layers import cheap_layers, without_integer_form
from geoquant.quantization.trials import Challenge, Trials

BIAS_TILES = 12
"""Calibration tiles that bias correction averages over: means of millions of values need no more."""


@dataclass(frozen=True)
class SearchResult:
    """The best candidate and how it came about.

    Attributes:
        candidate: The candidate that measured best.
        gate_score: What it lost on the calibration tiles.
        steps: What was tried, in words, with what it brought.
        tiles: Its comparisons with the float model, one per tile that candidates are tried on.
    """

    candidate: Int8Candidate
    gate_score: GateScore
    steps: tuple[str, ...] = ()
    tiles: tuple[Comparison, ...] = ()


def best_candidate(builder: CandidateBuilder, trials: Trials) -> SearchResult:
    """Try folding strengths, other ranges, equalization and bias correction in turn, and plain candidates at last.

    What does not measure better is left out. Layers that are next to no work stay float without a trial: that only
    takes rounding away.

    Args:
        builder: makes the candidates.
        trials: measures them, on calibration tiles alone: the held-out tiles judge the result, so they choose nothing.
    """
    ladder = _Ladder(_first(builder, trials), builder, trials)
    first, strengths = ladder.chosen.candidate.recipe, STRENGTHS if why_not_foldable(builder.prepared) is None else ()
    ladder.expect(sum(map(bool, strengths)) + 2 * len(builder.rules) - 1 + bool(builder.groups) + 1)
    for strength in strengths:
        if strength:
            ladder.climb(f"folding of band ranges by {strength:g}", strength=strength)
    for position, rule in enumerate(builder.rules[1:], 1):
        ladder.climb(f"ranges by {rule.method}", ranges=position)
    if builder.groups:
        ladder.climb(f"equalization of {len(builder.groups)} layers", equalized=True)
    shifts = _measured_shifts(ladder.chosen.candidate, trials)
    if shifts:
        ladder.climb(f"bias correction of {len(shifts)} layers", shifts=shifts)
    for position, rule in enumerate(builder.rules):
        ladder.defend(f"plain {rule.method}", replace(first, ranges=position, rounded=False))
    return ladder.chosen


def _first(builder: CandidateBuilder, trials: Trials) -> SearchResult:
    """The first rule's ranges, weights rounded together, cheap layers in float."""
    cheap = cheap_layers(builder.prepared, trials.input_shape)
    grouped = tuple(name for name in without_integer_form(builder.prepared) if name not in cheap)
    candidate = builder.make(Recipe(keep_float=(*cheap, *grouped)))
    reasons = {
        cheap: "the scores and what follows global pooling are next to no work",
        grouped: "a transposed convolution in groups has no 8-bit weights per output channel",
    }
    lines = tuple(f"{', '.join(names)} in float: {reason}" for names, reason in reasons.items() if names)
    tiles = tuple(trials.compare(candidate.network, candidate.card))
    return SearchResult(candidate, trials.score(tiles), lines, tiles)


class _Ladder:
    """The best candidate so far, and the way to a better one."""

    def __init__(self, chosen: SearchResult, builder: CandidateBuilder, trials: Trials) -> None:
        self.chosen = chosen
        self._builder, self._trials, self._tried, self._total = builder, trials, 0, 0

    def expect(self, candidates: int) -> None:
        """Say how many candidates will be tried at most."""
        self._total = candidates

    def climb(self, name: str, **changes: object) -> None:
        """Take a change of the recipe where it measures better, and say so.

        Args:
            name: of the change.
            changes: of ``Recipe``.
        """
        recipe: Recipe = replace(self.chosen.candidate.recipe, **changes)  # type: ignore[arg-type]
        candidate, challenge = self._try(recipe)
        if len(challenge.tiles) < len(self.chosen.tiles):
            self._leave(f"{name} left out: {challenge.gain}")
            return
        before, found = self.chosen.gate_score, self._trials.score(challenge.tiles)
        words = f"{challenge.gain}; {found.against(before)}"
        if challenge.gain.likely and found.better(before):
            self._take(f"{name} kept: {words}", candidate, challenge)
        else:
            self._leave(f"{name} left out: {words}")

    def defend(self, name: str, plain: Recipe) -> None:
        """Take a plain candidate where the best one is not better than it beyond the uncertainty.

        Args:
            name: of the plain candidate.
            plain: how it is made.
        """
        candidate, challenge = self._try(plain)
        gain, lost = challenge.gain, len(challenge.tiles) < len(self.chosen.tiles)
        alike = gain.mean == gain.error == 0
        if not self.chosen.candidate.recipe.rounded:  # plain itself: among those the best estimate decides
            lost = lost or not gain.likely
        if lost or alike or gain.reversed.certain:
            self._leave(f"{name} is no better: {gain}")
        else:
            line = f"{name} taken, because all steps together are not certainly better: {gain}"
            self._take(line, candidate, challenge)

    def _try(self, recipe: Recipe) -> tuple[Int8Candidate, Challenge]:
        self._builder.progress(Progress("trying candidates", self._tried, self._total, "candidates"))
        self._tried += 1
        candidate = self._builder.make(recipe)
        return candidate, self._trials.challenge(candidate.network, candidate.card, self.chosen.tiles)

    def _take(self, line: str, candidate: Int8Candidate, challenge: Challenge) -> None:
        score = self._trials.score(challenge.tiles)
        self.chosen = SearchResult(candidate, score, (*self.chosen.steps, line), challenge.tiles)

    def _leave(self, line: str) -> None:
        self.chosen = replace(self.chosen, steps=(*self.chosen.steps, line))


def _measured_shifts(candidate: Int8Candidate, trials: Trials) -> dict[str, Shift]:
    def step(done: int, total: int) -> None:
        trials.progress(Progress("correcting biases", done, total, "tiles"))

    return bias_shifts(candidate.reference, candidate.network, trials.batches(candidate.card, BIAS_TILES), step)
