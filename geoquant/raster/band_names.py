"""What bands are called, and which of a scene's bands a model means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BandFacts:
    """What a sensor's band is: its name, STAC common name and centre wavelength in micrometres."""

    name: str
    common_name: str | None = None
    centre_wavelength_um: float | None = None


def _table(*rows: tuple[str, str | None, float]) -> dict[str, BandFacts]:
    return {plain(name): BandFacts(name, common, wavelength) for name, common, wavelength in rows}


def plain(name: str) -> str:
    """A band name for comparison: upper case, no spaces, no leading zeros in its number ("b02" -> "B2")."""
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", re.sub(r"[\s_-]+", "", name).upper())


# ESA, Sentinel-2 spectral response functions (S2A centre wavelengths); common names: STAC extension "eo".
SENTINEL_2 = _table(
    ("B01", "coastal", 0.4427),
    ("B02", "blue", 0.4927),
    ("B03", "green", 0.5598),
    ("B04", "red", 0.6646),
    ("B05", "rededge", 0.7041),
    ("B06", "rededge", 0.7405),
    ("B07", "rededge", 0.7828),
    ("B08", "nir", 0.8328),
    ("B8A", "nir08", 0.8647),
    ("B09", "nir09", 0.9451),
    ("B10", "cirrus", 1.3735),
    ("B11", "swir16", 1.6137),
    ("B12", "swir22", 2.2024),
)

# USGS, Landsat 8-9 OLI and TIRS, and Landsat 4-7 TM and ETM+ band designations (middle of each band).
_OLI = (
    ("coastal", 0.443),
    ("blue", 0.482),
    ("green", 0.5615),
    ("red", 0.6545),
    ("nir08", 0.865),
    ("swir16", 1.6085),
    ("swir22", 2.2005),
    ("pan", 0.5895),
    ("cirrus", 1.3735),
    ("lwir11", 10.895),
    ("lwir12", 12.005),
)
_TM = (
    ("blue", 0.485),
    ("green", 0.56),
    ("red", 0.66),
    ("nir08", 0.835),
    ("swir16", 1.65),
    ("lwir", 11.45),
    ("swir22", 2.22),
    ("pan", 0.71),
)


def _landsat(rows: Sequence[tuple[str, float]]) -> dict[str, BandFacts]:
    prefixes = ("B", "SR_B", "ST_B")
    return _table(*((f"{prefix}{i}", common, um) for prefix in prefixes for i, (common, um) in enumerate(rows, 1)))


LANDSAT_OLI, LANDSAT_TM = _landsat(_OLI), _landsat(_TM)

COMMON_NAMES = frozenset(
    {"coastal", "blue", "green", "green05", "red", "yellow", "pan", "rededge", "rededge071", "rededge075"}
    | {"rededge078", "nir", "nir08", "nir09", "cirrus", "swir12", "swir16", "swir22", "lwir", "lwir11", "lwir12"}
)
_ALIASES = {"swir1": "swir16", "swir2": "swir22", "nearinfrared": "nir", "nir1": "nir", "nirnarrow": "nir08"}

_SPANS_UM = {"blue": (0.43, 0.53), "green": (0.50, 0.60), "red": (0.59, 0.71)}

_SENTINEL_FILE = re.compile(r"(?:^|[_.\-])(B(?:0[1-9]|1[0-2]|8A))(?:_(?:10|20|60)m)?$", re.IGNORECASE)
_LANDSAT_FILE = re.compile(r"(?:^|[_.\-])((?:SR_|ST_)?B(?:[1-9]|1[01]))$", re.IGNORECASE)
_SENTINEL_PRODUCT = re.compile(r"(^|_)(S2[ABCD]?_?|T\d{2}[A-Z]{3}_|SENTINEL-?2)", re.IGNORECASE)
_LANDSAT_PRODUCT = re.compile(r"^L([COTE])0?([4-9])[_0-9]", re.IGNORECASE)


def from_file_name(stem: str) -> BandFacts | None:
    """The band that a file name without its suffix means ("T29UNU_20221005T115411_B02_60m"), or None.

    Only a name that tells its sensor gives a common name: "b4" is red on Sentinel-2 and Landsat 8, NIR on Landsat 5.
    """
    landsat = _LANDSAT_PRODUCT.match(stem)
    if landsat:
        band, table = _LANDSAT_FILE.search(stem), landsat_table(landsat[1], int(landsat[2]))
        return table.get(plain(band[1])) if band else None
    band = _SENTINEL_FILE.search(stem)
    if band and _SENTINEL_PRODUCT.search(stem):
        return SENTINEL_2[plain(band[1])]
    band = band or _LANDSAT_FILE.search(stem)
    return BandFacts(band[1].upper()) if band else None


def landsat_table(sensor_letter: str, mission: int) -> dict[str, BandFacts]:
    """Landsat's bands: OLI on 8 and 9, TM and ETM+ before."""
    return LANDSAT_OLI if mission >= 8 and sensor_letter.upper() in "CO" else LANDSAT_TM


def from_description(text: str) -> BandFacts:
    """Facts from a band's description ("nir", "B8A, central wavelength 865 nm", "SR_B4")."""
    name = text.split(",")[0].strip() or text.strip()
    wavelength = re.search(r"([0-9.]+)\s*nm\b", text)
    return BandFacts(name, common_name(name), float(wavelength[1]) / 1000 if wavelength else None)


def sensor_meanings(name: str) -> frozenset[str]:
    """The common names that a band of that name has on the sensors known here ("B4": red, or nir08 on Landsat 5)."""
    tables = (SENTINEL_2, LANDSAT_OLI, LANDSAT_TM)
    found = (table.get(plain(name)) for table in tables)
    return frozenset(facts.common_name for facts in found if facts is not None and facts.common_name)


def names_a_spectral_band(description: str) -> bool:
    """Whether a band's description says what it measures: a common name, a wavelength or a sensor's band."""
    facts = from_description(description)
    return bool(facts.common_name or facts.centre_wavelength_um or sensor_meanings(facts.name))


def contradicts(colour: str, name: str, wavelength_um: float | None) -> bool:
    """Whether a band of that name or wavelength can't be of that colour (red, green or blue)."""
    if wavelength_um is not None and not _SPANS_UM[colour][0] <= wavelength_um <= _SPANS_UM[colour][1]:
        return True
    meanings = sensor_meanings(name)
    return bool(meanings) and colour not in meanings


def common_name(text: str) -> str | None:
    """The STAC common name that ``text`` is or is an alias of ("SWIR 1" -> "swir16"), or None."""
    name = re.sub(r"[\s_-]+", "", text).lower()
    name = _ALIASES.get(name, name)
    return name if name in COMMON_NAMES else None
