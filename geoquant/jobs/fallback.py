"""Mixed precision: the most sensitive layers go back to float until the gate holds, and no more than needed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from geoquant.jobs.drafts import Chosen, Draft, Workshop
from geoquant.jobs.sensitivity import LayerSensitivity, sensitivities
from geoquant.jobs.trials import Trials
from geoquant.numbers.gate import Standing
from geoquant.words.progress import Progress

MIN_INT8_SHARE = 0.5
"""Share of the multiply-accumulates that must be left in INT8 for a fallback to be worth its name."""


@dataclass(frozen=True)
class MixedPrecision:
    """Which layers are INT8, and why.

    Attributes:
        chosen: the draft.
        layers: what each layer alone costs, the most sensitive first; empty where it was not measured.
        kept_float: names of the layers that stay float, the most worthwhile first.
        int8_macs_share: share of multiply-accumulates in INT8, 0..1.
    """

    chosen: Chosen
    layers: tuple[LayerSensitivity, ...]
    kept_float: tuple[str, ...]
    int8_macs_share: float


def mixed_precision(chosen: Chosen, workshop: Workshop, trials: Trials, measure: bool) -> MixedPrecision:
    """Everything in INT8 where the gate holds on the calibration tiles, else with as few layers in float as it takes.

    Args:
        chosen: the best draft with everything INT8.
        workshop: makes drafts.
        trials: measures them.
        measure: measure the layers even where no fallback is needed.
    """
    fails = not chosen.standing.holds
    if not (fails or measure):
        return MixedPrecision(chosen, (), (), 1.0)
    layers = sensitivities(chosen.draft, workshop, trials)
    kept: tuple[str, ...] = ()
    if fails:
        chosen, kept = fall_back(chosen, layers, workshop, trials)
    rows = tuple(replace(layer, kept_float=layer.name in kept) for layer in layers)
    return MixedPrecision(chosen, rows, kept, _int8_share(layers, kept))


def _int8_share(layers: Sequence[LayerSensitivity], kept_float: Collection[str]) -> float:
    return 1.0 - sum(layer.macs_share for layer in layers if layer.name in kept_float)


def fall_back(
    chosen: Chosen, layers: Sequence[LayerSensitivity], workshop: Workshop, trials: Trials
) -> tuple[Chosen, tuple[str, ...]]:
    """The draft with as few layers in float as the gate takes on the calibration tiles.

    Layers go to float by what that brings for the work it costs, as many as it takes (found by bisection); then each
    is tried in INT8 again, those with most work first, so that none remains in float that can be spared.

    Args:
        chosen: the best draft with everything INT8.
        layers: what each alone costs.
        workshop: makes drafts.
        trials: measures them.

    Returns:
        The draft, and the names of the layers that stay float: none where that would leave less than
        ``MIN_INT8_SHARE`` in INT8, which is a float model by another name.
    """
    search = _Search(chosen.draft, workshop, trials)
    layers = sorted(layers, key=lambda layer: -layer.worth)
    names = [layer.name for layer in layers]
    count = search.fewest(names)
    kept = search.spare(sorted(layers[:count], key=lambda layer: -layer.macs_share)) if count else names
    share = _int8_share(layers, kept)
    if share < MIN_INT8_SHARE:
        line = f"fallback given up: it would leave {share:.0%} of the multiply-accumulates in INT8"
        return replace(chosen, steps=(*chosen.steps, line)), ()
    draft, found = search.tried[frozenset(kept)]
    line = f"fallback, {len(kept)} layers stay in float: {found.against(chosen.standing)}"
    return Chosen(draft, found, (*chosen.steps, line)), tuple(name for name in names if name in kept)


class _Search:
    """Tries sets of float layers, each once."""

    def __init__(self, draft: Draft, workshop: Workshop, trials: Trials) -> None:
        self._draft, self._workshop, self._trials = draft, workshop, trials
        self.tried: dict[frozenset[str], tuple[Draft, Standing]] = {}

    def holds(self, names: Sequence[str]) -> bool:
        """Whether the gate holds with these layers in float."""
        key = frozenset(names)
        if key not in self.tried:
            self._trials.progress(Progress("putting layers back to float", len(self.tried), 0, "drafts"))
            draft = self._workshop.make(replace(self._draft.recipe, keep_float=tuple(sorted(key))))
            self.tried[key] = draft, self._trials.standing(draft.network, draft.card)
        return self.tried[key][1].holds

    def fewest(self, names: Sequence[str]) -> int | None:
        """How many of the first layers have to be float; None where even all of them do not do."""
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
