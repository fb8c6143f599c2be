"""What stands between the ground and the sensor: cumulus, its shadow on the ground, and a veil of cirrus."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geoquant.demo.landscape.noise import Field, blur, fractal, shift, smoothstep, streaks
from geoquant.demo.landscape.spectra import CIRRUS_VEIL, CLOUD_TOP, SKY_LIGHT
from geoquant.demo.landscape.terrain import PIXEL_M, Sun


class Sky(NamedTuple):
    """Clouds, their shadows and cirrus, each ``(y, x)``, 0..1 except ``tone``.

    Attributes:
        cloud: The opacity of thick cloud.
        tone: The brightness of the cloud's top, around 1; brighter on the sun's side.
        shadow: The share of direct sunlight that cloud keeps from the ground.
        cirrus: The thickness of a thin high veil, 1 = as thick as it gets.
    """

    cloud: Field
    tone: Field
    shadow: Field
    cirrus: Field


def make_sky(rng: np.random.Generator, size: int, sun: Sun) -> Sky:
    """Clustered cumulus over about a tenth of the scene, and cirrus over about as much."""
    shape = (size, size)
    region = fractal(rng, shape, 4.0, 0.45 * size)
    billow = fractal(rng, shape, 3.15, 170.0) + 1.1 * region
    base = float(np.quantile(billow, 1 - rng.uniform(0.10, 0.15)))
    thickness = np.maximum(billow - np.float32(base), 0)
    cloud = smoothstep(0.0, 0.55, thickness)
    height_m = rng.uniform(450, 800)
    reach_px = height_m / np.tan(np.deg2rad(sun.elevation)) / PIXEL_M
    down, right = sun.towards
    shadow = blur(shift(cloud, -down * reach_px, -right * reach_px), 1.6)
    veil = streaks(rng, shape, 260.0, rng.uniform(0, np.pi)) + 1.2 * fractal(rng, shape, 4.0, 0.5 * size) - region
    cirrus = smoothstep(1.2, 3.6, veil) * (1 - cloud)
    return Sky(cloud, _top(thickness, sun), shadow, np.asarray(cirrus, np.float32))


def _top(thickness: Field, sun: Sun) -> Field:
    """Brightness of the cloud's top: its thickness taken as relief, lit from the sun's side, softly saturating."""
    down, right = sun.towards
    smooth = blur(np.sqrt(thickness), 1.2)
    lit = smooth - shift(smooth, 4 * down, 4 * right)
    return np.asarray(0.70 + 0.34 * (1 - np.exp(-1.2 * thickness)) + 0.30 * np.tanh(2.0 * lit), np.float32)


def look_through(reflectance: Field, sky: Sky) -> Field:
    """The ground ``(band, y, x)`` as seen through the sky: shaded, veiled, and hidden where cloud is thick."""
    out = np.empty_like(reflectance)
    for band, ground in enumerate(reflectance):
        lit = ground * (1 - sky.shadow * (1 - SKY_LIGHT[band]))
        veiled = lit + CIRRUS_VEIL[band] * sky.cirrus * (1 - lit)
        out[band] = veiled + (CLOUD_TOP[band] * sky.tone - veiled) * sky.cloud
    return out
