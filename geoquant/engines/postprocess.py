"""Scores -> class channels where an engine's graph can't take the argmax, by blocks of pixels.

``np.argmax`` over the class axis strides through memory a pixel at a time. A running maximum over a block of pixels
that stays in the cache reads every score once, in order, with SIMD. Both ways here give what ``np.argmax(axis=-3)``
gives for scores that are not NaN, ties included: the lowest class wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import ModelError
from geoquant.model_card.card import ModelCard

BLOCK_PX = 65_536  # float32 maximum, its mask and the index of a block: 384 KiB; fewer pixels cost more calls per score
MAX_CLASSES = 256

CONFIDENCE_NODATA = 255


def argmax(scores: NDArray[Any]) -> NDArray[np.uint8]:
    """The channel of the highest score of every pixel, the lowest channel among equals.

    Args:
        scores: (class, y, x) or (n, class, y, x), any real dtype; at most 256 classes.

    Returns:
        (y, x) or (n, y, x).

    Raises:
        ModelError: more classes than a byte can name.
    """
    if scores.ndim == 4:
        return np.stack([argmax(one) for one in scores]) if len(scores) else np.empty((0, *scores.shape[2:]), np.uint8)
    if scores.shape[0] > MAX_CLASSES:
        raise ModelError(f"The network has {scores.shape[0]} classes; a class map holds at most {MAX_CLASSES}.")
    flat = scores.reshape(scores.shape[0], -1)
    classes = np.empty(flat.shape[1], np.uint8)
    block = _packed if scores.dtype == np.uint8 else _running
    for start in range(0, classes.size, BLOCK_PX):
        part = slice(start, start + BLOCK_PX)
        block(flat[:, part], classes[part])
    return classes.reshape(scores.shape[1:])


def above(scores: NDArray[Any], threshold: float) -> NDArray[np.uint8]:
    """1 where a one-channel network's score lies above ``threshold``, else 0; (n, 1, y, x) -> (n, y, x)."""
    return (scores[:, 0] > threshold).view(np.uint8)


def decided(scores: NDArray[np.float32], card: ModelCard) -> NDArray[np.uint8]:
    """The channel of every pixel by its ``scores (class, y, x)``, the same rule as the engines' own; ``(y, x)``."""
    return above(scores[None], card.decision_threshold)[0] if scores.shape[0] == 1 else argmax(scores)


def channels_of(given: NDArray[Any], labels: Sequence[int]) -> NDArray[np.uint8]:
    """The position among ``labels`` of every label that a network gives; (y, x) of any real dtype -> (y, x).

    Raises:
        ModelError: a network gives a label that is none of them.
    """
    known, places = np.unique(np.asarray(labels, np.int64), return_index=True)
    at = np.searchsorted(known, given).clip(0, len(known) - 1)
    strange = known[at] != given
    if strange.any():
        found = np.unique(given[strange])[:8].tolist()
        raise ModelError(
            f"The network gives the label {', '.join(f'{label:g}' for label in found)}, which its card does not know: "
            f"it has the labels {', '.join(map(str, labels))}. Name every class with the value that the network gives, "
            "--class-names VALUE=NAME,..., or correct the card."
        )
    channels: NDArray[np.uint8] = places.astype(np.uint8)[at]
    return channels


def _running(scores: NDArray[Any], classes: NDArray[np.uint8]) -> None:
    """Running maximum; (class, pixel) -> (pixel)."""
    best = scores[0].copy()
    wins = np.empty(best.shape, np.bool_)
    classes[...] = 0
    for channel in range(1, len(scores)):
        np.greater(scores[channel], best, out=wins)
        # a later winner has a higher channel than every earlier one, so the maximum of "channel where it wins" is exact
        np.maximum(classes, wins.view(np.uint8) * np.uint8(channel), out=classes)
        np.maximum(best, scores[channel], out=best)


def _packed(scores: NDArray[np.uint8], classes: NDArray[np.uint8]) -> None:
    """Score and reversed channel in one uint16, whose maximum names the winner; (class, pixel) -> (pixel)."""
    best = np.zeros(classes.shape, np.uint16)
    packed = np.empty(classes.shape, np.uint16)
    for channel, score in enumerate(scores):
        np.left_shift(score, 8, out=packed, dtype=np.uint16)
        packed |= np.uint16(255 - channel)
        np.maximum(best, packed, out=best)
    np.subtract(255, best & np.uint16(255), out=classes, casting="unsafe")


def confidence_percent(scores: NDArray[np.float32], card: ModelCard) -> NDArray[np.uint8]:
    """Probability of the class that wins by ``scores (class, y, x)`` as 0..100, ``(y, x)``.

    Logits pass through softmax (one channel: through the logistic function), probabilities are taken as they are.
    """
    if scores.shape[0] == 1:
        positive = scores[0] if card.output == "probabilities" else 1 / (1 + np.exp(-scores[0]))
        winner = np.where(scores[0] > card.decision_threshold, positive, 1 - positive)
    elif card.output == "probabilities":
        winner = scores.max(axis=0)
    else:
        top = scores.max(axis=0)
        winner = 1 / np.sum([np.exp(channel - top) for channel in scores], axis=0)
    percent: NDArray[np.uint8] = np.rint(np.clip(winner, 0, 1) * 100).astype(np.uint8)
    return percent
