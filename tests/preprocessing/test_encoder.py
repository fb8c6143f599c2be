"""The way in: every fast path equals the plain float64 formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoquant.errors import BandMismatch
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.preprocessing import encoder as normalize
from geoquant.preprocessing.chain import Chain, EngineInput, input_chain
from geoquant.preprocessing.encoder import Encoder, make_encoder

SMALL_INTEGERS = ("uint8", "int8", "uint16", "int16")
WIDE_INTEGERS = ("int32", "uint32", "int64", "uint64")
OTHER_NUMBERS = ("float32", "float64", *WIDE_INTEGERS)


@dataclass(frozen=True)
class StoredBand:
    scale: float | None = None
    offset: float | None = None


def make_card(shift=(0.0,), scale=(1.0,), low=None, high=None, units="physical") -> ModelCard:
    return ModelCard(
        name="test",
        bands=tuple(Band(f"B{number}") for number in range(len(shift))),
        normalization=Normalization(shift, scale, low, high),
        classes=(ClassLabel(0, "a", "#000000"), ClassLabel(1, "b", "#ffffff")),
        units=units,
    )


sensible = st.floats(-1e4, 1e4, allow_nan=False, width=32)
positive = st.floats(2.0**-13, 1e4, allow_nan=False, width=32)


@st.composite
def some_chain(draw: st.DrawFn) -> Chain:
    """Sensor and card constants as they occur, folding (a factor on the deviation) and clips included."""
    low, high = sorted(draw(st.tuples(st.floats(-40, 40), st.floats(-40, 40))))
    return Chain(
        scale=draw(st.sampled_from([1.0, 1e-4, 2.75e-5, 0.01, -0.5])),
        offset=draw(st.sampled_from([0.0, -0.1, -0.2, 273.15]) | sensible),
        shift=draw(sensible),
        deviation=draw(positive) * draw(st.sampled_from([1.0, 6.5, 35.0])),
        low=draw(st.sampled_from([-np.inf, low])),
        high=draw(st.sampled_from([np.inf, high])),
    )


input_formats = st.builds(EngineInput, st.just("uint8"), st.floats(2.0**-13, 1e2, width=32), st.integers(0, 255))


def every_value(dtype: str) -> NDArray[Any]:
    limits = np.iinfo(dtype)
    return np.arange(limits.min, limits.max + 1, dtype=np.int64).astype(dtype).reshape(1, 1, -1)


def plain(values: NDArray[Any], chain: Chain) -> NDArray[np.float64]:
    """The formula of the numeric contract (docs/contracts/numeric.md), written down again."""
    x = values.astype(np.float64) * chain.scale + chain.offset
    return np.minimum(np.maximum((x - chain.shift) / chain.deviation, chain.low), chain.high)


def plain_levels(z: NDArray[np.float64], input_format: EngineInput) -> NDArray[np.float64]:
    return np.clip(np.rint(z / input_format.scale) + input_format.zero_point, 0, 255)


def rounding(values: NDArray[Any], chain: Chain) -> NDArray[np.float64]:
    """What float32 may lose in one multiply and one add, in units of z."""
    slope, intercept = chain.affine()
    return 4 * np.finfo(np.float32).eps * (np.abs(values.astype(np.float64) * slope) + abs(intercept)) + 1e-37


@pytest.mark.parametrize("dtype", SMALL_INTEGERS)
@settings(max_examples=40, deadline=None)
@given(chain=some_chain(), input_format=input_formats)
def test_the_table_is_the_formula_for_every_stored_number(dtype: str, chain: Chain, input_format: EngineInput) -> None:
    values = every_value(dtype)
    encoded = Encoder([chain], np.dtype(dtype), input_format)(values)
    np.testing.assert_array_equal(encoded, plain_levels(plain(values, chain), input_format))


@pytest.mark.parametrize("dtype", SMALL_INTEGERS)
@settings(max_examples=25, deadline=None)
@given(chain=some_chain(), input_format=input_formats)
def test_the_fused_way_agrees_with_the_table_to_the_level(dtype: str, chain: Chain, input_format: EngineInput) -> None:
    """Float z may differ by its own rounding, and a level only where that rounding decides a tie."""
    values = every_value(dtype)
    z = Encoder([chain], np.dtype(dtype), EngineInput())(values)
    exact, loss = plain(values, chain), rounding(values, chain)
    assert z.dtype == np.float32
    assert (np.abs(z - exact) <= loss + np.finfo(np.float32).eps * np.abs(exact)).all()
    by_table = Encoder([chain], np.dtype(dtype), input_format)(values).astype(int)
    by_arithmetic = Encoder([chain], np.dtype(np.float32), input_format)(values.astype(np.float32)).astype(int)
    fraction = np.abs(exact / input_format.scale - np.floor(exact / input_format.scale) - 0.5)
    decided = fraction > (2 * loss / input_format.scale + 1e-6 * np.abs(exact / input_format.scale))
    assert (by_table[decided] == by_arithmetic[decided]).all()
    assert (np.abs(by_table - by_arithmetic) <= 1 + loss / input_format.scale).all()


@pytest.mark.parametrize("dtype", OTHER_NUMBERS)
@settings(max_examples=25, deadline=None)
@given(chain=some_chain(), input_format=input_formats, seed=st.integers(0, 99))
def test_wide_numbers_are_computed_well_enough(dtype: str, chain: Chain, input_format: EngineInput, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 12_000, (1, 7, 11)).astype(dtype)
    exact, loss = plain(values, chain), rounding(values, chain)
    z = Encoder([chain], np.dtype(dtype), EngineInput())(values)
    assert (np.abs(z - exact) <= loss + np.finfo(np.float32).eps * np.abs(exact)).all()
    got = Encoder([chain], np.dtype(dtype), input_format)(values)
    assert (np.abs(got - plain_levels(exact, input_format)) <= 1 + loss / input_format.scale).all()


@pytest.mark.parametrize("dtype", WIDE_INTEGERS)
@settings(max_examples=25, deadline=None)
@given(chain=some_chain(), input_format=input_formats, seed=st.integers(0, 99))
def test_integers_too_wide_for_a_table_give_the_level_of_the_formula(
    dtype: str, chain: Chain, input_format: EngineInput, seed: int
) -> None:
    """One multiply and one add in float64: another level than the formula's only where it lies on a tie."""
    limits, random = np.iinfo(dtype), np.random.default_rng(seed)
    reach = random.choice([2**8, 2**16, 2**24, 2**31 - 1])
    values = random.integers(max(limits.min, -reach), reach, (1, 9, 11), dtype=dtype, endpoint=True)
    exact = plain(values, chain)
    got = Encoder([chain], np.dtype(dtype), input_format)(values)
    slope, intercept = chain.affine()
    terms = np.abs(values.astype(np.float64) * slope) + abs(intercept) + abs(chain.shift / chain.deviation)
    loss = 8 * np.finfo(np.float64).eps * (terms / input_format.scale + 1)
    decided = np.abs(exact / input_format.scale - np.floor(exact / input_format.scale) - 0.5) > loss
    assert (got[decided] == plain_levels(exact, input_format)[decided]).all()


@pytest.mark.parametrize("dtype", [*SMALL_INTEGERS[2:], *WIDE_INTEGERS, "float32", "float64"])
@pytest.mark.parametrize("input_format", [EngineInput(), EngineInput("uint8", 0.05, 31)], ids=["float32", "uint8"])
def test_the_byte_order_of_the_stored_numbers_makes_no_difference(dtype: str, input_format: EngineInput) -> None:
    chain = Chain(1e-2, -0.1, 0.3, 0.7, -np.inf, np.inf)
    values = np.arange(0, 900, 7).astype(dtype).reshape(1, 3, -1)
    expected = Encoder([chain], values.dtype, input_format)(values)
    for order in "<>":
        swapped = values.astype(values.dtype.newbyteorder(order))
        np.testing.assert_array_equal(Encoder([chain], swapped.dtype, input_format)(swapped), expected)


def test_uint32_keeps_what_float32_can_not_hold() -> None:
    values = np.array([[[16_777_217, 16_777_216]]], np.uint32)
    chain = Chain(1.0, 0.0, 16_777_216.0, 1.0, -np.inf, np.inf)
    np.testing.assert_array_equal(Encoder([chain], np.dtype(np.uint32), EngineInput())(values), [[[1.0, 0.0]]])


@pytest.mark.parametrize("input_format", [EngineInput(), EngineInput("uint8", 0.05, 131)], ids=["float32", "uint8"])
def test_the_whole_card_is_applied_band_by_band(input_format: EngineInput) -> None:
    card = make_card((0.1, 0.2), (0.05, 0.5), low=(-3.0, -3.0), high=(3.0, 2.0))
    bands = (StoredBand(1e-4, -0.1), StoredBand(2e-4, 0.0))
    values = np.array([[[1000, 2500, 65535]], [[0, 1000, 65535]]], np.uint16)
    z = make_encoder(input_chain(card, bands, values.dtype), input_format)(values).astype(np.float64)
    z = (z - input_format.zero_point) * input_format.scale if input_format.dtype == "uint8" else z
    np.testing.assert_allclose(z, [[[-2, 1, 3]], [[-0.4, 0, 2]]], atol=0.026 if input_format.dtype == "uint8" else 1e-6)


def test_units_dn_ignore_the_sensor() -> None:
    chain = input_chain(make_card((100.0,), (50.0,), units="dn"), (StoredBand(1e-4, -0.1),), np.dtype("u2"))
    encoder = make_encoder(chain)
    np.testing.assert_allclose(encoder(np.array([[[150]]], np.uint16)), 1.0)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32", "float64"])
@pytest.mark.parametrize("input_format", [EngineInput(), EngineInput("uint8", 0.5, 17)], ids=["float32", "uint8"])
def test_invalid_pixels_enter_as_zero(dtype: str, input_format: EngineInput) -> None:
    values = np.full((2, 3, 4), 77).astype(dtype)
    valid = np.ones((3, 4), bool)
    valid[1, 2] = False
    chain = input_chain(make_card((5.0, 6.0), (9.0, 9.0)), (StoredBand(),) * 2, np.dtype(dtype))
    encoded = make_encoder(chain, input_format)(values, valid)
    assert (encoded[:, 1, 2] == input_format.zero_point).all()
    assert (encoded[:, valid] != input_format.zero_point).all()


@pytest.mark.parametrize("input_format", [EngineInput(), EngineInput("uint8", 0.5, 17)], ids=["float32", "uint8"])
def test_nan_does_not_reach_the_network(input_format: EngineInput) -> None:
    values = np.array([[[np.nan, 3.0, np.inf]]], np.float32)
    encoded = make_encoder(input_chain(make_card(), (StoredBand(),), values.dtype), input_format)(values)
    assert np.isfinite(encoded).all()
    assert encoded[0, 0, 0] == input_format.zero_point
    assert encoded[0, 0, 1] == (23 if input_format.dtype == "uint8" else 3)


@pytest.mark.parametrize("input_format", [EngineInput(), EngineInput("uint8", 0.01, 9)], ids=["float32", "uint8"])
@pytest.mark.parametrize("dtype", ["uint16", "float32"])
def test_views_runs_and_given_outputs_make_no_difference(
    monkeypatch: pytest.MonkeyPatch, dtype: str, input_format: EngineInput
) -> None:
    whole = np.random.default_rng(0).integers(0, 300, (3, 40, 50)).astype(dtype)
    chain = input_chain(make_card((150.0,) * 3, (100.0,) * 3), (StoredBand(),) * 3, np.dtype(dtype))
    encoder = make_encoder(chain, input_format)
    expected = encoder(whole)
    monkeypatch.setattr(normalize, "RUN_PX", 128)
    batch = np.empty((2, 3, 60, 60), input_format.dtype)
    encoder(whole, out=batch[1, :, :40, 5:55])
    np.testing.assert_array_equal(batch[1, :, :40, 5:55], expected)
    np.testing.assert_array_equal(encoder(whole[:, 3:30, 7:45]), expected[:, 3:30, 7:45])
    np.testing.assert_array_equal(encoder(whole[:, ::-1, ::-1]), expected[:, ::-1, ::-1])
    assert encoder(whole[:, :0]).shape == (3, 0, 50)


def test_wrong_bands_and_dtypes_are_named() -> None:
    card = make_card((0.0, 0.0), (1.0, 1.0))
    with pytest.raises(BandMismatch, match=r"1 bands.*takes 2 \(B0, B1\)"):
        input_chain(card, (StoredBand(),), np.dtype("u2"))
    with pytest.raises(BandMismatch, match="complex64"):
        input_chain(card, (StoredBand(),) * 2, np.dtype("complex64"))
    encoder = make_encoder(input_chain(card, (StoredBand(),) * 2, np.dtype("u2")))
    with pytest.raises(BandMismatch, match="2 int16 bands, expected 2 uint16 bands"):
        encoder(np.zeros((2, 1, 1), np.int16))
