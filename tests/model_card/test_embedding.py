"""The card inside an ONNX file: written, replaced, and without metadata that contradicts it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from geoquant.model_card.card import Normalization, Tiling
from geoquant.model_card.embedding import metadata_of, set_metadata, write_card
from geoquant.model_card.reading import read_card
from geoquant.onnx_graph.loading import load_model
from tests.builders.cards import CARD, network


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
