"""Whether an INT8 model may be used, in words: what was proved, what was not, and what was never judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import nan

import numpy as np

from geoquant.engines.registry import engine_of
from geoquant.metrics.confusion import Comparison, Scores, stratum_pixels, together
from geoquant.metrics.evidence import DOUBTFUL_PX, MINIMUM
from geoquant.metrics.gate import Gate, Judged, allowances_used, most_used, worst_stratum
from geoquant.strata.conditions import Stratum


@dataclass(frozen=True)
class GateVerdict:
    """What the worst condition loses, whether that is allowed, and how much of what occurs was judged at all.

    Attributes:
        passed: Whether at least one condition was judged, all that were hold the gate, and none that was not judged
            fails on the pixels that are known of it.
        proved: The conditions that were judged and hold the gate.
        failed: The conditions that were judged and do not.
        unjudged: The conditions that occur, and have too few pixels or tiles to be judged.
        doubtful: Those of ``unjudged`` that lose too much on what is known of them, calibration tiles included.
        stratum: The worst condition; empty where none could be judged, and then nothing else is known.
        engine: The engine in which that condition is worst.
        miou_lost: The points of mean IoU that it loses.
        allowed_miou: The points of mean IoU that it may lose.
        changed: The points of agreement that it loses.
        allowed_change: The points of agreement that it may lose.
        words: The verdict in sentences; how many conditions are proved comes first.
    """

    passed: bool
    proved: tuple[str, ...]
    failed: tuple[str, ...]
    unjudged: tuple[str, ...]
    doubtful: tuple[str, ...]
    stratum: str
    engine: str
    miou_lost: float
    allowed_miou: float
    changed: float
    allowed_change: float
    words: str

    @property
    def conditions(self) -> int:
        """The number of conditions that occur."""
        return len(self.proved) + len(self.failed) + len(self.unjudged)

    @property
    def count(self) -> str:
        """How many conditions are proved, in words."""
        return f"{len(self.proved)} of {self.conditions} conditions proved"


def unjudged_strata(judged: Judged, others: Sequence[Stratum] = ()) -> tuple[Stratum, ...]:
    """Strata that occur, on the tiles or among ``others``, and can't be judged."""
    used = allowances_used(judged, Gate())
    return tuple(s for s in Stratum if s in {*_occurring(judged), *others} and s not in used)


def gate_verdict(judged: Judged, gate: Gate, calibrated: Judged | None = None) -> GateVerdict:
    """The verdict on every condition, and on the worst one in the worse engine.

    Args:
        judged: the tiles that judge.
        gate: what is allowed.
        calibrated: calibration tiles of conditions that the tiles above can't judge. They never prove anything.
    """
    used = allowances_used(judged, gate)
    known = {engine: [*tiles, *(calibrated or {}).get(engine, ())] for engine, tiles in judged.items()}
    unjudged = [stratum for stratum in _occurring(known) if stratum not in used]
    pixels = {stratum: _pixels(known, stratum) for stratum in unjudged}
    lost = most_used(known, unjudged, gate)
    doubtful = tuple(s.label for s in unjudged if pixels[s] >= DOUBTFUL_PX and lost[s] > 1)
    worst = worst_stratum(used) if used else None
    engine, scores = _worst_engine(judged, worst, gate)
    proved, failed = (tuple(s.label for s in used if (used[s] <= 1) == holds) for holds in (True, False))
    unnamed = GateVerdict(
        passed=bool(proved) and not failed and not doubtful,
        proved=proved,
        failed=failed,
        unjudged=tuple(stratum.label for stratum in unjudged),
        doubtful=doubtful,
        stratum="" if worst is None else worst.label,
        engine="" if worst is None else engine,
        miou_lost=nan if worst is None else scores.miou_lost,
        allowed_miou=gate.allowed_miou(scores),
        changed=nan if worst is None else 100 * (1 - scores.agreement),
        allowed_change=gate.allowed_change(scores),
        words="",
    )
    return _in_words(unnamed, "against the labels" if scores.float_miou == scores.float_miou else None)


def _occurring(judged: Judged) -> list[Stratum]:
    """Strata with any compared pixel, in any engine."""
    counts = sum(stratum_pixels(tiles).sum(axis=0) for tiles in judged.values())
    return [Stratum(int(i)) for i in np.flatnonzero(counts)]


def _pixels(judged: Judged, stratum: Stratum) -> int:
    return min(int(stratum_pixels(tiles)[:, stratum].sum()) for tiles in judged.values())


def _worst_engine(judged: Judged, stratum: Stratum | None, gate: Gate) -> tuple[str, Scores]:
    """The engine that uses most of the stratum's allowance (of that of all pixels), and the scores there."""
    totals: dict[str, Comparison] = {engine: together(tiles) for engine, tiles in judged.items()}
    engine = max(totals, key=lambda kind: gate.allowance_used(totals[kind].scores(stratum)))
    return engine, totals[engine].scores(stratum)


def _in_words(found: GateVerdict, truth: str | None) -> GateVerdict:
    """The verdict with its sentences.

    Args:
        found: without them.
        truth: what mean IoU is measured against; None is the float map.
    """
    sentences = [f"{found.count}{': ' if found.proved else ''}{', '.join(found.proved)}."]
    if found.stratum:
        sentences.append(
            f"In {found.stratum}, the worst condition, INT8 loses {found.miou_lost:.2f} points of mean IoU "
            f"{truth or 'with the float map as truth'} and gives {found.changed:.2f} % of the pixels another class, in "
            f"{engine_of(found.engine).name}; {found.allowed_miou:g} points and {found.allowed_change:g} % are allowed."
        )
    else:
        sentences.append(f"No condition has {MINIMUM}, so nothing can be judged: give larger or more scenes.")
    if found.doubtful:
        sentences.append(
            f"Too few held-out pixels judge {', '.join(found.doubtful)}, and on those that are known, calibration "
            "tiles included, more is lost than is allowed."
        )
    rest = [name for name in found.unjudged if name not in found.doubtful]
    if rest:
        sentences.append(f"Not judged, with fewer than {MINIMUM}: {', '.join(rest)}.")
    return replace(found, words=" ".join(sentences))
