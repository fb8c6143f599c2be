"""The card of an INT8 model: folded normalization, what calibrated it, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geoquant.evaluation.gate_verdict import GateVerdict
from geoquant.fusion_audit.audit import Audit
from geoquant.model_card.card import ModelCard, Normalization, Quantization


def folded_card(card: ModelCard, factors: NDArray[np.float64]) -> ModelCard:
    """The card with s_b in its normalization: z_b / s_b comes out, clips included.

    Args:
        card: of the float model.
        factors: s_b, one per band.
    """
    return replace(card, normalization=_folded(card.normalization, [float(factor) for factor in factors]))


def _folded(norm: Normalization, factors: Sequence[float]) -> Normalization:
    def divided(bounds: tuple[float, ...] | None) -> tuple[float, ...] | None:
        return None if bounds is None else tuple(b / s for b, s in zip(bounds, factors, strict=True))

    scale = tuple(scale * s for scale, s in zip(norm.scale, factors, strict=True))
    return replace(norm, scale=scale, low=divided(norm.low), high=divided(norm.high))


def with_audit(facts: Quantization, found: Audit) -> Quantization:
    """The facts with the share of the multiply-accumulates that each engine really runs in INT8."""
    shares = {kind: round(share, 4) for kind, share in found.int8_share.items()}
    return replace(facts, method={**facts.method, "int8_share": shares})


def with_verdict(facts: Quantization, verdict: GateVerdict) -> Quantization:
    """The facts with the names of the conditions that were proved, and of those that occur and were not judged."""
    conditions = {"proved": list(verdict.proved), "not_judged": list(verdict.unjudged), "in_words": verdict.count}
    return replace(facts, method={**facts.method, "conditions": conditions})


def with_quantization(card: ModelCard, facts: Quantization, agreement: Mapping[str, float]) -> ModelCard:
    """The card with what quantization did and what the judging measured (rounded, so that files compare equal)."""
    rounded = {name: round(share, 6) for name, share in agreement.items()}
    return replace(card, quantization=replace(facts, agreement=rounded))
