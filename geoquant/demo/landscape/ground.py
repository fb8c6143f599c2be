"""The cloudless ground: every pixel's material, painted from the mountains down to the roads."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoquant.demo.landscape.noise import Field, Index, Mask, blur, fractal, shift
from geoquant.demo.landscape.parcels import Fields, make_fields
from geoquant.demo.landscape.spectra import COVER_OF, NUMBER, REFLECTANCE
from geoquant.demo.landscape.terrain import PIXEL_M, Relief, Sun, Waters, make_relief, make_waters, sunlight
from geoquant.demo.landscape.towns import make_towns


class Ground(NamedTuple):
    """The land under a clear sky.

    Attributes:
        cover: The cover class ``(y, x)``, values of ``spectra.COVERS``.
        reflectance: Reflectance as a sensor would see it, slopes shaded, ``(band, y, x)``, 0..1.
        light: The light on each slope ``(y, x)``, 1 on level ground.
    """

    cover: NDArray[np.uint8]
    reflectance: Field
    light: Field


class Layers(NamedTuple):
    """What painting goes over: material, brightness and the share of soil that shows, each ``(y, x)``."""

    material: Index
    brightness: Field
    soil: Field


def make_ground(rng: np.random.Generator, size: int, sun: Sun) -> Ground:
    """Relief, waters, farmland, forest, towns and snow, in that order of precedence from the bottom."""
    relief = make_relief(rng, size)
    waters = make_waters(rng, relief)
    fields = make_fields(rng, size)
    layers = Layers(fields.material, fields.brightness, fields.soil)
    layers = _farm_edges(rng, layers, fields)
    layers = _highland(rng, layers, relief)
    layers = _forest(rng, layers, relief, waters, sun)
    layers = _towns(rng, layers, fields, relief, waters)
    layers = _water(rng, layers, waters)
    layers = _snow(rng, layers, relief, sun)
    light = sunlight(relief.elevation_m, sun)
    return Ground(COVER_OF[layers.material], _reflect(layers, light), light)


def _paint(layers: Layers, where: Mask, name: str, tone: Field | float = 1.0) -> Layers:
    """One material over a mask, with a brightness of its own and no soil."""
    return Layers(
        np.where(where, NUMBER[name], layers.material),
        np.asarray(np.where(where, tone, layers.brightness), np.float32),
        np.asarray(np.where(where, 0, layers.soil), np.float32),
    )


def _farm_edges(rng: np.random.Generator, layers: Layers, fields: Fields) -> Layers:
    """Hedges (too narrow to be a class of their own), commons where nobody ploughs, roads between districts."""
    shape = fields.soil.shape
    rough = 1 + 0.10 * fractal(rng, shape, 1.6, 20.0)
    commons = fractal(rng, shape, 3.2, 150.0)
    layers = layers._replace(brightness=np.where(fields.margin, np.float32(0.7) * layers.brightness, layers.brightness))
    layers = _paint(layers, commons > 1.25, "pasture", rough)
    layers = _paint(layers, commons > 1.75, "shrub", rough)
    return _paint(layers, fields.road, "asphalt", 1.15)


def _highland(rng: np.random.Generator, layers: Layers, relief: Relief) -> Layers:
    """Foothill pastures, dry slopes, then rock where it is steep or high; a quarry at the foot."""
    shape = relief.mountain.shape
    patchy, rough = fractal(rng, shape, 2.6, 120.0), 1 + 0.12 * fractal(rng, shape, 1.7, 24.0)
    high = relief.elevation_m + 110 * patchy
    slope = np.hypot(*np.gradient(relief.elevation_m, PIXEL_M))
    layers = _paint(layers, (relief.mountain > 0.035) & (patchy > -3), "pasture", rough)
    layers = _paint(layers, (relief.mountain > 0.035) & (patchy > 0.5), "dry grass", rough)
    layers = _paint(layers, (relief.mountain > 0.035) & (patchy < -1.0), "shrub", rough)
    layers = _paint(layers, (high > 1240) | ((slope > 0.75) & (high > 900)), "rock", rough + 0.1 * patchy)
    quarry = (fractal(rng, shape, 3.4, 120.0) > 2.3) & (relief.mountain > 0.002) & (relief.mountain < 0.2)
    return _paint(layers, quarry, "quarry", rough)


def _forest(rng: np.random.Generator, layers: Layers, relief: Relief, waters: Waters, sun: Sun) -> Layers:
    """Woods in the plain and along the river, forest on the slopes with clearings; crowns lit from the sun's side."""
    shape = relief.mountain.shape
    woods, kind = fractal(rng, shape, 3.15, 230.0), fractal(rng, shape, 3.0, 180.0)
    wooded = (woods > 1.15) | ((waters.bank_px < 7 + 9 * fractal(rng, shape, 2.6, 70.0)) & (woods > -0.9))
    slopes = (relief.mountain > 0.05) & (relief.elevation_m + 130 * woods < 1180) & (woods + 0.7 * kind > -0.55)
    crowns = blur(rng.standard_normal(shape, dtype=np.float32), 0.8)
    towards = sun.towards
    lit = crowns - shift(crowns, 2 * towards[0], 2 * towards[1])
    tone = np.asarray(1 + 0.26 * lit + 0.07 * fractal(rng, shape, 2.2, 40.0), np.float32)
    conifer = kind + (relief.elevation_m - 620) / 260 > 0.35
    layers = _paint(layers, (wooded | slopes) & ~conifer, "broadleaf", tone)
    return _paint(layers, (wooded | slopes) & conifer, "conifer", tone)


def _towns(rng: np.random.Generator, layers: Layers, fields: Fields, relief: Relief, waters: Waters) -> Layers:
    """Towns near the river but not in the flood plain, never in the range."""
    near = np.exp(-np.abs(waters.bank_px - 60) / 220)
    suitable = np.where((waters.bank_px > 6) & ~waters.lake & (relief.mountain < 0.05), near, 0)
    town = make_towns(rng, fields.district, np.asarray(suitable, np.float32))
    return Layers(
        np.where(town.mask, town.material, layers.material),
        np.where(town.mask, town.brightness, layers.brightness),
        np.asarray(np.where(town.mask, 0, layers.soil), np.float32),
    )


def _water(rng: np.random.Generator, layers: Layers, waters: Waters) -> Layers:
    """Shores, the river, the lakes; roads cross the river on bridges that are too narrow to see."""
    ripple = 1 + 0.05 * fractal(rng, waters.lake.shape, 2.4, 120.0)
    layers = _paint(layers, waters.shore, "sand", ripple)
    layers = _paint(layers, waters.river, "river", ripple)
    return _paint(layers, waters.lake, "lake", ripple)


def _snow(rng: np.random.Generator, layers: Layers, relief: Relief, sun: Sun) -> Layers:
    """Snow above a line that lies lower on slopes turned away from the sun."""
    shape = relief.mountain.shape
    shade = 1 - sunlight(np.asarray(blur(relief.elevation_m, 3.0), np.float32), sun)
    line = 1480 - 260 * shade + 70 * fractal(rng, shape, 2.2, 80.0)
    tone = 0.94 + 0.05 * fractal(rng, shape, 2.0, 30.0)
    return _paint(layers, relief.elevation_m > line, "snow", np.minimum(tone, 1.05))


def _reflect(layers: Layers, light: Field) -> Field:
    """Reflectance ``(band, y, x)``: material mixed with its soil, times brightness, times the light on the slope.

    Water lies level, so the relief does not shade it.
    """
    soil = REFLECTANCE[NUMBER["light soil"]]
    level = np.where(REFLECTANCE[:, 3] < 0.05, 0, 1).astype(np.float32)[layers.material]
    shade = layers.brightness * (1 + (light - 1) * level)
    out = np.empty((REFLECTANCE.shape[1], *layers.material.shape), np.float32)
    for band in range(out.shape[0]):
        pure = REFLECTANCE[:, band][layers.material]
        out[band] = (pure + (soil[band] - pure) * layers.soil) * shade
    return out
