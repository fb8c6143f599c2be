"""What must hold between a card's fields, or it is not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geoquant.errors import CardError
from geoquant.model_card.card import Normalization
from geoquant.model_card.embedding import write_card
from tests.builders.cards import CARD, network


def test_a_card_that_does_not_hold_together_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    with pytest.raises(CardError, match="expected one for each of 1 bands"):
        write_card(network(), replace(CARD, bands=CARD.bands[:1]), target)
    with pytest.raises(CardError, match=r"shift\[0\] is nan"):
        write_card(network(), replace(CARD, normalization=Normalization((float("nan"), 0.0), (1.0, 1.0))), target)
    assert not list(tmp_path.iterdir())
