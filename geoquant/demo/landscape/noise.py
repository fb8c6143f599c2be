"""Noise that landscapes are made of: fractal fields, irregular cells, and cheap smooth interpolation.

Everything is float32 over ``(y, x)`` and comes from a ``numpy.random.Generator``, so a seed decides it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


def fractal(rng: np.random.Generator, shape: tuple[int, int], slope: float, largest_px: float) -> Field:
    """Gaussian noise with a power spectrum ``k**-slope``, flat above wavelengths of ``largest_px``.

    Spectral synthesis (Saupe, in Peitgen & Saupe 1988, "The Science of Fractal Images", ch. 2): white noise shaped
    in the frequency domain. A slope of 2 is rough, 4 is as smooth as hills.

    Returns:
        ``(y, x)``, mean 0 and standard deviation 1.
    """
    spectrum = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    across, along = (part.astype(np.float32) ** 2 for part in (np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])))
    power = np.maximum(across[:, None] + along[None, :], np.float32(largest_px**-2))
    spectrum *= np.exp(np.float32(-slope / 4) * np.log(power))  # k ** (-slope / 2); much faster than a power
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=shape).astype(np.float32)
    return np.asarray(field / field.std(), np.float32)


def streaks(rng: np.random.Generator, shape: tuple[int, int], largest_px: float, angle: float) -> Field:
    """Fractal noise drawn out six times along ``angle`` (radians from the x axis): cirrus, wind-blown things."""
    spectrum = np.fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    down, right = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    along = right * np.cos(angle) + down * np.sin(angle)
    across = down * np.cos(angle) - right * np.sin(angle)
    spectrum *= np.maximum(np.hypot(6 * along, across), 2.0 / largest_px) ** -1.6
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=shape).astype(np.float32)
    return np.asarray(field / field.std(), np.float32)


class Cells(NamedTuple):
    """Irregular cells: which one a pixel is in ``(y, x)``, and how far it is from the nearest border, pixels."""

    cell: Index
    border_px: Field


def cells(rng: np.random.Generator, down: Field, right: Field, cell_px: float) -> Cells:
    """Voronoi cells of one random point in each square of a ``cell_px`` grid (Worley 1996, "A cellular texture").

    Args:
        rng: decides the points.
        down: ``(y, x)`` coordinates in pixels; warp or rotate them to warp or rotate the cells.
        right: the same, to the right.
        cell_px: mean size of a cell.
    """
    row, col = np.floor(down / cell_px).astype(np.int64), np.floor(right / cell_px).astype(np.int64)
    row -= row.min() - 1
    col -= col.min() - 1
    in_row = (down / cell_px - np.floor(down / cell_px)).astype(np.float32)
    in_col = (right / cell_px - np.floor(right / cell_px)).astype(np.float32)
    columns = int(col.max()) + 2
    points = rng.uniform(0.1, 0.9, (2, (int(row.max()) + 2) * columns)).astype(np.float32)
    nearest = np.full(down.shape, np.inf, np.float32)
    second = nearest.copy()
    index = np.zeros(down.shape, np.int64)
    for step_down in (-1, 0, 1):
        for step_right in (-1, 0, 1):
            at = (row + step_down) * columns + (col + step_right)
            distance = np.hypot(points[0][at] + step_down - in_row, points[1][at] + step_right - in_col)
            closer = distance < nearest
            second = np.minimum(second, np.where(closer, nearest, distance))
            index = np.where(closer, at, index)
            nearest = np.minimum(nearest, distance)
    return Cells(index, np.asarray((second - nearest) * (cell_px / 2), np.float32))


def lottery(rng: np.random.Generator, *keys: Index) -> Field:
    """A uniform number in 0..1 for each pixel, equal where all integer keys are equal (a field, a roof, a block)."""
    mixed = np.zeros(keys[0].shape, np.int64)
    for key, prime in zip(keys, (73856093, 19349663, 83492791), strict=False):
        mixed ^= key * prime
    mixed ^= mixed >> 13
    return np.asarray(rng.random(65536, dtype=np.float32)[mixed & 0xFFFF], np.float32)


def smoothstep(low: float, high: float, values: Field) -> Field:
    """0 below ``low``, 1 above ``high``, and a smooth cubic between."""
    t = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blur(field: Field, sigma_px: float) -> Field:
    """Gaussian blur of the last two axes, separable, edges repeated; the kernel reaches three sigma."""
    reach = max(1, round(3 * sigma_px))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma_px) ** 2)
    weights = (weights / weights.sum()).astype(np.float32)
    for axis in (-2, -1):
        pad = [(0, 0)] * field.ndim
        pad[axis] = (reach, reach)
        padded, length = np.pad(field, pad, mode="edge"), field.shape[axis]
        out = np.zeros_like(field)
        for shift, weight in enumerate(weights):
            window = [slice(None)] * field.ndim
            window[axis] = slice(shift, shift + length)
            out += weight * padded[tuple(window)]
        field = out
    return field


def shift(field: Field, down_px: float, right_px: float) -> Field:
    """The field moved by whole pixels, round to the other side: ``fractal`` noise is periodic, so no seam shows."""
    return np.asarray(np.roll(field, (round(down_px), round(right_px)), axis=(0, 1)), np.float32)
