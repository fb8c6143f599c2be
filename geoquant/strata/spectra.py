"""Spectra of a scene: its bands by role (blue, green, red, nir, swir16), and their normalized differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoquant.model_card.card import InputUnits
from geoquant.preprocessing.chain import SensorScale, StoredBand, sensor_scale
from geoquant.raster.band_names import common_name
from geoquant.strata.conditions import Floats, Mask

# band roles by every name that products and cards use for them; a sensor's names are Sentinel-2's and Landsat 8's
_COMMON = {
    "blue": ("blue",),
    "green": ("green",),
    "red": ("red",),
    "nir": ("nir", "nir08"),
    "swir16": ("swir16",),
}
_OF_SENSORS = {
    "blue": ("b02", "sr_b2"),
    "green": ("b03", "sr_b3"),
    "red": ("b04", "sr_b4"),
    "nir": ("b8a", "b08", "sr_b5"),
    "swir16": ("b11", "sr_b6"),
}
_SPANS_UM = {
    "blue": (0.45, 0.4927, 0.53),
    "green": (0.53, 0.5598, 0.60),
    "red": (0.62, 0.6646, 0.69),
    "nir": (0.76, 0.8647, 0.90),
    "swir16": (1.55, 1.6137, 1.75),
}
"""Shortest, best and longest centre wavelength of a role in micrometres; the best are those of Sentinel-2."""
_PHYSICAL_RANGE = (-0.3, 3.0)
"""What the dark end (0.1 %) of reflectance is not below, and the bright end (99.9 %) not above.

Overcorrected shadows are a little below zero, and clouds under a low sun reach 2.
"""


def find_roles(
    names: Sequence[Sequence[str | None]], wavelengths_um: Sequence[float | None] | None = None
) -> dict[str, int]:
    """Which band is blue, green, red, nir and swir16.

    A common name says it, else the wavelength, else a sensor's name: "SR_B4" is red on Landsat 8 and near infrared on
    Landsat 5, so it counts only for a band of which nothing else is known.

    Args:
        names: per band, its names in any case, the most trusted first; None entries are skipped.
        wavelengths_um: per band, its centre wavelength in micrometres, None where unknown; of several bands in the span
            of a role (a cube of hundreds) the one nearest to Sentinel-2's is taken.

    Returns:
        role -> band position, only the roles that were found.
    """
    wavelengths = wavelengths_um or [None] * len(names)
    common = [next(filter(None, (common_name(name) for name in band if name)), None) for band in names]
    unknown = [
        {name.lower() for name in band if name} if meaning is None and wavelength is None else set[str]()
        for band, meaning, wavelength in zip(names, common, wavelengths, strict=True)
    ]
    free = [um if meaning is None else None for um, meaning in zip(wavelengths, common, strict=True)]
    found = {}
    for role in _COMMON:
        position = _first(common, _COMMON[role])
        position = _nearest(free, role) if position is None else position
        position = _first(unknown, _OF_SENSORS[role]) if position is None else position
        if position is not None:
            found[role] = position
    return found


def _first(known: Sequence[str | None] | Sequence[set[str]], aliases: Sequence[str]) -> int | None:
    """The first band that goes by an alias, the first alias first."""
    return next((i for alias in aliases for i, band in enumerate(known) if band and _goes_by(band, alias)), None)


def _goes_by(band: str | set[str], alias: str) -> bool:
    return band == alias or (isinstance(band, set) and alias in band)


def _nearest(wavelengths_um: Sequence[float | None], role: str) -> int | None:
    shortest, best, longest = _SPANS_UM[role]
    inside = [(abs(um - best), i) for i, um in enumerate(wavelengths_um) if um and shortest <= um <= longest]
    return min(inside)[1] if inside else None


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


def band_reader(
    values: NDArray[Any],
    valid: Mask,
    roles: Mapping[str, int],
    bands: Sequence[StoredBand],
    units: InputUnits = "physical",
) -> BandReader:
    """Learn how to read a scene's bands from its overview.

    Bands with a sensor scale, and floats, give reflectance where their values lie in its range: floats may be stored
    numbers (8-bit or 16-bit ones that a program converted), and a declared scale may lead to radiance or percent.
    Stored numbers without a scale have an unknown offset that would spoil every ratio, so the darkest object (the 0.1
    percentile, Chavez 1988, Remote Sensing of Environment 24, 459-479) of each band is taken for zero.

    Args:
        values: (band, y, x), stored numbers of a decimated view.
        valid: (y, x).
        roles: from ``find_roles``; when it is empty, the first three bands stand in for brightness.
        bands: per band, something with ``scale`` and ``offset`` (None where the scene has none).
        units: of the card: "dn" says that floats without a scale are stored numbers.
    """
    wanted = dict(roles) or {f"band{i}": i for i in range(min(3, len(values)))}
    scales = {role: sensor_scale(bands[i]) for role, i in wanted.items()}
    floats = np.issubdtype(values.dtype, np.floating) and units == "physical"
    told = all(floats or (scale.scale, scale.offset) != (1.0, 0.0) for scale in scales.values())
    if told and _look_physical([scales[role].scaled(values[i][valid], np.float32) for role, i in wanted.items()]):
        return BandReader(wanted, scales, True)
    dark = {role: float(np.nanquantile(values[i][valid], 0.001)) if valid.any() else 0.0 for role, i in wanted.items()}
    return BandReader(wanted, {role: SensorScale(1.0, -value) for role, value in dark.items()}, False)


def _look_physical(values: Sequence[NDArray[np.floating[Any]]]) -> bool:
    """Whether values of several bands lie in the range of reflectance; true of none, which nothing contradicts."""
    finite = np.concatenate([band[np.isfinite(band)] for band in values])
    if not finite.size:
        return True
    low, high = np.quantile(finite, (0.001, 0.999))
    return bool(_PHYSICAL_RANGE[0] <= low and high <= _PHYSICAL_RANGE[1])


def normalized_difference(a: Floats, b: Floats) -> Floats:
    """(a - b) / (a + b), 0 where the sum is 0, clipped to -1..1 (negative reflectances leave that interval)."""
    total = a + b
    ratio = np.divide(a - b, total, out=np.zeros_like(total), where=np.abs(total) > 1e-12)
    return np.asarray(np.clip(ratio, -1, 1))
