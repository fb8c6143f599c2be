"""Spectra of textbook surfaces, side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geoquant.strata.spectra import Spectra
from geoquant.strata.spectral_tests import (
    SceneThresholds,
)

ROLES = ("blue", "green", "red", "nir", "swir16")
# reflectance of textbook surfaces: blue, green, red, nir, swir16
SURFACES = {
    "forest": (0.03, 0.05, 0.03, 0.35, 0.15),
    "soil": (0.08, 0.12, 0.16, 0.25, 0.32),
    "water": (0.06, 0.05, 0.03, 0.01, 0.005),
    "snow": (0.85, 0.86, 0.84, 0.78, 0.08),
    "cloud": (0.60, 0.61, 0.62, 0.65, 0.50),
    "haze": (0.17, 0.16, 0.15, 0.35, 0.22),
    "shadow": (0.015, 0.02, 0.015, 0.05, 0.03),
}


@dataclass(frozen=True)
class FakeBand:
    scale: float | None = None
    offset: float | None = None


def scene_of(*names: str, roles: tuple[str, ...] = ROLES, physical: bool = True, side: int = 20) -> Spectra:
    """One square of each surface, side by side."""
    rng = np.random.default_rng(0)
    columns = [np.array(SURFACES[name], np.float32)[:, None, None] * np.ones((1, side, side)) for name in names]
    cube = np.concatenate(columns, axis=2) * rng.normal(1, 0.02, (5, side, side * len(names)))
    bands = {role: cube[i].astype(np.float32) for i, role in enumerate(ROLES) if role in roles}
    if not physical:
        bands = {role: band * 20000 + 5000 for role, band in bands.items()}
    return Spectra(bands, np.ones((side, side * len(names)), bool), physical)


def majority(conditions: np.ndarray, position: int, side: int = 20) -> int:
    part = conditions[:, position * side : (position + 1) * side]
    return int(np.bincount(part.ravel()).argmax())


def flat(shape: tuple[int, int], nir: float = 0.3) -> Spectra:
    return Spectra({"nir": np.full(shape, nir, np.float32)}, np.ones(shape, bool), True)


NEVER = SceneThresholds(bright=0, green=0, cloud=9, dark=0.1, dark_blue=0.1)
