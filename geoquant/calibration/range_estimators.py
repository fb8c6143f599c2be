"""From a tensor's distribution to the range that its 8-bit levels span: min-max, MSE, percentile, entropy, tile means.

All of them are functions of the same histograms, so none of them needs another look at the data.

Sources:
    Percentile and the interval of asymmetric tensors: ``onnxruntime.quantization.calibrate.HistogramCollector``.
    Entropy: Migacz 2017, "8-bit inference with TensorRT", GTC: the threshold whose 128-level histogram has the smallest
    Kullback-Leibler divergence from the histogram itself; zeros set aside as in NVIDIA's pytorch-quantization.
    Tile means: the mean over tiles of the lowest and of the highest value, NNCF's default for activations.
    MSE: the same trade between rounding and clipping as Banner et al. 2019 (arXiv:1810.05723) solve in closed form,
    here on the histogram itself and divided by each stratum's signal power (the inverse of its SQNR).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geoquant.calibration.histogram import Distribution

Method = Literal["mse", "min-max", "percentile", "entropy", "tile-means"]

PERCENTILE = 99.999
ENTROPY_LEVELS = 128
MIN_STRATUM_VALUES = 1000
"""The fewest sampled values with which a stratum counts on its own: fewer say little about its tails."""

POOLED_MARGIN = 0.25

_STEPS, _SYMMETRIC_STEPS = 255, 254  # from the lowest level to the highest: 0..255, and -127..127
_COARSE = 2.0 ** (-np.arange(49) / 8)  # 1 .. 1/64 in steps of 9 %
_FINE = 2.0 ** (np.arange(8, -9, -1) / 64)  # around the best of those, in steps of 1 %
_ROUNDS = 3


@dataclass(frozen=True)
class Range:
    """What a tensor's levels span: the lowest and the highest value."""

    low: float
    high: float

    def with_zero(self) -> Range:
        """The range that also holds 0, which every quantization has a level for."""
        return Range(min(0.0, self.low), max(0.0, self.high))


@dataclass(frozen=True)
class RangeRule:
    """How ranges are chosen.

    Attributes:
        method: One of the methods that the module lists.
        symmetric: Whether the range is -x..x, as zero points of 0 need it.
    """

    method: Method = "mse"
    symmetric: bool = False


def choose_range(observed: Distribution, rule: RangeRule) -> Range:
    """The range of a tensor; it holds 0 and never exceeds what was observed (mirrored when symmetric)."""
    if rule.method == "min-max" or not observed.counts.any():
        chosen = Range(observed.low, observed.high).with_zero()
    else:
        chosen = _METHODS[rule.method](observed, rule.symmetric)
    peak = max(-chosen.low, chosen.high)
    return Range(-peak, peak) if rule.symmetric else chosen


def pooled_range(observed: Distribution, rule: RangeRule) -> Range:
    """The range of a tensor that holds one value per channel and tile, as behind global pooling.

    Calibration shows a few dozen of them, so their tails are not known, and one that is clipped changes a whole tile:
    the range is all that was observed, and ``POOLED_MARGIN`` of its width on the sides that it reaches.
    """
    margin = POOLED_MARGIN * (max(observed.high, 0.0) - min(observed.low, 0.0))
    wide = Range(observed.low - margin * (observed.low < 0), observed.high + margin * (observed.high > 0)).with_zero()
    peak = max(-wide.low, wide.high)
    return Range(-peak, peak) if rule.symmetric else wide


def _within(observed: Distribution, low: float, high: float) -> Range:
    return Range(max(low, observed.low), min(high, observed.high)).with_zero()


def tile_means(observed: Distribution, symmetric: bool) -> Range:
    """The range of a usual tile: what only a few tiles reach is cut off."""
    low, high = observed.usual
    peak = max(-low, high)
    return _within(observed, -peak, peak) if symmetric else _within(observed, low, high)


def percentile(observed: Distribution, symmetric: bool) -> Range:
    """The range of ``PERCENTILE`` of all values: as much is cut on both sides, or of the magnitudes when symmetric."""
    order = np.argsort(observed.centres)
    upper, lower = observed.centres + observed.widths / 2, observed.centres - observed.widths / 2
    pooled, cut = observed.counts.sum(axis=0), 1 - PERCENTILE / 100
    if symmetric:
        by_size = np.argsort(np.abs(observed.centres))
        peak = float(np.maximum(np.abs(upper), np.abs(lower))[by_size][_position(pooled[by_size], 1 - cut)])
        return _within(observed, -peak, peak)
    low, high = (_position(pooled[order], share) for share in (cut / 2, 1 - cut / 2))
    return _within(observed, float(lower[order][low]), float(upper[order][high]))


def _position(counts: NDArray[np.int64], share: float) -> int:
    """The first bin at which at least ``share`` of all values is reached."""
    reached = np.cumsum(counts)
    return int(min(np.searchsorted(reached, share * reached[-1]), len(counts) - 1))


def entropy(observed: Distribution, symmetric: bool) -> Range:
    """The magnitude beyond which clipping costs less information than the coarser levels would (Migacz 2017)."""
    del symmetric  # the threshold is one of magnitudes either way
    width = float(observed.widths.max())
    sizes = (np.abs(observed.centres) / width).astype(np.intp)  # the observer's own bins: others would alias with them
    counts = np.asarray(np.bincount(sizes, observed.counts.sum(axis=0)), np.float64)
    if len(counts) <= ENTROPY_LEVELS:
        return Range(observed.low, observed.high).with_zero()
    counts[0] = counts[1]  # zeros have a level of their own; smeared over neighbours a ReLU's would outweigh all else
    ends = [*range(ENTROPY_LEVELS, len(counts), ENTROPY_LEVELS // 8), len(counts)]
    best = min(reversed(ends), key=lambda end: _divergence(counts, end))  # of equal ones the widest
    return _within(observed, -best * width, best * width)


def _divergence(counts: NDArray[np.float64], end: int) -> float:
    """Kullback-Leibler divergence of the first ``end`` bins, clipped values in the last, from their 128 levels."""
    kept = counts[:end]
    reference = kept.copy()
    reference[-1] += counts[end:].sum()
    level = np.arange(end) * ENTROPY_LEVELS // end
    filled = kept > 0
    sums, members = np.bincount(level, kept), np.bincount(level, filled)
    spread = np.where(filled, sums[level] / np.maximum(members, 1)[level], 0.0)
    p, q = reference / reference.sum(), spread / max(spread.sum(), 1.0)
    tiny = 1e-12  # a clipped value where the levels have none is a large loss, not an infinite one
    used = p > 0
    return float((p[used] * np.log(p[used] / np.maximum(q[used], tiny))).sum())


def mse(observed: Distribution, symmetric: bool) -> Range:
    """The range with the smallest mean over strata of (quantization MSE / signal power of the stratum)."""
    weights = _stratum_weights(observed)
    full = Range(observed.low, observed.high).with_zero()
    steps = _SYMMETRIC_STEPS if symmetric else _STEPS

    def loss(low: float, high: float) -> float:
        return quantization_loss(observed, weights, Range(low, high), steps)

    if symmetric:
        peak = _best(max(-full.low, full.high), lambda size: loss(-size, size))
        return Range(-peak, peak)
    low, high = full.low, full.high
    for _ in range(_ROUNDS if low < 0 < high else 1):
        before = low, high
        high = _best(full.high, lambda size: loss(low, size)) if full.high > 0 else 0.0  # noqa: B023  used at once
        low = -_best(-full.low, lambda size: loss(-size, high)) if full.low < 0 else 0.0  # noqa: B023
        if (low, high) == before:
            break
    return Range(low, high)


def _best(size: float, loss: Callable[[float], float]) -> float:
    """Of a bound's fractions the one with the smallest loss; of equal ones the largest."""
    coarse = _argmin((size * _COARSE).tolist(), loss)
    return _argmin(np.minimum(coarse * _FINE, size).tolist(), loss)


def _argmin(sizes: Iterable[float], loss: Callable[[float], float]) -> float:
    return min(sizes, key=loss)


def _stratum_weights(observed: Distribution) -> NDArray[np.float64]:
    """The weight of an error in each bin (bin,), so that each stratum's relative error counts the same."""
    counts = observed.counts[1:].astype(np.float64)
    totals, powers = counts.sum(axis=1), counts @ observed.centres**2
    judged = (totals >= MIN_STRATUM_VALUES) & (powers > 0)
    if not judged.any():
        return np.asarray(observed.counts.sum(axis=0) / max(1.0, float((observed.counts @ observed.centres**2).sum())))
    # MSE / power = (sum of errors / n) / (sum of squares / n)
    return np.asarray((counts[judged] / powers[judged, None]).mean(axis=0))


def quantization_loss(observed: Distribution, weights: NDArray[np.float64], span: Range, steps: int = _STEPS) -> float:
    """Weighted sum over bins of the squared error of 8-bit quantization.

    Within a bin that rounds to one level the mean squared error is that of its centre plus width² / 12.

    Args:
        observed: the distribution of the tensor.
        weights: (bin,).
        span: of the levels; holds 0.
        steps: levels less one.
    """
    step = (span.high - span.low) / steps
    if step <= 0:
        return float((weights * observed.centres**2).sum())
    lowest = np.rint(span.low / step)
    levels = np.clip(np.rint(observed.centres / step), lowest, lowest + steps)
    error = (levels * step - observed.centres) ** 2 + observed.widths**2 / 12
    return float(weights @ error)


_METHODS: dict[str, Callable[[Distribution, bool], Range]] = {
    "mse": mse,
    "percentile": percentile,
    "entropy": entropy,
    "tile-means": tile_means,
}
