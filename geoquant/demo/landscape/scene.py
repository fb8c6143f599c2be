"""The finished scene: stored numbers as a Sentinel-2 L2A product has them, its mask, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoquant.demo.landscape.ground import Ground, make_ground
from geoquant.demo.landscape.noise import Field, Mask, blur
from geoquant.demo.landscape.sky import Sky, look_through, make_sky
from geoquant.demo.landscape.spectra import BARE, BUILT, CLOUD, SHADOW, SNOW, WATER
from geoquant.demo.landscape.terrain import Sun

SCALE = 1e-4
OFFSET = -0.1
"""``reflectance = stored * SCALE + OFFSET``: Sentinel-2 L2A since processing baseline 04.00 (BOA_ADD_OFFSET -1000)."""

NODATA = 0
PSF_SIGMA_PX = 0.55
"""Blur of optics and detector: MTF of about 0.2 at the Nyquist frequency, as specified for Sentinel-2's 10 m bands."""

SCL_VALUES = {BARE: 5, BUILT: 5, WATER: 6, SNOW: 11}


class Landscape(NamedTuple):
    """A generated scene.

    Attributes:
        stored: ``(band, y, x)``, bands in the order of ``spectra.BANDS``, 10 m pixels, 0 where there is no data.
        labels: True cover classes ``(y, x)``, values of ``spectra.COVERS``, 0 where there is no data.
        scl: The scene classification ``(y / 2, x / 2)`` at 20 m, coded as Sentinel-2's SCL.
        sun: The position of the sun.
    """

    stored: NDArray[np.uint16]
    labels: NDArray[np.uint8]
    scl: NDArray[np.uint8]
    sun: Sun


def make_landscape(seed: int, size: int, step: Callable[[str], None] = lambda _: None) -> Landscape:
    """A landscape of ``size`` x ``size`` pixels of 10 m; the same seed and size give the same one.

    Args:
        seed: any integer from 0.
        size: side in pixels, even, 128 or more.
        step: told the name of each stage as it begins.
    """
    rng = np.random.default_rng([seed, 20])
    sun = _sun(rng)
    step("relief, fields and towns")
    return _photograph(rng, make_ground(rng, size, sun), sun, step)


def make_days(
    seed: int, size: int, days: int, step: Callable[[str], None] = lambda _: None
) -> tuple[NDArray[np.uint8], Iterator[Landscape]]:
    """The same ground on several days, each with clouds and a swath of its own, made one at a time.

    Returns:
        The true cover of the ground ``(y, x)``, which no cloud hides; and the days.

    Args:
        seed: as for ``make_landscape``.
        size: side in pixels, alike.
        days: how many.
        step: told the name of each stage as it begins.
    """
    rng = np.random.default_rng([seed, 20])
    sun = _sun(rng)
    step("relief, fields and towns")
    ground = make_ground(rng, size, sun)
    skies = (np.random.default_rng([seed, 20, day]) for day in range(days))
    return ground.cover.astype(np.uint8), (_photograph(sky, ground, sun, step) for sky in skies)


def _sun(rng: np.random.Generator) -> Sun:
    return Sun(float(rng.uniform(140, 165)), float(rng.uniform(42, 54)))


def _photograph(rng: np.random.Generator, ground: Ground, sun: Sun, step: Callable[[str], None]) -> Landscape:
    """The ground under a sky of its own, as the sensor sees it."""
    size = ground.cover.shape[0]
    step("clouds and their shadows")
    sky = make_sky(rng, size, sun)
    step("the sensor's view")
    seen = _sense(rng, look_through(ground.reflectance, sky))
    outside = _outside_swath(rng, size)
    stored = np.where(outside, NODATA, np.clip(np.rint((seen - OFFSET) / SCALE), 1, 65535)).astype(np.uint16)
    labels = np.where(outside, 0, _truth(ground, sky)).astype(np.uint8)
    return Landscape(stored, labels, _scene_classes(labels, ground, sky)[::2, ::2].copy(), sun)


def _sense(rng: np.random.Generator, reflectance: Field) -> Field:
    """Blur by the optics, then read-out noise and noise that grows with the signal."""
    seen = blur(reflectance, PSF_SIGMA_PX)
    noise = rng.standard_normal(seen.shape, dtype=np.float32)
    return np.asarray(seen + noise * np.sqrt(np.float32(0.0009**2) + np.square(np.float32(0.008) * seen)), np.float32)


def _outside_swath(rng: np.random.Generator, size: int) -> Mask:
    """A wedge along one side that the orbit's swath does not reach."""
    down, right = np.mgrid[0:size, 0:size]
    edge = (0.13 - 0.22 * down / size) * size
    return np.asarray(right < edge if rng.random() < 0.5 else size - 1 - right < edge, np.bool_)


def _truth(ground: Ground, sky: Sky) -> NDArray[np.uint8]:
    """Cover, with cloud where it hides the ground and shadow where it dims it; water stays water in a shadow."""
    shaded = (sky.shadow > 0.45) & (ground.cover != WATER)
    labels = np.where(shaded, SHADOW, ground.cover)
    return np.where(sky.cloud > 0.30, CLOUD, labels).astype(np.uint8)


def _scene_classes(labels: NDArray[np.uint8], ground: Ground, sky: Sky) -> NDArray[np.uint8]:
    """The truth in SCL's codes: vegetation is one class, bare and built another, clouds are split by opacity."""
    codes = np.full(256, 4, np.uint8)
    for cover, code in SCL_VALUES.items():
        codes[cover] = code
    scl = codes[labels]
    scl[(ground.light < 0.42) & (scl != 6)] = 2
    scl[sky.cirrus > 0.25] = 10
    scl[labels == SHADOW] = 3
    scl[labels == CLOUD] = 8
    scl[sky.cloud > 0.8] = 9
    scl[labels == 0] = 0
    return scl
