"""What the ground is made of, and what each material reflects in six Sentinel-2 bands.

The reflectances are round numbers typical of surface reflectance products; compare the USGS Spectral Library 7
(Kokaly et al. 2017) and ECOSTRESS Spectral Library 1.0 (Meerdink et al. 2019) for soils, vegetation, roofs, water and
snow. They are for making plausible pictures, not for science.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BANDS = ("blue", "green", "red", "nir", "swir16", "swir22")

WATER, FOREST, CROPLAND, GRASS, BUILT, BARE, SNOW, CLOUD, SHADOW = range(1, 10)
"""Values of the true labels; 0 is no data."""


class Cover(NamedTuple):
    """A class of the true labels: pixel value, name and colour (``#rrggbb``)."""

    value: int
    name: str
    color: str


COVERS = (
    Cover(WATER, "water", "#2f6db5"),
    Cover(FOREST, "forest", "#1d6b3a"),
    Cover(CROPLAND, "cropland", "#e3c558"),
    Cover(GRASS, "grass and shrub", "#a3c96c"),
    Cover(BUILT, "built-up", "#cf4a3f"),
    Cover(BARE, "bare ground", "#b09378"),
    Cover(SNOW, "snow", "#c9f2f5"),
    Cover(CLOUD, "cloud", "#cbc6d4"),
    Cover(SHADOW, "cloud shadow", "#4b4a5e"),
)


class Material(NamedTuple):
    """A surface: its cover class and its reflectance, 0..1, in the order of ``BANDS``."""

    cover: int
    reflectance: tuple[float, float, float, float, float, float]


MATERIALS = {
    "lake": Material(WATER, (0.036, 0.036, 0.022, 0.012, 0.006, 0.004)),
    "river": Material(WATER, (0.070, 0.088, 0.062, 0.030, 0.011, 0.008)),
    "conifer": Material(FOREST, (0.019, 0.034, 0.021, 0.200, 0.090, 0.040)),
    "broadleaf": Material(FOREST, (0.023, 0.049, 0.026, 0.330, 0.150, 0.064)),
    "maize": Material(CROPLAND, (0.030, 0.070, 0.036, 0.470, 0.210, 0.098)),
    "alfalfa": Material(CROPLAND, (0.032, 0.092, 0.040, 0.540, 0.230, 0.108)),
    "cereal": Material(CROPLAND, (0.036, 0.080, 0.052, 0.420, 0.210, 0.110)),
    "rapeseed": Material(CROPLAND, (0.050, 0.145, 0.120, 0.450, 0.220, 0.115)),
    "ripe": Material(CROPLAND, (0.076, 0.124, 0.162, 0.310, 0.330, 0.215)),
    "stubble": Material(CROPLAND, (0.098, 0.142, 0.190, 0.290, 0.370, 0.270)),
    "dark soil": Material(BARE, (0.058, 0.076, 0.098, 0.138, 0.205, 0.180)),
    "light soil": Material(BARE, (0.098, 0.132, 0.172, 0.220, 0.300, 0.270)),
    "red soil": Material(BARE, (0.058, 0.084, 0.138, 0.186, 0.270, 0.236)),
    "pasture": Material(GRASS, (0.042, 0.078, 0.062, 0.285, 0.225, 0.132)),
    "dry grass": Material(GRASS, (0.062, 0.096, 0.108, 0.240, 0.275, 0.185)),
    "shrub": Material(GRASS, (0.034, 0.058, 0.050, 0.220, 0.175, 0.100)),
    "asphalt": Material(BUILT, (0.092, 0.101, 0.110, 0.128, 0.142, 0.132)),
    "concrete": Material(BUILT, (0.172, 0.186, 0.200, 0.222, 0.240, 0.222)),
    "tile roof": Material(BUILT, (0.088, 0.106, 0.172, 0.220, 0.252, 0.232)),
    "metal roof": Material(BUILT, (0.310, 0.325, 0.340, 0.352, 0.348, 0.320)),
    "dark roof": Material(BUILT, (0.078, 0.084, 0.090, 0.112, 0.126, 0.118)),
    "garden": Material(BUILT, (0.052, 0.076, 0.068, 0.235, 0.180, 0.118)),
    "rock": Material(BARE, (0.112, 0.130, 0.148, 0.178, 0.225, 0.200)),
    "sand": Material(BARE, (0.150, 0.200, 0.250, 0.300, 0.360, 0.320)),
    "quarry": Material(BARE, (0.250, 0.290, 0.322, 0.360, 0.400, 0.365)),
    "snow": Material(SNOW, (0.900, 0.890, 0.870, 0.780, 0.100, 0.060)),
}

NUMBER = {name: number for number, name in enumerate(MATERIALS)}
"""Name of a material -> its number in a map of materials."""

COVER_OF = np.array([material.cover for material in MATERIALS.values()], np.uint8)
REFLECTANCE = np.array([material.reflectance for material in MATERIALS.values()], np.float32)
"""Reflectance ``(material, band)``."""

CLOUD_TOP: NDArray[np.float32] = np.array((0.70, 0.695, 0.69, 0.72, 0.48, 0.36), np.float32)
"""A bright cumulus: white in the visible, darker where ice and droplets absorb (1.6 and 2.2 um)."""

CIRRUS_VEIL: NDArray[np.float32] = np.array((0.092, 0.088, 0.083, 0.077, 0.030, 0.016), np.float32)
"""The reflectance that a full cirrus veil adds; its ice absorbs in SWIR."""

SKY_LIGHT: NDArray[np.float32] = np.array((0.46, 0.38, 0.32, 0.26, 0.19, 0.16), np.float32)
"""Share of the light that still reaches a shadow, scattered by the sky: bluer than the sun."""
