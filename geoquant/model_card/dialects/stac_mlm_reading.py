"""STAC MLM properties as facts of a card; see ``stac_mlm`` for the dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from geoquant.errors import CardError
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.model_card.completion import CardFacts, default_color
from geoquant.model_card.json_schema import decode

Affine = tuple[float, float, float | None, float | None]  # shift, scale, low, high
_IDENTITY: Affine = (0.0, 1.0, None, None)
_OWN = (
    "units",
    "output",
    "nodata",
    "tiling",
    "trained_on",
    "limitations",
    "quantization",
    "threshold",
    "name",
    "license",
)


def facts_from_properties(properties: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> CardFacts:
    """Facts from an item's properties and what its band objects say."""
    source = properties["mlm:input"][0]
    target = (properties.get("mlm:output") or [{}])[0]
    listed = [_band_name(band) for band in source.get("bands") or ()]
    names = _told_apart(listed)
    notes = {} if names else {"bands": "the item lists no bands"}
    own = _own_fields(properties)
    if own.get("output") is None and "regression" in (properties.get("mlm:tasks") or []):
        own["output"] = "regression"
    if own.get("nodata") is None:
        own["nodata"] = _common_nodata([known.get(name, {}) for name in listed])
    return CardFacts(
        source="its STAC MLM item",
        notes=notes,
        bands=tuple(_band(name, known.get(old, {})) for name, old in zip(names, listed, strict=True)) or None,
        normalization=_normalization(source, properties, len(names) or _channels(source), notes),
        classes=_classes(target.get("classification:classes") or target.get("classification_classes")),
        gsd_m=_optional_float(properties.get("gsd"), "gsd"),
        description=_optional_text(properties, "description"),
        **{"name": _optional_text(properties, "mlm:name"), "license": _optional_text(properties, "license"), **own},
    )


def _own_fields(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The fields under ``geoquant:``, by the types that the card gives them."""
    from typing import get_type_hints

    hints = get_type_hints(ModelCard)
    keys = {name: f"geoquant:{name}" for name in _OWN}
    return {name: decode(hints[name], properties[key], key) for name, key in keys.items() if key in properties}


def _band_name(band: Any) -> str:
    if isinstance(band, str):
        return band
    if band.get("expression") is not None:
        raise CardError(
            f"The STAC MLM item computes the band {band.get('name')!r} by an expression; geoquant takes stored bands."
        )
    return str(band["name"])


def _told_apart(names: Sequence[str]) -> list[str]:
    """Distinct names: the same band of a second date is "B4 2"."""
    return [
        name if name not in names[:index] else f"{name} {names[: index + 1].count(name)}"
        for index, name in enumerate(names)
    ]


def _channels(source: Mapping[str, Any]) -> int:
    """Channels by the declared shape of an input that lists no bands; 1 where that does not say."""
    declared = source.get("input") or {}
    sizes = dict(zip(declared.get("dim_order") or (), declared.get("shape") or (), strict=False))
    found = next((sizes[name] for name in ("bands", "band", "channel", "channels") if name in sizes), 1)
    return found if type(found) is int and found > 0 else 1


def _band(name: str, known: Mapping[str, Any]) -> Band:
    return Band(
        name,
        _optional_text(known, "common_name"),
        _optional_float(known.get("center_wavelength"), "center_wavelength"),
        _optional_float(known.get("scale"), "scale"),
        _optional_float(known.get("offset"), "offset"),
    )


def _optional_float(value: Any, path: str) -> float | None:
    return None if value is None else float(decode(float, value, path))


def _optional_text(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return None if value is None else str(decode(str, value, key))


def _common_nodata(bands: Sequence[Mapping[str, Any]]) -> float | None:
    values = [band.get("nodata") for band in bands]
    plain = all(type(value) in (int, float) for value in values)
    return float(values[0]) if values and plain and len(set(values)) == 1 else None  # type: ignore[arg-type]


def _normalization(
    source: Mapping[str, Any], properties: Mapping[str, Any], count: int, notes: dict[str, str]
) -> Normalization | None:
    """The affine map and clip of every band; a note says why where there is none."""
    if source.get("pre_processing_function") is not None:
        notes["normalization"] = "the item has a pre_processing_function of its own, which is not run"
        return None
    scaling = source["value_scaling"] if "value_scaling" in source else _legacy(source)
    if scaling is None:
        if "value_scaling" not in source:
            notes["normalization"] = "the item has no value_scaling"
            return None
        scaling = [{"type": None}]
    rows = [_affine(entry, notes) for entry in scaling]
    if "normalization" in notes:
        return None
    if len(rows) not in (1, count):
        raise CardError(f"The STAC MLM item scales {len(rows)} bands of {count}; expected 1 or {count}.")
    if len(rows) == 1:
        rows = rows * count
    return _assembled(rows, scaling, properties)


def _assembled(rows: list[Affine], scaling: Sequence[Any], properties: Mapping[str, Any]) -> Normalization:
    kinds = {entry.get("type") for entry in scaling}
    common = kinds.pop() if len(kinds) == 1 else "z-score"
    kind = properties.get("geoquant:normalization_kind") or (common if common in ("z-score", "min-max") else "none")
    shift, scale, low, high = zip(*rows, strict=True)
    clip = properties.get("geoquant:clip") or {}
    return Normalization(
        shift,
        scale,
        tuple(map(float, clip["low"])) if "low" in clip else _limits(low, "lower"),
        tuple(map(float, clip["high"])) if "high" in clip else _limits(high, "upper"),
        str(kind),
    )


def _limits(values: Sequence[float | None], which: str) -> tuple[float, ...] | None:
    if all(value is None for value in values):
        return None
    if any(value is None for value in values):
        raise CardError(
            f"The STAC MLM item gives some bands a {which} limit and others none; geoquant needs all or none."
        )
    return tuple(float(value) for value in values if value is not None)


def _legacy(source: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """``norm_type`` with ``statistics``, as MLM had it before 1.4."""
    kind, statistics = source.get("norm_type"), source.get("statistics")
    if kind not in ("z-score", "min-max") or not statistics:
        return None
    return [{"type": kind, **entry} for entry in (statistics if isinstance(statistics, list) else [statistics])]


def _affine(entry: Mapping[str, Any], notes: dict[str, str]) -> Affine:
    kind = entry.get("type")
    if kind is None:
        return _IDENTITY
    number = {key: float(decode(float, value, key)) for key, value in entry.items() if type(value) in (int, float)}
    if kind == "z-score":
        return number["mean"], number["stddev"], None, None
    if kind == "min-max":
        return number["minimum"], number["maximum"] - number["minimum"], None, None
    if kind in ("clip", "clip-min", "clip-max"):
        return 0.0, 1.0, number.get("minimum"), number.get("maximum")
    if kind == "offset":
        return number["value"], 1.0, None, None
    if kind == "scale":
        return 0.0, number["value"], None, None
    notes["normalization"] = f"its value_scaling of type {kind!r} can't be computed here"
    return _IDENTITY


def _classes(found: Any) -> tuple[ClassLabel, ...] | None:
    if not found:
        return None
    return tuple(_label(entry, index) for index, entry in enumerate(found))


def _label(entry: Mapping[str, Any], index: int) -> ClassLabel:
    value = entry["value"]
    if type(value) is not int:
        raise CardError(f"The STAC MLM item's class {index} has the value {value!r}; expected a whole number.")
    return ClassLabel(value, _class_name(entry) or str(value), _color(entry.get("color_hint")) or default_color(index))


def _color(hint: Any) -> str:
    """``#rrggbb`` from six hexadecimal digits, or from three numbers as older items have them; "" from all else."""
    if isinstance(hint, str):
        digits = hint.lstrip("#").lower()
        return f"#{digits}" if re.fullmatch(r"[0-9a-f]{6}", digits) else ""
    if (
        isinstance(hint, Sequence)
        and len(hint) in (3, 4)
        and all(type(part) is int and 0 <= part <= 255 for part in hint)
    ):
        return "#" + "".join(f"{part:02x}" for part in hint[:3])
    return ""


def _class_name(entry: Mapping[str, Any]) -> str:
    """The name for people: the title, or the description where the name is only its plain spelling, or the name."""
    title, name, description = (str(entry.get(key) or "") for key in ("title", "name", "description"))
    return title or (description if plain_name(description) == name else name) or description


def plain_name(words: str) -> str:
    """A class's name as the classification extension spells it: letters, digits, hyphens and underscores."""
    return re.sub(r"[^0-9A-Za-z_-]+", "-", words) or "-"
