"""Drafts of an INT8 model that differ in how far band ranges are folded, and the choice of the best by measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from geoquant.doors.activations import input_name
from geoquant.doors.card import write_card
from geoquant.doors.fold import fold_band_ranges, why_not_foldable
from geoquant.doors.qdq import QdqSettings, write_qdq
from geoquant.jobs.calibrate import Observation, folded_input_range
from geoquant.jobs.evaluate import Contender, JudgingTiles, compare
from geoquant.jobs.int8_card import folded_card
from geoquant.numbers.folding import STRENGTHS, band_factors
from geoquant.numbers.metrics import MIN_STRATUM_PX, Comparison
from geoquant.words.card import ModelCard
from geoquant.words.progress import Progress, ProgressCallback

MEASURED_TILES = 24
"""Calibration tiles that drafts are measured on: enough to rank them, a fraction of a judging."""


@dataclass(frozen=True)
class Draft:
    """One way to quantize.

    Attributes:
        network: INT8.
        factors: s_b, one per band.
        strength: of the folding, 0 = none.
        card: with the folded normalization.
    """

    network: onnx.ModelProto
    factors: NDArray[np.float64]
    strength: float
    card: ModelCard


def make_drafts(
    prepared: onnx.ModelProto,
    card: ModelCard,
    observation: Observation,
    settings: QdqSettings,
    progress: ProgressCallback,
) -> list[Draft]:
    """One draft per folding strength; only the one without folding where folding would not be exact.

    Args:
        prepared: float network.
        card: of the float model.
        observation: ranges on the calibration tiles.
        settings: how pairs are placed.
        progress: is told after each draft.
    """
    strengths = STRENGTHS if why_not_foldable(prepared) is None else (0.0,)
    drafts = []
    for done, strength in enumerate(strengths):
        progress(Progress("quantizing", done, len(strengths), "networks"))
        factors = band_factors(observation.band_low, observation.band_high, strength)
        folded = fold_band_ranges(prepared, factors) if strength else prepared
        ranges = {**observation.ranges, input_name(prepared): folded_input_range(observation, factors)}
        network = write_qdq(folded, ranges, settings)
        drafts.append(Draft(network, factors, strength, folded_card(card, factors)))
    progress(Progress("quantizing", len(strengths), len(strengths), "networks"))
    return drafts


def best_draft(
    drafts: Sequence[Draft], reference: Contender, tiles: JudgingTiles, folder: Path, progress: ProgressCallback
) -> Draft:
    """The draft that agrees most with the float model, averaged over strata, on calibration tiles.

    The held-out tiles take no part, so that what is reported about them stays honest.

    Args:
        drafts: at least one.
        reference: the float model.
        tiles: calibration tiles.
        folder: for temporary files.
        progress: is told after each tile.
    """
    if len(drafts) == 1:
        return drafts[0]
    contenders = []
    for number, draft in enumerate(drafts):
        path = folder / f"draft{number}.onnx"
        write_card(draft.network, draft.card, path)
        contenders.append(Contender(path, draft.card, "openvino", "INT8"))
    comparisons = compare(reference, contenders, tiles, progress, "choosing how far to fold")
    scores = [_mean_over_strata(comparison) for comparison in comparisons]
    return drafts[int(np.argmax(scores))]


def _mean_over_strata(comparison: Comparison) -> float:
    judged = comparison.strata(MIN_STRATUM_PX) or comparison.strata(1)
    return float(np.mean([scores.agreement for scores in judged.values()]))
