"""One unit for the stored numbers of many scenes: what each has to be multiplied by and added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.raster.types import SceneBand

_WHOLE = 1e-6
"""A step between two units that is this close to a whole number is one: 0.1 / 0.0001 is 1000."""


@dataclass(frozen=True)
class Units:
    """What the stored numbers of a mosaic mean, and their type.

    Attributes:
        scales: The ``(scale, offset)`` of each band: physical = stored * scale + offset.
        dtype: The type that holds every member's numbers in these units.
    """

    scales: tuple[tuple[float, float], ...]
    dtype: np.dtype[Any]

    def changes(self, bands: Sequence[SceneBand]) -> tuple[tuple[float, float], ...] | None:
        """``(factor, addend)`` of each band's numbers into these units; None where they are in them already."""
        pairs = tuple(_change(own, shared) for own, shared in zip(_scales(bands), self.scales, strict=True))
        return None if all(pair == (1.0, 0.0) for pair in pairs) else pairs


def shared_units(members: Sequence[tuple[Sequence[SceneBand], np.dtype[Any]]]) -> Units:
    """The units of all members where they agree; else those with the smallest scale, as floating point.

    The choice does not depend on the members' order. Where scales agree and offsets differ by whole stored numbers
    (baselines of Sentinel-2), the numbers stay whole.

    Args:
        members: bands and stored type of each.
    """
    every, types = {_scales(bands) for bands, _ in members}, {dtype for _, dtype in members}
    if len(every) == 1:
        return Units(min(every), np.result_type(*types))
    return Units(min(every), np.result_type(*(np.result_type(dtype, np.float32) for dtype in types)))


def _scales(bands: Sequence[SceneBand]) -> tuple[tuple[float, float], ...]:
    return tuple((1.0 if band.scale is None else band.scale, band.offset or 0.0) for band in bands)


def _change(own: tuple[float, float], shared: tuple[float, float]) -> tuple[float, float]:
    factor, addend = own[0] / shared[0], (own[1] - shared[1]) / shared[0]
    return factor, float(round(addend)) if abs(addend - round(addend)) < _WHOLE else addend


def change_units(stored: NDArray[Any], changes: tuple[tuple[float, float], ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Stored numbers ``(band, y, x)`` in other units, computed in float64."""
    changed = [values * np.float64(factor) + addend for values, (factor, addend) in zip(stored, changes, strict=True)]
    return np.stack(changed).astype(dtype, copy=False)
