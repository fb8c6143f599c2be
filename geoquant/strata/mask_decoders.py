"""Decoders of the quality masks that come with products: mask values -> conditions.

A mask is believed where it speaks. Where it says nothing (fill, values without a meaning, beyond its edge), and for
conditions that it has no class for (PlanetScope's has none for water), ``strata/spectral_tests.py`` decides.

Sources:
    SCL: Sentinel-2 Level-2A Algorithm Theoretical Basis Document, scene classification values.
    QA_PIXEL: USGS, Landsat 8-9 Collection 2 Level 2 Science Product Guide (LSDS-1619), "Pixel quality assessment".
    Fmask: HLS Product User Guide, version 2.0, bits of the one-byte quality assessment layer.
    QA60: Google Earth Engine data catalog, COPERNICUS/S2, "Bitmask for QA60".
    UDM2: Planet, "Usable Data Mask" (UDM 2.0 and 2.1), table of bands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from geoquant.strata.conditions import CLEAR, Conditions, Stratum
from geoquant.strata.spectra import Spectra
from geoquant.strata.spectral_tests import SceneThresholds, is_dark, spectral_conditions

MaskKind = Literal["scl", "qa_pixel", "fmask", "qa60", "udm2", "classes"]

UNSAID = 255
"""The value that a decoder writes where its mask says nothing."""

# SCL: 0 no data, 1 saturated or defective, 2 dark (often unmarked shadow), 3 shadow, 4 vegetation, 5 bare, 6 water,
# 7 unclassified, 8 and 9 cloud of medium and high probability, 10 thin cirrus, 11 snow. Class 1 is valid data of an
# extreme kind, which spectra tell best.
_SCL = np.full(256, UNSAID, np.uint8)
_SCL[[2, 4, 5, 7]] = CLEAR
_SCL[3], _SCL[6], _SCL[10], _SCL[11] = Stratum.SHADOW, Stratum.WATER, Stratum.THIN_CLOUD, Stratum.SNOW
_SCL[[8, 9]] = Stratum.THICK_CLOUD

# (bit, condition); later ones win. Pixels that are merely adjacent to cloud (QA_PIXEL bit 1, Fmask bit 2) stay clear:
# ``refine`` makes its own edge.
_QA_BITS = (
    (7, Stratum.WATER),
    (5, Stratum.SNOW),
    (4, Stratum.SHADOW),
    (2, Stratum.THIN_CLOUD),
    (3, Stratum.THICK_CLOUD),
)
_FMASK_BITS = ((5, Stratum.WATER), (4, Stratum.SNOW), (3, Stratum.SHADOW), (1, Stratum.THICK_CLOUD))
_QA60_BITS = ((11, Stratum.THIN_CLOUD), (10, Stratum.THICK_CLOUD))
_QA_FILL, _FMASK_FILL = 1, 255
_OLD_FMASK = (0, 1, 2, 3, 4, 255)  # Fmask outside of HLS: clear land, water, shadow, snow, cloud, fill: no bits

# bands 1 to 6 of UDM2, one of them 1; band 5 is 0 throughout from version 2.1 on, which knows one haze
_UDM2 = (CLEAR, Stratum.SNOW, Stratum.SHADOW, Stratum.THIN_CLOUD, Stratum.THIN_CLOUD, Stratum.THICK_CLOUD)

CLOUDS = (Stratum.THICK_CLOUD, Stratum.THIN_CLOUD)
_OPEN = (Stratum.WATER, Stratum.SNOW, *CLOUDS, Stratum.SHADOW)
"""Conditions that spectra tell within what a mask calls clear, when the mask has no class for them."""

_NAMES = {
    "clear": CLEAR,
    "land": CLEAR,
    "water": Stratum.WATER,
    "snow": Stratum.SNOW,
    "cloud": Stratum.THICK_CLOUD,
    "thick cloud": Stratum.THICK_CLOUD,
    "thin cloud": Stratum.THIN_CLOUD,
    "cirrus": Stratum.THIN_CLOUD,
    "haze": Stratum.THIN_CLOUD,
    "cloud edge": Stratum.CLOUD_EDGE,
    "shadow": Stratum.SHADOW,
}
"""The names of conditions in ``--mask-classes``."""

_MAX_VALUE = (1 << 16) - 1


@dataclass(frozen=True)
class MaskMeaning:
    """What the numbers of a mask mean.

    Attributes:
        kind: The maker's coding that the mask follows.
        classes: The condition by mask value, for the kind "classes" alone.
    """

    kind: MaskKind
    classes: Mapping[int, int] = field(default_factory=dict)

    @property
    def bands(self) -> int:
        """How many of the file's bands are read, from the first."""
        return len(_UDM2) if self.kind == "udm2" else 1

    @property
    def wordless(self) -> tuple[int, ...]:
        """Conditions that this mask has no class for, so that its "clear" does not exclude them."""
        if self.kind == "udm2":
            return (Stratum.WATER,)
        if self.kind != "classes":
            return ()
        named = set(self.classes.values())
        if named & set(CLOUDS):
            named |= set(CLOUDS)
        return tuple(condition for condition in _OPEN if condition not in named)


def parse_classes(entries: Sequence[str]) -> dict[int, int]:
    """``--mask-classes`` as value -> condition.

    Args:
        entries: "1=water" or, for a range, "4-6=thick cloud"; values from 0 to 65535.

    Raises:
        ValueError: with the entry and what is allowed.
    """
    classes: dict[int, int] = {}
    for entry in entries:
        found = re.fullmatch(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?=(.*)", entry)
        name = re.sub(r"[\s_-]+", " ", found[3]).strip().lower() if found else ""
        if found is None or name not in _NAMES:
            raise ValueError(
                f"{entry!r} is not VALUE=CONDITION or FIRST-LAST=CONDITION with one of {', '.join(_NAMES)}"
            )
        first, last = int(found[1]), int(found[2] or found[1])
        if not first <= last <= _MAX_VALUE:
            raise ValueError(f"{entry!r}: values go from 0 to {_MAX_VALUE}, the smaller one first")
        classes |= dict.fromkeys(range(first, last + 1), int(_NAMES[name]))
    return classes


def classes_of_strata(names: Mapping[int, str]) -> dict[int, int] | None:
    """Value -> condition of a map whose classes are named as strata are, or None for other class names.

    The edges are left out, since ``refine`` makes them anew and what lies under them is unknown.
    """
    by_label = {stratum.label: stratum for stratum in Stratum}
    if not names or not set(names.values()) <= set(by_label):
        return None
    found = {value: by_label[name] for value, name in names.items()}
    land = {value: CLEAR for value, stratum in found.items() if Stratum.LAND_DULL_BARE <= stratum < Stratum.WATER}
    sky = {value: int(stratum) for value, stratum in found.items() if stratum in _OPEN}
    return {**land, **sky}


def stated(meaning: MaskMeaning, mask: NDArray[Any]) -> Conditions:
    """What a mask says of each pixel, and ``UNSAID`` where it says nothing.

    Args:
        meaning: of its numbers.
        mask: (y, x) as stored; (band, y, x) of UDM2, its first six bands.

    Returns:
        uint8 (y, x); the edge strata are never among them, except a named cloud edge.
    """
    if meaning.kind == "classes":
        return _by_table(mask, meaning.classes)
    if meaning.kind == "scl":
        return np.asarray(_SCL[np.clip(mask, 0, 255).astype(np.uint8)])
    if meaning.kind == "udm2":
        said = np.full(mask.shape[1:], UNSAID, np.uint8)
        for band, condition in zip(mask, _UDM2, strict=True):
            said[band == 1] = condition
        return said
    bits = mask.astype(np.uint16)
    if meaning.kind == "qa60":  # names clouds alone, and misses many: Coluzzi 2018, Remote Sensing of Environment 217
        return _by_bits(bits, _QA60_BITS, UNSAID)
    if meaning.kind == "fmask":
        said = _by_bits(bits, _FMASK_BITS, CLEAR)
        said[bits == _FMASK_FILL] = UNSAID
        return said
    said = _by_bits(bits, _QA_BITS, CLEAR)
    said[((bits & _QA_FILL) == 1) | (bits == 0)] = UNSAID  # 0 lies where the mask does not reach
    return said


def _by_bits(bits: NDArray[np.uint16], table: Sequence[tuple[int, int]], otherwise: int) -> Conditions:
    conditions = np.full(bits.shape, otherwise, np.uint8)
    for bit, condition in table:
        conditions[(bits >> bit) & 1 == 1] = condition
    return conditions


def _by_table(mask: NDArray[Any], classes: Mapping[int, int]) -> Conditions:
    table = np.full(_MAX_VALUE + 1, UNSAID, np.uint8)
    table[list(classes)] = list(classes.values())
    known = (mask >= 0) & (mask <= _MAX_VALUE)
    return np.where(known, table[np.where(known, mask, 0).astype(np.uint16)], np.uint8(UNSAID))


def decode(meaning: MaskMeaning, mask: NDArray[Any], spectra: Spectra, thresholds: SceneThresholds) -> Conditions:
    """Conditions (y, x) by a mask, and by spectral tests where it says nothing or has no class.

    SCL's recall of shadow is low, so its pixels of class 2 (dark area) and of unclassified or land classes that are
    dark in the infrared and in blue (Zhai 2018, equations 6 and 7) are shadow too.

    Args:
        meaning: of the mask's numbers.
        mask: (y, x) as stored; (band, y, x) of UDM2.
        spectra: of the same pixels.
        thresholds: of the scene.
    """
    said = stated(meaning, mask)
    if meaning.kind == "scl":
        said[(said == CLEAR) & is_dark(spectra, thresholds)] = Stratum.SHADOW
    open_to_spectra = (said == UNSAID) & spectra.valid
    if meaning.wordless or open_to_spectra.any():
        spectral = spectral_conditions(spectra, thresholds)
        open_to_spectra |= (said == CLEAR) & np.isin(spectral, meaning.wordless)
        said[open_to_spectra] = spectral[open_to_spectra]
    said[~spectra.valid] = Stratum.NO_DATA
    return said


@dataclass(frozen=True)
class Guess:
    """Which mask a file seems to be, and whether its name says so or only its values."""

    kind: MaskKind
    by_name: bool


def guess_kind(name: str, sample: NDArray[Any], bands: int = 1) -> Guess | None:
    """Which mask this is: by its file name, else by its values; None when it can't be told.

    SCL is 8 bits with values up to 11. QA_PIXEL is 16 bits and always carries confidence bits, so that its clear, fill
    and water values (1, 21824, 21952, ...) jump from 1 past 5000. QA60 has two bits. HLS's Fmask is not told by values.

    Args:
        name: of the file.
        sample: some pixels of its first band, any shape.
        bands: how many it has.
    """
    upper, values = name.upper(), np.unique(sample)
    if "FMASK" in upper and not np.isin(values, _OLD_FMASK).all():
        return Guess("fmask", True)
    if "UDM2" in upper and bands >= len(_UDM2):
        return Guess("udm2", True)
    for kind, key in (("qa_pixel", "QA_PIXEL"), ("qa60", "QA60"), ("scl", "SCL")):
        if key in upper:
            return Guess(kind, True)  # type: ignore[arg-type]  # mypy widens the literals
    found = None if "FMASK" in upper else _by_values(values, sample.dtype, bands)
    return None if found is None else Guess(found, False)


def _by_values(values: NDArray[Any], dtype: np.dtype[Any], bands: int) -> MaskKind | None:
    if not values.size or values.min() < 0:
        return None
    if bands == 8 and dtype == np.uint8 and values.max() <= 1:
        return "udm2"
    if values.max() > 0 and np.isin(values, (0, 1 << 10, 1 << 11, (1 << 10) + (1 << 11))).all():
        return "qa60"
    if dtype.itemsize >= 2 and values.max() >= 5000 and np.all((values == _QA_FILL) | (values >= 5000)):
        return "qa_pixel"
    return "scl" if values.max() <= 11 and np.isin(values, (4, 5, 6, 8, 9, 11)).any() else None
