"""The winning class's probability, in whole percent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geoquant.words.card import OutputKind

CONFIDENCE_NODATA = 255


def confidence_percent(scores: NDArray[np.float32], kind: OutputKind) -> NDArray[np.uint8]:
    """Probability of the winning class of ``scores (class, y, x)`` as 0..100, ``(y, x)``.

    Logits pass through softmax (one channel: through the logistic function), probabilities are taken as they are.
    """
    if scores.shape[0] == 1:
        positive = scores[0] if kind == "probabilities" else 1 / (1 + np.exp(-scores[0]))
        winner = np.maximum(positive, 1 - positive)
    elif kind == "probabilities":
        winner = scores.max(axis=0)
    else:
        top = scores.max(axis=0)
        winner = 1 / np.sum([np.exp(channel - top) for channel in scores], axis=0)
    percent: NDArray[np.uint8] = np.rint(np.clip(winner, 0, 1) * 100).astype(np.uint8)
    return percent
