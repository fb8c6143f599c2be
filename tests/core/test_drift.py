"""The drift guard counts what lies outside, the same for every tiling, and names the likeliest cause."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_networks import card_for

from geoquant.numbers.drift import DriftGuard, counted_rows, drift_guard
from geoquant.words.card import Band, ModelCard, Normalization, Quantization


def calibrated(low: float = -1.0, high: float = 1.0, **facts: object) -> ModelCard:
    record = Quantization("0" * 64, 0, (), (low,) * 3, (high,) * 3, (1.0,) * 3)
    return replace(card_for(3, 2), quantization=record, **facts)  # type: ignore[arg-type]


def guard_of(card: ModelCard) -> DriftGuard:
    guard = drift_guard(card, card.bands)
    assert guard is not None
    return guard


def scene(*levels: int) -> np.ndarray:
    spread = np.random.default_rng(1).integers(-100, 100, (len(levels), 40, 50))
    return (np.array(levels)[:, None, None] + spread).astype(np.uint16)


def test_float_models_have_no_guard() -> None:
    assert drift_guard(card_for(3, 2), card_for(3, 2).bands) is None


@given(st.integers(0, 39), st.integers(1, 40), st.integers(0, 900))
def test_any_cut_counts_the_same(cut: int, parts: int, level: int) -> None:
    values, wanted = scene(level + 100, 500, 800), np.random.default_rng(cut).random((40, 50)) > 0.3
    guard = guard_of(calibrated())
    whole = guard.count(values[:, counted_rows(0)], wanted[counted_rows(0)])
    edges = sorted({0, cut, 40})
    pieces = [guard.count(values[:, a:b][:, counted_rows(a)], wanted[a:b][counted_rows(a)]) for a, b in pairwise(edges)]
    assert np.array_equal(sum(pieces), whole)
    rows = values[:, ::8][:, wanted[::8]]
    assert np.array_equal(whole[0], (rows < 500 - 250 * 1.04).sum(axis=1))
    assert np.array_equal(whole[1], (rows > 500 + 250 * 1.04).sum(axis=1))


def test_calibrated_values_are_inside() -> None:
    guard = guard_of(calibrated())
    counters = guard.count(scene(500, 450, 550), np.ones((40, 50), bool))
    assert set(guard.shares(counters).values()) == {0.0}
    assert guard.diagnosis(counters) == ""


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ((1500, 1450, 1550), "offset is missing"),
        ((100, 110, 105), "applied twice"),
        ((100, 500, 1500), "another order"),
        ((500, 500, 1500), "another sensor"),
    ],
)
def test_diagnosis_names_the_likeliest_cause(levels: tuple[int, ...], words: str) -> None:
    guard = guard_of(calibrated())
    diagnosis = guard.diagnosis(guard.count(scene(*levels), np.ones((40, 50), bool)))
    assert words in diagnosis
    assert "red" in diagnosis or "blue" in diagnosis


def test_what_the_normalization_clips_is_never_outside() -> None:
    norm = Normalization((500.0,) * 3, (250.0,) * 3, (-1.0,) * 3, (1.0,) * 3)
    guard = guard_of(calibrated(normalization=norm))
    counters = guard.count(scene(5000, 5000, 100), np.ones((40, 50), bool))
    assert counters[:2].sum() == 0


def test_a_scale_below_zero_turns_the_range_round() -> None:
    card = calibrated(bands=tuple(Band(name, scale=-1.0, offset=1000.0) for name in ("a", "b", "c")), units="physical")
    counters = guard_of(card).count(scene(500, 900, 100), np.ones((40, 50), bool))
    assert counters[0].tolist()[0] == 0
    assert counters[1].tolist()[0] == 0
    assert counters[1].tolist()[1] > 0
    assert counters[0].tolist()[2] > 0


def test_a_calibrated_extreme_that_rounds_short_of_the_clip_is_the_clip() -> None:
    norm = Normalization((500.0,) * 3, (250.0,) * 3, (-1.0,) * 3, (1.0,) * 3)
    guard = guard_of(calibrated(low=-1 + 1e-7, high=1 - 1e-7, normalization=norm))
    assert guard.count(scene(5000, 5000, 100), np.ones((40, 50), bool))[:2].sum() == 0
