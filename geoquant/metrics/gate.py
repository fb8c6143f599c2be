"""The accuracy gate: what the worst stratum loses, and how much of it is allowed.

Loss is measured per stratum, never over all pixels: a scene that is mostly clear hides what happens under cloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, inf, isfinite, sqrt

from geoquant.metrics.confusion import Comparison, Scores, judged_strata, together
from geoquant.strata.conditions import Stratum

MAX_DROP_BY_LABELS = 0.5
"""Points of mean IoU against true classes that a stratum may lose, unless the user says otherwise."""
MAX_DROP_BY_FLOAT_MAP = 2.5
"""The same with the float map as truth: every changed pixel counts as an error there, also where float was wrong."""
MIN_AGREEMENT = 0.98
"""Share of a stratum's pixels that must keep the float model's class, where ``max_drop`` does not allow more change."""


@dataclass(frozen=True)
class Gate:
    """What a stratum may lose.

    Attributes:
        max_drop: The points of mean IoU that may be lost; None as the module's constants say, with labels or without.
    """

    max_drop: float | None = None

    def allowed_miou(self, scores: Scores) -> float:
        """Points of mean IoU that may be lost."""
        if self.max_drop is not None:
            return self.max_drop
        return MAX_DROP_BY_LABELS if scores.float_miou == scores.float_miou else MAX_DROP_BY_FLOAT_MAP

    def allowed_change(self, scores: Scores) -> float:
        """Points of agreement that may be lost: 2, or as many as of mean IoU."""
        return max(100 * (1 - MIN_AGREEMENT), self.allowed_miou(scores))

    def allowance_used(self, scores: Scores) -> float:
        """How much of the allowance is used up: 0 nothing, 1 all of it, above 1 the gate does not hold."""
        miou = _share(scores.miou_lost, self.allowed_miou(scores))
        return max(miou, _share(100 * (1 - scores.agreement), self.allowed_change(scores)))

    def classes_changed(self, scores: Scores) -> float:
        """Changed pixels as a share of what calibration tiles may show: twice the points of mean IoU.

        Against labels some changes are gains, and luck that other tiles do not share can hide the losses.
        """
        return _share(100 * (1 - scores.agreement), 2 * self.allowed_miou(scores))


def _share(lost: float, allowed: float) -> float:
    if not lost > 0:  # NaN too: no class has enough pixels for a mean IoU
        return 0.0
    return lost / allowed if allowed else inf


def worst_stratum(used: Mapping[Stratum, float]) -> Stratum:
    """The stratum that uses most of its allowance; the first of equals."""
    return max(used, key=lambda stratum: (used[stratum], -stratum))


Judged = Mapping[str, Sequence[Comparison]]
"""Engine -> comparison of the INT8 model with the float model, one per tile; all engines meet the same tiles."""


def allowances_used(judged: Judged, gate: Gate) -> dict[Stratum, float]:
    """Stratum -> the most that any engine uses of its allowance, for every stratum that can be judged.

    Args:
        judged: of one INT8 model.
        gate: what is allowed.
    """
    per_engine = [judged_strata(tiles) for tiles in judged.values()]
    return most_used(judged, [s for s in Stratum if all(s in strata for strata in per_engine)], gate)


def most_used(judged: Judged, strata: Iterable[Stratum], gate: Gate) -> dict[Stratum, float]:
    """Stratum -> the most that any engine uses of its allowance, for these strata, however few their pixels."""
    totals = [together(tiles) for tiles in judged.values()]
    return {stratum: max(gate.allowance_used(total.scores(stratum)) for total in totals) for stratum in strata}


TIE_ALLOWANCE = 0.4
"""Candidates whose worst allowances used differ by less are equal: calibration and held-out tiles differ by as much."""
SPARE_ERRORS = 2.0
"""Standard errors by which a candidate must hold the gate on calibration tiles, which flatter it. A stratum of few
tiles has the largest error, and differs most between the tiles that choose and those that judge."""


@dataclass(frozen=True)
class GateScore:
    """How a candidate does on tiles, by the gate's own measure.

    Attributes:
        stratum: The stratum that uses most of its allowance.
        allowance_used: The part of its allowance that it uses, see ``Gate.allowance_used``.
        error: The standard error of ``allowance_used``.
        reserve: What the stratum with the least to spare has left of its allowance, ``SPARE_ERRORS`` deducted, and by
            ``Gate.classes_changed``.
        changed: The points of agreement with the float model that are lost, averaged over strata.
    """

    stratum: Stratum
    allowance_used: float
    error: float
    reserve: float
    changed: float

    @property
    def holds(self) -> bool:
        """Whether the gate holds in every stratum, with something to spare for other tiles."""
        return self.reserve >= 0

    @property
    def may_hold(self) -> bool:
        """Whether the gate holds, or is missed by no more than chance: one standard error."""
        return self.allowance_used - self.error <= 1

    def better(self, other: GateScore) -> bool:
        """Whether this one is to be preferred.

        The worst stratum decides. Where it can't (``TIE_ALLOWANCE``, or within ``SPARE_ERRORS``), the mean over strata
        does: it rests on many more pixels, and a change of class counts there whether or not the label happens to
        agree.
        """
        if abs(self.allowance_used - other.allowance_used) > max(
            TIE_ALLOWANCE, SPARE_ERRORS * hypot(self.error, other.error)
        ):
            return self.allowance_used < other.allowance_used
        return self.changed < other.changed

    def against(self, other: GateScore) -> str:
        """The comparison of two scores in words."""
        return (
            f"the worst stratum ({self.stratum.label}) uses {self.allowance_used:.0%} of what the gate allows it "
            f"instead of {other.allowance_used:.0%} ({other.stratum.label}), and {self.changed:.3f} % of the pixels "
            f"change their class instead of {other.changed:.3f} %, on average over strata of the calibration tiles"
        )


def gate_score(tiles: Sequence[Comparison], gate: Gate) -> GateScore:
    """The score of a candidate from its comparisons with the float model, one per tile, of at least one pixel."""
    total = together(tiles)
    by_stratum = total.strata() or total.strata(1)
    used = {stratum: gate.allowance_used(scores) for stratum, scores in by_stratum.items()}
    worst = worst_stratum(used)
    errors = {stratum: _standard_error(tiles, total, stratum, gate) for stratum in by_stratum}
    safe = {stratum: used[stratum] + SPARE_ERRORS * errors[stratum] for stratum in by_stratum}
    reserve = 1 - max(max(safe[stratum], gate.classes_changed(scores)) for stratum, scores in by_stratum.items())
    changed = sum(100 * (1 - scores.agreement) for scores in by_stratum.values()) / len(by_stratum)
    return GateScore(worst, used[worst], errors[worst], reserve, changed)


def _standard_error(tiles: Sequence[Comparison], total: Comparison, stratum: Stratum, gate: Gate) -> float:
    """Standard error of the allowance used: the jackknife over the stratum's tiles.

    Efron & Tibshirani 1993, equation 11.5.
    """
    without = [
        gate.allowance_used((total - tile).scores(stratum))
        for tile in tiles
        if 0 < tile.maps[stratum].sum() < total.maps[stratum].sum()
    ]
    if not all(isfinite(used) for used in without):  # nothing is allowed, so it says enough itself
        return 0.0
    count = len(without)
    mean = sum(without) / max(count, 1)
    return sqrt(max(count - 1, 0) / max(count, 1) * sum((used - mean) ** 2 for used in without))
