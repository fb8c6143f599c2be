"""The STAC Machine Learning Model extension, version 1.5, both ways.

Facts (github.com/stac-extensions/mlm, README and JSON schema): ``mlm:input[].bands`` refer by name to the band objects
of the item or of its model asset; ``value_scaling`` holds one object per band or one for all, of type ``z-score``
(mean, stddev), ``min-max`` (minimum, maximum), ``clip``, ``clip-min``, ``clip-max``, ``offset`` (data - value),
``scale`` (data / value) or ``processing``; ``mlm:output[].classification:classes`` follow the classification extension.
What MLM has no field for goes under the prefix ``geoquant:``. Versions before 1.4 wrote ``norm_type`` and
``statistics``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from geoquant.errors import CardError
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization
from geoquant.model_card.completion import CardFacts
from geoquant.model_card.dialects.stac_mlm_reading import facts_from_properties, plain_name
from geoquant.model_card.json_schema import encode
from geoquant.model_card.validation import check_card
from geoquant.onnx_graph.facts import GraphFacts

EXTENSIONS = (
    "https://stac-extensions.github.io/mlm/v1.5.0/schema.json",
    "https://stac-extensions.github.io/classification/v2.0.0/schema.json",
    "https://stac-extensions.github.io/eo/v2.0.0/schema.json",
    "https://stac-extensions.github.io/raster/v2.0.0/schema.json",
)
_OWN = ("units", "output", "nodata", "tiling", "trained_on", "limitations", "quantization", "threshold")
_MLM_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_.\- ]+[a-zA-Z0-9]")
_STAC_LICENSE = re.compile(r"[A-Za-z0-9_.+-]+")


def from_mlm(item: Mapping[str, Any]) -> CardFacts:
    """Facts from a STAC item with MLM properties.

    Raises:
        CardError: it is not such an item, or a field is malformed.
    """
    properties = item.get("properties")
    if not isinstance(properties, Mapping) or "mlm:input" not in properties:
        raise CardError("The JSON is not a STAC item of the MLM extension: it has no properties with mlm:input.")
    try:
        return facts_from_properties(properties, _band_objects(item, properties))
    except (KeyError, IndexError) as error:
        lacking = (
            f"a part of it lacks {error.args[0]!r}" if isinstance(error, KeyError) else "a list in it is too short"
        )
        raise CardError(f"The STAC MLM item is malformed: {lacking}; see the extension's schema.") from error
    except (TypeError, AttributeError, ValueError) as error:
        raise CardError(
            "The STAC MLM item is malformed: a part of mlm:input or mlm:output is of another kind than the extension's "
            "schema says; compare it with the extension's examples, or give the facts as options."
        ) from error


def _band_objects(item: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What is known of each band, by name: from the item, then from its assets (STAC 1.0 and 1.1 spellings)."""
    assets = item.get("assets")
    places = [properties, *(assets.values() if isinstance(assets, Mapping) else [])]
    known: dict[str, dict[str, Any]] = {}
    for place in (place for place in places if isinstance(place, Mapping)):
        for key in ("bands", "eo:bands", "raster:bands"):
            for band in place.get(key) or []:
                if isinstance(band, Mapping) and isinstance(band.get("name"), str):
                    plain = {re.sub(r"^(eo|raster):", "", name): value for name, value in band.items()}
                    known.setdefault(band["name"], {}).update(plain)
    return known


def to_mlm(card: ModelCard, graph: GraphFacts | None = None, href: str = "model.onnx") -> dict[str, Any]:
    """The card as a STAC item that belongs to no place; ``from_mlm`` gives the same card back.

    Args:
        card: what to describe.
        graph: names, types and number of parameters, when known.
        href: of the model's file.

    Raises:
        CardError: the card does not hold together.
    """
    check_card(card)
    bands = [_band(band, card.nodata) for band in card.bands]
    return {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": list(EXTENSIONS),
        "id": re.sub(r"[^0-9A-Za-z_.-]+", "-", card.name),
        "geometry": None,
        # STAC 1.1 lets an item have bands only where an asset has them; MLM up to 1.3 looks for them in the item
        "properties": {"bands": bands, **_properties(card, graph)},
        "links": [],
        "assets": {
            "model": {
                "href": href,
                "type": "application/octet-stream; framework=onnx",
                "title": card.name,
                "roles": ["mlm:model", "mlm:weights"],
                "mlm:artifact_type": "onnx",
                "bands": bands,
            }
        },
    }


def _properties(card: ModelCard, graph: GraphFacts | None) -> dict[str, Any]:
    task = "regression" if card.output == "regression" else "semantic-segmentation"
    properties: dict[str, Any] = {
        "datetime": None,
        "start_datetime": "1900-01-01T00:00:00Z",  # a model has no time of its own, and STAC wants one
        "end_datetime": "9999-12-31T23:59:59Z",
        **_spelled(card),
        "mlm:architecture": "unknown",
        "mlm:framework": "ONNX",
        "mlm:tasks": [task],
        "mlm:input": [_input(card, graph)],
        "mlm:output": [_output(card, graph, task)],
        "geoquant:normalization_kind": card.normalization.kind,
    }
    if card.gsd_m is not None:
        properties["gsd"] = card.gsd_m
    if graph is not None:
        properties["mlm:total_parameters"] = graph.parameters
    clip = {"low": card.normalization.low, "high": card.normalization.high}
    own = {"clip": {key: row for key, row in clip.items() if row is not None} or None}
    own.update({name: getattr(card, name) for name in _OWN})
    properties.update({f"geoquant:{name}": encode(value) for name, value in own.items() if value is not None})
    return properties


def _spelled(card: ModelCard) -> dict[str, str]:
    """Texts that people wrote: in STAC's and MLM's fields where their patterns allow them, else in geoquant's own."""
    words: dict[str, str] = {"title": card.name, "mlm:name": card.name}
    if not _MLM_NAME.fullmatch(card.name):
        plain = re.sub(r"[^0-9A-Za-z_.-]+", "-", card.name).strip("-._")
        words |= {"mlm:name": f"model-{plain}" if plain else "model", "geoquant:name": card.name}
    if card.description:
        words["description"] = card.description
    if _STAC_LICENSE.fullmatch(card.license):
        words["license"] = card.license
    elif card.license:
        words |= {"license": "other", "geoquant:license": card.license}
    return words


def _band(band: Band, nodata: float | None) -> dict[str, Any]:
    pairs = {
        "name": band.name,
        "eo:common_name": band.common_name,
        "eo:center_wavelength": band.centre_wavelength_um,
        "raster:scale": band.scale,
        "raster:offset": band.offset,
        "nodata": nodata,
    }
    return {key: value for key, value in pairs.items() if value is not None}


def _input(card: ModelCard, graph: GraphFacts | None) -> dict[str, Any]:
    shape = graph.input_shape if graph is not None else (None, len(card.bands), None, None)
    return {
        "name": graph.input_name if graph is not None else "image",
        "bands": [band.name for band in card.bands],
        "input": {
            "shape": [-1 if size is None else size for size in shape],
            "dim_order": ["batch", "channel", "height", "width"],
            "data_type": graph.input_dtype if graph is not None else "float32",
        },
        "value_scaling": _scaling(card.normalization),
        "resize_type": None,
        "pre_processing_function": None,
    }


def _scaling(normalization: Normalization) -> list[dict[str, Any]]:
    """One object per band; min-max only where its two numbers give the scale back to the last bit."""
    objects = []
    for shift, scale in zip(normalization.shift, normalization.scale, strict=True):
        high = shift + scale
        if normalization.kind == "min-max" and high - shift == scale:
            objects.append({"type": "min-max", "minimum": shift, "maximum": high})
        else:
            objects.append({"type": "z-score", "mean": shift, "stddev": scale})
    return objects


def _output(card: ModelCard, graph: GraphFacts | None, task: str) -> dict[str, Any]:
    shape = graph.output_shape if graph is not None else (None, len(card.classes) or 1, None, None)
    names = ["batch", "class", "height", "width"] if len(shape) == 4 else ["batch", "height", "width"]
    return {
        "name": graph.output_name if graph is not None else "classes",
        "tasks": [task],
        "result": {
            "shape": [-1 if size is None else size for size in shape],
            "dim_order": names,
            "data_type": graph.output_dtype if graph is not None else "float32",
        },
        "classification:classes": stac_classes(card.classes),
        "post_processing_function": None,
    }


def stac_classes(labels: Sequence[ClassLabel]) -> list[dict[str, Any]]:
    """Classes as STAC's classification extension has them.

    ``description`` has the card's name: ``name`` may hold no spaces, and stac-model 0.7 fails over a ``title``.
    """
    return [
        {
            "value": label.value,
            "name": plain_name(label.name),
            "description": label.name,
            "color_hint": label.color[1:].upper(),
        }
        for label in labels
    ]
