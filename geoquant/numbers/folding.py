"""Which factor each band should have so that one uint8 scale serves all of them (DESIGN 2, band-range folding)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (0.0, 0.25, 0.5, 1.0)
"""How much of a band's range may move into the weights: nothing, its fourth root, its square root, all of it."""


def band_factors(low: NDArray[np.float64], high: NDArray[np.float64], strength: float) -> NDArray[np.float64]:
    """Factors ``s_b = max|z_b| ** strength``.

    At strength 1 every band fills -1..1 and none loses resolution to another that lies far out. But W1[:, b] * s_b has
    to live with one int8 scale per output channel, and there the weights of the narrow bands lose what their input won.
    Which strength is best depends on how unlike the bands are, so it is measured.

    Args:
        low: per band, the lowest z seen.
        high: per band, the highest z seen.
        strength: 0..1.

    Returns:
        s_b > 0 (band,); 1 where a band never left 0.
    """
    peak = np.maximum(np.abs(low), np.abs(high))
    return np.where(peak > 0, peak, 1.0) ** strength
