"""The dialect of the QGIS plugin Deepness: ONNX metadata, every value JSON-encoded.

Facts (github.com/PUTvision/qgis-plugin-deepness: docs/creators/creators_add_metadata_to_model, models/model_base.py):
keys ``model_type``, ``class_names`` (index -> name; older models ``names``), ``resolution`` in cm per pixel,
``tile_size`` in pixels, ``tiles_overlap`` in percent of it, ``standardization_mean`` and ``standardization_std``.
Deepness feeds ``(stored / 255 - mean) / std`` of the first bands of a layer, in their order, with mean 0 and std 1 by
default. A network of one channel gives its class where its output reaches ``seg_thresh``; of several channels Deepness
takes the background where none reaches it, which is left out here: the highest score wins.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Mapping
from typing import Any

from geoquant.errors import CardError
from geoquant.grid import align_up
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Tiling
from geoquant.model_card.completion import CardFacts, default_color

_FULL_SCALE = 255.0
_KEYS = (
    *("model_type", "class_names", "names", "resolution", "tile_size", "tiles_overlap"),
    *("standardization_mean", "standardization_std", "seg_thresh"),
)
DEEPNESS_KEYS = frozenset(_KEYS)
_TELLING = ("class_names", "names", "standardization_mean", "tiles_overlap")
_LONGEST_VALUE = 2**20
_DEFAULT_TILE_PX = 512


def from_deepness(metadata: Mapping[str, str], channels: int | None, outputs: int | None = None) -> CardFacts | None:
    """Facts from a model's metadata, or None when it is not in this dialect.

    Args:
        metadata: the ONNX file's.
        channels: the network's input channels.
        outputs: the network's output channels.

    Raises:
        CardError: the metadata is malformed, or the model detects objects.
    """
    if not any(key in metadata for key in _TELLING):
        return None
    kind = str(_value(metadata, "model_type", "Segmentor")).capitalize()
    if kind not in ("Segmentor", "Regressor"):
        raise CardError(f"The model is a Deepness {kind}; geoquant runs networks that give something for every pixel.")
    tile = _number(metadata, "tile_size")
    overlap = _number(metadata, "tiles_overlap")
    resolution = _number(metadata, "resolution")
    return CardFacts(
        source="its Deepness metadata",
        notes={} if channels else {"bands": "the network takes any number of channels"},
        bands=tuple(Band(str(index + 1)) for index in range(channels)) if channels else None,
        units="dn",
        normalization=_normalization(metadata, channels) if channels else None,
        classes=_classes(metadata, outputs),
        threshold=_number(metadata, "seg_thresh") if outputs == 1 else None,
        output="regression" if kind == "Regressor" else None,
        gsd_m=resolution / 100 if resolution else None,
        tiling=Tiling(
            tile_px=int(tile) if tile else None,
            overlap_px=round(tile * overlap / 100) if tile and overlap else None,
        ),
    )


def _value(metadata: Mapping[str, str], key: str, default: Any = None) -> Any:
    """One entry: JSON, or (as older models have it) a Python literal."""
    text = metadata.get(key)
    if text is None:
        return default
    if len(text) > _LONGEST_VALUE:
        raise CardError(f"The Deepness metadata {key} has {len(text)} characters; that is absurd.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass  # not JSON: the older form follows
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        if key == "model_type":
            return text
        raise CardError(f"The Deepness metadata {key} is {text[:60]!r}; expected JSON.") from error


def _number(metadata: Mapping[str, str], key: str) -> float | None:
    value = _value(metadata, key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise CardError(f"The Deepness metadata {key} is {value!r}; expected a number of at least 0.")
    return float(value)


def _normalization(metadata: Mapping[str, str], channels: int) -> Normalization:
    mean = _numbers(metadata, "standardization_mean", [0.0] * channels)
    std = _numbers(metadata, "standardization_std", [1.0] * channels)
    return Normalization(tuple(_FULL_SCALE * m for m in mean), tuple(_FULL_SCALE * s for s in std))


def _numbers(metadata: Mapping[str, str], key: str, default: list[float]) -> list[float]:
    value = _value(metadata, key, default)
    plain = isinstance(value, list) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
    if not plain or len(value) != len(default):
        raise CardError(f"The Deepness metadata {key} is {str(value)[:60]}; expected {len(default)} numbers.")
    return [float(number) for number in value]


def _classes(metadata: Mapping[str, str], outputs: int | None) -> tuple[ClassLabel, ...] | None:
    found = _value(metadata, "class_names", _value(metadata, "names"))
    if isinstance(found, list) and found and isinstance(found[0], dict):
        found = found[0]  # one dictionary per output of the network; geoquant takes the first
    if isinstance(found, list):
        found = dict(enumerate(found))
    if found is None:
        return None
    try:
        by_index = {int(key): str(name) for key, name in found.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CardError(f"The Deepness class_names are {str(found)[:60]}; expected index -> name.") from error
    if sorted(by_index) != list(range(len(by_index))):
        raise CardError(f"The Deepness class_names have the indices {sorted(by_index)[:20]}; expected 0, 1, 2, ...")
    names = [by_index[index] for index in range(len(by_index))]
    if outputs == 1 and len(names) == 1:
        names = ["background", *names]  # one channel is a mask: Deepness thresholds it
    return tuple(ClassLabel(index, name, default_color(index)) for index, name in enumerate(names))


def to_deepness(card: ModelCard) -> dict[str, str]:
    """The metadata with which Deepness runs the model; colours, class values and band names have no place in it.

    Raises:
        CardError: Deepness can't compute the card's normalization: it clips, or acts on physical values that the card
            does not derive from stored ones.
    """
    mean, std = _stored_normalization(card)
    halo, tile = card.tiling.halo_px, card.tiling.tile_px or _DEFAULT_TILE_PX
    margin_px = 2 * halo if halo is not None else card.tiling.overlap_px or tile // 4
    while margin_px > tile // 2:
        tile *= 2
    entries: dict[str, Any] = {
        "model_type": "Regressor" if card.output == "regression" else "Segmentor",
        "tile_size": align_up(tile, card.tiling.stride_px),
        "tiles_overlap": math.ceil(100 * margin_px / tile),
        "standardization_mean": [m / _FULL_SCALE for m in mean],
        "standardization_std": [s / _FULL_SCALE for s in std],
    }
    if card.classes:
        entries["class_names"] = {str(index): label.name for index, label in enumerate(card.classes)}
    if card.gsd_m is not None:
        entries["resolution"] = card.gsd_m * 100
    if card.threshold is not None:
        entries["seg_thresh"] = card.threshold
    return {key: json.dumps(value) for key, value in entries.items()}


def _stored_normalization(card: ModelCard) -> tuple[list[float], list[float]]:
    """Shift and scale per band as they act on stored numbers."""
    normalization = card.normalization
    if normalization.low is not None or normalization.high is not None:
        raise CardError(f"Deepness can't clip, and the normalization of {card.name!r} does.")
    rows = zip(card.bands, normalization.shift, normalization.scale, strict=True)
    if card.units == "dn":
        return list(normalization.shift), list(normalization.scale)
    unknown = [band.name for band in card.bands if band.scale is None]
    if unknown:
        raise CardError(
            f"Deepness feeds stored numbers, {card.name!r} takes physical values, and its card has no sensor scale for "
            f"{', '.join(unknown)}."
        )
    pairs = [((m - (b.offset or 0.0)) / (b.scale or 1.0), s / (b.scale or 1.0)) for b, m, s in rows]
    return [shift for shift, _ in pairs], [scale for _, scale in pairs]
