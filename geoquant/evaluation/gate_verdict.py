"""Whether an INT8 model may be used, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from geoquant.engines.registry import engine_of
from geoquant.metrics.confusion import MIN_STRATUM_PX, Comparison
from geoquant.metrics.gate import Gate, allowances_used, worst_stratum


@dataclass(frozen=True)
class GateVerdict:
    """What the worst condition loses, and whether that is allowed.

    Attributes:
        passed: Whether the worst condition holds the gate.
        stratum: The worst condition; empty where none has enough pixels, and then nothing else is known.
        engine: The engine in which that condition is worst.
        miou_lost: The points of mean IoU that it loses.
        allowed_miou: The points of mean IoU that it may lose.
        changed: The points of agreement that it loses.
        allowed_change: The points of agreement that it may lose.
        words: The verdict as a sentence.
    """

    passed: bool
    stratum: str
    engine: str
    miou_lost: float
    allowed_miou: float
    changed: float
    allowed_change: float
    words: str


def gate_verdict(comparisons: Mapping[str, Comparison], gate: Gate) -> GateVerdict:
    """The verdict on the worst condition in the worse engine.

    Args:
        comparisons: engine -> comparison over all tiles.
        gate: what is allowed.
    """
    used = allowances_used(list(comparisons.values()), gate)
    any_scores = next(iter(comparisons.values())).scores()
    allowed = gate.allowed_miou(any_scores), gate.allowed_change(any_scores)
    if not used:
        words = f"No condition has {MIN_STRATUM_PX} pixels, so nothing can be judged: give larger or more scenes."
        return GateVerdict(False, "", "", float("nan"), allowed[0], float("nan"), allowed[1], words)
    stratum = worst_stratum(used)
    engine = max(comparisons, key=lambda kind: gate.allowance_used(comparisons[kind].scores(stratum)))
    scores = comparisons[engine].scores(stratum)
    allowed = gate.allowed_miou(scores), gate.allowed_change(scores)
    changed = 100 * (1 - scores.agreement)
    truth = "against the labels" if scores.float_miou == scores.float_miou else "with the float map as truth"
    words = (
        f"In {stratum.label}, the worst condition, INT8 loses {scores.miou_lost:.2f} points of mean IoU {truth} and "
        f"gives {changed:.2f} % of the pixels another class, in {engine_of(engine).name}; {allowed[0]:g} points and "
        f"{allowed[1]:g} % are allowed."
    )
    return GateVerdict(
        used[stratum] <= 1, stratum.label, engine, scores.miou_lost, allowed[0], changed, allowed[1], words
    )
