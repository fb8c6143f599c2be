"""Esri model definitions (.emd), reading only.

Facts (Esri ``raster-deep-learning`` wiki and the ``arcgis.learn`` sources): ``ExtractBands`` are 0-based positions of
bands; ``Classes`` carry ``Value, Name, Color [r, g, b]`` (older files ``ClassValue, ClassName``); for multispectral
models ``NormalizationStats`` hold per band ``band_min_values, band_max_values`` and, of values scaled to 0..1 by these,
``scaled_mean_values, scaled_std_values``, indexed by band of the raster. Other ``arcgis.learn`` models divide by 255
and use the ImageNet statistics. Their networks have a channel for background before the listed classes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from geoquant.errors import CardError
from geoquant.model_card.card import Band, ClassLabel, Normalization, Tiling
from geoquant.model_card.completion import CardFacts, default_color

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)
_RANGE_GUARD = 1e-5  # arcgis.learn adds it to band_max - band_min


def from_emd(document: Mapping[str, Any], outputs: int | None = None) -> CardFacts:
    """Facts from a parsed ``.emd``.

    Args:
        document: the JSON object.
        outputs: the network's output channels, to tell whether one is for background.

    Raises:
        CardError: a field is malformed, or the model does not classify pixels.
    """
    kind = document.get("ModelType", "ImageClassification")
    if kind not in ("ImageClassification", "ClassifyPixels"):
        raise CardError(f"The .emd describes a model of type {kind!r}; geoquant runs ImageClassification (pixels).")
    extract = _extracted(document)
    notes = {} if extract else {"bands": "the .emd has no ExtractBands"}
    height = document.get("ImageHeight")
    return CardFacts(
        source="its .emd",
        notes=notes,
        name=document.get("ModelName") if isinstance(document.get("ModelName"), str) else None,
        bands=_bands(document, extract) if extract else None,
        units="dn",
        normalization=_normalization(document, extract) if extract else None,
        classes=_classes(document, outputs),
        tiling=Tiling(tile_px=height) if type(height) is int and height > 0 else None,
    )


def _extracted(document: Mapping[str, Any]) -> list[int]:
    found = document.get("ExtractBands", [])
    if not isinstance(found, list) or not all(type(index) is int and 0 <= index < 2**16 for index in found):
        raise CardError(f"The .emd's ExtractBands is {str(found)[:60]}; expected 0-based band positions.")
    return found


def _bands(document: Mapping[str, Any], extract: list[int]) -> tuple[Band, ...]:
    """The bands, named where the .emd gives every band a name of its own, else numbered from 1."""
    names = document.get("Bands") or document.get("BandNames") or []
    plain = isinstance(names, list) and all(isinstance(name, str) and name for name in names)
    if plain and len(names) > max(extract):
        chosen = [names[index] for index in extract]
        if len(set(chosen)) == len(chosen):
            return tuple(Band(name) for name in chosen)
    return tuple(Band(str(index + 1)) for index in extract)


def _normalization(document: Mapping[str, Any], extract: list[int]) -> Normalization | None:
    stats = document.get("NormalizationStats")
    if isinstance(stats, Mapping):
        low, high = (_row(stats, f"band_{end}_values", extract) for end in ("min", "max"))
        if document.get("DoNormalize", True):
            mean, std = (_row(stats, f"scaled_{what}_values", extract) for what in ("mean", "std"))
        else:
            mean, std = [0.0] * len(extract), [1.0] * len(extract)
        width = [b - a + _RANGE_GUARD for a, b in zip(low, high, strict=True)]
        shift = tuple(a + m * w for a, m, w in zip(low, mean, width, strict=True))
        return Normalization(shift, tuple(s * w for s, w in zip(std, width, strict=True)))
    if str(document.get("Framework", "")).startswith("arcgis.learn") and len(extract) == 3:
        return Normalization(tuple(255 * m for m in _IMAGENET_MEAN), tuple(255 * s for s in _IMAGENET_STD))
    return None


def _row(stats: Mapping[str, Any], key: str, extract: list[int]) -> list[float]:
    """One statistic of the extracted bands."""
    found = stats.get(key)
    plain = isinstance(found, list) and all(type(value) in (int, float) and math.isfinite(value) for value in found)
    if not isinstance(found, list) or not plain or (len(found) <= max(extract) and len(found) != len(extract)):
        raise CardError(f"The .emd's {key} is {str(found)[:60]}; expected one number per band.")
    chosen = [found[index] for index in extract] if len(found) > max(extract) else found
    return [float(value) for value in chosen]


def _classes(document: Mapping[str, Any], outputs: int | None) -> tuple[ClassLabel, ...] | None:
    found = document.get("Classes")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(entry, Mapping) for entry in found):
        raise CardError(f"The .emd's Classes are {str(found)[:60]}; expected a list of objects.")
    labels = tuple(_label(entry, index) for index, entry in enumerate(found))
    if outputs == len(labels) + 1 and all(label.value != 0 for label in labels):
        return (ClassLabel(0, "background", "#000000"), *labels)
    return labels


def _label(entry: Mapping[str, Any], index: int) -> ClassLabel:
    value, name = entry.get("Value", entry.get("ClassValue")), entry.get("Name", entry.get("ClassName"))
    if type(value) is not int:
        raise CardError(f"The .emd's class {name!r} has the value {value!r}; expected a whole number.")
    color = entry.get("Color")
    plain = isinstance(color, list) and len(color) == 3 and all(type(c) is int and 0 <= c <= 255 for c in color)
    text = "#" + "".join(f"{part:02x}" for part in color) if isinstance(color, list) and plain else default_color(index)
    return ClassLabel(value, str(name if name is not None else value), text)
