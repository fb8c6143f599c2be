"""The model card: JSON and dialects without loss, malformed ones refused with a reason."""

from __future__ import annotations

import copy
import json
import re
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pystac.validation.local_validator import get_local_schema_cache
from referencing import Registry, Resource

from geoquant.errors import CardError, OptionError
from geoquant.model_card.card import Band, ClassLabel, ModelCard, Normalization, Quantization, Tiling
from geoquant.model_card.completion import card_with, complete, default_color
from geoquant.model_card.dialects.deepness import from_deepness, to_deepness
from geoquant.model_card.dialects.esri_emd import from_emd
from geoquant.model_card.dialects.stac_mlm import from_mlm, to_mlm
from geoquant.model_card.embedding import metadata_of, set_metadata, write_card
from geoquant.model_card.json_schema import card_from_json, card_to_json
from geoquant.model_card.reading import card_gaps, read_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.onnx_graph.loading import load_model
from geoquant.options.card import CardOptions
from tests.builders.layer_networks import Builder

CARD = ModelCard(
    name="two bands",
    bands=(Band("B02", "blue", 0.4927, 1e-4, -0.1), Band("B08", "nir")),
    normalization=Normalization((0.1, 0.2), (0.05, 0.3)),
    classes=(ClassLabel(0, "water", "#0000ff"), ClassLabel(7, "open land", "#00ff00")),
    gsd_m=10.0,
)


def network(bands: int = 2, classes: int = 2) -> Any:
    b = Builder(channels=bands)
    return b.model(b.node("Conv", ["x", b.weights((classes, bands, 3, 3))], pads=[1, 1, 1, 1]))


finite = st.floats(-1e6, 1e6, allow_nan=False)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).filter(
    str.strip
)


@st.composite
def cards(draw: st.DrawFn) -> ModelCard:
    count = draw(st.integers(1, 5))
    row = st.lists(finite, min_size=count, max_size=count).map(tuple)
    positive = st.lists(st.floats(1e-6, 1e6), min_size=count, max_size=count).map(tuple)
    optional = st.one_of(st.none(), st.floats(1e-6, 1e3))
    band = st.builds(Band, names, st.sampled_from([None, "red", "nir"]), optional, optional, st.none() | finite)
    values = draw(st.lists(st.integers(0, 254), min_size=2, max_size=6, unique=True))
    low = draw(st.none() | row)
    high = draw(st.none() | (row if low is None else st.just(tuple(v + 1 for v in low))))
    quantization = Quantization(
        "a" * 64, 3, ({"row": 1, "stratum": "snow"},), (-1.0,) * count, (2.0,) * count, draw(positive), {"snow": 0.99}
    )
    return ModelCard(
        name=draw(names),
        bands=tuple(draw(st.lists(band, min_size=count, max_size=count, unique_by=lambda b: b.name))),
        normalization=Normalization(
            draw(row), draw(positive), low, high, draw(st.sampled_from(["z-score", "min-max"]))
        ),
        classes=tuple(ClassLabel(v, draw(names), f"#{draw(st.integers(0, 2**24 - 1)):06x}") for v in values),
        units=draw(st.sampled_from(["physical", "dn"])),
        output=draw(st.sampled_from(["logits", "probabilities", "classes"])),
        gsd_m=draw(optional),
        nodata=draw(st.none() | finite),
        tiling=Tiling(512, draw(st.none() | st.integers(0, 64)), 4, draw(st.sampled_from(["reflect", "zero"])), 32),
        description=draw(st.text(max_size=20)),
        quantization=draw(st.sampled_from([None, quantization])),
    )


@given(cards())
def test_json_gives_the_same_card_back(card: ModelCard) -> None:
    assert card_from_json(card_to_json(card)) == card


@given(cards())
def test_stac_mlm_gives_the_same_card_back(card: ModelCard) -> None:
    item = json.loads(json.dumps(to_mlm(card)))
    facts = from_mlm(item)
    found = {name: getattr(facts, name) for name in card.__dataclass_fields__}
    assert ModelCard(**{name: fact for name, fact in found.items() if fact is not None}) == card


@given(cards())
def test_stac_mlm_items_are_what_stac_and_the_extension_say(card: ModelCard) -> None:
    item = json.loads(json.dumps(to_mlm(card)))
    stac_validator().validate(item)
    assert re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_.\-\s]+[a-zA-Z0-9]", item["properties"]["mlm:name"])  # MLM's JSON schema
    if sys.version_info >= (3, 11):  # the extension's own Python package knows no older one
        from stac_model.schema import MLModelProperties

        read = MLModelProperties.model_validate(item["properties"])
        assert [band for source in read.input for band in source.bands] == [band.name for band in card.bands]


@cache
def stac_validator() -> Draft7Validator:
    """STAC's own JSON schema of an item, from pystac's copy."""
    schemas = get_local_schema_cache()
    registry = Registry().with_resources((uri, Resource.from_contents(schema)) for uri, schema in schemas.items())
    return Draft7Validator(
        next(schema for uri, schema in schemas.items() if uri.endswith("/item.json")), registry=registry
    )


def test_stac_mlm_keeps_the_words_that_its_patterns_refuse() -> None:
    card = replace(CARD, name="3 Bänder (v2)", license="CC BY 4.0", description="")
    properties = to_mlm(card)["properties"]
    assert properties["mlm:name"] == "model-3-B-nder-v2"
    assert (properties["title"], properties["license"]) == ("3 Bänder (v2)", "other")
    assert "description" not in properties
    facts = from_mlm({"properties": properties})
    assert (facts.name, facts.license) == ("3 Bänder (v2)", "CC BY 4.0")


@given(cards())
def test_deepness_computes_the_same_z(card: ModelCard) -> None:
    try:
        entries = to_deepness(card)
    except CardError:
        assert card.normalization.low or card.normalization.high or any(b.scale is None for b in card.bands)
        return
    mean, std = (json.loads(entries[f"standardization_{key}"]) for key in ("mean", "std"))
    for index, band in enumerate(card.bands):
        stored = 1234.0
        x = stored if card.units == "dn" else stored * band.scale + (band.offset or 0.0)
        wanted = (x - card.normalization.shift[index]) / card.normalization.scale[index]
        terms = stored / 255 / std[index], mean[index] / std[index]
        assert terms[0] - terms[1] == pytest.approx(wanted, rel=1e-6, abs=1e-9 * max(map(abs, terms)))
    back = from_deepness(entries, len(card.bands))
    assert [label.name for label in back.classes] == [label.name for label in card.classes]
    assert back.gsd_m == pytest.approx(card.gsd_m) if card.gsd_m else back.gsd_m is None


def broken(**changes: Any) -> str:
    """The card's JSON with values at dotted paths replaced; ``...`` removes one."""
    document = json.loads(card_to_json(CARD))
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = document
        for step in parents:
            place = place[int(step) if step.isdigit() else step]
        key = int(last) if last.isdigit() else last
        if value is ...:
            del place[key]
        else:
            place[key] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2]", "list; expected an object"),
        ("{", "can't be read"),
        ("[" * 100_000, "can't be read"),
        ('{"schema_version": 1, "name": NaN}', "NaN is not a finite number"),
        ("{}", "schema_version is None"),
        (broken(schema_version=99), "schema version 99.*update geoquant"),
        (broken(schema_version="1"), "schema_version is '1'"),
        (broken(name=...), "lacks name"),
        (broken(name=3), "card.name is 3; expected text"),
        (broken(clases=[]), "has clases; it knows only"),
        (broken(bands={}), "card.bands is {}; expected a list"),
        (broken(bands=[]), "no bands"),
        (broken(bands__1="nir"), r"card.bands\[1\] is 'nir'; expected an object"),
        (broken(bands__1__name="B02"), "names the band 'B02' more than once"),
        (broken(bands__0__scale=0), "scale is never 0"),
        (broken(normalization__shift=[0.1]), "shift has 1 numbers; expected one for each of 2 bands"),
        (broken(normalization__scale=[1, 0]), r"normalization.scale\[1\] is 0; expected a number to divide by"),
        (broken(normalization__scale=["1", 2]), r"normalization.scale\[0\] is '1'; expected a number"),
        (broken(normalization__scale=[True, 2]), r"normalization.scale\[0\] is True; expected a number"),
        (broken(normalization__shift=[10**400, 2]), "fits in a double"),
        (broken(normalization__low=[2, 2], normalization__high=[1, 1]), "band 1 runs from 2.0 to 1.0"),
        (broken(classes__1__value=0), "both have the value 0"),
        (broken(classes__1__value=255), "value 255; expected 0 to 254"),
        (broken(classes__1__value=1.5), "value is 1.5; expected a whole number"),
        (broken(classes__1__color="green"), "colour 'green'; expected #rrggbb"),
        (broken(classes=[]), "0 classes; expected at least 2"),
        (broken(output="guesses"), "output is 'guesses'; expected one of"),
        (broken(gsd_m=-10), "gsd_m is -10.0; expected a finite number above 0"),
        (broken(tiling__stride_px=0), "tiling.stride_px is 0"),
        (broken(tiling__halo_px=2**40), "tiling.halo_px"),
    ],
)
def test_malformed_cards_are_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(CardError, match=words):
        card_from_json(text)


@given(
    st.recursive(
        st.none() | st.booleans() | finite | st.text(max_size=5),
        lambda s: (
            st.lists(s) | st.dictionaries(st.sampled_from(["name", "bands", "classes", "schema_version", "value"]), s)
        ),
    )
)
def test_any_json_is_a_card_or_a_card_error(document: Any) -> None:
    with pytest.raises(CardError):
        card_from_json(json.dumps(document))


def test_a_card_that_does_not_hold_together_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    with pytest.raises(CardError, match="expected one for each of 1 bands"):
        write_card(network(), replace(CARD, bands=CARD.bands[:1]), target)
    with pytest.raises(CardError, match=r"shift\[0\] is nan"):
        write_card(network(), replace(CARD, normalization=Normalization((float("nan"), 0.0), (1.0, 1.0))), target)
    assert not list(tmp_path.iterdir())


def test_write_and_read_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    write_card(network(), CARD, path)
    assert read_card(path) == replace(CARD, tiling=Tiling(halo_px=1, stride_px=1))
    model = load_model(path)
    set_metadata(model, {"author": "someone"})
    write_card(model, replace(CARD, description="second"), path)
    assert metadata_of(load_model(path))["author"] == "someone"
    assert read_card(path).description == "second"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.onnx"]


def test_a_new_card_leaves_no_metadata_that_contradicts_it() -> None:
    model = network()
    exact = replace(CARD, units="dn", normalization=Normalization((0.0, 0.0), (255.0, 510.0)))
    write_card(model, exact)
    assert json.loads(metadata_of(model)["standardization_std"]) == [1.0, 2.0]
    write_card(model, replace(exact, normalization=replace(exact.normalization, low=(-1.0,) * 2, high=(1.0,) * 2)))
    assert set(metadata_of(model)) == {"geoquant"}  # Deepness can't clip: its old keys would be wrong now


def test_the_card_and_the_graph_must_agree() -> None:
    for model, words in ((network(bands=3), "2 bands .* takes 3"), (network(classes=5), "2 classes.*5 channels")):
        write_card(model, CARD)
        with pytest.raises(CardError, match=words):
            read_card(model)


def test_one_channel_with_two_classes_is_a_threshold() -> None:
    model = network(classes=1)
    write_card(model, CARD)
    assert len(read_card(model).classes) == 2


def test_tiling_never_has_less_context_than_the_graph_needs() -> None:
    model = network()
    write_card(model, replace(CARD, tiling=Tiling(halo_px=0, stride_px=3)))
    assert (read_card(model).tiling.halo_px, read_card(model).tiling.stride_px) == (3, 3)
    b = Builder()
    unbounded = b.model(b.node("Mul", ["x", b.node("GlobalAveragePool", ["x"])]))
    write_card(unbounded, replace(CARD, tiling=Tiling(halo_px=8)))
    assert read_card(unbounded).tiling.halo_px is None


def test_each_missing_fact_is_named_with_its_option(tmp_path: Path) -> None:
    path = tmp_path / "bare.onnx"
    path.write_bytes(network().SerializeToString())
    assert list(card_gaps(path)) == ["bands", "normalization", "units", "classes"]
    with pytest.raises(CardError, match=r"(?s)--band-names.*--mean and --std.*--units.*--class-names"):
        read_card(path)
    some = CardOptions(band_names=("blue", "nir"), units="dn")
    assert list(card_gaps(path, some)) == ["normalization", "classes"]


def test_options_make_a_card(tmp_path: Path) -> None:
    path = tmp_path / "bare.onnx"
    path.write_bytes(network().SerializeToString())
    options = CardOptions(
        band_names=("blue", "nir"), mean=(0.0,), std=(1.0, 2.0), units="dn", class_names=("water", "9=land=#12aB00")
    )
    card = read_card(path, options)
    assert card.name == "bare"
    assert card.normalization == Normalization((0.0, 0.0), (1.0, 2.0))
    assert card.classes[1] == ClassLabel(9, "land", "#12aB00")
    assert card.classes[0] == ClassLabel(0, "water", default_color(0))
    assert card.tiling.halo_px == 1


def test_options_replace_single_facts_of_a_card() -> None:
    model = network()
    write_card(model, CARD)
    card = read_card(model, CardOptions(model_gsd=30.0, class_names=("lake", "field"), band_names=("B08", "B02")))
    assert (card.gsd_m, card.classes[1].value, card.classes[1].name) == (30.0, 7, "field")
    assert card.bands == CARD.bands[::-1]
    assert card_with(CARD, CardOptions(output_kind="probabilities"), graph_facts(model), "x").output == "probabilities"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (CardOptions(mean=(0.0,)), "go together"),
        (CardOptions(mean=(0.0,), std=(0.0,)), "never 0"),
        (CardOptions(mean=(0.0,) * 3, std=(1.0,)), "--mean has 3 numbers; expected 1 or 2"),
        (CardOptions(mean=(float("inf"),), std=(1.0,)), "finite"),
        (CardOptions(class_names=("a", "=b=c")), "--class-names has '=b=c'"),
    ],
)
def test_malformed_options_are_refused(options: CardOptions, words: str) -> None:
    model = network()
    write_card(model, CARD)
    with pytest.raises(OptionError, match=words):
        read_card(model, options)


def test_the_output_kind_follows_the_graph() -> None:
    for op_type, kind in (("Softmax", "probabilities"), ("Relu", "logits")):
        b = Builder()
        attributes = {"axis": 1} if op_type == "Softmax" else {}
        model = b.model(b.node(op_type, ["x"], **attributes))
        facts = card_with(replace(CARD), CardOptions(), graph_facts(model), "m")
        assert facts.output == "logits"  # the card says so
        assert complete(replace_output(facts), graph_facts(model), "m").output == kind


def replace_output(card: ModelCard) -> Any:
    from geoquant.model_card.completion import facts_of

    return replace(facts_of(card), output=None)


def test_the_example_of_the_documentation_is_a_card() -> None:
    page = (Path(__file__).parents[2] / "docs" / "model-card.md").read_text(encoding="utf-8")
    text = page.split("```json\n")[1].split("```")[0]
    assert card_from_json(text).classes[1].name == "land"


# ---- dialects of others ----------------------------------------------------------------------------------------


def test_a_deepness_model_reads_as_its_plugin_runs_it() -> None:
    model = network(classes=3)
    set_metadata(
        model,
        {
            "model_type": '"Segmentor"',
            "class_names": '{"0": "_background", "1": "road", "2": "building"}',
            "resolution": "60",
            "tile_size": "512",
            "tiles_overlap": "25",
            "standardization_mean": "[0.5, 0.4]",
            "standardization_std": "[0.25, 0.2]",
        },
    )
    card = read_card(model)
    assert card.units == "dn"
    assert card.gsd_m == 0.6
    assert [band.name for band in card.bands] == ["1", "2"]
    assert card.normalization.shift == pytest.approx((127.5, 102.0))
    assert card.normalization.scale == pytest.approx((63.75, 51.0))
    assert card.tiling == Tiling(tile_px=512, halo_px=1, stride_px=1, overlap_px=128)


def test_older_deepness_metadata_is_a_python_literal() -> None:
    facts = from_deepness({"names": "{0: 'a', 1: 'b'}"}, 3)
    assert [label.name for label in facts.classes] == ["a", "b"]
    assert facts.normalization.scale == (255.0,) * 3
    mask = from_deepness({"class_names": '{"0": "crop"}'}, 3, outputs=1)
    assert [label.name for label in mask.classes] == ["background", "crop"]


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"model_type": '"Detector"', "class_names": '{"0": "car"}'}, "Detector"),
        ({"class_names": "__import__('os').system('true')"}, "expected JSON"),
        ({"class_names": '{"0": "a", "2": "b"}'}, "indices"),
        ({"class_names": '"a"'}, "index -> name"),
        ({"class_names": '{"0": "a"}', "standardization_mean": "[0.1]", "standardization_std": "[1]"}, "expected 3"),
        ({"class_names": '{"0": "a"}', "resolution": '"fine"'}, "expected a number"),
        ({"class_names": '{"0": "a"}', "tile_size": "-5"}, "expected a number"),
        ({"class_names": "[" * 50_000}, "expected JSON"),
    ],
)
def test_malformed_deepness_metadata_is_refused(metadata: dict[str, str], words: str) -> None:
    with pytest.raises(CardError, match=words):
        from_deepness(metadata, 3)


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


EMD = {
    "Framework": "PyTorch",
    "ModelType": "ImageClassification",
    "ImageHeight": 224,
    "ExtractBands": [0, 2],
    "Bands": ["r", "g", "nir"],
    "NormalizationStats": {
        "band_min_values": [0, 5, 100],
        "band_max_values": [1000, 5, 4100],
        "scaled_mean_values": [0.5, 0.0, 0.25],
        "scaled_std_values": [0.1, 1.0, 0.2],
    },
    "Classes": [{"Value": 3, "Name": "tree", "Color": [0, 128, 255]}],
}


def test_an_emd_reads_as_arcgis_normalizes() -> None:
    facts = from_emd(EMD, outputs=2)
    assert [band.name for band in facts.bands] == ["r", "nir"]
    stored = np.array([700.0, 2100.0])
    scaled = (stored - [0, 100]) / (np.array([1000.0, 4000.0]) + 1e-5)
    wanted = (scaled - [0.5, 0.25]) / [0.1, 0.2]
    z = (stored - facts.normalization.shift) / np.array(facts.normalization.scale)
    np.testing.assert_allclose(z, wanted)
    assert facts.classes == (ClassLabel(0, "background", "#000000"), ClassLabel(3, "tree", "#0080ff"))
    assert facts.tiling.tile_px == 224


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ModelType": "ObjectDetection"}, "ObjectDetection"),
        ({"ExtractBands": [0.5]}, "0-based"),
        ({"Classes": [{"Value": "x"}]}, "whole number"),
        ({"Classes": 5}, "list of objects"),
        ({"NormalizationStats": {"band_min_values": [1]}}, "band_min_values"),
    ],
)
def test_malformed_emds_are_refused(change: dict[str, Any], words: str) -> None:
    with pytest.raises(CardError, match=words):
        from_emd({**EMD, **change})


def test_sidecars_are_found_and_foreign_json_is_not_mistaken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(network().SerializeToString())
    (tmp_path / "model.json").write_text('{"loss": [1, 2, 3]}')
    assert "bands" in card_gaps(path)
    (tmp_path / "model.emd").write_text(json.dumps({**EMD, "Classes": EMD["Classes"] * 1}))
    assert read_card(path).classes[0].name == "background"
    (tmp_path / "model.json").write_text(json.dumps(to_mlm(CARD)))
    assert read_card(path).name == "two bands"
    (tmp_path / "other.json").write_text(card_to_json(replace(CARD, name="by option")))
    assert read_card(path, CardOptions(card=str(tmp_path / "other.json"))).name == "by option"
    with pytest.raises(CardError, match="absent"):
        read_card(path, CardOptions(card=str(tmp_path / "absent.json")))
