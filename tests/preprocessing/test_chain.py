"""One chain per scene and card: what the encoder, the guard and the profile take from it are the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoquant.drift.guard import SLACK, drift_guard
from geoquant.errors import BandMismatch
from geoquant.model_card.card import Band, ModelCard, Normalization, Quantization
from geoquant.preprocessing.chain import EngineInput, SensorScale, in_physical_units, input_chain, levels, sensor_scale
from geoquant.preprocessing.encoder import make_encoder
from tests.builders.model_files import card_for

UINT16 = np.dtype(np.uint16)
SENSOR = (Band("a", scale=1e-4, offset=-0.1), Band("b", scale=2e-4, offset=None), Band("c"))
STORED = np.random.default_rng(0).integers(0, 60_000, (3, 7, 11)).astype(np.uint16)


def physical_card(**facts: object) -> ModelCard:
    norm = Normalization((0.2, 0.3, 500.0), (0.1, 0.2, 250.0), (-2.0, -2.0, -2.0), (3.0, 3.0, 3.0))
    return replace(card_for(3, 2), units="physical", normalization=norm, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("band", "expected"),
    [
        (Band("a"), SensorScale(1.0, 0.0)),
        (Band("a", scale=1e-4), SensorScale(1e-4, 0.0)),
        (Band("a", offset=-0.1), SensorScale(1.0, -0.1)),
        (Band("a", scale=1e-4, offset=-0.1), SensorScale(1e-4, -0.1)),
    ],
)
def test_what_a_band_does_not_say_leaves_its_numbers_as_they_are(band: Band, expected: SensorScale) -> None:
    assert sensor_scale(band) == expected


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32"])
def test_numbers_of_16_bits_and_float32_are_scaled_in_float32(dtype: str) -> None:
    stored = np.arange(100, 130).astype(dtype)
    found = SensorScale(1e-4, -0.1).scaled(stored, np.float32)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, stored.astype(np.float32) * np.float32(1e-4) + np.float32(-0.1))


@pytest.mark.parametrize("dtype", ["int32", "uint32", "float64"])
def test_wider_numbers_keep_their_digits_while_they_are_scaled(dtype: str) -> None:
    stored = np.array([16_777_217, 16_777_216]).astype(dtype)  # the same number in float32
    one, other = SensorScale(1.0, -16_777_216.0).scaled(stored, np.float32)
    assert (one, other) == (1.0, 0.0)


def test_scenes_share_physical_units_band_by_band() -> None:
    found = in_physical_units(STORED, SENSOR)
    assert found.dtype == np.float32
    expected = [STORED[0] * 1e-4 - 0.1, STORED[1] * 2e-4, STORED[2]]
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-6, atol=1e-6)
    flat = STORED.reshape(3, -1)
    np.testing.assert_array_equal(in_physical_units(flat, SENSOR), found.reshape(3, -1))
    assert in_physical_units(flat[:, :0], SENSOR).shape == (3, 0)
    with pytest.raises(ValueError, match="shorter"):
        in_physical_units(STORED[:2], SENSOR)


def test_a_card_of_stored_numbers_ignores_the_sensor() -> None:
    chain = input_chain(card_for(3, 2), SENSOR, UINT16)
    assert [(band.scale, band.offset) for band in chain.bands] == [(1.0, 0.0)] * 3
    np.testing.assert_array_equal(chain.in_card_units(STORED), STORED)


def test_normalization_follows_the_cards_units() -> None:
    card = physical_card()
    chain = input_chain(card, SENSOR, UINT16)
    shift, deviation = (np.array(x)[:, None, None] for x in (card.normalization.shift, card.normalization.scale))
    z = np.clip((chain.in_card_units(STORED) - shift) / deviation, -2, 3)
    by_band = np.array([band.normalized(stored) for band, stored in zip(chain.bands, STORED, strict=True)])
    np.testing.assert_array_equal(by_band, z)
    np.testing.assert_allclose(make_encoder(chain)(STORED), z, atol=1e-4)
    limits = np.array([band.limits for band in chain.bands])
    np.testing.assert_allclose(limits, [[0.0, 0.5], [-0.1, 0.9], [0.0, 1250.0]], atol=1e-12)


@given(st.floats(-40, 40), st.sampled_from(range(3)))
def test_stored_numbers_and_z_are_inverse_to_each_other(z: float, band: int) -> None:
    chain = input_chain(replace(physical_card(), normalization=Normalization((0.2,) * 3, (0.1,) * 3)), SENSOR, UINT16)
    stored = np.array([chain.bands[band].stored(z)])
    np.testing.assert_allclose(chain.bands[band].normalized(stored), z, atol=1e-9)
    slope, intercept = chain.bands[band].affine()
    np.testing.assert_allclose(stored * slope + intercept, z, atol=1e-9)


def test_the_drift_guard_speaks_of_the_z_that_the_encoder_makes() -> None:
    low, high = (-0.5, -0.4, -0.3), (0.5, 0.6, 0.7)
    card = physical_card(quantization=Quantization("0" * 64, 0, (), low, high, (1.0,) * 3))
    chain = input_chain(card, SENSOR, UINT16)
    guard = drift_guard(chain)
    assert guard is not None
    z = make_encoder(chain)(STORED)
    slack = SLACK * (np.array(high) - low)[:, None]
    flat = z.reshape(3, -1)
    below, above, counted = guard.count(STORED, np.ones((7, 11), bool))
    np.testing.assert_array_equal(below, (flat < np.array(low)[:, None] - slack).sum(axis=1))
    np.testing.assert_array_equal(above, (flat > np.array(high)[:, None] + slack).sum(axis=1))
    assert (counted == 77).all()


def test_what_can_not_enter_is_refused_when_the_chain_is_made() -> None:
    with pytest.raises(BandMismatch, match="2 bands, the model takes 3"):
        input_chain(card_for(3, 2), SENSOR[:2], UINT16)
    with pytest.raises(BandMismatch, match="complex64"):
        input_chain(card_for(3, 2), SENSOR, np.dtype(np.complex64))


def test_levels_round_half_to_even_and_saturate() -> None:
    z = np.array([0.5, 1.5, 2.5, -0.5, 300.0, -300.0])
    np.testing.assert_array_equal(levels(z, EngineInput("uint8", 1.0, 10)), [10, 12, 12, 10, 255, 0])
