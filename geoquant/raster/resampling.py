"""Exact resampling between grids that nest by whole numbers.

Each output pixel depends on its own source pixels only, so a window is the same wherever it is cut, and no value is
ever mixed with no data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def repeated(source: NDArray[Any], factor: tuple[int, int], offset: tuple[int, int], out: NDArray[Any]) -> None:
    """Fill ``out`` ``(band, y, x)`` by repeating each source pixel ``factor`` (y, x) times.

    Args:
        source: ``(band, y, x)``.
        factor: repeats down and right.
        offset: output pixels to skip at the top and the left.
        out: filled.
    """
    height, width = out.shape[-2:]
    rows = (np.arange(height) + offset[0]) // factor[0]
    cols = (np.arange(width) + offset[1]) // factor[1]
    np.take(np.take(source, cols, axis=2), rows, axis=1, out=out, mode="clip")


def averaged(
    source: NDArray[Any], source_valid: NDArray[np.bool_], factor: tuple[int, int], out: NDArray[Any]
) -> NDArray[np.bool_]:
    """Fill ``out`` ``(band, y, x)`` with the mean of the valid pixels in each block of ``factor`` (y, x) pixels.

    Integers round half up. A block is valid when at least half of its pixels are.

    Returns:
        validity ``(y, x)`` of ``out``.
    """
    ky, kx = factor
    height, width = out.shape[-2:]
    count = np.zeros((height, width), np.int32)
    for i in range(ky):
        for j in range(kx):
            count += source_valid[i::ky, j::kx]
    all_valid = bool(source_valid.all())
    divisor = np.maximum(count, 1).astype(np.float64)
    for layer, target in zip(source, out, strict=True):
        total = np.zeros((height, width), np.float64)
        for i in range(ky):
            for j in range(kx):
                term = layer[i::ky, j::kx]
                total += term if all_valid else np.where(source_valid[i::ky, j::kx], term, 0)
        total /= divisor
        target[...] = rounded(total, out.dtype)
    return 2 * count >= ky * kx


def rounded(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    """Values as they are put into an array of that type: for integers rounded half up."""
    return np.floor(values + 0.5) if np.issubdtype(dtype, np.integer) else values
