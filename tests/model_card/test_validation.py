"""What must hold between a card's fields, or it is not written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geoquant.drift.band_profile import PROBABILITIES
from geoquant.errors import CardError
from geoquant.model_card.card import Normalization, Quantization
from geoquant.model_card.embedding import write_card
from geoquant.model_card.validation import QUANTILES, check_card
from tests.builders.cards import CARD, network

SEVEN = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


def test_a_card_that_does_not_hold_together_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    with pytest.raises(CardError, match="expected one for each of 1 bands"):
        write_card(network(), replace(CARD, bands=CARD.bands[:1]), target)
    with pytest.raises(CardError, match=r"shift\[0\] is nan"):
        write_card(network(), replace(CARD, normalization=Normalization((float("nan"), 0.0), (1.0, 1.0))), target)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("odd", ["a\x00", "a\x01b", "a\nb", "a\ufffe", "a\U0001ffff", "\ud800"])
def test_a_name_that_xml_and_tables_cannot_hold_is_refused(odd: str) -> None:
    for card in (
        replace(CARD, name=odd),
        replace(CARD, bands=(replace(CARD.bands[0], name=odd), CARD.bands[1])),
        replace(CARD, classes=(replace(CARD.classes[0], name=odd), CARD.classes[1])),
    ):
        with pytest.raises(CardError, match=r"has the character U\+[0-9A-F]{4,}; take it out"):
            check_card(card)


def test_two_classes_of_one_name_are_refused_because_pixels_are_counted_by_name() -> None:
    first, second = CARD.classes
    with pytest.raises(CardError, match="Two classes are named 'water'; give each a name of its own"):
        check_card(replace(CARD, classes=(first, replace(second, name=first.name))))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"calibrated_quantiles": ()}, "expected both or neither"),
        ({"typical_spectra": ()}, "expected both or neither"),
        ({"calibrated_quantiles": (SEVEN,)}, "has 1 rows; expected one for each of 2 bands"),
        ({"calibrated_quantiles": (SEVEN, SEVEN[:5])}, r"calibrated_quantiles\[1\] has 5 numbers; expected 7"),
        ({"calibrated_quantiles": (SEVEN, SEVEN[::-1])}, r"calibrated_quantiles\[1\] at place 1 runs from 7.0 to 6.0"),
        ({"calibrated_quantiles": (SEVEN, (*SEVEN[:6], float("inf")))}, "expected a finite number"),
        ({"typical_spectra": ((1.0, 2.0), (1.0,))}, r"typical_spectra\[1\] has 1 numbers"),
    ],
)
def test_what_calibration_saw_is_whole_or_refused(change: dict, message: str) -> None:
    facts = Quantization("a" * 64, 0, (), (0.0, 0.0), (1.0, 1.0), (1.0, 1.0))
    facts = replace(facts, calibrated_quantiles=(SEVEN, SEVEN), typical_spectra=((1.0, 2.0), (3.0, 4.0)))
    check_card(replace(CARD, quantization=facts))
    with pytest.raises(CardError, match=message):
        check_card(replace(CARD, quantization=replace(facts, **change)))


def test_a_card_has_as_many_quantiles_as_calibration_keeps() -> None:
    assert len(PROBABILITIES) == QUANTILES
