"""Match a card's bands to the bands of a scene."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

from geoquant.errors import BandMismatch
from geoquant.raster.band_names import common_name, plain


class NamedBand(Protocol):
    """What matching needs to know of a band."""

    @property
    def name(self) -> str:
        """The sensor's name."""

    @property
    def common_name(self) -> str | None:
        """The STAC common name."""

    @property
    def centre_wavelength_um(self) -> float | None:
        """The centre wavelength in micrometres."""


class NumberedBand(NamedBand, Protocol):
    """A band of a scene."""

    @property
    def number(self) -> int:
        """The position in the source, from 1."""

    @property
    def colour(self) -> str | None:
        """The file's colour tag, a hint for display."""


Found = TypeVar("Found", bound=NumberedBand)

_COLOURS = ("red", "green", "blue")
NEAREST_UM = 0.02
"""How far a band's centre may be from a wavelength that is asked for: bands of most sensors are at least as wide."""
_LISTED = 20
"""Bands that a message names; a cube of hundreds has more."""
# where a sensor lacks the one, its neighbour stands in: Landsat's NIR and Sentinel-2's B8A are "nir08"
_STAND_INS = {"nir": ("nir08",), "nir08": ("nir",), "rededge": ("rededge071",), "lwir": ("lwir11",)}


def select(bands: Sequence[Found], wanted: Sequence[str]) -> tuple[Found, ...]:
    """The bands that ``--bands`` names, in its order.

    An entry is a name, a common name or a 1-based number; a range of numbers, "1-129"; a wavelength, "665nm" or
    "0.665um", which means the nearest band within ``NEAREST_UM``; or a range of wavelengths, "420-900nm", which means
    every band between them, by wavelength.

    Raises:
        BandMismatch: nothing or more than one band answers to an entry, or it needs wavelengths that the scene does not
            tell.
    """
    return tuple(band for text in wanted for band in _answers(bands, text))


def _answers(bands: Sequence[Found], text: str) -> tuple[Found, ...]:
    """The bands that one entry means; a band that is called as the entry reads comes first."""
    if not any(band.name.lower() == text.strip().lower() for band in bands):
        numbers = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*", text)
        if numbers:
            return _numbered_from(bands, int(numbers[1]), int(numbers[2]), text)
        lengths = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(?:-\s*(\d+(?:\.\d+)?)\s*)?(nm|um|µm)\s*", text.lower())
        if lengths:
            unit = 1e-3 if lengths[3] == "nm" else 1.0
            first, last = (float(edge) * unit for edge in (lengths[1], lengths[2] or lengths[1]))
            return _by_wavelength(bands, text, first, last)
    return (_select_one(bands, text),)


def _numbered_from(bands: Sequence[Found], first: int, last: int, text: str) -> tuple[Found, ...]:
    by_number = {band.number: band for band in bands}
    wanted = range(first, last + 1)
    missing = [number for number in wanted if number not in by_number]
    if missing or not wanted:
        problem = f"there is no band {missing[0]}" if missing else "the smaller number comes first"
        raise BandMismatch(f"--bands {text}: {problem}. The scene has {listing(bands)}.")
    return tuple(by_number[number] for number in wanted)


def _by_wavelength(bands: Sequence[Found], text: str, first_um: float, last_um: float) -> tuple[Found, ...]:
    known = sorted(((band.centre_wavelength_um or 0.0, band.number, band) for band in bands), key=lambda row: row[:2])
    known = [row for row in known if row[0] > 0]
    if not known:
        raise BandMismatch(f"--bands {text}: the scene tells no wavelengths; give names or numbers: {listing(bands)}.")
    if first_um != last_um:
        found = tuple(band for um, _, band in known if first_um <= um <= last_um)
    else:
        nearest = min(known, key=lambda row: abs(row[0] - first_um))
        found = (nearest[2],) if abs(nearest[0] - first_um) <= NEAREST_UM else ()
    if not found:
        span = f"{known[0][0] * 1000:.0f} to {known[-1][0] * 1000:.0f} nm"
        raise BandMismatch(
            f"--bands {text}: no band has this wavelength; those of the scene are {span}, smaller first."
        )
    return found


def _select_one(bands: Sequence[Found], text: str) -> Found:
    by_name = [band for band in bands if plain(band.name) == plain(text)]
    by_common = [band for band in bands if band.common_name and band.common_name == common_name(text)]
    by_common = [band for band in by_common if not _by_colour_alone(band)] or by_common
    by_number = [band for band in bands if text.strip().isdigit() and band.number == int(text)]
    found = by_name or by_common or by_number or _stand_ins(bands, common_name(text))
    if len(found) != 1:
        problem = "no band" if not found else f"{len(found)} bands ({', '.join(band.name for band in found)})"
        raise BandMismatch(f"--bands {text}: {problem} of the scene answer to it. It has {listing(bands)}.")
    return found[0]


def match(bands: Sequence[Found], card: Sequence[NamedBand]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The scene's bands in the order of a model's input channels, and warnings about how they were found.

    A band is found by its name (unless both sides know a common name and they differ, as with "B04" of different
    sensors), then by common name, then by its colour tag, then, where the scene does not name its bands and has as many
    as the model, by position. Where a colour tag contradicts a name, or alone decides beside one, that is warned of. A
    model that numbers its bands, 1, 2, 3, takes the scene's first ones, as the plugin Deepness does.

    Raises:
        BandMismatch: a band is missing, or several could be meant.
    """
    found = [_candidates(bands, band) for band in card]
    if all(len(candidates) == 1 for candidates in found):
        chosen = tuple(candidates[0] for candidates in found)
        if len({band.number for band in chosen}) == len(chosen):
            return chosen, (*_stand_in_warnings(chosen, card), *_colour_warnings(chosen, card))
    if _numbered(card) and len(bands) >= len(card):
        return _first_bands(bands, card)
    return _by_position(bands, card, found)


def _candidates(bands: Sequence[Found], wanted: NamedBand) -> list[Found]:
    named = [band for band in bands if plain(band.name) == plain(wanted.name) and _compatible(band, wanted)]
    if named:
        return named
    target = wanted.common_name or common_name(wanted.name)
    common = [band for band in bands if band.common_name and band.common_name == target]
    in_words = [band for band in common if not _by_colour_alone(band)]
    return _nearest(in_words or common, wanted) or _stand_ins(bands, target)


def _by_colour_alone(band: NumberedBand) -> bool:
    """Whether a band's common name is nothing but its colour tag."""
    return band.colour is not None and band.common_name == band.colour != common_name(band.name)


def _compatible(band: NumberedBand, wanted: NamedBand) -> bool:
    """Whether two bands of one name can be the same: their common names, where both are said in words, say so."""
    one, other = None if _by_colour_alone(band) else band.common_name, wanted.common_name
    return not one or not other or one == other or one in _STAND_INS.get(other, ()) or one[:7] == other[:7] == "rededge"


def _nearest(bands: list[Found], wanted: NamedBand) -> list[Found]:
    """The band, of several with one common name, that is nearest in wavelength, when the wavelengths are known."""
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


def _colour_warnings(chosen: Sequence[NumberedBand], card: Sequence[NamedBand]) -> tuple[str, ...]:
    """Colour tags that names overrule, and bands with a name of their own that a colour tag alone decides."""
    pairs = list(zip(chosen, card, strict=True))
    against = [band for band, wanted in pairs if _other_colour(band, wanted)]
    alone = [
        f"{band.name} (band {band.number}) for {wanted.name}"
        for band, wanted in pairs
        if _by_colour_alone(band) and plain(band.name) not in (str(band.number), plain(wanted.name))
    ]
    warnings = []
    if against:
        tags = ", ".join(f"{band.name} is tagged {band.colour}" for band in against)
        warnings.append(f"Colour tags of the file contradict its names: {tags}. The names count; tags are for display.")
    if alone:
        warnings.append(f"Only the file's colour tags say which bands to take: {', '.join(alone)}. Check with --bands.")
    return tuple(warnings)


def _other_colour(band: NumberedBand, wanted: NamedBand) -> bool:
    """Whether the band is known to be red, green or blue, and is tagged as another of these."""
    known = wanted.common_name or common_name(wanted.name) or band.common_name
    return known in _COLOURS and band.colour in _COLOURS and known != band.colour


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


def _numbered(card: Sequence[NamedBand]) -> bool:
    """Whether a model counts its bands and does not name them."""
    return all(band.name == str(number) and band.common_name is None for number, band in enumerate(card, 1))


def _first_bands(bands: Sequence[Found], card: Sequence[NamedBand]) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    chosen = tuple(sorted(bands, key=lambda band: band.number)[: len(card)])
    pairs = ", ".join(f"{wanted.name} = {_label(band)}" for band, wanted in zip(chosen, card, strict=True))
    return chosen, (
        f"The model numbers its bands and does not name them; the scene's are taken in order: {pairs}. See --bands.",
    )


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
        f"It has {listing(bands)}.{_tags_left_out(bands)} Name the bands in the model's order with --bands."
    )


def _tags_left_out(bands: Sequence[NumberedBand]) -> str:
    left_out = [band for band in bands if band.colour in _COLOURS and band.common_name is None]
    tags = ", ".join(f"{band.name} {band.colour}" for band in left_out[:_LISTED])
    return f" Its colour tags contradict its names and are left out ({tags})." if left_out else ""


def listing(bands: Sequence[NumberedBand]) -> str:
    """The scene's bands for a message: "1: B02 (blue), 2: B03 (green)"."""
    more = f" and {len(bands) - _LISTED} more" if len(bands) > _LISTED else ""
    return (", ".join(f"{band.number}: {_label(band)}" for band in bands[:_LISTED]) or "no bands") + more


def listing_of(card: Sequence[NamedBand]) -> str:
    """A model's bands for a message: "B02 (blue), B03 (green)"."""
    return ", ".join(map(_label, card))


def _label(band: NamedBand) -> str:
    return f"{band.name} ({band.common_name})" if band.common_name and band.common_name != band.name else band.name
