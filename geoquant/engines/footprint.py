"""The memory that a running tile holds, measured: tiles of zeros through fresh engines, and the growth of the process.

The graph alone gives a lower bound (``memory_estimate``): onnxruntime unfolds patches for INT8, allocators round up,
float islands between integer layers hold four bytes a value. Neither engine gives activations back between tiles, so
the resident memory after a tile is its peak.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geoquant.engines.protocol import Engine
from geoquant.system import give_back, resident_bytes

SMALL_PX, LARGE_PX = 256, 768
PLAUSIBLE = 1 / 3
"""Lowest plausible share of the graph's estimate: onnxruntime needs less than half of it for a U-Net in INT8, where
few layers are widest."""


@dataclass(frozen=True)
class Footprint:
    """Memory of one engine.

    Attributes:
        bytes_per_pixel: The bytes that one running tile holds, per pixel of it.
        bytes_per_shape: The bytes that a tile shape holds whatever its size (weights packed again, compiled code).
    """

    bytes_per_pixel: float
    bytes_per_shape: int


def measure_footprint(load: Callable[[], Engine], bands: int, stride_px: int) -> Footprint:
    """Run two sizes of tile, each through an engine of its own, in this process.

    Args:
        load: gives a fresh engine.
        bands: channels of its input.
        stride_px: tiles are multiples of it.

    Returns:
        The estimate from the graph where the system does not tell a process its memory.

    Raises:
        EngineError: the engine failed.
    """
    engine = load()
    estimate = Footprint(engine.bytes_per_pixel, engine.bytes_per_shape)
    if engine.fixed_shape is not None:
        pixels = engine.fixed_shape[0] * engine.fixed_shape[1]
        growth = _growth(engine, bands, engine.fixed_shape)
        per_pixel = engine.growth * max(0, growth - estimate.bytes_per_shape) / pixels
        return _plausible(Footprint(per_pixel, estimate.bytes_per_shape), estimate)
    small, large = (max(side // stride_px, 1) * stride_px for side in (SMALL_PX, LARGE_PX))
    if small == large:
        return estimate
    _growth(engine, bands, (small, small))  # what a process pays once: libraries' tables, threads, generated code
    margin = engine.growth
    del engine
    first = _growth(load(), bands, (small, small))
    second = _growth(load(), bands, (large, large))
    slope = (second - first) / (large**2 - small**2)
    return _plausible(Footprint(margin * slope, max(0, int(first - slope * small**2))), estimate)


def _growth(engine: Engine, bands: int, tile: tuple[int, int]) -> int:
    """Bytes that this process gained by tiles of zeros, one after the other."""
    batch = np.zeros((1, bands, *tile), engine.input_format.dtype)
    give_back()
    before = resident_bytes()
    for _ in range(engine.settling_tiles):
        engine.classes(batch)
    return resident_bytes() - before


def _plausible(measured: Footprint, estimate: Footprint) -> Footprint:
    """The measurement, unless it lies far below the graph's estimate."""
    return measured if measured.bytes_per_pixel >= estimate.bytes_per_pixel * PLAUSIBLE else estimate
