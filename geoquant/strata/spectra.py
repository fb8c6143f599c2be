"""Spectra of a scene: its bands by role (blue, green, red, nir, swir16), and their normalized differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.preprocessing.chain import SensorScale, StoredBand, sensor_scale
from geoquant.strata.conditions import Floats, Mask

# band roles by every name that products and cards use for them
_ROLES = {
    "blue": ("blue", "b02", "sr_b2"),
    "green": ("green", "b03", "sr_b3"),
    "red": ("red", "b04", "sr_b4"),
    "nir": ("nir", "nir08", "b8a", "b08", "sr_b5"),
    "swir16": ("swir16", "swir1", "b11", "sr_b6"),
}


def find_roles(names: Sequence[Sequence[str | None]]) -> dict[str, int]:
    """Which band is blue, green, red, nir and swir16.

    Args:
        names: per band, its names in any case (common name, sensor name); None entries are skipped.

    Returns:
        role -> band position, only the roles that were found.
    """
    known = [{name.lower() for name in band if name} for band in names]
    found = {}
    for role, aliases in _ROLES.items():
        position = next((i for alias in aliases for i, band in enumerate(known) if alias in band), None)
        if position is not None:
            found[role] = position
    return found


@dataclass(frozen=True)
class Spectra:
    """The bands that the tests need, each (y, x) float32, or None where the scene lacks it.

    Attributes:
        bands: The band by role, each (y, x).
        valid: False where there is no data (y, x).
        physical: True when the values are reflectance, so that published absolute thresholds hold.
    """

    bands: Mapping[str, Floats]
    valid: Mask
    physical: bool

    def get(self, role: str) -> Floats | None:
        """One band, or None."""
        return self.bands.get(role)

    def visible(self) -> Floats:
        """Mean of the visible bands that are there, or of all bands."""
        chosen = [self.bands[role] for role in ("blue", "green", "red") if role in self.bands]
        return np.asarray(np.mean(chosen or list(self.bands.values()), axis=0, dtype=np.float32))

    def greenness(self) -> Floats:
        """NDVI; (G - R) / (G + R) without near infrared; 0 without red."""
        red, nir, green = self.get("red"), self.get("nir"), self.get("green")
        if red is None:
            return np.zeros(self.valid.shape, np.float32)
        other = nir if nir is not None else green
        return np.zeros(self.valid.shape, np.float32) if other is None else normalized_difference(other, red)


@dataclass(frozen=True)
class BandReader:
    """Makes spectra from stored numbers, the same way for the overview of a scene and for each of its tiles.

    Attributes:
        roles: The band position by role.
        scales: How the stored numbers of a role become values; without a physical scale, the darkest object's is 0.
        physical: Whether the values are reflectance.
    """

    roles: Mapping[str, int]
    scales: Mapping[str, SensorScale]
    physical: bool

    def spectra(self, values: NDArray[Any], valid: Mask) -> Spectra:
        """Spectra of stored numbers (band, y, x) where ``valid`` (y, x)."""
        bands = {}
        for role, position in self.roles.items():
            band = self.scales[role].scaled(values[position].astype(np.float32), np.float32)
            bands[role] = np.where(valid, np.nan_to_num(band), np.float32(0))
        return Spectra(bands, valid, self.physical)


def band_reader(values: NDArray[Any], valid: Mask, roles: Mapping[str, int], bands: Sequence[StoredBand]) -> BandReader:
    """Learn how to read a scene's bands from its overview.

    Bands with a sensor scale give reflectance. Stored numbers without one have an unknown offset that would spoil every
    ratio, so the darkest object (the 0.1 percentile, Chavez 1988, Remote Sensing of Environment 24, 459-479) of each
    band is taken for zero.

    Args:
        values: (band, y, x), stored numbers of a decimated view.
        valid: (y, x).
        roles: from ``find_roles``; when it is empty, the first three bands stand in for brightness.
        bands: per band, something with ``scale`` and ``offset`` (None where the scene has none).
    """
    wanted = dict(roles) or {f"band{i}": i for i in range(min(3, len(values)))}
    if all(_is_physical(bands[i], values.dtype) for i in wanted.values()):
        return BandReader(wanted, {role: sensor_scale(bands[i]) for role, i in wanted.items()}, True)
    dark = {role: float(np.quantile(values[i][valid], 0.001)) if valid.any() else 0.0 for role, i in wanted.items()}
    return BandReader(wanted, {role: SensorScale(1.0, -value) for role, value in dark.items()}, False)


def _is_physical(band: StoredBand, dtype: np.dtype[Any]) -> bool:
    scaled = band.scale is not None and not (band.scale == 1 and np.issubdtype(dtype, np.integer))
    return scaled or (band.scale is None and np.issubdtype(dtype, np.floating))


def normalized_difference(a: Floats, b: Floats) -> Floats:
    """(a - b) / (a + b), 0 where the sum is 0, clipped to -1..1 (negative reflectances leave that interval)."""
    total = a + b
    ratio = np.divide(a - b, total, out=np.zeros_like(total), where=np.abs(total) > 1e-12)
    return np.asarray(np.clip(ratio, -1, 1))
