"""A float model without a card is read by that of its INT8 model, as if it had never been folded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from geoquant.errors import CardError, GeoquantWarning
from geoquant.evaluation.model_pair import open_reference, pair_of
from geoquant.model_card.card import Quantization
from geoquant.model_card.embedding import write_card
from geoquant.onnx_graph.loading import model_sha256
from geoquant.options.card import CardOptions
from geoquant.quantization.int8_card import folded_card
from tests.builders.model_files import card_for, int8_file, network_file

FACTORS = np.array([2.0, 0.25, 3.0])
CARD = card_for(3, 4, name="folded")


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    path = network_file(tmp_path / "float.onnx")
    model = onnx.load(path)
    del model.metadata_props[:]
    onnx.save(model, path)
    return path


@pytest.fixture
def int8(tmp_path: Path, bare: Path) -> Path:
    """With the card that folding leaves."""
    images = [np.random.default_rng(0).integers(0, 1000, (3, 64, 64)).astype(np.uint16)]
    path = int8_file(tmp_path / "int8.onnx", network_file(tmp_path / "with_card.onnx"), images)
    facts = Quantization(
        model_sha256(bare), 0, (), (-1.0,) * 3, (1.0,) * 3, folding=tuple(map(float, FACTORS)), agreement={"snow": 0.99}
    )
    norm = replace(CARD.normalization, low=(-2.0,) * 3, high=(3.0,) * 3)
    write_card(path, replace(folded_card(replace(CARD, normalization=norm), FACTORS), quantization=facts))
    return path


def test_the_card_of_the_int8_model_is_unfolded(bare: Path, int8: Path) -> None:
    with pytest.warns(GeoquantWarning, match=r"float\.onnx has no card: that of int8\.onnx is used"):
        model = open_reference(bare, int8)
    norm = model.card.normalization
    assert norm.shift == CARD.normalization.shift
    assert norm.scale == pytest.approx(CARD.normalization.scale, rel=1e-15)
    assert (norm.low, norm.high) == (pytest.approx((-2.0,) * 3, rel=1e-15), pytest.approx((3.0,) * 3, rel=1e-15))
    assert model.card.quantization is None
    assert (model.card.classes, model.card.bands) == (CARD.classes, CARD.bands)
    pair = pair_of(model, int8)
    assert pair.warnings == ()
    assert pair.int8.card.normalization.scale == tuple(CARD.normalization.scale * FACTORS)


def test_options_are_laid_over_it(bare: Path, int8: Path) -> None:
    with pytest.warns(GeoquantWarning):
        model = open_reference(bare, int8, CardOptions(model_gsd=30.0))
    assert (model.card.gsd_m, model.card.name) == (30.0, "folded")


def test_a_card_of_its_own_wins_and_without_any_the_facts_are_named(
    bare: Path, int8: Path, recwarn: pytest.WarningsRecorder
) -> None:
    own = card_for(3, 4, name="own")
    write_card(bare, own)
    assert open_reference(bare, int8).card.name == "own"
    assert not [one for one in recwarn if one.category is GeoquantWarning]
    for path in (bare, int8):
        model = onnx.load(path)
        del model.metadata_props[:]
        onnx.save(model, path)
    with pytest.raises(CardError, match="--class-names"):
        open_reference(bare, int8)
