"""The drift guard counts what lies outside, the same for every tiling, and names the likeliest cause."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.demo.landscape.scene import make_landscape
from geoquant.drift.band_profile import profile_of
from geoquant.drift.guard import RANGE_ROWS, DriftGuard, counted_rows, drift_guard
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Quantization
from geoquant.preprocessing.chain import input_chain
from tests.builders.model_files import card_for

UINT16 = np.dtype(np.uint16)


def calibrated(low: float = -1.0, high: float = 1.0, **facts: object) -> ModelCard:
    record = Quantization("0" * 64, 0, (), (low,) * 3, (high,) * 3, (1.0,) * 3)
    return replace(card_for(3, 2), quantization=record, **facts)  # type: ignore[arg-type]


def guard_of(card: ModelCard) -> DriftGuard:
    guard = drift_guard(input_chain(card, card.bands, UINT16))
    assert guard is not None
    return guard


def scene(*levels: int) -> np.ndarray:
    spread = np.random.default_rng(1).integers(-100, 100, (len(levels), 40, 50))
    return (np.array(levels)[:, None, None] + spread).astype(np.uint16)


def diagnosis_of(card: ModelCard, values: np.ndarray) -> str:
    guard = guard_of(card)
    counters = guard.count(values, np.ones(values.shape[1:], bool))
    assert guard.shares(counters) == {}  # a float model has no calibrated range
    return guard.diagnosis(counters)


def test_input_that_a_float_model_cannot_tell_apart_is_named() -> None:
    clipping = replace(card_for(3, 2), normalization=Normalization((500.0,) * 3, (250.0,) * 3, (-1.0,) * 3, (2.0,) * 3))
    for card, low, high in ((card_for(3, 2), 200, 6000), (clipping, 120, 1200)):
        assert "above the highest value" in diagnosis_of(card, scene(high, high, high))
        assert diagnosis_of(card, scene(high, 500, 600)) == ""
        assert diagnosis_of(card, scene(low, 500, 600)) == ""
    assert "below the lowest value" in diagnosis_of(clipping, scene(120, 120, 120))
    assert diagnosis_of(clipping, scene(120, 1200, 120)) == ""  # not all on one side


def test_a_float_model_that_takes_numbers_as_they_are_has_no_guard() -> None:
    plain = replace(card_for(3, 2), normalization=Normalization((0.0,) * 3, (1.0,) * 3, kind="none"))
    assert drift_guard(input_chain(plain, plain.bands, UINT16)) is None


@given(st.integers(0, 39), st.integers(1, 40), st.integers(0, 900))
def test_any_cut_counts_the_same(cut: int, parts: int, level: int) -> None:
    values, wanted = scene(level + 100, 500, 800), np.random.default_rng(cut).random((40, 50)) > 0.3
    guard = guard_of(calibrated())
    whole = count(guard, values, wanted)
    edges = sorted({0, cut, 40})
    pieces = [count(guard, values[:, a:b], wanted[a:b], a) for a, b in pairwise(edges)]
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


SIX = (("B02", "blue"), ("B03", "green"), ("B04", "red"), ("B08", "nir"), ("B11", "swir16"), ("B12", "swir22"))


def profiled(physical: np.ndarray, units: str = "physical") -> ModelCard:
    """A card that was calibrated on pixels (band, pixel) and clips as the packaged models do."""
    count = len(physical)
    profile = profile_of(physical)
    low, high = physical.min(axis=1), physical.max(axis=1)
    facts = Quantization(
        *("0" * 64, 0, (), tuple(low), tuple(high), (1.0,) * count),
        calibrated_quantiles=tuple(map(tuple, profile.quantiles)),
        typical_spectra=tuple(map(tuple, profile.spectra)),
    )
    norm = Normalization((0.0,) * count, (1.0,) * count, tuple(low), tuple(high))
    bands = tuple(Band(name, common) for name, common in SIX[:count])
    return ModelCard("any", bands, norm, (ClassLabel(0, "a", "#000000"),), units, quantization=facts)  # type: ignore[arg-type]


def says(card: ModelCard, stored: np.ndarray, valid: np.ndarray, scale: float = 1e-4, offset: float = -0.1) -> str:
    guard = drift_guard(input_chain(card, [Band("any", scale=scale, offset=offset)] * len(stored), stored.dtype))
    assert guard is not None
    return guard.diagnosis(count(guard, stored, valid))


def count(guard: DriftGuard, stored: np.ndarray, valid: np.ndarray, row: int = 0, col: int = 0) -> np.ndarray:
    return guard.count(stored[:, counted_rows(row)], valid[counted_rows(row)], (row, col))


BROKEN = [
    ({}, None, ""),
    ({"offset": 0.0}, None, "an offset of -0.1 is missing"),
    ({"offset": -0.2}, None, "an offset was applied twice"),
    ({"scale": 1.0, "offset": 0.0}, None, "the scale is missing"),
    ({"scale": 1e-8, "offset": -0.1}, None, "scaled already"),
    ({}, (0, 1, 3, 2, 4, 5), "what is read as B08 looks like B04, what is read as B04 looks like B08"),
    ({}, (3, 1, 2, 0, 4, 5), "what is read as B08 looks like B02, what is read as B02 looks like B08"),
    ({}, (0, 1, 2, 4, 3, 5), "what is read as B11 looks like B08, what is read as B08 looks like B11"),
    ({}, (5, 4, 3, 2, 1, 0), "what is read as B12 looks like B02"),
    ({}, (1, 2, 3, 4, 5, 0), "another order"),
]


@pytest.fixture(scope="module")
def generated() -> tuple[ModelCard, np.ndarray, np.ndarray]:
    """A card calibrated on one half of the demo's landscape, and the stored numbers of the other."""
    stored = make_landscape(3, 512).stored
    valid = (stored > 0).all(axis=0)
    seen = stored[:, :, :256][:, valid[:, :256]] * 1e-4 - 0.1
    return profiled(seen), stored[:, :, 256:], valid[:, 256:]


@pytest.mark.parametrize(("reading", "order", "words"), BROKEN)
def test_a_broken_reading_of_the_generated_scene_is_named(generated, reading, order, words) -> None:
    card, stored, valid = generated
    found = says(card, stored if order is None else stored[list(order)], valid, **reading)
    assert words in found if words else found == ""


def test_what_no_mistake_explains_may_be_another_sensor(generated) -> None:
    card, stored, valid = generated
    free = replace(card, normalization=replace(card.normalization, low=None, high=None))
    assert "another sensor" in says(free, stored, valid, 2e-4, 0.5)  # Landsat's numbers taken for Sentinel-2's


@pytest.mark.parametrize(("offset", "words"), [(0.9, "above the highest value"), (-3.0, "below the lowest value")])
def test_a_scene_wholly_beyond_the_clip_is_named(generated, offset, words) -> None:
    card, stored, valid = generated
    narrow = replace(card, normalization=Normalization((0.0,) * 6, (1.0,) * 6, (0.05,) * 6, (0.3,) * 6))
    assert says(narrow, stored, valid) == ""
    assert words in says(narrow, stored, valid, offset=offset)


@pytest.mark.parametrize("scene_px", [0, 120_000_000])
def test_the_profile_counts_the_same_for_any_cut(generated, scene_px: int) -> None:
    card, stored, valid = generated
    guard = drift_guard(input_chain(card, [Band("any", scale=1e-4, offset=-0.1)] * 6, stored.dtype), scene_px)
    assert guard is not None
    whole = count(guard, stored, valid)
    rows = [count(guard, stored[:, a:b], valid[a:b], a) for a, b in ((0, 100), (100, 301), (301, 512))]
    cols = [count(guard, stored[:, :, a:b], valid[:, a:b], 0, a) for a, b in ((0, 77), (77, stored.shape[2]))]
    np.testing.assert_array_equal(sum(rows)[:RANGE_ROWS], whole[:RANGE_ROWS])
    for parts in (rows, cols):
        np.testing.assert_allclose(sum(parts), whole, atol=2)  # a rounded distance may differ by a last place
    as_float = count(guard, stored.astype(np.float32), valid)
    np.testing.assert_allclose(as_float, whole, atol=20)  # no lookup table


def test_a_scene_too_small_to_judge_by_is_not_judged(generated) -> None:
    card, stored, valid = generated
    assert says(card, stored[:, :16, :16], valid[:16, :16], offset=0.0) == ""


class CloudyTile:
    """A real Sentinel-2 tile: stored numbers, which are valid, its scene classification, and cards made from it."""

    def __init__(self, file: Path, scl: Path) -> None:
        import rasterio

        with rasterio.open(file) as source, rasterio.open(scl) as mask:
            self.stored, self.scl = source.read(), mask.read(1)
        self.valid = (self.stored > 0).all(axis=0)
        self.of_all = profiled(self.stored[:, self.valid][:, ::20] * 1e-4 - 0.1)
        self.of_the_north = profiled(self.stored[:, :900][:, self.valid[:900]][:, ::10] * 1e-4 - 0.1)


@pytest.fixture(scope="module")
def cloudy(real_tile: tuple[Path, Path]) -> CloudyTile:
    return CloudyTile(*real_tile)


@pytest.mark.real
@pytest.mark.parametrize(("reading", "order", "words"), BROKEN)
def test_a_broken_reading_of_a_real_cloudy_scene_is_named(cloudy, reading, order, words) -> None:
    south, valid = cloudy.stored[:, 900:], cloudy.valid[900:]
    given = south if order is None else south[list(order)]
    found = says(cloudy.of_the_north, given, valid, **reading)
    assert words in found if words else found == ""


@pytest.mark.real
@pytest.mark.parametrize("classes", [(8, 9), (6,), (4,), (5,), (3,), (10,)])
def test_one_condition_alone_is_no_mistake(cloudy, classes) -> None:
    assert says(cloudy.of_all, cloudy.stored, cloudy.valid & np.isin(cloudy.scl, classes)) == ""


@pytest.mark.real
def test_other_places_and_sensors_are_no_mistake(cloudy, real_data: Path) -> None:
    card = cloudy.of_all
    image = np.moveaxis(np.load(real_data / "cloud_shadow_s2" / "sentinel2.npz")["img"], -1, 0)
    assert "order" not in says(card, image, np.ones(image.shape[1:], bool), 1.0, 0.0)
    assert "offset" not in says(card, image, np.ones(image.shape[1:], bool), 1.0, 0.0)
