"""Ranges: each method does what its definition says, on the histogram that the observer hands it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.calibration.histogram import Distribution, StratumHistogram
from geoquant.calibration.range_estimators import MIN_STRATUM_VALUES, PERCENTILE, Range, RangeRule, choose_range

METHODS = ("mse", "min-max", "percentile", "entropy")


def seen(*strata: np.ndarray) -> Distribution:
    """Stratum 1 holds the first array, stratum 2 the second, and so on."""
    histogram = StratumHistogram(4)
    for number, values in enumerate(strata, start=1):
        histogram.widen(float(values.min()), float(values.max()))
        histogram.add(values.astype(np.float32)[None], np.full(len(values), number, np.uint8))
    return histogram.distribution()


def quantized(values: np.ndarray, span: Range, levels: int = 255) -> np.ndarray:
    """ONNX QuantizeLinear and back, uint8 with a zero point."""
    step = (span.high - span.low) / levels
    zero_point = np.rint(-span.low / step)
    return (np.clip(np.rint(values / step) + zero_point, 0, levels) - zero_point) * step


def relative_error(values: np.ndarray, span: Range) -> float:
    return float(((quantized(values, span) - values) ** 2).mean() / (values**2).mean())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("symmetric", [False, True])
@settings(max_examples=15)
@given(seed=st.integers(0, 99), shift=st.sampled_from([-5.0, -0.5, 0.0, 1.0, 30.0]), relu=st.booleans())
def test_every_range_holds_zero_and_stays_within_what_was_seen(method, symmetric, seed, shift, relu):
    values = np.random.default_rng(seed).normal(shift, 1, 3000)
    values = (np.maximum(values, 0) if relu else values).astype(np.float32)
    span = choose_range(seen(values), RangeRule(method, symmetric))
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    if symmetric:
        low, high = -max(-low, high), max(-low, high)
        assert span.low == -span.high
    assert low <= span.low <= 0 <= span.high <= high
    assert span.high > span.low or not values.any()


def test_min_max_is_exact():
    values = np.array([-0.123, 7.654, 1], np.float32)
    assert choose_range(seen(values), RangeRule("min-max")) == Range(float(values[0]), float(values[1]))
    assert choose_range(seen(values), RangeRule("min-max", True)) == Range(-float(values[1]), float(values[1]))


def test_percentile_cuts_as_much_on_both_sides():
    values = np.random.default_rng(0).normal(size=2_000_000).astype(np.float32)
    distribution = seen(values[:500_000], values[500_000:])
    width = distribution.widths[0]
    span = choose_range(distribution, RangeRule("percentile"))
    cut = (100 - PERCENTILE) / 2
    assert [span.low, span.high] == pytest.approx(np.percentile(values, [cut, 100 - cut]), abs=2 * width)
    span = choose_range(distribution, RangeRule("percentile", True))
    assert span.high == pytest.approx(np.percentile(np.abs(values), PERCENTILE), abs=2 * width)


def test_entropy_clips_a_long_thin_tail_and_keeps_an_even_spread():
    rng = np.random.default_rng(1)
    tail = np.concatenate([np.abs(rng.normal(size=200_000)), [60.0]])
    assert choose_range(seen(tail), RangeRule("entropy")).high < 10
    even = rng.uniform(0, 1, 200_000)
    assert choose_range(seen(even), RangeRule("entropy")).high > 0.97


@settings(max_examples=10)
@given(st.integers(0, 99), st.sampled_from(["normal", "relu", "laplace", "lognormal", "shifted"]))
def test_mse_finds_what_a_search_over_the_values_themselves_finds(seed, kind):
    rng = np.random.default_rng(seed)
    draws = {
        "normal": rng.normal(size=20_000),
        "relu": np.maximum(rng.normal(size=20_000), 0),
        "laplace": rng.laplace(size=20_000),
        "lognormal": rng.lognormal(0, 1.2, size=20_000),
        "shifted": rng.normal(2, 1, size=20_000),
    }
    values = draws[kind].astype(np.float32)
    span = choose_range(seen(values), RangeRule("mse"))
    low, high = min(0.0, float(values.min())), max(0.0, float(values.max()))
    fractions = np.linspace(0.1, 1, 40)
    grid = [Range(low * a, high * b) for a in (fractions if low < 0 else [1.0]) for b in fractions]
    assert relative_error(values, span) <= 1.03 * min(relative_error(values, candidate) for candidate in grid)


def test_a_rare_stratum_counts_as_much_as_a_common_one():
    """Common clear land lies near zero, rare thick cloud far out; pooled MSE would follow whichever is louder."""
    rng = np.random.default_rng(3)
    land, cloud = np.abs(rng.normal(0, 0.05, 400_000)), np.abs(rng.normal(6, 2, 2_000))
    both = choose_range(seen(land, cloud), RangeRule("mse"))
    pooled = choose_range(seen(np.concatenate([land, cloud])), RangeRule("mse"))

    def mean_over_strata(span: Range) -> float:
        return (relative_error(land, span) + relative_error(cloud, span)) / 2

    candidates = [Range(0.0, float(cloud.max()) * share) for share in np.linspace(0.02, 1, 200)]
    assert mean_over_strata(both) <= 1.03 * min(map(mean_over_strata, candidates))
    assert mean_over_strata(both) < 0.8 * mean_over_strata(pooled)
    assert both.high < pooled.high


def test_a_handful_of_values_is_no_stratum_of_its_own():
    rng = np.random.default_rng(3)
    land, few = rng.uniform(0, 1, 50_000), rng.uniform(90, 100, MIN_STRATUM_VALUES - 1)
    assert choose_range(seen(land, few), RangeRule("mse")).high < 2
    assert choose_range(seen(few), RangeRule("mse")).high > 90  # but better than nothing


@pytest.mark.parametrize("method", METHODS)
def test_nothing_but_zeros_and_nothing_at_all(method):
    assert choose_range(seen(np.zeros(5)), RangeRule(method)) == Range(0.0, 0.0)
    assert choose_range(StratumHistogram(2).distribution(), RangeRule(method)) == Range(0.0, 0.0)


def test_bands_together_are_the_distribution_of_all_their_values():
    rng = np.random.default_rng(5)
    bands = [rng.normal(0, scale, 50_000).astype(np.float32) for scale in (1, 4, 30)]
    parts = [seen(band).divided(factor) for band, factor in zip(bands, (1, 2, 5), strict=True)]
    stacked = np.concatenate([band / factor for band, factor in zip(bands, (1, 2, 5), strict=True)])
    for method in METHODS:
        a = choose_range(Distribution.together(parts), RangeRule(method))
        b = choose_range(seen(stacked), RangeRule(method))
        assert [a.low, a.high] == pytest.approx([b.low, b.high], rel=0.15), method
