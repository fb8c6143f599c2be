"""STAC MLM items of others: read, refused where malformed, and nothing guessed."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from geoquant.errors import CardError
from geoquant.model_card.card import Band, Normalization
from geoquant.model_card.completion import missing_facts
from geoquant.model_card.dialects.stac_mlm import from_mlm

MLM: dict[str, Any] = {  # in the manner of the extension's own examples
    "type": "Feature",
    "properties": {
        "mlm:name": "field boundaries",
        "mlm:tasks": ["semantic-segmentation"],
        "mlm:input": [
            {
                "name": "model_input",
                "bands": ["B04", {"name": "B8A"}],
                "input": {"shape": [-1, 2, 256, 256], "dim_order": ["batch", "channel", "height", "width"]},
                "value_scaling": [
                    {"type": "z-score", "mean": 0.1, "stddev": 0.2},
                    {"type": "min-max", "minimum": 0.0, "maximum": 0.5},
                ],
            }
        ],
        "mlm:output": [
            {
                "name": "model_output",
                "classification:classes": [
                    {"value": 0, "name": "none", "color_hint": "FFAA00"},
                    {"value": 4, "name": "field"},
                ],
            }
        ],
    },
    "assets": {
        "model": {
            "raster:bands": [
                {"name": "B04", "nodata": 0, "scale": 0.0001, "offset": -0.1},
                {"name": "B8A", "nodata": 0, "scale": 0.0001, "offset": -0.1},
            ],
            "eo:bands": [{"name": "B8A", "common_name": "nir08", "center_wavelength": 0.865}],
        }
    },
}


def test_an_mlm_item_of_others_reads() -> None:
    facts = from_mlm(MLM)
    assert facts.bands == (Band("B04", None, None, 1e-4, -0.1), Band("B8A", "nir08", 0.865, 1e-4, -0.1))
    assert facts.normalization == Normalization((0.1, 0.0), (0.2, 0.5))
    assert facts.nodata == 0
    assert [(label.value, label.name) for label in facts.classes] == [(0, "none"), (4, "field")]
    assert facts.classes[0].color == "#ffaa00"
    assert facts.units is None  # MLM does not say what its numbers act on, and geoquant does not guess


def changed(path: str, value: Any) -> dict[str, Any]:
    item = copy.deepcopy(MLM)
    place: Any = item["properties"]["mlm:input"][0]
    if path.startswith("classes"):
        place = item["properties"]["mlm:output"][0]
        path = "classification:classes"
    place[path] = value
    return item


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({}, "not a STAC item"),
        ({"properties": {"mlm:input": []}}, "malformed"),
        (changed("bands", 7), "malformed"),
        (changed("bands", [{"name": "ndvi", "format": "gdal-calc", "expression": "A-B"}]), "by an expression"),
        (changed("value_scaling", [{"type": "z-score", "mean": 1}]), "malformed"),
        (changed("value_scaling", [{"type": "z-score", "mean": 1, "stddev": 1}] * 3), "scales 3 bands of 2"),
        (changed("value_scaling", [{"type": "clip", "minimum": 0}, {"type": None}]), "lower limit and others none"),
        (changed("classes", [{"value": "1", "name": "a"}]), "expected a whole number"),
    ],
)
def test_malformed_mlm_items_are_refused(item: dict[str, Any], words: str) -> None:
    with pytest.raises(CardError, match=words):
        from_mlm(item)


def test_mlm_scaling_that_can_not_be_computed_is_missing_with_the_reason() -> None:
    facts = from_mlm(changed("value_scaling", [{"type": "processing", "format": "gdal-calc", "expression": "A/2"}] * 2))
    assert facts.normalization is None
    assert "processing" in facts.notes["normalization"]
    facts = from_mlm(changed("pre_processing_function", {"format": "python", "expression": "a.b:c"}))
    assert "pre_processing_function" in facts.notes["normalization"]


@pytest.mark.parametrize(
    ("hint", "color"),
    [([0, 0, 255], "#0000ff"), ("0000FF", "#0000ff"), ("#0000ff", "#0000ff"), ("blue", None), ([1, 2], None)],
)
def test_a_colour_is_six_digits_or_three_numbers_and_otherwise_ignored(hint: Any, color: str | None) -> None:
    item = copy.deepcopy(MLM)
    entry = item["properties"]["mlm:output"][0]["classification:classes"][0]
    usual = from_mlm(item).classes[1].color
    entry["color_hint"] = hint
    found = from_mlm(item).classes[0].color
    assert found == color if color else found.startswith("#") and found != usual


def test_two_dates_of_a_band_are_told_apart() -> None:
    item = copy.deepcopy(MLM)
    item["properties"]["mlm:input"][0] |= {"bands": ["B04", "B8A"] * 2, "value_scaling": [{"type": None}]}
    facts = from_mlm(item)
    assert [band.name for band in facts.bands] == ["B04", "B8A", "B04 2", "B8A 2"]
    assert facts.bands[2].scale == facts.bands[0].scale


def test_an_item_without_bands_is_completed_by_the_option() -> None:
    item = copy.deepcopy(MLM)
    del item["properties"]["mlm:input"][0]["bands"]
    facts = from_mlm(item)
    assert facts.bands is None
    assert facts.notes["bands"] == "the item lists no bands"
    assert "--band-names" in missing_facts(facts)["bands"]
    assert facts.normalization == Normalization((0.1, 0.0), (0.2, 0.5))


@pytest.mark.parametrize("damage", [{"mlm:input": []}, {"mlm:output": [7]}, {"mlm:input": 7}, {"mlm:input": [7]}])
def test_no_message_speaks_of_python(damage: dict[str, Any]) -> None:
    item = copy.deepcopy(MLM)
    item["properties"] |= damage
    with pytest.raises(CardError, match=r"The STAC MLM item is malformed: a (part of|list in) ") as refused:
        from_mlm(item)
    assert not any(word in str(refused.value) for word in ("Error", "object has no", "NoneType", "subscriptable"))
