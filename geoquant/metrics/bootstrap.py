"""How far a figure may be trusted: tiles are drawn again with replacement, and the figure is computed each time.

Neighbouring pixels are wrong together, so pixels are not the unit that is drawn: a tile is (the cluster bootstrap,
Field & Welsh 2007, Journal of the Royal Statistical Society B 69, 369-390). Counts add up over tiles, so a replicate
is a weighted sum of per-tile counts, and all replicates are one matrix product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.grid import ceil_div

LEVEL = 0.95
CHUNK_VALUES = 4_000_000
"""Counts held at once: replicates are made in parts, so that many classes do not fill the memory."""

Counts = NDArray[np.float64]
Statistic = Callable[..., NDArray[np.float64]]


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval; all NaN where it can't be measured.

    Attributes:
        value: The figure on all tiles.
        low: The lower end of the interval.
        high: The upper end of the interval.
    """

    value: float
    low: float
    high: float


def draw_tiles(tiles: int, replicates: int, seed: int) -> NDArray[np.float64]:
    """How often each tile is drawn in each replicate (replicate, tile); every row sums to ``tiles``."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(tiles, np.full(tiles, 1 / tiles), size=replicates).astype(np.float64)


def estimate(statistic: Statistic, draws: NDArray[np.float64], *counts: NDArray[Any]) -> list[Estimate]:
    """A statistic of summed counts with its percentile interval (Efron & Tibshirani 1993, chapter 13).

    Args:
        statistic: of counts summed over tiles: (..., class, class) each -> (..., value).
        draws: from ``draw_tiles``.
        counts: (tile, class, class) each; drawn together, so that a difference of two models is paired.

    Returns:
        One estimate per value. Replicates without a single pixel to judge are left out.
    """
    whole = np.atleast_1d(statistic(*(part.sum(axis=0).astype(np.float64) for part in counts)))
    parts = [np.asarray(statistic(*drawn)) for drawn in _replicates(draws, counts)]
    values = np.concatenate([part.reshape(len(part), -1) for part in parts])  # (replicate, value)
    low, high = _quantiles(values)
    return [Estimate(float(v), float(a), float(b)) for v, a, b in zip(whole, low, high, strict=True)]


def _replicates(draws: NDArray[np.float64], counts: tuple[NDArray[Any], ...]):  # type: ignore[no-untyped-def]
    """Counts summed over drawn tiles, (replicate, class, class) each, some replicates at a time."""
    per_replicate = max(1, sum(part[0].size for part in counts))
    for chosen in np.array_split(draws, ceil_div(len(draws) * per_replicate, CHUNK_VALUES)):
        yield [np.tensordot(chosen, part.astype(np.float64), axes=1) for part in counts]


def _quantiles(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, value): both ends of the interval, NaN where no replicate has a value."""
    known = np.isfinite(values).any(axis=0)
    ends = np.full((2, values.shape[1]), np.nan)
    if known.any():
        ends[:, known] = np.nanquantile(values[:, known], ((1 - LEVEL) / 2, (1 + LEVEL) / 2), axis=0)
    return ends
