"""How much a pixel counts, so that every imaging condition counts as much as the others, however rare it is.

Ranges weigh strata alike (``range_estimators.mse``). Whatever else is averaged over calibration pixels does so by these
weights: a scene of 98 % clear land would otherwise decide alone how weights are rounded and biases corrected.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.calibration.range_estimators import MIN_STRATUM_VALUES


def stratum_weights(pixels: NDArray[Any]) -> NDArray[np.float32]:
    """The weight of a pixel of each stratum; the mean over all pixels is about 1.

    The pixels of a stratum weigh the same together as those of any other. One with fewer than ``MIN_STRATUM_VALUES``
    weighs less: a handful of pixels must not speak as loudly as a thousand. Pixels of unknown stratum (row 0) count
    only where there are no others.

    Args:
        pixels: The number of pixels per stratum (STRATUM_COUNT,), about.
    """
    known = np.array(pixels, np.float64)
    known[0] *= not known[1:].any()
    weights = 1 / np.maximum(known, MIN_STRATUM_VALUES)
    if known[1:].any():
        weights[0] = 0.0
    total = float(known @ weights)
    return np.asarray(weights * (known.sum() / total if total else 1.0), np.float32)
