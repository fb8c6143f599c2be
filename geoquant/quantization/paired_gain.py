"""Whether one candidate keeps more pixels than another on the same tiles, and how sure that is.

Two candidates differ by less than either differs from tile to tile, so they are compared tile by tile. The standard
error is that of the jackknife over tiles (Efron & Tibshirani 1993, equation 11.5), per stratum and of the mean over
strata, in which every stratum counts the same. One with fewer pixels than the gate judges counts less, by as many as it
lacks, but it counts: nobody else would speak for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from geoquant.metrics.confusion import Comparison
from geoquant.metrics.evidence import MIN_STRATUM_PX

Floats = NDArray[np.float64]

WORSE_ERRORS, HARM_ERRORS = 2.0, 3.0
"""Standard errors beyond which a candidate is certainly worse, and a stratum harmed: of ten strata, one loses more than
1.3 of them by chance alone."""


@dataclass(frozen=True)
class Gain:
    """By how much fewer pixels a candidate changes than another, in points of a stratum's pixels.

    Attributes:
        mean: The mean over strata; below 0 it changes more.
        error: The standard error of the mean.
        harm: The most points that a stratum loses, of those that lose beyond ``HARM_ERRORS`` standard errors; 0 where
            none does.
        help: The most points that a stratum gains, alike.
        tiles: The number of tiles that it rests on.
    """

    mean: float
    error: float
    harm: float
    help: float
    tiles: int

    @property
    def likely(self) -> bool:
        """Whether it measures better, and no stratum certainly loses more than the mean gains."""
        return self.mean > 0 and self.harm <= self.mean

    @property
    def certain(self) -> bool:
        """Whether it measures better beyond its uncertainty, alike."""
        return self.likely and self.mean > self.error

    @property
    def hopeless(self) -> bool:
        """Whether it is certainly worse."""
        return self.mean < -WORSE_ERRORS * self.error

    @property
    def reversed(self) -> Gain:
        """What the other one gains."""
        return Gain(-self.mean, self.error, self.help, self.harm, self.tiles)

    def __str__(self) -> str:
        return f"{self.mean:+.3f} ± {self.error:.3f} points of pixels keep their class on {self.tiles} tiles"


def paired_gain(challenger: Sequence[Comparison], champion: Sequence[Comparison]) -> Gain:
    """What a challenger gains over the champion.

    Args:
        challenger: its comparisons with the float model, one per tile, at least one.
        champion: the other's, of the same tiles in the same order.
    """
    pixels = np.array([one.maps.sum(axis=(1, 2)) for one in champion], np.float64)  # (tile, stratum)
    saved = np.array([_kept(new) - _kept(old) for new, old in zip(challenger, champion, strict=True)], np.float64)
    seen = pixels.sum(axis=0) > 0
    pixels, saved = pixels[:, seen], saved[:, seen]
    says = np.minimum(pixels.sum(axis=0) / MIN_STRATUM_PX, 1.0)
    gains, without = _points(saved.sum(axis=0), pixels.sum(axis=0)), _points(*_left_out(saved, pixels))
    error = _jackknife(without @ says / says.sum())
    # a stratum of a few tiles knows little of its own error: it is taken to be no less than that of the usual stratum
    usual = error * sqrt(len(gains)) / np.sqrt(says)
    errors = np.array([max(usual[i], _jackknife(without[:, i][pixels[:, i] > 0])) for i in range(len(gains))])
    beyond = np.where(np.abs(gains) > HARM_ERRORS * errors, gains, 0.0)
    harm, helped = max(0.0, -float(beyond.min())), max(0.0, float(beyond.max()))
    return Gain(float(gains @ says / says.sum()), error, harm, helped, len(champion))


def _kept(comparison: Comparison) -> NDArray[np.int64]:
    return np.asarray(np.trace(comparison.maps, axis1=1, axis2=2))


def _points(saved: Floats, pixels: Floats) -> Floats:
    return np.asarray(100 * saved / np.maximum(pixels, 1))


def _left_out(saved: Floats, pixels: Floats) -> tuple[Floats, Floats]:
    """Both sums without each of the tiles in turn (tile, stratum)."""
    return saved.sum(axis=0) - saved, pixels.sum(axis=0) - pixels


def _jackknife(without: Floats) -> float:
    count = len(without)
    return sqrt(max(count - 1, 0) / max(count, 1) * float(((without - without.mean()) ** 2).sum())) if count else 0.0
