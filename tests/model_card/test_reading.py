"""The card of a file, inside it or beside it, held against the graph."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from geoquant.errors import CardError
from geoquant.model_card.card import Tiling
from geoquant.model_card.dialects.stac_mlm import to_mlm
from geoquant.model_card.embedding import write_card
from geoquant.model_card.json_schema import card_to_json
from geoquant.model_card.reading import card_gaps, read_card
from geoquant.options.card import CardOptions
from tests.builders.cards import CARD, EMD, network
from tests.builders.positive_layers import small_network


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
    b = small_network()
    unbounded = b.ending_in(b.node("Mul", "x", b.node("GlobalAveragePool", "x")))
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
