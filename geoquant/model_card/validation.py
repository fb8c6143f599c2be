"""What must hold between the fields of a card, beyond their types."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence

from geoquant.errors import CardError
from geoquant.model_card.card import ClassLabel, ModelCard, Normalization, Quantization, Tiling

_LARGEST = 1e30
"""Magnitude above which a fact is a mistake, and below whose inverse a divisor is one: float32 ends near there."""
_LONGEST_NAME = 1000
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")


def check_card(card: ModelCard) -> None:
    """Refuse a card whose parts contradict each other.

    Raises:
        CardError: naming the field, what was found and what was expected.
    """
    _check_bands(card)
    _check_normalization(card.normalization, len(card.bands))
    if card.classes or card.output != "regression":
        check_classes(card.classes)
    _finite("gsd_m", card.gsd_m, above_zero=True)
    _finite("nodata", card.nodata)
    _sane("threshold", card.threshold)
    _check_tiling(card.tiling)
    if card.quantization is not None:
        _check_quantization(card.quantization, len(card.bands))


def _finite(path: str, value: float | None, above_zero: bool = False) -> None:
    if value is None:
        return
    if not math.isfinite(value) or (above_zero and value <= 0):
        raise CardError(f"The model card's {path} is {value}; expected a finite number{' above 0' * above_zero}.")


def _sane(path: str, value: float | None, divides: bool = False) -> None:
    """A finite number of a magnitude that a sensor's numbers may have; one to divide by is not next to 0 either."""
    _finite(path, value)
    if value is not None and (abs(value) > _LARGEST or (divides and 0 < abs(value) < 1 / _LARGEST)):
        raise CardError(f"The model card's {path} is {value:g}; no sensor's numbers are so far from 1.")


def _row(path: str, values: Sequence[float], count: int, nonzero: bool = False) -> None:
    """One finite number per band."""
    if len(values) != count:
        raise CardError(f"The model card's {path} has {len(values)} numbers; expected one for each of {count} bands.")
    for index, value in enumerate(values):
        _sane(f"{path}[{index}]", value, divides=nonzero)
        if nonzero and value == 0:
            raise CardError(f"The model card's {path}[{index}] is 0; expected a number to divide by.")


def _ordered(path: str, low: Sequence[float], high: Sequence[float]) -> None:
    for index, (lower, upper) in enumerate(zip(low, high, strict=True)):
        if lower > upper:
            raise CardError(f"The model card's {path} of band {index + 1} runs from {lower} to {upper}.")


def _one_line(path: str, text: str) -> None:
    """One line of printable text, as long as a name may be."""
    if len(text) > _LONGEST_NAME:
        raise CardError(f"The model card's {path} has {len(text)} characters; expected at most {_LONGEST_NAME}.")
    _printable(path, text)


def _printable(path: str, text: str) -> None:
    """A name stands in styles, tables and metadata: XML holds no control characters, surrogates and noncharacters."""
    strange = next(
        (char for char in text if unicodedata.category(char) in ("Cc", "Cs") or ord(char) & 0xFFFE == 0xFFFE), None
    )
    if strange is not None:
        raise CardError(
            f"The model card's {path} holds the character U+{ord(strange):04X}; expected one line of printable text."
        )


def _check_bands(card: ModelCard) -> None:
    _one_line("name", card.name)
    if not card.name.strip():
        raise CardError("The model card's name is empty.")
    if not card.bands:
        raise CardError("The model card has no bands; expected one per input channel.")
    names = [band.name for band in card.bands]
    for index, name in enumerate(names):
        _one_line(f"bands[{index}].name", name)
    if not all(name.strip() for name in names):
        raise CardError(f"The model card has a band without a name among {names}.")
    for index, band in enumerate(card.bands):
        _sane(f"bands[{index}].scale", band.scale, divides=True)
        _sane(f"bands[{index}].offset", band.offset)
        _finite(f"bands[{index}].centre_wavelength_um", band.centre_wavelength_um, above_zero=True)
        if band.scale == 0:
            raise CardError(f"The model card's bands[{index}].scale is 0; a sensor scale is never 0.")
        if names.count(band.name) > 1:
            raise CardError(f"The model card names the band {band.name!r} more than once.")


def _check_normalization(normalization: Normalization, count: int) -> None:
    _row("normalization.shift", normalization.shift, count)
    _row("normalization.scale", normalization.scale, count, nonzero=True)
    if normalization.low is not None:
        _row("normalization.low", normalization.low, count)
    if normalization.high is not None:
        _row("normalization.high", normalization.high, count)
    if normalization.low is not None and normalization.high is not None:
        _ordered("normalization clip", normalization.low, normalization.high)


def check_classes(classes: Sequence[ClassLabel]) -> None:
    """At least two classes with distinct values in 0..254, distinct names and colours ``#rrggbb``.

    Raises:
        CardError: naming the class.
    """
    if len(classes) < 2:
        raise CardError(f"The model card has {len(classes)} classes; expected at least 2.")
    seen: dict[int, str] = {}
    for label in classes:
        if not 0 <= label.value <= 254:
            raise CardError(f"Class {label.name!r} has the value {label.value}; expected 0 to 254.")
        if label.value in seen:
            raise CardError(f"Classes {seen[label.value]!r} and {label.name!r} both have the value {label.value}.")
        _one_line(f"name of the class {label.value}", label.name)
        if not label.name.strip():
            raise CardError(f"The class with the value {label.value} has no name.")
        if label.name in seen.values():
            raise CardError(f"Two classes are called {label.name!r}; expected a name of its own for each value.")
        if not _COLOR.fullmatch(label.color):
            raise CardError(f"Class {label.name!r} has the colour {label.color!r}; expected #rrggbb.")
        seen[label.value] = label.name


def _check_tiling(tiling: Tiling) -> None:
    limits = (("tile_px", 1), ("halo_px", 0), ("stride_px", 1), ("overlap_px", 0))
    for name, least in limits:
        value = getattr(tiling, name)
        if value is not None and not least <= value <= 2**20:
            raise CardError(f"The model card's tiling.{name} is {value}; expected {least} to {2**20}.")


def _check_quantization(quantization: Quantization, count: int) -> None:
    for name in ("calibrated_low", "calibrated_high", "folding"):
        _row(f"quantization.{name}", getattr(quantization, name), count, nonzero=name == "folding")
    _ordered("quantization.calibrated range", quantization.calibrated_low, quantization.calibrated_high)
    _check_profile(quantization, count)
    for stratum, share in quantization.agreement.items():
        if not 0 <= share <= 1:
            raise CardError(f"The model card's quantization.agreement.{stratum} is {share}; expected 0 to 1.")


def _check_profile(quantization: Quantization, count: int) -> None:
    """What the drift guard reads: as many quantiles of every band, and spectra of one value per band."""
    quantiles = quantization.calibrated_quantiles
    if quantiles and len(quantiles) != count:
        raise CardError(
            f"The model card's quantization.calibrated_quantiles has {len(quantiles)} rows; expected one for each of "
            f"{count} bands."
        )
    for index, row in enumerate(quantiles):
        path = f"quantization.calibrated_quantiles[{index}]"
        if len(row) != len(quantiles[0]):
            raise CardError(
                f"The model card's {path} has {len(row)} numbers; expected {len(quantiles[0])} as in the first."
            )
        for value in row:
            _finite(path, value)
        _ordered(path, row[:-1], row[1:])
    for index, spectrum in enumerate(quantization.typical_spectra):
        _row(f"quantization.typical_spectra[{index}]", spectrum, count)
