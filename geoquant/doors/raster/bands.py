"""What bands are called, and which of a scene's bands a model means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from geoquant.words.errors import BandMismatch


class NamedBand(Protocol):
    """What matching needs to know of a band."""

    @property
    def name(self) -> str:
        """The sensor's name."""

    @property
    def common_name(self) -> str | None:
        """STAC common name."""

    @property
    def centre_wavelength_um(self) -> float | None:
        """Micrometres."""


class NumberedBand(NamedBand, Protocol):
    """A band of a scene."""

    @property
    def number(self) -> int:
        """Position in the source, from 1."""


Found = TypeVar("Found", bound=NumberedBand)


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
# where a sensor lacks the one, its neighbour stands in: Landsat's NIR and Sentinel-2's B8A are "nir08"
_STAND_INS = {"nir": ("nir08",), "nir08": ("nir",), "rededge": ("rededge071",), "lwir": ("lwir11",)}

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


def common_name(text: str) -> str | None:
    """The STAC common name that ``text`` is or is an alias of ("SWIR 1" -> "swir16"), or None."""
    name = re.sub(r"[\s_-]+", "", text).lower()
    name = _ALIASES.get(name, name)
    return name if name in COMMON_NAMES else None


def select(bands: Sequence[Found], wanted: Sequence[str]) -> tuple[Found, ...]:
    """The bands that ``--bands`` names, in its order: by name, common name or 1-based number.

    Raises:
        BandMismatch: nothing or more than one band answers to an entry.
    """
    return tuple(_select_one(bands, text) for text in wanted)


def _select_one(bands: Sequence[Found], text: str) -> Found:
    by_name = [band for band in bands if plain(band.name) == plain(text)]
    by_common = [band for band in bands if band.common_name and band.common_name == common_name(text)]
    by_number = [band for band in bands if text.strip().isdigit() and band.number == int(text)]
    found = by_name or by_common or by_number or _stand_ins(bands, common_name(text))
    if len(found) != 1:
        problem = "no band" if not found else f"{len(found)} bands ({', '.join(band.name for band in found)})"
        raise BandMismatch(f"--bands {text}: {problem} of the scene answer to it. It has {listing(bands)}.")
    return found[0]


def match(bands: Sequence[Found], card: Sequence[NamedBand]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The scene's bands in the order of a model's input channels, and warnings about how they were found.

    A band is found by its name (unless both sides know a common name and they differ, as with "B04" of different
    sensors), then by common name, then, where the scene does not name its bands and has as many as the model, by
    position.

    Raises:
        BandMismatch: a band is missing, or several could be meant.
    """
    found = [_candidates(bands, band) for band in card]
    if all(len(candidates) == 1 for candidates in found):
        chosen = tuple(candidates[0] for candidates in found)
        if len({band.number for band in chosen}) == len(chosen):
            return chosen, _stand_in_warnings(chosen, card)
    return _by_position(bands, card, found)


def _candidates(bands: Sequence[Found], wanted: NamedBand) -> list[Found]:
    named = [band for band in bands if plain(band.name) == plain(wanted.name) and _compatible(band, wanted)]
    if named:
        return named
    target = wanted.common_name or common_name(wanted.name)
    common = [band for band in bands if band.common_name and band.common_name == target]
    return _nearest(common, wanted) or _stand_ins(bands, target)


def _compatible(band: NamedBand, wanted: NamedBand) -> bool:
    """Whether two bands of one name can be the same: their common names, where both are known, say so."""
    one, other = band.common_name, wanted.common_name
    return not one or not other or one == other or one in _STAND_INS.get(other, ()) or one[:7] == other[:7] == "rededge"


def _nearest(bands: list[Found], wanted: NamedBand) -> list[Found]:
    """Of several bands of one common name, the one nearest in wavelength, when the wavelengths are known."""
    target = wanted.centre_wavelength_um
    if len(bands) < 2 or target is None or any(band.centre_wavelength_um is None for band in bands):
        return bands
    return [min(bands, key=lambda band: abs((band.centre_wavelength_um or 0.0) - target))]


def _stand_ins(bands: Sequence[Found], target: str | None) -> list[Found]:
    names = _STAND_INS.get(target or "", ())
    return [band for band in bands if band.common_name in names]


def _stand_in_warnings(chosen: Sequence[NamedBand], card: Sequence[NamedBand]) -> tuple[str, ...]:
    return tuple(
        f"Band {band.name} ({band.common_name}) stands in for the model's {wanted.name} ({wanted.common_name})."
        for band, wanted in zip(chosen, card, strict=True)
        if wanted.common_name and band.common_name and wanted.common_name != band.common_name
    )


def _by_position(
    bands: Sequence[Found], card: Sequence[NamedBand], found: Sequence[list[Found]]
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """Take the scene's bands in file order, where no name says otherwise."""
    agrees = len(bands) == len(card) and all(
        _nameless(band) or band in candidates for band, candidates in zip(bands, found, strict=True)
    )
    if not agrees:
        raise BandMismatch(_mismatch(bands, card, found))
    pairs = ", ".join(f"{wanted.name} = band {band.number}" for band, wanted in zip(bands, card, strict=True))
    return tuple(bands), (f"The scene does not name all of its bands; they are taken in order: {pairs}. See --bands.",)


def _nameless(band: NumberedBand) -> bool:
    return band.name == str(band.number) and band.common_name is None


def _mismatch(bands: Sequence[NumberedBand], card: Sequence[NamedBand], found: Sequence[list[Found]]) -> str:
    missing = [_label(band) for band, candidates in zip(card, found, strict=True) if not candidates]
    unclear = [_label(band) for band, candidates in zip(card, found, strict=True) if len(candidates) > 1]
    problem = f"lacks {', '.join(missing)}" if missing else f"has several bands that could be {', '.join(unclear)}"
    if not missing and not unclear:
        problem = "has one band that answers to two of the model's"
    if all(map(_nameless, bands)):
        return (
            f"The model takes {len(card)} bands ({', '.join(map(_label, card))}); the scene has {len(bands)}, which "
            f"have no names to match. Name the model's by their numbers, in its order, with --bands."
        )
    return (
        f"The model takes {len(card)} bands ({', '.join(map(_label, card))}); the scene {problem}. "
        f"It has {listing(bands)}. Name the bands in the model's order with --bands."
    )


def listing(bands: Sequence[NumberedBand]) -> str:
    """The scene's bands for a message: "1: B02 (blue), 2: B03 (green)"."""
    return ", ".join(f"{band.number}: {_label(band)}" for band in bands) or "no bands"


def listing_of(card: Sequence[NamedBand]) -> str:
    """A model's bands for a message: "B02 (blue), B03 (green)"."""
    return ", ".join(map(_label, card))


def _label(band: NamedBand) -> str:
    return f"{band.name} ({band.common_name})" if band.common_name and band.common_name != band.name else band.name
