"""A card put together from a dialect, options and the graph."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geoquant.errors import OptionError
from geoquant.model_card.card import ClassLabel, ModelCard, Normalization
from geoquant.model_card.completion import card_with, complete, default_color
from geoquant.model_card.embedding import write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.facts import graph_facts
from geoquant.options.card import CardOptions
from tests.builders.cards import CARD, network
from tests.builders.positive_layers import small_network


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
        b = small_network()
        attributes = {"axis": 1} if op_type == "Softmax" else {}
        model = b.ending_in(b.node(op_type, "x", **attributes))
        facts = card_with(replace(CARD), CardOptions(), graph_facts(model), "m")
        assert facts.output == "logits"  # the card says so
        assert complete(replace_output(facts), graph_facts(model), "m").output == kind


def replace_output(card: ModelCard) -> Any:
    from geoquant.model_card.completion import facts_of

    return replace(facts_of(card), output=None)
