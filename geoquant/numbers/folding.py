"""Which factor each band should have so that one uint8 scale serves all of them (DESIGN 2, band-range folding)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RATIOS = np.concatenate([[0.0], np.geomspace(1 / 64, 64, 385)])  # lengths of the negative side, in positive sides


def band_factors(
    low: NDArray[np.float64], high: NDArray[np.float64], energy: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Factors s_b such that z_b / s_b of all bands fill one common interval, with the least noise behind them.

    An input tensor has one scale and one zero point, so band b, once divided, must fit -r..1 for a common r: its factor
    is at least the larger of high_b and -low_b / r, and its rounding step is s_b (1 + r) / 255. The first convolution
    turns that step into noise in proportion to the energy of its weights for the band; r is the one that makes the sum
    least. With r = 1 this is s_b = max |z_b|, which wastes the half of the interval that reflectances never enter.

    Args:
        low: per band, the lowest z seen.
        high: per band, the highest z seen.
        energy: per band, the sum of squares of the first convolution's weights for it.

    Returns:
        s_b > 0 (band,), scaled so that |z_b / s_b| reaches 1 and stays below it; 1 where a band never left 0.
    """
    below, above = np.maximum(-low, 0), np.maximum(high, 0)
    flat = (below == 0) & (above == 0)
    ratios = _RATIOS if not below.any() else _RATIOS[1:]
    factors = np.maximum(above, below / np.maximum(ratios, 1e-12)[:, None])  # (ratio, band)
    steps = factors * (1 + ratios)[:, None]
    noise = (steps**2 * (energy + 1e-12)).sum(axis=1)
    chosen = int(np.argmin(noise))
    best = factors[chosen] * max(1.0, ratios[chosen])  # the longer side of the common interval becomes 1
    return np.where(flat | (best <= 0), 1.0, best)
