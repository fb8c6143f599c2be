"""Relief, how the sun falls on it, and where the water lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geoquant.demo.landscape.noise import Field, Mask, fractal, smoothstep

PIXEL_M = 10.0


class Sun(NamedTuple):
    """Where the sun stands, degrees: azimuth clockwise from north, elevation above the horizon."""

    azimuth: float
    elevation: float

    @property
    def towards(self) -> tuple[float, float]:
        """Unit step ``(down, right)`` in pixels towards the sun."""
        azimuth = np.deg2rad(self.azimuth)
        return float(-np.cos(azimuth)), float(np.sin(azimuth))


class Relief(NamedTuple):
    """The lie of the land, each ``(y, x)``.

    Attributes:
        elevation_m: The height in metres.
        mountain: 0 in the plain, 1 in the range.
        across_px: The signed distance from the foot of the range; the range is where it is large.
    """

    elevation_m: Field
    mountain: Field
    across_px: Field


def make_relief(rng: np.random.Generator, size: int) -> Relief:
    """A plain with gentle hills that runs up to a range of ridges along one side of the scene."""
    angle = rng.uniform(0, 2 * np.pi)
    down, right = np.mgrid[0:size, 0:size].astype(np.float32) - np.float32(size / 2)
    across = np.asarray(down * np.sin(angle) + right * np.cos(angle), np.float32)
    edge = smoothstep(
        0.20 * size, 0.52 * size, across + np.float32(0.07 * size) * fractal(rng, (size, size), 3.2, size / 3)
    )
    ridges = sum(
        weight * (1 - np.minimum(np.abs(fractal(rng, (size, size), slope, largest)), 1.8) / 0.8)
        for weight, largest, slope in ((0.66, 380.0, 4.8), (0.27, 150.0, 4.6), (0.10, 60.0, 4.2))
    )
    hills = fractal(rng, (size, size), 4.4, 300.0)
    elevation = 240 + 14 * hills + edge * (940 + 760 * ridges + 5 * fractal(rng, (size, size), 3.0, 40.0))
    return Relief(np.asarray(elevation, np.float32), edge, across)


def sunlight(elevation_m: Field, sun: Sun) -> Field:
    """Light on each slope, 1 on level ground: direct light by the cosine of incidence, plus a fifth from the sky."""
    south, east = np.gradient(elevation_m, PIXEL_M)
    zenith, azimuth = np.deg2rad(90 - sun.elevation), np.deg2rad(sun.azimuth)
    toward_east, toward_south = np.sin(zenith) * np.sin(azimuth), -np.sin(zenith) * np.cos(azimuth)
    incidence = (np.cos(zenith) - east * toward_east - south * toward_south) / np.sqrt(1 + south**2 + east**2)
    return np.asarray(0.2 + 0.8 * np.maximum(incidence, 0) / np.cos(zenith), np.float32)


class Waters(NamedTuple):
    """Where water is, each ``(y, x)``.

    Attributes:
        lake: True on still water.
        river: True on running water.
        bank_px: The distance from the river's bank, negative in the river.
        shore: True on sand and shingle beside lakes and at the river's bends.
    """

    lake: Mask
    river: Mask
    bank_px: Field
    shore: Mask


def make_waters(rng: np.random.Generator, relief: Relief) -> Waters:
    """A river that winds through the plain along the range, and lakes in the hollows."""
    shape = relief.across_px.shape
    size = shape[0]
    meander = fractal(rng, shape, 5.2, 300.0)
    course = relief.across_px + np.float32(rng.uniform(-0.02, 0.12) * size) + np.float32(80) * meander
    south, east = np.gradient(course)
    width = 7.0 + 2.5 * fractal(rng, shape, 3.5, 200.0)
    bank = np.asarray(np.abs(course) / np.maximum(np.hypot(south, east), 0.35) - np.maximum(width, 4.0), np.float32)
    hollow = (
        fractal(rng, shape, 4.4, 240.0) - 2.2 * relief.mountain - np.float32(0.8) * np.exp(-np.maximum(bank, 0) / 60)
    )
    level = max(1.75, float(np.quantile(hollow, 0.975)))
    lake = (hollow > level) | _tarns(rng, relief)
    bends = fractal(rng, shape, 3.0, 60.0) > 1.1
    shore = ((hollow > level - 0.05) & ~lake) | ((bank > 0) & (bank < 4) & bends)
    return Waters(lake, np.asarray(bank < 0, np.bool_), bank, shore)


def _tarns(rng: np.random.Generator, relief: Relief) -> Mask:
    """Small lakes on level ground in the range."""
    south, east = np.gradient(relief.elevation_m, PIXEL_M)
    level = np.hypot(south, east) < 0.12
    return np.asarray(level & (relief.mountain > 0.5) & (fractal(rng, level.shape, 3.8, 90.0) > 1.5), np.bool_)
