"""Stored number -> network value per band: scale, offset, clip, normalization, levels.

An ``InputChain`` settles this once for a scene and a card. Whoever needs a part of it (encoder, drift guard, band
profile, diagnostics) is handed the chain, so that all of them mean the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from geoquant.errors import BandMismatch
from geoquant.model_card.card import ModelCard

UINT8_MAX = 255.0


class StoredBand(Protocol):
    """What the chain needs of a scene's band; ``None`` leaves the stored number as it is."""

    @property
    def scale(self) -> float | None:
        """Physical = stored * scale + offset."""

    @property
    def offset(self) -> float | None:
        """What is added to stored * scale."""


@dataclass(frozen=True)
class SensorScale:
    """How a band's stored numbers become values: ``stored * scale + offset``.

    Attributes:
        scale: The factor, in float64.
        offset: What is added, in float64.
    """

    scale: float
    offset: float

    def scaled(self, stored: NDArray[Any], dtype: type[np.floating[Any]] = np.float64) -> NDArray[np.floating[Any]]:
        """The values of stored numbers of any shape, in ``dtype`` or wider where the stored numbers need it."""
        wide = stored.astype(np.result_type(stored.dtype, dtype), copy=False)
        return np.asarray(wide * dtype(self.scale) + dtype(self.offset))


def sensor_scale(band: StoredBand) -> SensorScale:
    """The band's scale and offset; what it does not say leaves the stored number as it is."""
    return SensorScale(
        1.0 if band.scale is None else float(band.scale), 0.0 if band.offset is None else float(band.offset)
    )


def in_physical_units(stored: NDArray[Any], bands: Sequence[StoredBand]) -> NDArray[np.float32]:
    """Stored numbers (band, ...) in the units that scenes share: physical ones where a band has a sensor scale."""
    scaled = [sensor_scale(band).scaled(values, np.float32) for band, values in zip(bands, stored, strict=True)]
    return np.stack(scaled).astype(np.float32, copy=False)


@dataclass(frozen=True)
class EngineInput:
    """What an engine takes: normalized z as float32, or z quantized to uint8 as ``z = (q - zero_point) * scale``."""

    dtype: Literal["uint8", "float32"] = "float32"
    scale: float = 1.0
    zero_point: int = 0

    @property
    def zero(self) -> float:
        """The stored value that stands for z = 0: what an invalid pixel becomes."""
        return float(np.clip(self.zero_point, 0, 255)) if self.dtype == "uint8" else 0.0


@dataclass(frozen=True)
class Chain(SensorScale):
    """One band's numeric chain, every constant in float64; ``scaled`` gives the card's units.

    Attributes:
        scale: The sensor's scale (1 where the card's units are stored numbers).
        offset: The sensor's offset (0 then).
        shift: The card's mean or minimum.
        deviation: The card's standard deviation or range.
        low: The lower clip of z, -inf for none.
        high: The upper clip of z, inf for none.
    """

    shift: float
    deviation: float
    low: float
    high: float

    def normalized(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Z in float64 by the plain formula: the reference that every faster way is tested against."""
        z: NDArray[np.float64] = np.clip((self.scaled(stored) - self.shift) / self.deviation, self.low, self.high)
        return z

    def affine(self) -> tuple[float, float]:
        """``(slope, intercept)`` with z before the clip = stored * slope + intercept."""
        return self.scale / self.deviation, (self.offset - self.shift) / self.deviation

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest value, in the card's units, that the clip lets through."""
        ends = self.shift + self.deviation * self.low, self.shift + self.deviation * self.high
        return min(ends), max(ends)

    def stored(self, z: float) -> float:
        """The stored number whose z before the clip is ``z``."""
        slope, intercept = self.affine()
        return (z - intercept) / slope


@dataclass(frozen=True)
class InputChain:
    """How the stored numbers of one scene become the input of one card's network.

    Attributes:
        card: It gives units, normalization and, for an INT8 model, what calibration saw.
        dtype: The scene's stored dtype.
        bands: The chain of every band, in the order of the network's channels.
    """

    card: ModelCard
    dtype: np.dtype[Any]
    bands: tuple[Chain, ...]

    def in_card_units(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Stored numbers (band, ...) in the units that the card normalizes."""
        values = [chain.scaled(band) for chain, band in zip(self.bands, stored, strict=True)]
        return np.stack(values).astype(np.float64, copy=False)


def input_chain(card: ModelCard, bands: Sequence[StoredBand], dtype: np.dtype[Any]) -> InputChain:
    """Settle how a scene enters a network.

    Args:
        card: gives units and normalization.
        bands: the scene's bands in the card's order, with ``scale`` and ``offset`` resolved.
        dtype: the scene's stored dtype.

    Raises:
        BandMismatch: the scene has not as many bands as the card, or holds numbers that are not real.
    """
    kind = np.dtype(dtype)
    if kind.kind not in "iufb":
        raise BandMismatch(f"The scene holds {kind} numbers; geoquant reads integers and floats.")
    expected = len(card.bands)
    if len(bands) != expected:
        names = ", ".join(band.name for band in card.bands)
        raise BandMismatch(f"The scene gives {len(bands)} bands, the model takes {expected} ({names}): see --bands.")
    return InputChain(card, kind, tuple(_chain(card, number, band) for number, band in enumerate(bands)))


def _chain(card: ModelCard, number: int, band: StoredBand) -> Chain:
    norm, sensor = card.normalization, sensor_scale(band) if card.units == "physical" else SensorScale(1.0, 0.0)
    return Chain(
        scale=sensor.scale,
        offset=sensor.offset,
        shift=float(norm.shift[number]),
        deviation=float(norm.scale[number]),
        low=-np.inf if norm.low is None else float(norm.low[number]),
        high=np.inf if norm.high is None else float(norm.high[number]),
    )


def levels(z: NDArray[np.float64], input_format: EngineInput) -> NDArray[np.uint8]:
    """Z quantized to the uint8 levels of ``input_format``, as ONNX QuantizeLinear defines it (ties to even)."""
    scaled = np.rint(z / input_format.scale) + input_format.zero_point
    clipped: NDArray[np.float64] = np.clip(scaled, 0.0, UINT8_MAX)
    return clipped.astype(np.uint8)
