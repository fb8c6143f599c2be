"""Mixed precision: the most sensitive layers go back to float until the gate holds, and no more than needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from geoquant.metrics.gate import GateScore
from geoquant.progress import Progress
from geoquant.quantization.builder import CandidateBuilder, Int8Candidate
from geoquant.quantization.layers import macs_shares
from geoquant.quantization.search import SearchResult
from geoquant.quantization.sensitivity import LayerSensitivity, sensitivities
from geoquant.quantization.trials import Trials

MIN_INT8_SHARE = 0.5
"""Share of the multiply-accumulates that must be left in INT8 for a fallback to be worth its name."""
CHEAP_LAYERS_SHARE = 0.95
"""Share left in INT8 below which a fallback has to be needed for the gate itself, not for its reserve."""


@dataclass(frozen=True)
class MixedPrecision:
    """Which layers are INT8, and why.

    Attributes:
        chosen: The candidate that was chosen.
        layers: What each layer alone costs, the most sensitive first; empty where it was not measured.
        kept_float: The names of the layers that stay float, the most worthwhile first.
        int8_macs_share: The share of multiply-accumulates in INT8, 0..1.
    """

    chosen: SearchResult
    layers: tuple[LayerSensitivity, ...]
    kept_float: tuple[str, ...]
    int8_macs_share: float


def mixed_precision(chosen: SearchResult, builder: CandidateBuilder, trials: Trials, measure: bool) -> MixedPrecision:
    """Everything in INT8 where the gate holds on the calibration tiles, else with as few layers in float as it takes.

    Args:
        chosen: the best candidate with everything INT8.
        builder: makes candidates.
        trials: measures them.
        measure: measure the layers even where no fallback is needed.
    """
    fails, kept = not chosen.gate_score.holds, chosen.candidate.recipe.keep_float
    if not (fails or measure):
        shares = macs_shares(builder.prepared, trials.input_shape) if kept else {}
        return MixedPrecision(chosen, (), kept, 1.0 - sum(shares.get(name, 0.0) for name in kept))
    layers = sensitivities(chosen.candidate, builder, trials)
    if fails:
        chosen, kept = fall_back(chosen, layers, builder, trials)
    rows = tuple(replace(layer, kept_float=layer.name in kept) for layer in layers)
    return MixedPrecision(chosen, rows, kept, _int8_share(layers, kept))


def _int8_share(layers: Sequence[LayerSensitivity], kept_float: Collection[str]) -> float:
    return 1.0 - sum(layer.macs_share for layer in layers if layer.name in kept_float)


def fall_back(
    chosen: SearchResult, layers: Sequence[LayerSensitivity], builder: CandidateBuilder, trials: Trials
) -> tuple[SearchResult, tuple[str, ...]]:
    """The candidate with as few layers in float as the gate needs on the calibration tiles.

    Layers go to float by what that brings for the work it costs, as many as it takes (found by bisection); then each
    is tried in INT8 again, those with most work first, so that none remains in float without need. What the candidate
    has in float stays there. Where all that would leave less than ``CHEAP_LAYERS_SHARE`` in INT8, only the most
    worthwhile layers that fit into the rest of the work go to float, if the gate may hold so, or if less than
    ``MIN_INT8_SHARE`` would be left in INT8, which is a float model by another name.

    Args:
        chosen: the best candidate with everything INT8.
        layers: what each alone costs.
        builder: makes candidates.
        trials: measures them.

    Returns:
        The candidate, and the names of the layers that stay float.
    """
    search, before = _Search(chosen.candidate, builder, trials), chosen.candidate.recipe.keep_float
    free = sorted((layer for layer in layers if layer.name not in before), key=lambda layer: -layer.worth)
    names = [layer.name for layer in free]
    count = search.fewest(names)
    kept = search.spare(sorted(free[:count], key=lambda layer: -layer.macs_share)) if count else names
    share = _int8_share(layers, (*before, *kept))
    if share < CHEAP_LAYERS_SHARE:
        cheap = _most_worthwhile(free, _int8_share(layers, before) - CHEAP_LAYERS_SHARE)
        cheap = min(([], cheap), key=lambda names: search.gate_score(names).changed)
        if share < MIN_INT8_SHARE or search.gate_score(cheap).may_hold:
            kept = cheap
    candidate, found = search.tried[frozenset(kept)]
    line = f"fallback, {len(kept)} layers stay in float: {found.against(chosen.gate_score)}"
    if not kept:
        line = f"fallback left out: {1 - CHEAP_LAYERS_SHARE:.0%} of the work in float would change nothing"
    return SearchResult(candidate, found, (*chosen.steps, line)), (*before, *(name for name in names if name in kept))


def _most_worthwhile(layers: Sequence[LayerSensitivity], macs_share: float) -> list[str]:
    """Names of the first layers that change anything, as far as their work fits into ``macs_share``, 0..1."""
    found = []
    for layer in layers:
        if layer.changed_mean > 0 and layer.macs_share <= macs_share:
            found.append(layer.name)
            macs_share -= layer.macs_share
    return found


class _Search:
    """Tries sets of float layers beside those of a candidate, each once."""

    def __init__(self, candidate: Int8Candidate, builder: CandidateBuilder, trials: Trials) -> None:
        self._candidate, self._builder, self._trials = candidate, builder, trials
        self.tried: dict[frozenset[str], tuple[Int8Candidate, GateScore]] = {}

    def holds(self, names: Sequence[str]) -> bool:
        """Whether the gate holds with these layers in float, with enough to spare."""
        return self.gate_score(names).holds

    def gate_score(self, names: Sequence[str]) -> GateScore:
        """The score of the candidate with these layers in float."""
        key = frozenset(names)
        if key not in self.tried:
            self._trials.progress(Progress("putting layers back to float", len(self.tried), 0, "candidates"))
            recipe = self._candidate.recipe
            together = tuple(sorted(key.union(recipe.keep_float)))
            candidate = self._builder.make(replace(recipe, keep_float=together))
            self.tried[key] = candidate, self._trials.gate_score(candidate.network, candidate.card)
        return self.tried[key][1]

    def fewest(self, names: Sequence[str]) -> int | None:
        """How many of the first layers have to be float; None where even all of them are not enough."""
        enough = 1
        while not self.holds(names[:enough]):
            if enough >= len(names):
                return None
            enough = min(2 * enough, len(names))
        too_few = enough // 2
        while enough - too_few > 1:
            middle = (enough + too_few) // 2
            if self.holds(names[:middle]):
                enough = middle
            else:
                too_few = middle
        return enough

    def spare(self, layers: Sequence[LayerSensitivity]) -> list[str]:
        """The layers that are left when each was tried in INT8 again."""
        kept = [layer.name for layer in layers]
        for layer in layers:
            without = [name for name in kept if name != layer.name]
            if without and self.holds(without):
                kept = without
        return kept
