"""Whether a network's scores are what its card, or a guess from its graph, takes them for.

A probability that is thresholded at 0, as a logit is, makes the whole scene one class, and a softmax that is taken a
second time makes every confidence small; nothing else in a result shows it. So scores of real tiles are looked at
where it matters.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geoquant.engines.protocol import Engine
from geoquant.engines.selection import fed
from geoquant.engines.selection_cache import load_choice, store_choice
from geoquant.errors import GeoquantWarning, ModelError
from geoquant.model_card.card import ModelCard, OutputKind

OVERSHOOT = 0.01
"""Beyond 0..1, and beyond a sum of 1: what INT8 levels, float16 and interpolation may add to probabilities."""


def seen_kind(scores: Sequence[NDArray[np.float32]]) -> OutputKind:
    """What scores (n, channel, y, x) of real tiles look like: shares of 1, or numbers of any size."""
    inside = all(float(one.min()) >= -OVERSHOOT and float(one.max()) <= 1.0 + OVERSHOOT for one in scores)
    summed = all(one.shape[1] == 1 or np.abs(one.sum(axis=1) - 1).max() <= 2 * OVERSHOOT for one in scores)
    return "probabilities" if inside and summed else "logits"


def check_output_kind(
    engine: Engine, card: ModelCard, z: NDArray[np.float32], guess_for: str | None, confidence: bool
) -> None:
    """Hold the card's ``output`` against what the network gives on tiles of the scene, where it decides anything.

    It decides the class of a network of one channel, and every confidence.

    Args:
        engine: runs the network.
        card: its card.
        z: a few tiles of the scene, z values (n, band, y, x), of a size that the network takes.
        guess_for: the model's SHA-256 where nobody said what the output holds, so that a contradiction is an error; it
            is a warning otherwise. A guess that fits is said once for each model.
        confidence: confidences are asked for.

    Raises:
        ModelError: the guess is wrong; the message names ``--output-kind``.
    """
    if card.output not in ("logits", "probabilities"):
        return
    if len(card.classes) > 2 and not confidence:  # its channels are compared with each other, whatever they hold
        return
    scores = [engine.scores(fed(engine, tile[None])) for tile in z]
    channels = scores[0].shape[1]
    if channels > 1 and not confidence:
        return
    contradiction = _contradiction(scores, card, channels)
    if contradiction and guess_for is not None:
        raise ModelError(
            f"The card does not say what the network's output holds. By its last operators it gives {card.output}, but "
            f"{contradiction} Say what it holds with --output-kind probabilities or --output-kind logits."
        )
    if contradiction:
        _warn(f"The card says that the network gives {card.output}, but {contradiction}")
    elif guess_for is not None and _is_new(guess_for, card.output):
        _warn(
            f"The card does not say what the network's output holds: {card.output}, by its last operators, and its "
            f"scores on {_tiles(scores)} of this scene look like it. --output-kind {card.output}, or "
            f'"output": "{card.output}" in its card, says so. This is said once for each model.'
        )


def _is_new(model_sha256: str, kind: OutputKind) -> bool:
    """Whether this guess has not been said yet; where nothing can be remembered, it is said again."""
    key = hashlib.sha256(f"output of {model_sha256}: {kind}".encode()).hexdigest()
    if load_choice(key) is not None:
        return False
    store_choice(key, {"output": kind})
    return True


def _tiles(scores: Sequence[NDArray[np.float32]]) -> str:
    return f"{len(scores)} tile{'s' * (len(scores) != 1)}"


def _warn(text: str) -> None:
    warnings.warn(text, GeoquantWarning, stacklevel=5)


def _contradiction(scores: Sequence[NDArray[np.float32]], card: ModelCard, channels: int) -> str:
    """What speaks against the card's ``output``, or ""."""
    low, high = min(float(one.min()) for one in scores), max(float(one.max()) for one in scores)
    found = f"on {_tiles(scores)} of this scene its scores lie between {low:.3g} and {high:.3g}"
    harm = "confidences would be wrong." if channels > 1 else "the threshold between the classes would be wrong."
    if card.output == "logits" and seen_kind(scores) == "probabilities":
        return f"{found}{' and sum to 1' * (channels > 1)}, as probabilities do: {harm}"
    outside = low < -OVERSHOOT or high > 1 + OVERSHOOT
    if card.output == "probabilities" and outside:
        return f"{found}, which no probability does: {harm}"
    return ""
