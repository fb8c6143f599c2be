"""Stored number -> network value per band: scale, offset, clip, normalization, levels."""

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
        """See ``scale``."""


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
class Chain:
    """One band's numeric chain, every constant in float64.

    Attributes:
        scale: sensor scale (1 when the card's units are stored numbers).
        offset: sensor offset (0 then).
        shift: the card's mean or minimum.
        deviation: the card's standard deviation or range.
        low: lower clip of z, -inf for none.
        high: upper clip of z, inf for none.
    """

    scale: float
    offset: float
    shift: float
    deviation: float
    low: float
    high: float

    def normalized(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Z in float64 by the plain formula: the reference that every faster way is tested against."""
        physical = stored.astype(np.float64) * self.scale + self.offset
        z: NDArray[np.float64] = np.clip((physical - self.shift) / self.deviation, self.low, self.high)
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


def chains(card: ModelCard, bands: Sequence[StoredBand]) -> tuple[Chain, ...]:
    """The chain of every band, in the order of the network's channels.

    Args:
        card: gives units and normalization.
        bands: the scene's bands, already in the card's order.

    Raises:
        BandMismatch: the scene has not as many bands as the card.
    """
    expected = len(card.bands)
    if len(bands) != expected:
        names = ", ".join(band.name for band in card.bands)
        raise BandMismatch(f"The scene gives {len(bands)} bands, the model takes {expected} ({names}): see --bands.")
    return tuple(_chain(card, number, band) for number, band in enumerate(bands))


def _chain(card: ModelCard, number: int, band: StoredBand) -> Chain:
    norm, physical = card.normalization, card.units == "physical"
    return Chain(
        scale=1.0 if not physical or band.scale is None else float(band.scale),
        offset=0.0 if not physical or band.offset is None else float(band.offset),
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
